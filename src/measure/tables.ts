/** The reply and error tables: the slots of all workers put together under their names. */

import type { ErrorRow, ReplyRow } from './figures.js'
import type { ErrorSighted, ReplySighted } from './protocol.js'
import { type ErrorKind, PHASES, type Phase } from './series.js'

/** What a row is before it is a reply's or an error's. */
interface Tally {
  readonly phase: Phase
  readonly name: ReplySighted | ErrorSighted | null
  count: number
  firstMs: number
  lastMs: number
  sample: string
}

/** Both tables, in the order of the conversation. */
export interface Tables {
  readonly replies: ReplyRow[]
  readonly errors: ErrorRow[]
}

/**
 * @param slots each worker's slots: count, first and last time, three numbers each
 * @param sightings what the workers told of them; a slot without a name (its worker died between counting and telling) is a reply `other`
 */
export function mergeTables(
  slots: readonly Float64Array[],
  sightings: readonly (ReplySighted | ErrorSighted)[],
): Tables {
  const names = new Map(sightings.map((one) => [`${one.worker}/${one.slot}`, one]))
  const tallies = new Map<string, Tally>()
  slots.forEach((row, worker) => {
    for (let slot = 0; slot * 3 < row.length; slot++) {
      const count = row[slot * 3]!
      if (count === 0) continue
      const name = names.get(`${worker}/${slot}`) ?? null
      add(tallies, name, count, row[slot * 3 + 1]!, row[slot * 3 + 2]!)
    }
  })
  const sorted = [...tallies.values()].sort((a, b) => a.phase - b.phase || codeOf(a) - codeOf(b) || b.count - a.count)
  const tables: Tables = { replies: [], errors: [] }
  for (const { phase, name, count, firstMs, lastMs, sample } of sorted) {
    const times = { count, firstMs, lastMs, sample }
    if (name?.kind === 'error') tables.errors.push({ error: name.error, after: PHASES[phase]!, ...times })
    else
      tables.replies.push({ verb: codeOf({ name }) === 0 ? 'other' : PHASES[phase]!, code: codeOf({ name }), ...times })
  }
  return tables
}

/** Failures of one kind, at any stage. */
export function errorsOf(rows: readonly ErrorRow[], kind: ErrorKind): number {
  return rows.reduce((sum, row) => sum + (row.error === kind ? row.count : 0), 0)
}

function add(
  tallies: Map<string, Tally>,
  name: ReplySighted | ErrorSighted | null,
  count: number,
  firstMs: number,
  lastMs: number,
): void {
  const key = keyOf(name)
  const sample = name?.sample ?? ''
  const tally = tallies.get(key)
  if (tally === undefined) {
    tallies.set(key, { phase: name?.phase ?? 0, name, count, firstMs, lastMs, sample })
    return
  }
  tally.count += count
  if (firstMs < tally.firstMs) {
    tally.firstMs = firstMs
    tally.sample = sample
  }
  tally.lastMs = Math.max(tally.lastMs, lastMs)
}

function keyOf(name: ReplySighted | ErrorSighted | null): string {
  if (name?.kind === 'error') return `${name.error}/${name.phase}`
  // Replies that found no slot of their own came after verbs of all kinds.
  if (name === null || name.code === 0) return 'other'
  return `${name.code}/${name.phase}`
}

function codeOf({ name }: { readonly name: ReplySighted | ErrorSighted | null }): number {
  return name?.kind === 'reply' ? name.code : 0
}
