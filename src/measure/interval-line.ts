/** An interval as plain data for a line of a recording, and back. Names instead of numbers, so that a recording outlives the order of the tables. */
import { HISTOGRAM_LENGTH } from './board.js'
import { addCounts, type Counts } from './counts.js'
import type { Health } from './health.js'
import { countsOf, histogramOfCounts } from './histogram.js'
import { decodeHistogram, encodeHistogram } from './histogram-codec.js'
import type { ErrorGain, Interval, ReplyGain, TableGain } from './interval.js'
import { COUNTERS, OUTCOMES, PHASES, Series } from './series.js'

/** One interval of a source. Times are milliseconds of the run. */
export interface IntervalLine {
  readonly kind: 'interval'
  readonly second: number
  readonly fromMs: number
  readonly toMs: number
  /** By the names of `Counter`, all workers: growth, or for a gauge how it stands; zeros left out. */
  readonly counters: Readonly<Record<string, number>>
  /** By `SERIES_NAMES`: HdrHistogram V2, deflated, base64, of microseconds. */
  readonly series: Readonly<Record<string, string>>
  readonly replies: readonly ReplyGain[]
  readonly errors: readonly ErrorGain[]
  readonly health: readonly Health[]
}

/** Names by number of the series: `response accepted`, `dot deferred`, `startLag`. */
export const SERIES_NAMES: readonly string[] = seriesNames()

function seriesNames(): string[] {
  const names = new Array<string>(Series.count).fill('')
  OUTCOMES.forEach((outcome, i) => {
    names[Series.response + i] = `response ${outcome}`
    names[Series.service + i] = `service ${outcome}`
  })
  PHASES.forEach((phase, i) => {
    for (const kind of [0, 1, 2] as const) names[Series.phase + i * 3 + kind] = `${phase} ${OUTCOMES[kind]}`
  })
  for (const name of ['startLag', 'tlsFull', 'tlsResumed', 'responseAlone', 'responseBeside'] as const)
    names[Series[name]] = name
  return names
}

/** The line of an interval; replies and failures by the names that their slots have. */
export function toLine(interval: Interval, { replies, errors }: TableGain): IntervalLine {
  const series: Record<string, string> = {}
  interval.series.forEach((counts, i) => {
    if (counts !== null) series[SERIES_NAMES[i]!] = encoded(counts)
  })
  const { second, fromMs, toMs, health } = interval
  return {
    kind: 'interval',
    second,
    fromMs,
    toMs,
    counters: toNames(interval.counters),
    series,
    replies,
    errors,
    health,
  }
}

/** The interval of a line; names that this version does not know are left out. @throws Error when a histogram is none */
export function fromLine(line: IntervalLine): Interval {
  const series = SERIES_NAMES.map((name) => (line.series[name] === undefined ? null : decoded(line.series[name])))
  const { second, fromMs, toMs, replies, errors, health } = line
  const counters = fromNames(line.counters)
  return { role: 'source', second, fromMs, toMs, counters, series, slots: [], gains: { replies, errors }, health }
}

/** By the names of `Counter`, zeros left out. */
export function toNames(counters: ArrayLike<number>): Record<string, number> {
  const named: Record<string, number> = {}
  COUNTERS.forEach((name, i) => {
    if (counters[i] !== 0) named[name] = counters[i]!
  })
  return named
}

/** By Counter; names that this version does not know are left out. */
export function fromNames(named: Readonly<Record<string, number>>): Float64Array {
  return Float64Array.from(COUNTERS, (name) => named[name] ?? 0)
}

function encoded(counts: Counts): string {
  const all = new Float64Array(HISTOGRAM_LENGTH)
  addCounts(all, counts)
  return encodeHistogram(histogramOfCounts(all))
}

function decoded(text: string): Counts {
  return countsOf(decodeHistogram(text))
}
