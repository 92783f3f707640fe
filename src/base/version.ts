/** The version in package.json, which ships beside dist/. */
import { readFileSync } from 'node:fs'

export function version(): string {
  const text = readFileSync(new URL(import.meta.resolve('smtp-stampede/package.json')), 'utf8')
  return (JSON.parse(text) as { version: string }).version
}
