/** What happened between two readings of the Board: one second of the run, as a rule. */
import type { Counts } from './counts.js'
import type { Health } from './health.js'
import { Counter, SinkCounter } from './series.js'
import type { RowSnapshot, Snapshot } from './snapshot.js'
import { sumOf } from './windows.js'

/** A reply or error slot that was counted. */
export interface SlotGain {
  readonly worker: number
  readonly slot: number
  readonly count: number
}

/** Replies and failures gained in an interval, by their places in the tables, and when the last one was seen in milliseconds of the run. */
export type ReplyGain = readonly [verb: string, code: number, count: number, lastMs: number]
export type ErrorGain = readonly [error: string, after: string, count: number, lastMs: number]

/** What the tables gained in an interval. A count may be below zero: a row that has got its name since. */
export interface TableGain {
  readonly replies: readonly ReplyGain[]
  readonly errors: readonly ErrorGain[]
}

/** One second, or what of it was watched. */
export interface Interval {
  readonly role: 'source' | 'sink'
  /** The second of the run that holds the middle of this interval: readings come a little late, never exactly on the second. */
  readonly second: number
  readonly fromMs: number
  readonly toMs: number
  /** By Counter or SinkCounter, all workers: growth, or for a gauge how it stands at the end (see `gaugeOf`). */
  readonly counters: Float64Array
  readonly series: readonly (Counts | null)[]
  readonly slots: readonly SlotGain[]
  /** The same by name, where somebody knows the names. */
  readonly gains?: TableGain
  /** Source: one per worker that lives. */
  readonly health: readonly Health[]
}

const SOURCE_GAUGES: ReadonlyMap<number, 'sum' | 'max'> = new Map([
  [Counter.active, 'sum'],
  [Counter.draining, 'sum'],
  [Counter.mischiefActive, 'sum'],
  [Counter.backlog, 'sum'],
  [Counter.utilisation, 'max'],
  [Counter.loopDelayP99Us, 'max'],
  [Counter.hotSeconds, 'max'],
])
const SINK_GAUGES: ReadonlyMap<number, 'sum' | 'max'> = new Map([
  [SinkCounter.active, 'sum'],
  [SinkCounter.utilisation, 'max'],
])

/** How a gauge is put together over workers: added, or the greatest; null for a counter that only grows. */
export function gaugeOf(role: 'source' | 'sink', counter: number): 'sum' | 'max' | null {
  return (role === 'source' ? SOURCE_GAUGES : SINK_GAUGES).get(counter) ?? null
}

/** The difference of two readings of one sampler that follow each other. */
export function intervalBetween(before: Snapshot, after: Snapshot): Interval {
  if (after.sequence !== before.sequence + 1) {
    throw new RangeError(`snapshot ${after.sequence} does not follow snapshot ${before.sequence}`)
  }
  const second = Math.max(0, Math.floor((before.atMs + after.atMs) / 2000))
  const counters = new Float64Array(after.rows[0]?.counters.length ?? 0)
  const slots: SlotGain[] = []
  const health: Health[] = []
  after.rows.forEach((row, worker) => {
    const old = before.rows[worker]!
    gather(after.role, counters, old, row)
    for (let slot = 0; slot * 3 < row.slots.length; slot++) {
      const count = row.slots[slot * 3]! - old.slots[slot * 3]!
      if (count !== 0) slots.push({ worker, slot, count })
    }
    if (after.role === 'source' && !row.lost) {
      health.push(healthOf(worker, second, after.atMs - before.atMs, old.counters, row.counters))
    }
  })
  return {
    role: after.role,
    second,
    fromMs: before.atMs,
    toMs: after.atMs,
    counters,
    series: after.gained,
    slots,
    health,
  }
}

/** Adds a later interval's counters to an earlier one's: counters grow, gauges are replaced. */
export function addCounters(role: 'source' | 'sink', into: Float64Array, later: Float64Array): void {
  for (let i = 0; i < into.length; i++) into[i] = gaugeOf(role, i) === null ? into[i]! + later[i]! : later[i]!
}

/** Intervals of several runs in the same second, as if all their workers had been one run's; of the workers' numbers the caller takes care. */
export function sideBySide(intervals: readonly Interval[]): Interval {
  const [first] = intervals as [Interval]
  const counters = new Float64Array(first.counters.length)
  const series: (Counts | null)[] = []
  for (const one of intervals) {
    for (let i = 0; i < counters.length; i++) {
      const value = one.counters[i]!
      counters[i] = gaugeOf(first.role, i) === 'max' ? Math.max(counters[i]!, value) : counters[i]! + value
    }
    one.series.forEach((counts, i) => {
      series[i] = sumOf(series[i] ?? null, counts)
    })
  }
  return {
    role: first.role,
    second: first.second,
    fromMs: Math.min(...intervals.map(({ fromMs }) => fromMs)),
    toMs: Math.max(...intervals.map(({ toMs }) => toMs)),
    counters,
    series,
    slots: [],
    gains: {
      replies: intervals.flatMap(({ gains }) => gains?.replies ?? []),
      errors: intervals.flatMap(({ gains }) => gains?.errors ?? []),
    },
    health: intervals.flatMap(({ health }) => health),
  }
}

/** An interval in which nothing happened: gauges stand as they stood in `last`. */
export function quiet(
  last: Interval,
  { second, fromMs, toMs }: Pick<Interval, 'second' | 'fromMs' | 'toMs'>,
): Interval {
  const counters = last.counters.map((value, i) => (gaugeOf(last.role, i) === null ? 0 : value))
  return { role: last.role, second, fromMs, toMs, counters, series: [], slots: [], health: [] }
}

function gather(role: 'source' | 'sink', into: Float64Array, before: RowSnapshot, after: RowSnapshot): void {
  for (let i = 0; i < into.length; i++) {
    const gauge = gaugeOf(role, i)
    const now = after.counters[i]!
    if (gauge === null) into[i] = into[i]! + now - before.counters[i]!
    else if (after.lost) continue
    else into[i] = gauge === 'sum' ? into[i]! + now : Math.max(into[i]!, now)
  }
}

function healthOf(
  worker: number,
  second: number,
  durationMs: number,
  before: Float64Array,
  after: Float64Array,
): Health {
  const cpuNs =
    after[Counter.cpuUserNs]! + after[Counter.cpuSystemNs]! - before[Counter.cpuUserNs]! - before[Counter.cpuSystemNs]!
  const watchedMs = (after[Counter.watchingUs]! - before[Counter.watchingUs]!) / 1000
  return {
    worker,
    second,
    durationMs,
    utilisation: after[Counter.utilisation]!,
    loopDelayP99Us: after[Counter.loopDelayP99Us]!,
    cpu: durationMs > 0 ? Math.max(0, cpuNs / 1e6 - watchedMs) / durationMs : 0,
    draining: after[Counter.draining]!,
    backlog: after[Counter.backlog]!,
    active: after[Counter.active]!,
  }
}
