/** Compares a text with a file under test/golden; with GOLDEN=write in the environment, writes it instead. */
import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'

export function golden(name: string, text: string): void {
  const file = new URL(`../../test/golden/${name}`, import.meta.url)
  if (process.env.GOLDEN === 'write') writeFileSync(file, text)
  assert.equal(text, readFileSync(file, 'utf8'))
}
