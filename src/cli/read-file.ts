/** Files that options name, read with a sentence for those that cannot be. */
import { UsageError } from '../base/errors.js'
import type { Given } from './given.js'
import type { Machine } from './machine.js'

/** What is in the file. Throws UsageError, which begins with `label`. */
export function readOctets(path: string, label: string, machine: Pick<Machine, 'readFile'>): Uint8Array {
  try {
    return machine.readFile(path)
  } catch (error) {
    throw new UsageError(`${label}: cannot read '${path}' (${reasonOf(error)}); give a readable file.`)
  }
}

/** The text in the file that the option names, UTF-8; null where the option was not given. Throws UsageError. */
export function readText(given: Given, name: string, machine: Pick<Machine, 'readFile'>): string | null {
  const path = given.text(name)
  return path === null ? null : Buffer.from(readOctets(path, given.label(name), machine)).toString('utf8')
}

/** What the system said, without the name of the call. */
export function reasonOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error)
  return text.replace(/^[A-Z]+: /, '').replace(/, \w+( '.*')?$/s, '')
}
