/** `--out` of `stampede watch`: every sample as it is taken, and the result. */
import { writeFileSync } from 'node:fs'
import { RunError, UsageError } from '../base/errors.js'
import { nearest } from '../base/nearest.js'
import type { WatchHeaderLine } from '../measure/recording.js'
import type { Watched } from '../measure/watched.js'
import { type WatchResult, watchJson, watchText } from '../report/watch-text.js'
import { Scribe } from '../run/recording.js'
import { RecordingFile } from '../run/recording-file.js'
import { type Given, orList } from './given.js'
import type { Machine } from './machine.js'
import { checkWritable } from './out-files.js'
import { reasonOf } from './read-file.js'

const RENDER = { json: watchJson, text: watchText } as const
const KINDS = ['ndjson', 'json', 'text'] as const
type Kind = (typeof KINDS)[number]

export interface WatchFile {
  readonly kind: Kind
  readonly path: string
  readonly label: string
}

/** What was asked for. Throws UsageError. */
export function watchFilesOf(given: Given, machine: Pick<Machine, 'checkWritable'>): WatchFile[] {
  return given.texts('out').map((text, i) => {
    const label = given.label('out', i)
    const [, name = '', path] = /^([^=]*)(?:=(.*))?$/s.exec(text)!
    const kind = KINDS.find((one) => one === name)
    if (kind === undefined) {
      const meant = nearest(name, KINDS)
      throw new UsageError(
        `${label}: there is no kind '${name}'; ${meant ? `did you mean ${meant}?` : `give ${orList(KINDS)}, as in json=watch.json.`}`,
      )
    }
    const file = path ?? `watch.${kind === 'text' ? 'txt' : kind}`
    checkWritable(file, label, machine)
    return { kind, path: file, label }
  })
}

export class WatchFiles {
  readonly #files: readonly WatchFile[]
  readonly #recording: RecordingFile | null
  readonly #scribe: Scribe | null

  constructor(files: readonly WatchFile[]) {
    this.#files = files
    const path = files.find(({ kind }) => kind === 'ndjson')?.path
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
    await this.close()
    const trouble = this.#recording?.trouble ?? null
    const failures = trouble === null ? [] : [new RunError(`${trouble}.`)]
    for (const { kind, path, label } of this.#files) {
      if (kind === 'ndjson') continue
      try {
        writeFileSync(path, RENDER[kind](result))
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
