/** What is kept of a second of a run: every series in a few figures, replies by class, failures by kind. */
import { type Counts, maxOf, percentileOf } from './counts.js'
import type { Health } from './health.js'
import type { TableGain } from './interval.js'

/** One series in one second, microseconds. */
export interface SeriesFigures {
  readonly series: number
  readonly count: number
  readonly p50: number
  readonly p90: number
  readonly p99: number
  readonly p999: number
  readonly max: number
}

/** All that is kept of a second. */
export interface SecondDetail {
  readonly second: number
  /** Milliseconds of the run between which it was watched. */
  readonly fromMs: number
  readonly toMs: number
  /** By Counter: growth, or how a gauge stood at the end. */
  readonly counters: Float64Array
  readonly series: readonly SeriesFigures[]
  /** Replies by class of their code, 2 to 5 for 2xx to 5xx, 0 for all others; and failures by kind. Empty where no names are known. */
  readonly replies: ReadonlyMap<number, number>
  readonly errors: ReadonlyMap<string, number>
  readonly health: readonly Health[]
}

const FIGURES = 7
type FigureTuple = [number, number, number, number, number, number, number]

/** `FIGURES` numbers for each series that was touched, in the order of SeriesFigures. */
export function figuresOf(series: readonly (Counts | null)[]): Float64Array {
  const figures: number[] = []
  series.forEach((counts, number) => {
    if (counts === null) return
    figures.push(number, counts.total)
    for (const percentile of [50, 90, 99, 99.9]) figures.push(percentileOf(counts, percentile))
    figures.push(maxOf(counts))
  })
  return Float64Array.from(figures)
}

/** The same as rows. */
export function seriesOf(figures: Float64Array): SeriesFigures[] {
  const rows: SeriesFigures[] = []
  for (let i = 0; i < figures.length; i += FIGURES) {
    const [series, count, p50, p90, p99, p999, max] = [...figures.subarray(i, i + FIGURES)] as FigureTuple
    rows.push({ series, count, p50, p90, p99, p999, max })
  }
  return rows
}

/** Replies by class, those of `before` too. */
export function classesOf(
  gains: TableGain | undefined,
  before: ReadonlyMap<number, number> = new Map(),
): ReadonlyMap<number, number> {
  const classOf = (code: number) => (code >= 200 && code < 600 ? Math.floor(code / 100) : 0)
  return tallied(gains?.replies.map(([, code, count]) => [classOf(code), count]) ?? [], before)
}

/** Failures by kind, those of `before` too. */
export function kindsOf(
  gains: TableGain | undefined,
  before: ReadonlyMap<string, number> = new Map(),
): ReadonlyMap<string, number> {
  return tallied(gains?.errors.map(([kind, , count]) => [kind, count]) ?? [], before)
}

function tallied<Key>(pairs: readonly (readonly [Key, number])[], before: ReadonlyMap<Key, number>) {
  if (pairs.length === 0) return before
  const tally = new Map(before)
  for (const [key, count] of pairs) tally.set(key, (tally.get(key) ?? 0) + count)
  return tally
}

/** Where a series begins; below zero: it was not touched. */
export function findSeries(figures: Float64Array, series: number): number {
  for (let i = 0; i < figures.length; i += FIGURES) if (figures[i] === series) return i
  return -1
}
