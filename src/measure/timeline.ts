/**
 * The run second by second, and its total. Small figures are kept for every second, about 1 kB each with its replies and failures; whole latency distributions only for
 * the messages, in windows that widen (1, 2, 4 … seconds) when they would take more than their share of memory.
 */
import type { Histogram } from 'hdr-histogram-js'
import { HISTOGRAM_LENGTH } from './board.js'
import { Cells } from './cells.js'
import { addCounts, type Counts } from './counts.js'
import type { Health } from './health.js'
import { histogramOfCounts, newHistogram } from './histogram.js'
import { addCounters, type Interval } from './interval.js'
import {
  classesOf,
  figuresOf,
  findSeries,
  kindsOf,
  type SecondDetail,
  type SeriesFigures,
  seriesOf,
} from './seconds.js'
import { COUNTERS, Counter, Outcome, Series } from './series.js'
import { type LatencyWindow, LatencyWindows, sumOf } from './windows.js'

/** One second of the run, as `for await (const second of job)` gives it. Counts are of this second; `active` is at its end. */
export interface SecondSummary {
  /** Whole seconds since the common start. */
  readonly second: number
  /** How much of it was watched, in milliseconds: less than 1,000 at the end of a run, more where the main thread was held up. */
  readonly durationMs: number
  readonly accepted: number
  readonly deferred: number
  readonly refused: number
  readonly failed: number
  readonly dropped: number
  readonly scheduled: number
  readonly connects: number
  readonly active: number
  readonly bytesOut: number
  readonly bytesIn: number
  /** Milliseconds from the intended start of a message to its acceptance; 0 when none was accepted. */
  readonly message: { readonly p50: number; readonly p99: number; readonly max: number }
  /** Event-loop utilisation of each worker, 0..1; 0 for one that is gone. */
  readonly utilisation: readonly number[]
}

/** The last few seconds as one, with every series whole. */
export interface Recent {
  readonly fromMs: number
  readonly toMs: number
  /** By Counter: growth, or for a gauge how it stands at the end. */
  readonly counters: Float64Array
  readonly series: readonly (Counts | null)[]
  readonly health: readonly Health[]
}

interface SecondRecord {
  readonly second: number
  readonly fromMs: number
  toMs: number
  readonly counters: Float64Array
  /** See `figuresOf`. */
  figures: Float64Array
  replies: ReadonlyMap<number, number>
  errors: ReadonlyMap<string, number>
  health: readonly Health[]
}

/** Seconds of which every series is still at hand, for `last`. */
const RECENT = 10

const RESPONSE = Series.response + Outcome.accepted
const SERVICE = Series.service + Outcome.accepted

export class Timeline {
  /** The same in pieces that can be drawn again; null where nobody wants to know its noise. */
  readonly cells: Cells | null
  /** Sums over the run by Counter; a gauge stands as it was last. */
  readonly counters = new Float64Array(COUNTERS.length)
  readonly #records: SecondRecord[] = []
  /** The last few seconds whole, the newest at the end. */
  readonly #recent: Interval[] = []
  readonly #totals: (Float64Array | null)[] = []
  readonly #windows = new LatencyWindows()

  /** `noise`: whether its cells are wanted. */
  constructor(noise = false) {
    this.cells = noise ? new Cells() : null
  }

