/** Runs made up from a seed, for statistics whose truth is known: no clock, no socket. */
import { Rng } from '#src/base/rng.js'
import { bucketOf } from '#src/measure/board.js'
import type { Cell } from '#src/measure/cells.js'
import type { Counts } from '#src/measure/counts.js'
import { COUNTERS, type Counter, Series } from '#src/measure/series.js'

export interface Made {
  readonly seconds?: number
  /** Messages a second, on average. */
  readonly rate?: number
  /** Typical latency in microseconds. */
  readonly us?: number
  /** What share of the messages takes ten times as long. */
  readonly slow?: number
  /** How much a second resembles the one before: 0..1. */
  readonly memory?: number
  /** How much seconds differ, as a part of the mean. */
  readonly spread?: number
}

export function normal(rng: Rng): number {
  return Math.sqrt(2 * rng.exponential()) * Math.cos(2 * Math.PI * rng.next())
}

export function countsOfValues(values: readonly number[]): Counts {
  const all = new Map<number, number>()
  for (const us of values) all.set(bucketOf(us), (all.get(bucketOf(us)) ?? 0) + 1)
  const rows = [...all].sort(([a], [b]) => a - b)
  return {
    buckets: Uint16Array.from(rows, ([bucket]) => bucket),
    counts: Uint32Array.from(rows, ([, count]) => count),
    total: values.length,
  }
}

export function cellOf(
  second: number,
  values: readonly number[],
  counters: Partial<Record<keyof typeof Counter, number>>,
): Cell {
  const response = countsOfValues(values)
  const series = new Array<Counts | null>(Series.count).fill(null)
  series[Series.response] = response
  const all = { scheduled: values.length, accepted: values.length, ...counters }
  return {
    second,
    fromMs: second * 1000,
    toMs: second * 1000 + 1000,
    ms: 1000,
    counters: Float64Array.from(COUNTERS, (name) => all[name] ?? 0),
    busyMs: 500,
    due: 0,
    series,
    server: { cpuMs: 0, rss: 0, samples: 0 },
  }
}

/** Latencies are log-normal; load and latency of a second wander together, as they do when a server is busy. */
export function madeCells(seed: number, made: Made = {}): Cell[] {
  const { seconds = 30, rate = 150, us = 2000, slow = 0.02, memory = 0, spread = 0.03 } = made
  const rng = new Rng(seed)
  let mood = normal(rng)
  return Array.from({ length: seconds }, (_, second) => {
    mood = memory * mood + Math.sqrt(1 - memory * memory) * normal(rng)
    const messages = Math.max(1, Math.round(rate * (1 - spread * mood)))
    const values = Array.from({ length: messages }, () => {
      const factor = rng.next() < slow ? 10 : 1
      return Math.max(1, Math.round(us * factor * Math.exp(0.2 * normal(rng) + spread * mood)))
    })
    return cellOf(second, values, { cpuUserNs: messages * 20_000 * (1 + 0.02 * normal(rng)) })
  })
}
