/** `--out`: files that the run goes into. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { RunError, UsageError } from '../base/errors.js'
import { nearest } from '../base/nearest.js'
import type { Result } from '../measure/result.js'
import type { SourcePlan } from '../plan/plan.js'
import { RecordingFile } from '../run/recording-file.js'
import type { RunOptions } from '../run/source.js'
import { FORMATS, type Material } from './formats.js'
import { type Given, orList } from './given.js'
import type { Machine } from './machine.js'
import { shownPlan } from './print-plan.js'
import { reasonOf } from './read-file.js'
import { recordingOf } from './recording-source.js'

/** The form that everything else can be made from: `stampede report`. */
const RECORDING = 'ndjson'
const KINDS = [RECORDING, ...Object.keys(FORMATS)]

/** A file to be written, when the run is over or while it goes. */
export interface Output {
  readonly kind: string
  readonly path: string
  readonly label: string
}

/** What `--out` asks for; names that cannot be written are refused before anything is sent. Throws UsageError. */
export function outputsOf(given: Given, seed: string, machine: Pick<Machine, 'checkWritable'>): Output[] {
  const outputs = given.texts('out').map((text, i) => {
    const label = given.label('out', i)
    const [, kind = '', path] = /^([^=]*)(?:=(.*))?$/s.exec(text)!
    if (!KINDS.includes(kind)) {
      const meant = nearest(kind, KINDS)
      throw new UsageError(
        `${label}: there is no kind '${kind}'; ${meant ? `did you mean ${meant}?` : `give ${orList(KINDS)}, as in json=result.json.`}`,
      )
    }
    const file = path ?? `run-${seed}.${FORMATS[kind]?.ending ?? kind}`
    checkWritable(file, label, machine)
    return { kind, path: file, label }
  })
  outputs.forEach(({ kind, path, label }, i) => {
    const earlier = outputs.slice(0, i)
    if (earlier.some((one) => resolve(one.path) === resolve(path)))
      throw new UsageError(`${label}: '${path}' is given twice; give each its own file.`)
    if (kind === RECORDING && earlier.some((one) => one.kind === kind))
      throw new UsageError(`${label}: one recording is made of a run; give ${RECORDING} once.`)
  })
  return outputs
}

/** A name that cannot be written is better known before the work than after it. Throws UsageError. */
export function checkWritable(path: string, label: string, machine: Pick<Machine, 'checkWritable'>): void {
  try {
    machine.checkWritable(path, false)
  } catch (error) {
    throw new UsageError(`${label}: cannot write '${path}' (${reasonOf(error)}); give a file that can be written.`)
  }
}

/** Which files could be written, and what is to be said of one that could not. */
export interface Written {
  readonly wrote: readonly string[]
  readonly failed: RunError | null
}

/** Sees to the files of one run; `close` it in any case. */
export class Outputs {
  readonly #outputs: readonly Output[]
  readonly #plan: SourcePlan
  readonly #file: RecordingFile | null
  /** Where the recording is that nobody asked to keep. */
  readonly #temporary: string | null

  /** Opens the recording if there is to be one. */
  constructor(outputs: readonly Output[], plan: SourcePlan) {
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
