/** Where in the sources a place of a bundled file came from, by the source map that lies beside it. */
import { readFileSync } from 'node:fs'
import { SourceMap, type SourceMapPayload } from 'node:module'
import { fileURLToPath } from 'node:url'

export interface Origin {
  /** First folder below `src/`. */
  readonly folder: string
  /** `folder/file.ts:line`. */
  readonly place: string
}

const maps = new Map<string, SourceMap | null>()

/** The source of line `line` (from 1; 0: any) of the script at `url`, a file URL; null: it has no map, or the map does not say. */
export function originOf(url: string, line: number): Origin | null {
  if (!maps.has(url)) maps.set(url, mapOf(url))
  // The last entry of a line: what stands before it may still be of the function before.
  const entry = maps.get(url)?.findEntry(Math.max(0, line - 1), Number.MAX_SAFE_INTEGER)
  if (entry === undefined || !('originalSource' in entry)) return null
  const [, path] = entry.originalSource.split('/src/')
  if (path === undefined) return null
  const folder = path.includes('/') ? path.slice(0, path.indexOf('/')) : path
  return { folder, place: line > 0 ? `${path}:${entry.originalLine + 1}` : path }
}

function mapOf(url: string): SourceMap | null {
  try {
    return new SourceMap(JSON.parse(readFileSync(`${fileURLToPath(url)}.map`, 'utf8')) as SourceMapPayload)
  } catch {
    return null
  }
}
