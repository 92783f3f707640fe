/** `--out`: files that the run goes into. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { RunError } from '../base/errors.js'
import type { Result } from '../measure/result.js'
import type { SourcePlan } from '../plan/plan.js'
import { RecordingFile } from '../run/recording-file.js'
import type { RunOptions } from '../run/source.js'
import { FORMATS, type Material } from './formats.js'
import type { Given } from './given.js'
import type { Machine } from './machine.js'
import { type OutFile, outFilesOf, RECORDING } from './out-files.js'
import { shownPlan } from './print-plan.js'
import { reasonOf } from './read-file.js'
import { recordingOf } from './recording-source.js'

const KINDS = [RECORDING, ...Object.keys(FORMATS)]

/** What `--out` asks for; names that cannot be written are refused before anything is sent. Throws UsageError. */
export function outputsOf(given: Given, seed: string, machine: Pick<Machine, 'checkWritable'>): OutFile[] {
  const nameOf = (kind: string) => `run-${seed}.${FORMATS[kind]?.ending ?? kind}`
  return outFilesOf(given, { of: 'a run', kinds: KINDS, nameOf }, machine)
}

/** Which files could be written, and what is to be said of one that could not. */
export interface Written {
  readonly wrote: readonly string[]
  readonly failed: RunError | null
}

/** Sees to the files of one run; `close` it in any case. */
export class Outputs {
  readonly #outputs: readonly OutFile[]
  readonly #plan: SourcePlan
  readonly #file: RecordingFile | null
  /** Where the recording is that nobody asked to keep. */
  readonly #temporary: string | null

  /** Opens the recording if there is to be one. */
  constructor(outputs: readonly OutFile[], plan: SourcePlan) {
    this.#outputs = outputs
    this.#plan = plan
    const kept = outputs.find(({ kind }) => kind === RECORDING)?.path ?? null
    const wanted = outputs.some(({ kind }) => FORMATS[kind]?.recorded)
    this.#temporary = kept === null && wanted ? mkdtempSync(join(tmpdir(), 'stampede-')) : null
    const path = kept ?? (this.#temporary === null ? null : join(this.#temporary, 'run.ndjson'))
    this.#file = path === null ? null : new RecordingFile(path)
  }

  /** What the run has to be told. */
  get options(): Pick<RunOptions, 'recording'> {
    return this.#file === null ? {} : { recording: { target: this.#file, plan: shownPlan(this.#plan) } }
  }

  /** Writes all of them. */
  async write(result: Result): Promise<Written> {
    await this.#file?.close()
    const trouble = this.#file?.trouble ?? null
    const wrote: string[] = []
    const failures: RunError[] = trouble === null ? [] : [new RunError(`${trouble}.`)]
    for (const { kind, path, label } of this.#outputs) {
      const format = FORMATS[kind]
      // Half of a recording is still one, and half of what is made from it says nothing of what it lacks.
      if (trouble !== null && (format === undefined || format.recorded)) continue
      try {
        if (format !== undefined) writeFileSync(path, await format.render(this.#material(result)))
        wrote.push(path)
      } catch (error) {
        failures.push(new RunError(`${label}: cannot write '${path}' (${reasonOf(error)}).`))
      }
    }
    return { wrote, failed: failures[0] ?? null }
  }

  async close(): Promise<void> {
    await this.#file?.close()
    if (this.#temporary !== null) rmSync(this.#temporary, { recursive: true, force: true })
  }

  #material(result: Result): Material {
    const sources = () => [recordingOf(this.#file!.path)]
    return {
      result,
      recorded: async () => (await import('../report/read.js')).readRecordings(sources()),
      intervals: async () => (await import('../report/read.js')).intervalsOf(sources()),
    }
  }
}
