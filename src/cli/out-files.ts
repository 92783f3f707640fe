/** Files that a result goes into: `--out KIND[=PATH]`. */
import { resolve } from 'node:path'
import { UsageError } from '../base/errors.js'
import { nearest } from '../base/nearest.js'
import { type Given, orList } from './given.js'
import type { Machine } from './machine.js'
import { reasonOf } from './read-file.js'

/** The form that everything else can be made from: `stampede report`. */
export const RECORDING = 'ndjson'

/** A file to be written, when it is over or while it goes. */
export interface OutFile {
  readonly kind: string
  readonly path: string
  readonly label: string
}

/** What may be written: `a run`, its kinds, and what the file of a kind is called unless it is named. */
export interface OutKinds {
  readonly of: string
  readonly kinds: readonly string[]
  readonly nameOf: (kind: string) => string
}

/** What `--out` asks for; names that cannot be written are refused before anything is sent. Throws UsageError. */
export function outFilesOf(
  given: Given,
  { of, kinds, nameOf }: OutKinds,
  machine: Pick<Machine, 'checkWritable'>,
): OutFile[] {
  const files = given.texts('out').map((text, i) => {
    const label = given.label('out', i)
    const [, kind = '', path] = /^([^=]*)(?:=(.*))?$/s.exec(text)!
    if (!kinds.includes(kind)) {
      const meant = nearest(kind, kinds)
      throw new UsageError(
        `${label}: there is no kind '${kind}' of ${of}; ${meant ? `did you mean ${meant}?` : `give ${orList(kinds)}, as in json=result.json.`}`,
      )
    }
    const file = path ?? nameOf(kind)
    checkWritable(file, label, machine)
    return { kind, path: file, label }
  })
  files.forEach(({ kind, path, label }, i) => {
    const earlier = files.slice(0, i)
    if (earlier.some((one) => resolve(one.path) === resolve(path)))
      throw new UsageError(`${label}: '${path}' is given twice; give each its own file.`)
    if (kind === RECORDING && earlier.some((one) => one.kind === kind))
      throw new UsageError(`${label}: one recording is made of ${of}; give ${RECORDING} once.`)
  })
  return files
}

/** A name that cannot be written is better known before the work than after it. Throws UsageError. */
export function checkWritable(path: string, label: string, machine: Pick<Machine, 'checkWritable'>): void {
  try {
    machine.checkWritable(path, false)
  } catch (error) {
    throw new UsageError(`${label}: cannot write '${path}' (${reasonOf(error)}); give a file that can be written.`)
  }
}
