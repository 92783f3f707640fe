/** The reply and error tables: the slots of all workers put together under their names. */

import type { ErrorRow, ReplyRow } from './figures.js'
import type { ErrorSighted, ReplySighted } from './protocol.js'
import { type ErrorKind, PHASES } from './series.js'

/** What a row is before it is a reply's or an error's. */
interface Tally {
  readonly name: ReplySighted | ErrorSighted | null
  count: number
  firstMs: number
  lastMs: number
  sample: string
}

/** Both tables, in the order of the conversation. */
export interface Tables {
  readonly replies: readonly ReplyRow[]
  readonly errors: readonly ErrorRow[]
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
  const replies: ReplyRow[] = []
  const errors: ErrorRow[] = []
  for (const { name, count, firstMs, lastMs, sample } of tallies.values()) {
    const times = { count, firstMs, lastMs, sample }
    if (name?.kind === 'error') errors.push({ error: name.error, after: PHASES[name.phase]!, ...times })
    else if (name === null || name.code === 0) replies.push({ verb: 'other', code: 0, ...times })
    else replies.push({ verb: PHASES[name.phase]!, code: name.code, ...times })
  }
  return inOrder(replies, errors)
}

/** Rows in the order of the conversation, those of no known place before them. */
export function inOrder(replies: readonly ReplyRow[], errors: readonly ErrorRow[]): Tables {
  const place = (phase: string) => (PHASES as readonly string[]).indexOf(phase)
  return {
    replies: [...replies].sort((a, b) => place(a.verb) - place(b.verb) || a.code - b.code),
    errors: [...errors].sort(
      (a, b) => place(a.after) - place(b.after) || b.count - a.count || (a.error < b.error ? -1 : 1),
    ),
  }
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
    tallies.set(key, { name, count, firstMs, lastMs, sample })
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
