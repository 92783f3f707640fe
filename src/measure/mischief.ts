/** What misbehaving clients met: told by the workers about once a second, put together on the main thread, and what it cost the healthy ones. */

import { Series } from './series.js'
import type { Timeline } from './timeline.js'

/** How one misbehaving connection ended: the class of the last reply, or what was done instead of one. */
export const MISCHIEF_ENDS = [
  '2xx',
  '3xx',
  '4xx',
  '5xx',
  'left',
  'closed',
  'reset',
  'timeout',
  'unreached',
  'not SMTP',
  'not offered',
  'stopped',
] as const
/** `left`: by us, as planned; `unreached`: no connection; `stopped`: the run was over. */
export type MischiefEnd = (typeof MISCHIEF_ENDS)[number]

/** One kind of misbehaviour. */
export interface MischiefKind {
  readonly kind: string
  /** Sessions that do this, one connection at a time; 0 for a flood. */
  readonly sessions: number
  /** How often it came to an end, by how. */
  readonly ends: Readonly<Partial<Record<MischiefEnd, number>>>
  /** Half-open connections: how long the server held each, in milliseconds; a sample of at most `HELD_MAX`. */
  readonly heldMs: readonly number[]
}

/** Holding times kept per kind and worker. */
export const HELD_MAX = 1000

/** One answer to one case of the catalogue, and how often it was given. */
export interface MalformedRow {
  readonly name: string
  readonly section: string
  readonly answer: string
  readonly verdict: string
  /** What the verdict alone does not tell, such as `smuggled`. */
  readonly word: string | null
  readonly count: number
}

/** A worker's tally so far. */
export interface MischiefTold {
  readonly kind: 'mischief'
  readonly worker: number
  readonly kinds: readonly MischiefKind[]
  readonly cases: readonly MalformedRow[]
}

/** One part of the run in the healthy sessions' eyes. */
export interface CostPart {
  readonly messages: number
  readonly perSecond: number
  readonly p50Ms: number
  readonly p99Ms: number
}

/** The healthy sessions alone and beside the bad ones. */
export interface MischiefCost {
  readonly alone: CostPart
  readonly beside: CostPart
}

/** What misbehaviour came to. */
export interface MischiefResult {
  /** Milliseconds of the run when it began; null: the run was over before. */
  readonly startedMs: number | null
  /** Sessions that misbehaved, and all sessions of the run, flood left out. */
  readonly sessions: number
  readonly ofSessions: number
  readonly kinds: readonly MischiefKind[]
  readonly cases: readonly MalformedRow[]
  /** Null: one of the two parts has no message to compare. */
  readonly cost: MischiefCost | null
}

/** What the main thread knows. */
export interface MischiefInput {
  readonly startedMs: number | null
  readonly told: readonly MischiefTold[]
  readonly sessions: number
  readonly ofSessions: number
}

/** Puts the workers' last words together; `accepted` and `endMs` are the run's messages behind `fromMs`, and when the last one was due. */
export function mischiefResult(
  input: MischiefInput,
  timeline: Timeline,
  run: { readonly accepted: number; readonly fromMs: number; readonly endMs: number },
): MischiefResult {
  const { sessions, ofSessions } = input
  // A beginning that was decided on may be left out by an end that came before.
  const startedMs = input.startedMs !== null && input.startedMs < run.endMs ? input.startedMs : null
  return {
    startedMs,
    sessions,
    ofSessions,
    kinds: mergeKinds(input.told),
    cases: mergeCases(input.told),
    cost: startedMs === null ? null : costOf(timeline, startedMs, run),
  }
}

/** How long half-open connections were held, in milliseconds. */
export interface Held {
  readonly count: number
  readonly medianMs: number
  readonly maxMs: number
}

/** What a sample of holding times says; null: there is none. */
export function heldOf(heldMs: readonly number[]): Held | null {
  if (heldMs.length === 0) return null
  const sorted = [...heldMs].sort((a, b) => a - b)
  return { count: sorted.length, medianMs: sorted[Math.floor((sorted.length - 1) / 2)]!, maxMs: sorted.at(-1)! }
}

/** The result as plain data: of holding times only what they come to. */
export interface MischiefDocument extends Omit<MischiefResult, 'kinds'> {
  readonly kinds: readonly (Omit<MischiefKind, 'heldMs'> & { readonly held: Held | null })[]
}

export function mischiefDocument(result: MischiefResult): MischiefDocument {
  return { ...result, kinds: result.kinds.map(({ heldMs, ...kind }) => ({ ...kind, held: heldOf(heldMs) })) }
}

/** Kinds of all workers, in the order of the plan: every worker tells of every kind. */
function mergeKinds(told: readonly MischiefTold[]): MischiefKind[] {
  const merged: MischiefKind[] = []
  for (const { kinds } of told) {
    kinds.forEach((one, at) => {
      const before = merged[at]
      merged[at] =
        before === undefined
          ? one
          : {
              kind: one.kind,
              sessions: before.sessions + one.sessions,
              ends: addEnds(before.ends, one.ends),
              heldMs: [...before.heldMs, ...one.heldMs],
            }
    })
  }
  return merged
}

function addEnds(a: MischiefKind['ends'], b: MischiefKind['ends']): MischiefKind['ends'] {
  const sum: Partial<Record<MischiefEnd, number>> = {}
  for (const end of MISCHIEF_ENDS) {
    const many = (a[end] ?? 0) + (b[end] ?? 0)
    if (many > 0) sum[end] = many
  }
  return sum
}

/** Rows that say the same are one; in the order in which cases were first told of. */
function mergeCases(told: readonly MischiefTold[]): MalformedRow[] {
  const merged = new Map<string, MalformedRow>()
  for (const row of told.flatMap(({ cases }) => cases)) {
    const key = `${row.name}/${row.answer}/${row.verdict}/${row.word}`
    merged.set(key, { ...row, count: row.count + (merged.get(key)?.count ?? 0) })
  }
  return [...merged.values()]
}

/** Messages that began before and ended after are in no distribution; for the rate every message counts where it ended. */
function costOf(
  timeline: Timeline,
  startedMs: number,
  run: { readonly accepted: number; readonly fromMs: number; readonly endMs: number },
): MischiefCost | null {
  const alone = timeline.histogram(Series.responseAlone)
  const beside = timeline.histogram(Series.responseBeside)
  if (alone.totalCount === 0 || beside.totalCount === 0) return null
  const part = (histogram: typeof alone, messages: number, ms: number): CostPart => ({
    messages,
    perSecond: ms > 0 ? (messages * 1000) / ms : 0,
    p50Ms: histogram.getValueAtPercentile(50) / 1000,
    p99Ms: histogram.getValueAtPercentile(99) / 1000,
  })
  return {
    alone: part(alone, alone.totalCount, startedMs - run.fromMs),
    beside: part(beside, run.accepted - alone.totalCount, run.endMs - startedMs),
  }
}
