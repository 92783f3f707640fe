/** The catalogue of malformed conversations. */
import { UsageError } from '../../base/errors.js'
import { nearest } from '../../base/nearest.js'
import { ADDRESS_CASES } from './addresses.js'
import { AUTH_CASES } from './auth.js'
import { defineCase, type MalformedCase } from './case.js'
import { CHUNK_CASES } from './chunks.js'
import { COMMAND_CASES } from './commands.js'
import { LINE_CASES } from './lines.js'
import { PIPELINING_CASES } from './pipelining.js'
import { SMUGGLING_CASES } from './smuggling.js'

/** Every case, in the order of tables. */
export const CATALOGUE: readonly MalformedCase[] = [
  ...COMMAND_CASES,
  ...ADDRESS_CASES,
  ...LINE_CASES,
  ...SMUGGLING_CASES,
  ...CHUNK_CASES,
  ...PIPELINING_CASES,
  ...AUTH_CASES,
].map(defineCase)

const BY_NAME: ReadonlyMap<string, MalformedCase> = new Map(CATALOGUE.map((one) => [one.name, one]))

/** The cases of these names, or all of them. @throws UsageError that begins with `option` for a name that is none */
export function casesNamed(names: readonly string[] | null, option: string): readonly MalformedCase[] {
  if (names === null) return CATALOGUE
  return names.map((name) => {
    const one = BY_NAME.get(name)
    if (one !== undefined) return one
    const meant = nearest(name, [...BY_NAME.keys()])
    const hint = meant ? `did you mean ${meant}?` : `'stampede malformed --list' names them.`
    throw new UsageError(`${option}: there is no malformed case '${name}'; ${hint}`)
  })
}
