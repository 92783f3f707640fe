import type { CatalogueRow } from '#src/run/catalogue.js'
import { built, type Program, run } from './run-program.js'

const MALFORMED: Program = {
  name: 'stampede malformed',
  command: [process.execPath, built('bin/stampede.js'), 'malformed'],
}

/** What `stampede malformed` printed. */
export interface Catalogue {
  readonly rows: readonly CatalogueRow[]
  readonly healthy: string
  readonly passed: boolean
  readonly code: number | null
  /** The rows as lines. */
  readonly text: string
}

/** Plays the catalogue, or the cases given, by the command line. */
export async function playCatalogue(address: string, ...options: readonly string[]): Promise<Catalogue> {
  const words = ['-f', 'a@stampede.test', '-t', 'b@stampede.test', '-M', 'client.example', '--timeout', '5s']
  const ran = await run(MALFORMED, [...words, '--json', ...options, address], { timeoutMs: 120_000 })
  if (ran.stdout === '') throw new Error(`no result; status ${ran.code}: ${ran.stderr}`)
  const result = JSON.parse(Buffer.from(ran.stdout, 'latin1').toString()) as Omit<Catalogue, 'code' | 'text'>
  const text = result.rows
    .map(({ name, answer, verdict, word }) =>
      `${name.padEnd(26)}${answer.padEnd(26)}${verdict} ${word ?? ''}`.trimEnd(),
    )
    .join('\n')
  return { ...result, code: ran.code, text }
}
