/** `--out`: files that the result goes into. */
import { writeFileSync } from 'node:fs'
import { RunError, UsageError } from '../base/errors.js'
import { nearest } from '../base/nearest.js'
import type { Result } from '../measure/result.js'
import { toJson } from '../report/json.js'
import { toText } from '../report/text.js'
import { type Given, orList } from './given.js'
import type { Machine } from './machine.js'
import { reasonOf } from './read-file.js'

const KINDS: Readonly<Record<string, { readonly ending: string; readonly render: (result: Result) => string }>> = {
  json: { ending: 'json', render: (result) => `${toJson(result)}\n` },
  text: { ending: 'txt', render: (result) => toText(result) },
}

/** A file to be written when the run is over. */
export interface Output {
  readonly kind: string
  readonly path: string
  readonly label: string
}

/** What `--out` asks for; names that cannot be written are refused before anything is sent. Throws UsageError. */
export function outputsOf(given: Given, seed: string, machine: Pick<Machine, 'checkWritable'>): Output[] {
  return given.texts('out').map((text, i) => {
    const label = given.label('out', i)
    const [, kind = '', path] = /^([^=]*)(?:=(.*))?$/s.exec(text)!
    if (!Object.hasOwn(KINDS, kind)) {
      const meant = nearest(kind, Object.keys(KINDS))
      throw new UsageError(
        `${label}: there is no kind '${kind}'; ${meant ? `did you mean ${meant}?` : `give ${orList(Object.keys(KINDS))}, as in json=result.json.`}`,
      )
    }
    const file = path ?? `run-${seed}.${KINDS[kind]!.ending}`
    try {
      machine.checkWritable(file, false)
    } catch (error) {
      throw new UsageError(`${label}: cannot write '${file}' (${reasonOf(error)}); give a file that can be written.`)
    }
    return { kind, path: file, label }
  })
}

/** Writes them: the names of those that could be, and what is to be said of one that could not. */
export function writeOutputs(
  outputs: readonly Output[],
  result: Result,
): { readonly wrote: readonly string[]; readonly failed: RunError | null } {
  const wrote: string[] = []
  let failed: RunError | null = null
  for (const { kind, path, label } of outputs) {
    try {
      writeFileSync(path, KINDS[kind]!.render(result))
      wrote.push(path)
    } catch (error) {
      failed ??= new RunError(`${label}: cannot write '${path}' (${reasonOf(error)}).`)
    }
  }
  return { wrote, failed }
}
