/** What one worker's misbehaving clients met, in a bounded memory. */
import {
  HELD_MAX,
  type MalformedRow,
  type MischiefEnd,
  type MischiefKind,
  type MischiefTold,
} from '../../measure/mischief.js'
import { mischiefName } from '../../plan/mischief.js'
import type { MischiefPart } from '../../plan/mischief-shares.js'
import { answerText, judgeCase } from '../../smtp/malformed/judge.js'
import type { Played } from './player.js'

/** Different answers kept of one case; later ones of other kinds are counted with the last. */
const ANSWERS_MAX = 8

export class MischiefTally {
  readonly #kinds: {
    readonly kind: string
    readonly sessions: number
    ends: Map<MischiefEnd, number>
    held: number[]
  }[]
  readonly #cases = new Map<string, Map<string, MalformedRow>>()

  constructor(parts: readonly MischiefPart[]) {
    this.#kinds = parts.map(({ plan, sessions }) => ({
      kind: mischiefName(plan),
      sessions,
      ends: new Map(),
      held: [],
    }))
  }

  /** One connection, or one case, of a kind has ended. */
  end(kind: number, end: MischiefEnd): void {
    const { ends } = this.#kinds[kind]!
    ends.set(end, (ends.get(end) ?? 0) + 1)
  }

  /** A half-open connection was held for so many milliseconds. */
  held(kind: number, ms: number): void {
    const { held } = this.#kinds[kind]!
    if (held.length < HELD_MAX) held.push(ms)
  }

  /** A case of the catalogue was played. */
  played(played: Played): void {
    const row = rowOf(played)
    let rows = this.#cases.get(row.name)
    if (rows === undefined) {
      rows = new Map()
      this.#cases.set(row.name, rows)
    }
    const key = `${row.answer}/${row.verdict}/${row.word}`
    const at = rows.has(key) || rows.size < ANSWERS_MAX ? key : [...rows.keys()].at(-1)!
    const before = rows.get(at)
    rows.set(at, { ...(before ?? row), count: (before?.count ?? 0) + 1 })
  }

  /** As it stands. */
  told(worker: number): MischiefTold {
    return {
      kind: 'mischief',
      worker,
      kinds: this.#kinds.map(
        ({ kind, sessions, ends, held }): MischiefKind => ({
          kind,
          sessions,
          ends: Object.fromEntries(ends),
          heldMs: [...held],
        }),
      ),
      cases: [...this.#cases.values()].flatMap((rows) => [...rows.values()]),
    }
  }
}

/** The row of one case, judged. */
export function rowOf({ one, seen, skipped, why }: Played): MalformedRow {
  const { name, section } = one
  if (seen === null) return { name, section, answer: why === '' ? '-' : why, verdict: skipped, word: null, count: 1 }
  return { name, section, answer: answerText(seen), ...judgeCase(one, seen), count: 1 }
}
