/** What the page of a search for leaks shows, as plain data. Texts stay texts on the page. */
import type { LeakResource, LeakWord } from '../../measure/leaks.js'

/** One resource over the cycles of a plan. */
export interface LeakPlot {
  readonly resource: LeakResource
  readonly word: LeakWord
  /** Octets or things after each cycle, those that only warm up among them. */
  readonly levels: readonly number[]
  /** What the verdict makes of them, after each cycle that it is about; null: nothing grows, or a cycle it is not about. */
  readonly line: readonly (number | null)[] | null
  /** What the line says: `≈ 1,031 B per message`. */
  readonly says: string
}

export interface LeakPagePlan {
  readonly name: string
  readonly word: LeakWord
  /** The verdict in a sentence, what was asked of the server, and how much of it. */
  readonly headline: string
  readonly sentence: string
  readonly extent: string
  /** A row for each resource: itself, verdict, first and last level, and slopes. */
  readonly rows: readonly (readonly string[])[]
  /** Resources that moved. */
  readonly plots: readonly LeakPlot[]
  /** What a level is: the one after a cycle's rest, or the lowest of a part of the time. */
  readonly level: string
  /** Cycles that come before those that count. */
  readonly warming: number
  readonly notes: readonly string[]
}

export interface LeakPageData {
  readonly target: string
  readonly word: LeakWord
  readonly plans: readonly LeakPagePlan[]
  readonly notes: readonly string[]
  /** What the search was, line by line: name and value. */
  readonly about: readonly (readonly [string, string])[]
}
