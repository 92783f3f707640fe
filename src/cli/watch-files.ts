/** `--out` of `stampede watch`: every sample as it is taken, and the result. */
import { writeFileSync } from 'node:fs'
import { RunError } from '../base/errors.js'
import type { WatchHeaderLine } from '../measure/recording.js'
import type { Watched } from '../measure/watched.js'
import type { WatchResult } from '../report/watch-text.js'
import { Scribe } from '../run/recording.js'
import { RecordingFile } from '../run/recording-file.js'
import type { Given } from './given.js'
import type { Machine } from './machine.js'
import { type OutFile, outFilesOf, RECORDING } from './out-files.js'
import { reasonOf } from './read-file.js'
import { WATCH_FORMS } from './watch-forms.js'

/** What was asked for. Throws UsageError. */
export function watchFilesOf(given: Given, machine: Pick<Machine, 'checkWritable'>): OutFile[] {
  const nameOf = (kind: string) => `watch.${kind === 'text' ? 'txt' : kind}`
  return outFilesOf(given, { of: 'a watch', kinds: [RECORDING, ...Object.keys(WATCH_FORMS)], nameOf }, machine)
}

export class WatchFiles {
  readonly #files: readonly OutFile[]
  readonly #recording: RecordingFile | null
  readonly #scribe: Scribe | null

  constructor(files: readonly OutFile[]) {
    this.#files = files
    const path = files.find(({ kind }) => kind === RECORDING)?.path
    this.#recording = path === undefined ? null : new RecordingFile(path)
    this.#scribe = this.#recording === null ? null : new Scribe(this.#recording)
  }

  begin(header: Omit<WatchHeaderLine, 'kind' | 'schemaVersion'>, watched: Watched): void {
    this.#recording?.write([{ kind: 'watch-header', schemaVersion: 1, ...header }])
    this.#scribe?.watched(watched)
  }

  sampled(watched: Watched): void {
    this.#scribe?.watched(watched)
  }

  /** Writes the result; what is to be said of a file that could not be written. */
  async end(result: WatchResult): Promise<RunError | null> {
    // Only now: what is said of the watch itself may change while it goes.
    const notes = result.notes.map((text) => ({ kind: 'note' as const, text }))
    this.#recording?.write([...notes, { kind: 'watch-end', elapsedMs: result.elapsedMs }])
    await this.close()
    const trouble = this.#recording?.trouble ?? null
    const failures = trouble === null ? [] : [new RunError(`${trouble}.`)]
    for (const { kind, path, label } of this.#files) {
      const form = WATCH_FORMS[kind]
      if (form === undefined) continue
      try {
        writeFileSync(path, await form(result))
      } catch (error) {
        failures.push(new RunError(`${label}: cannot write '${path}' (${reasonOf(error)}).`))
      }
    }
    return failures[0] ?? null
  }

  async close(): Promise<void> {
    await this.#recording?.close()
  }
}
