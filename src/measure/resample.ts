/**
 * Runs drawn again from their own seconds: a circular block bootstrap. Seconds that follow each other resemble each other (a queue that has built
 * up is still there a second later), so that they are drawn in stretches, as long as the run's memory.
 */
import { Rng, seedOf } from '../base/rng.js'
import { blockLength } from './block-length.js'
import type { Cell } from './cells.js'
import { type Counts, topOfBucket, valueFromBucket } from './counts.js'
import { Counter, Series } from './series.js'

/** How often a run is drawn again: the error of an error is then 2 %. */
export const RESAMPLES = 2000

/** How often each cell was drawn, for each resample: `times[resample * cells + cell]`. */
export interface Draws {
  readonly cells: number
  readonly times: Uint16Array
  /** Stretches that a resample is put together from: as many independent looks at the run as there are. */
  readonly blocks: number
}

/** Draws the cells of each run anew, each run by itself. The same runs give the same draws. */
export function drawn(runs: readonly (readonly Cell[])[], resamples = RESAMPLES): Draws {
  const cells = runs.reduce((sum, run) => sum + run.length, 0)
  const times = new Uint16Array(resamples * cells)
  const lengths = runs.map(memoryOf)
  // From what is in the runs, so that it does not matter which is called A.
  const rng = new Rng(seedOf(runs.map(fingerprint).join(' '), cells))
  for (let resample = 0; resample < resamples; resample++) {
    let at = resample * cells
    runs.forEach((run, number) => {
      const length = lengths[number]!
      for (let taken = 0; taken < run.length; ) {
        const from = rng.upTo(run.length - 1)
        for (let i = 0; i < length && taken < run.length; i++, taken++) times[at + ((from + i) % run.length)]!++
      }
      at += run.length
    })
  }
  return { cells, times, blocks: runs.reduce((sum, run, i) => sum + run.length / lengths[i]!, 0) }
}

/** The longest memory of throughput, of typical latency, and of how many messages were slow. */
function memoryOf(run: readonly Cell[]): number {
  const rates = run.map(({ counters, ms }) => (ms > 0 ? counters[Counter.accepted]! / ms : 0))
  const latencies = run.map(({ series }) => series[Series.response] ?? series[Series.service] ?? null)
  const slow = slowFrom(latencies)
  return Math.max(
    blockLength(rates),
    blockLength(filled(latencies.map((counts) => meanOf(counts, (bucket) => Math.log(valueFromBucket(bucket) + 1))))),
    blockLength(filled(latencies.map((counts) => meanOf(counts, (bucket) => (bucket >= slow ? 1 : 0))))),
  )
}

/** The bucket from which on a message is among the slowest 5 in 100. */
function slowFrom(latencies: readonly (Counts | null)[]): number {
  const all = new Map<number, number>()
  let total = 0
  for (const counts of latencies) {
    counts?.buckets.forEach((bucket, i) => void all.set(bucket, (all.get(bucket) ?? 0) + counts.counts[i]!))
    total += counts?.total ?? 0
  }
  let seen = 0
  for (const [bucket, count] of [...all].sort(([a], [b]) => a - b)) {
    seen += count
    if (seen >= total * 0.95) return bucket
  }
  return 0
}

function meanOf(counts: Counts | null, value: (bucket: number) => number): number | null {
  if (counts === null || counts.total === 0) return null
  let sum = 0
  for (let i = 0; i < counts.buckets.length; i++) sum += counts.counts[i]! * value(counts.buckets[i]!)
  return sum / counts.total
}

/** Where there is nothing, the mean of what there is. */
function filled(values: readonly (number | null)[]): number[] {
  const known = values.filter((value) => value !== null)
  const mean = known.reduce((sum, value) => sum + value, 0) / Math.max(1, known.length)
  return values.map((value) => value ?? mean)
}

function fingerprint(run: readonly Cell[]): string {
  return run
    .map(({ ms, counters, series }) => `${ms},${counters.join()},${series[Series.response]?.buckets.join()}`)
    .join(';')
}

/** A ratio of sums, in each resample; NaN where there is nothing to divide by. */
export function ratios(top: ArrayLike<number>, bottom: ArrayLike<number>, { cells, times }: Draws): Float64Array {
  const values = new Float64Array(times.length / Math.max(1, cells))
  for (let resample = 0; resample < values.length; resample++) {
    let over = 0
    let under = 0
    for (let cell = 0; cell < cells; cell++) {
      const drawn = times[resample * cells + cell]!
      over += drawn * top[cell]!
      under += drawn * bottom[cell]!
    }
    values[resample] = under > 0 ? over / under : Number.NaN
  }
  return values
}

/** One series of all cells, made so that a percentile of any choice of them is found without adding up whole histograms. */
export class Spread {
  /** The buckets that anything is filed in, and for each of them and each cell what is filed there or below. */
  readonly #buckets: Uint16Array
  readonly #below: Uint32Array
  readonly #cells: number
  readonly total: number

  constructor(cells: readonly (Counts | null)[]) {
    const used = new Set<number>()
    for (const counts of cells) counts?.buckets.forEach((bucket) => void used.add(bucket))
    this.#buckets = Uint16Array.from([...used].sort((a, b) => a - b))
    this.#cells = cells.length
    const rows = new Map(Array.from(this.#buckets, (bucket, row) => [bucket, row]))
    this.#below = new Uint32Array(this.#buckets.length * cells.length)
    let total = 0
    cells.forEach((counts, cell) => {
      counts?.buckets.forEach((bucket, i) => {
        this.#below[rows.get(bucket)! * cells.length + cell] = counts.counts[i]!
      })
      total += counts?.total ?? 0
    })
    for (let at = cells.length; at < this.#below.length; at++) this.#below[at]! += this.#below[at - cells.length]!
    this.total = total
  }

  /** The value, in microseconds, at a percentile of all cells, each as often as `times` says from `offset` on; NaN where nothing was counted. */
  percentile(percentile: number, times: ArrayLike<number>, offset: number): number {
    const last = this.#buckets.length - 1
    const total = last < 0 ? 0 : this.#count(last, times, offset)
    if (total === 0) return Number.NaN
    const wanted = Math.max(1, Math.ceil((percentile / 100) * total * (1 - Number.EPSILON)))
    let low = 0
    let high = last
    while (low < high) {
      const middle = (low + high) >> 1
      if (this.#count(middle, times, offset) >= wanted) high = middle
      else low = middle + 1
    }
    return topOfBucket(this.#buckets[low]!)
  }

  #count(row: number, times: ArrayLike<number>, offset: number): number {
    let sum = 0
    const from = row * this.#cells
    for (let cell = 0; cell < this.#cells; cell++) sum += times[offset + cell]! * this.#below[from + cell]!
    return sum
  }
}
