/** A recording of `stampede watch`, read back. */
import { UsageError } from '../base/errors.js'
import { findingOfSamples } from '../measure/leak-watch.js'
import type { RecordingLine, WatchHeaderLine, WatchingLine } from '../measure/recording.js'
import type { WatchEvent, WatchSample } from '../measure/watched.js'
import { broken, linesOf, type RecordingSource } from './recording-lines.js'
import type { WatchResult } from './watch-text.js'

/** What was watched, with the leaks if they were looked for. @throws UsageError for what is no recording of a watch, or a line that cannot be */
export function readWatch(source: RecordingSource): WatchResult {
  const { name } = source
  const samples: WatchSample[] = []
  const events: WatchEvent[] = []
  const notes: string[] = []
  let header: WatchHeaderLine | null = null
  let whom: WatchingLine | null = null
  let elapsedMs: number | null = null
  let number = 0
  for (const line of linesOf(source)) {
    number++
    if (header === null) {
      header = checked(line, name)
    } else if (line.kind === 'watching') whom = line
    else if (line.kind === 'watch') samples.push(sampleIn(line, name, number))
    else if (line.kind === 'happened') events.push(line.event)
    else if (line.kind === 'note') notes.push(line.text)
    else if (line.kind === 'watch-end') elapsedMs = line.elapsedMs
  }
  if (header === null || whom === null) throw new UsageError(`${name} ends before it says who was watched.`)
  const lastMs = samples.at(-1)?.atMs ?? 0
  if (elapsedMs === null) {
    notes.push(`the recording was cut off at ${(lastMs / 1000).toFixed(1)} s: what came after that is not known`)
  }
  const { version, node, host, startedAt } = header
  const { target, about, cores } = whom
  return {
    schemaVersion: 1,
    role: 'watch',
    version,
    node,
    host,
    startedAt,
    elapsedMs: elapsedMs ?? lastMs,
    watched: { target, about, cores, samples, events },
    notes,
    ...(header.leaks && { leaks: [findingOfSamples(samples)] }),
  }
}

function checked(header: RecordingLine, name: string): WatchHeaderLine {
  if (header.kind !== 'watch-header') throw new UsageError(`${name} is not a recording of stampede watch.`)
  if (header.schemaVersion === 1) return header
  throw new UsageError(
    `${name}: a recording of schema version 1 is needed, this one has ${String(header.schemaVersion)}.`,
  )
}

function sampleIn({ kind, ...sample }: RecordingLine & WatchSample, name: string, number: number): WatchSample {
  if (Number.isFinite(sample.atMs) && typeof sample.host?.cpu === 'number' && sample.server !== undefined) return sample
  throw broken(name, number, new TypeError('it is no sample'))
}
