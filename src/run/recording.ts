/** Writes a run down as the lines of a recording, while it goes. */
import type { Interval } from '../measure/interval.js'
import { toLine, toNames } from '../measure/interval-line.js'
import type { Judgement } from '../measure/judgement.js'
import { type EndLine, type HeaderLine, type RecordingLine, TableGains } from '../measure/recording.js'
import type { ResultInput, RunResult } from '../measure/result.js'
import type { Tables } from '../measure/tables.js'
import type { Watched } from '../measure/watched.js'
import type { SourcePlan } from '../plan/plan.js'
import type { RateChange } from '../plan/tempo.js'

/** Where the lines go, all of a moment at once. It must neither throw nor hold anybody up. */
export interface RecordingTarget {
  write(lines: readonly RecordingLine[]): void
  /** What kept lines from being written, as a sentence for the result; null: nothing did. */
  readonly trouble: string | null
}

/** The first line of a run's recording; `shown` is the plan as `--print-plan` shows it. */
export function headerOf(
  { seed, tags = {}, load }: SourcePlan,
  { startedAt, ...about }: Pick<ResultInput, 'startedAt' | 'version' | 'node' | 'host' | 'again'>,
  shown: object,
): Omit<HeaderLine, 'kind' | 'schemaVersion'> {
  const shape = load.arrivals?.shape
  return {
    ...about,
    seed,
    startedAt: startedAt.toISOString(),
    tags,
    plan: shown,
    ...(shape?.kind === 'offsets' && { offsetsMs: [...shape.offsetsMs] }),
  }
}

export class Scribe {
  readonly #target: RecordingTarget
  readonly #tables = new TableGains()
  #notes = 0
  #samples = 0
  #events = -1
  #ended = false

  constructor(target: RecordingTarget) {
    this.#target = target
  }

  /** What is to be said of the recording itself. */
  get trouble(): string | null {
    return this.#target.trouble
  }

  begin(header: Omit<HeaderLine, 'kind' | 'schemaVersion'>): void {
    this.#target.write([{ kind: 'header', schemaVersion: 1, ...header }])
  }

  /** An interval, with the tables and notes as they stand at its end. */
  interval(interval: Interval, tables: Tables, notes: readonly string[]): void {
    const { lines, ...gains } = this.#tables.take(tables)
    this.#target.write([...lines, toLine(interval, gains), ...this.#newNotes(notes)])
  }

  /** What was watched since it was last told. */
  watched({ target, about = '', cores = 0, samples, events }: Watched): void {
    const lines: RecordingLine[] = this.#events < 0 ? [{ kind: 'watching', target, about, cores }] : []
    lines.push(...events.slice(Math.max(0, this.#events)).map((event): RecordingLine => ({ kind: 'happened', event })))
    lines.push(...samples.slice(this.#samples).map((sample): RecordingLine => ({ kind: 'watch', ...sample })))
    this.#samples = samples.length
    this.#events = events.length
    this.#target.write(lines)
  }

  /** The warm-up ended; `counters` are what belongs to what follows though it was counted before. */
  warm(atMs: number, counters: Float64Array): void {
    this.#tables.clear()
    this.#target.write([{ kind: 'warm', atMs, counters: toNames(counters) }])
  }

  /** The rate of an open loop was changed. */
  rate(change: RateChange): void {
    this.#target.write([{ kind: 'rate', ...change }])
  }

  /** Whether a threshold has ended the run. */
  judged({ ended }: Judgement): void {
    if (ended === null || this.#ended) return
    this.#ended = true
    this.#target.write([{ kind: 'ended', ...ended }])
  }

  end(end: Omit<EndLine, 'kind'>, notes: readonly string[]): void {
    this.#target.write([...this.#newNotes(notes), { kind: 'end', ...end }])
  }

  result(result: RunResult): void {
    this.#target.write([{ kind: 'summary', result: result.toJSON() }])
  }

  #newNotes(notes: readonly string[]): RecordingLine[] {
    const lines = notes.slice(this.#notes).map((text): RecordingLine => ({ kind: 'note', text }))
    this.#notes = notes.length
    return lines
  }
}