  /**
   * Adds an interval; one that belongs to the same second as the one before is merged with it. Gives the second as it stands now.
   * @throws RangeError when the interval lies before one that was added, or is not of a source
   */
  add(interval: Interval): SecondSummary {
    if (interval.role !== 'source') throw new RangeError('a timeline takes the intervals of a source')
    const previous = this.#records.at(-1)
    if (previous !== undefined && interval.second < previous.second) {
      throw new RangeError(`second ${interval.second} comes after second ${previous.second}`)
    }
    addCounters('source', this.counters, interval.counters)
    this.cells?.add(interval)
    interval.series.forEach((counts, series) => {
      if (counts === null) return
      let total = this.#totals[series]
      if (total === null || total === undefined) {
        total = new Float64Array(HISTOGRAM_LENGTH)
        this.#totals[series] = total
      }
      addCounts(total, counts)
    })
    this.#windows.add(interval.second, interval.series[RESPONSE] ?? null, interval.series[SERVICE] ?? null)
    if (previous !== undefined && previous.second === interval.second) this.#extend(previous, interval)
    else this.#append(interval)
    return summaryOf(this.#records.at(-1)!)
  }

  /** Every second so far, in order; seconds in which the main thread did not get to read are missing. */
  get seconds(): SecondSummary[] {
    return this.#records.map((record) => summaryOf(record))
  }

  /** How far it goes, in milliseconds of the run; 0 before the first interval. */
  get endMs(): number {
    return this.#records.at(-1)?.toMs ?? 0
  }

  /** All workers' vital signs, in order of seconds. */
  get health(): Health[] {
    return this.#records.flatMap((record) => [...record.health])
  }

  /** Latency distributions over time. */
  get windows(): readonly LatencyWindow[] {
    return this.#windows.all
  }

  /** What each series came to in one second. */
  figures(second: number): SeriesFigures[] {
    return seriesOf(this.#records.find((record) => record.second === second)?.figures ?? new Float64Array(0))
  }

  /** Everything that is kept, second by second. */
  *details(): Generator<SecondDetail> {
    for (const record of this.#records) yield detailOf(record)
  }

  /** The newest second; null before the first. */
  get newest(): SecondDetail | null {
    const record = this.#records.at(-1)
    return record === undefined ? null : detailOf(record)
  }

  /** The newest second's counts of a series; null where there were none. */
  newestCounts(series: number): Counts | null {
    return this.#recent.at(-1)?.series[series] ?? null
  }

  /** The last few seconds (at most 10) as one, for a display that does not show each; null before the first. */
  last(seconds: number): SecondSummary | null {
    const newest = this.#records.at(-1)
    if (newest === undefined) return null
    const from = newest.second - Math.min(seconds, RECENT)
    const records = this.#records.slice(-RECENT).filter((record) => record.second > from)
    const counters = new Float64Array(newest.counters.length)
    for (const record of records) addCounters('source', counters, record.counters)
    const series: (Counts | null)[] = []
    for (const interval of this.#recent) if (interval.second > from) mergeSeries(series, interval.series)
    return summaryOf({ ...newest, fromMs: records[0]!.fromMs, counters, figures: figuresOf(series) })
  }

  /** The last few seconds (at most 10) as one, whole; null before the first. */
  recent(seconds: number): Recent | null {
    const newest = this.#recent.at(-1)
    if (newest === undefined) return null
    const from = newest.second - Math.min(seconds, RECENT)
    const intervals = this.#recent.filter(({ second }) => second > from)
    const counters = new Float64Array(newest.counters.length)
    const series: (Counts | null)[] = []
    for (const interval of intervals) {
      addCounters('source', counters, interval.counters)
      mergeSeries(series, interval.series)
    }
    const health = intervals.flatMap((interval) => interval.health)
    return { fromMs: intervals[0]!.fromMs, toMs: newest.toMs, counters, series, health }
  }

  /** Counts of a series over the run, one per bucket; null when it was never touched. */
  total(series: number): Float64Array | null {
    return this.#totals[series] ?? null
  }

  /** A series over the run. */
  histogram(series: number): Histogram {
    const total = this.total(series)
    return total === null ? newHistogram() : histogramOfCounts(total)
  }

  #append(interval: Interval): void {
    this.#records.push({
      second: interval.second,
      fromMs: interval.fromMs,
      toMs: interval.toMs,
      counters: interval.counters.slice(),
      figures: figuresOf(interval.series),
      replies: classesOf(interval.gains),
      errors: kindsOf(interval.gains),
      health: interval.health,
    })
    this.#recent.push(interval)
    if (this.#recent.length > RECENT) this.#recent.shift()
  }

  #extend(record: SecondRecord, interval: Interval): void {
    const series: (Counts | null)[] = []
    const last = this.#recent.pop()!
    mergeSeries(series, last.series)
    mergeSeries(series, interval.series)
    record.toMs = interval.toMs
    addCounters('source', record.counters, interval.counters)
    record.figures = figuresOf(series)
    record.replies = classesOf(interval.gains, record.replies)
    record.errors = kindsOf(interval.gains, record.errors)
    const later = new Map(interval.health.map((row) => [row.worker, row]))
    const gone = record.health.filter((row) => !later.has(row.worker))
    const merged = interval.health.map((row) => extendHealth(row, record.health))
    record.health = [...gone, ...merged].sort((a, b) => a.worker - b.worker)
    const { fromMs, health } = record
    this.#recent.push({ ...interval, fromMs, counters: record.counters.slice(), series, health })
  }
}

function mergeSeries(into: (Counts | null)[], from: readonly (Counts | null)[]): void {
  from.forEach((counts, series) => {
    into[series] = sumOf(into[series] ?? null, counts)
  })
}

function detailOf({ figures, ...record }: SecondRecord): SecondDetail {
  return { ...record, series: seriesOf(figures) }
}

/** The later of two readings in one second, over the time of both. */
function extendHealth(later: Health, before: readonly Health[]): Health {
  const old = before.find((row) => row.worker === later.worker)
  if (old === undefined) return later
  const durationMs = old.durationMs + later.durationMs
  const cpu = durationMs > 0 ? (old.cpu * old.durationMs + later.cpu * later.durationMs) / durationMs : 0
  return { ...later, durationMs, cpu, loopDelayP99Us: Math.max(old.loopDelayP99Us, later.loopDelayP99Us) }
}

function summaryOf(record: SecondRecord): SecondSummary {
  const { counters, figures } = record
  const at = findSeries(figures, RESPONSE)
  const milliseconds = (figure: number) => (at < 0 ? 0 : figures[at + figure]! / 1000)
  const utilisation: number[] = []
  for (const row of record.health) {
    while (utilisation.length < row.worker) utilisation.push(0)
    utilisation[row.worker] = row.utilisation
  }
  return {
    second: record.second,
    durationMs: record.toMs - record.fromMs,
    accepted: counters[Counter.accepted]!,
    deferred: counters[Counter.deferred]!,
    refused: counters[Counter.refused]!,
    failed: counters[Counter.failed]!,
    dropped: counters[Counter.dropped]!,
    scheduled: counters[Counter.scheduled]!,
    connects: counters[Counter.connects]!,
    active: counters[Counter.active]!,
    bytesOut: counters[Counter.bytesOut]!,
    bytesIn: counters[Counter.bytesIn]!,
    message: { p50: milliseconds(2), p99: milliseconds(4), max: milliseconds(6) },
    utilisation,
  }
}
