/** The bridge from counts on the Board to histograms of hdr-histogram-js, by its public functions only. */
import type { Histogram } from 'hdr-histogram-js'
// The class alone: the library's entry loads its codec and its WebAssembly too, five times as much (`histogram-codec.ts`).
import float64 from 'hdr-histogram-js/dist/Float64Histogram.js'
import { bucketOf, HISTOGRAM_DIGITS, HISTOGRAM_LENGTH, HISTOGRAM_MAX_US } from './board.js'
import { type Counts, topOfBucket, valueFromBucket } from './counts.js'

export { topOfBucket, valueFromBucket } from './counts.js'

/** An empty histogram of the project's one shape: 1 µs to one hour, three digits, counts as float64 so that none overflows. */
export function newHistogram(): Histogram {
  return new float64.default(1, HISTOGRAM_MAX_US, HISTOGRAM_DIGITS)
}

/** A histogram of counts given one per bucket. */
export function histogramOfCounts(counts: ArrayLike<number>): Histogram {
  const histogram = newHistogram()
  fill(histogram, counts, 0)
  return histogram
}

/** A histogram of one series of a Board row: its total at [0], then its counts. The counts decide, not the total. */
export function histogramOf(series: ArrayLike<number>): Histogram {
  const histogram = newHistogram()
  fill(histogram, series, 1)
  return histogram
}

/** The buckets of a histogram of the project's shape that are not empty. */
export function countsOf(histogram: Histogram): Counts {
  // The class behind the interface lets its array be read, and lays it out as `bucketOf` does.
  const read = histogram as Histogram & { getCountAtIndex(index: number): number }
  const buckets: number[] = []
  const counts: number[] = []
  const last = histogram.totalCount === 0 ? -1 : bucketOf(histogram.maxValue)
  for (let bucket = 0; bucket <= last; bucket++) {
    const count = read.getCountAtIndex(bucket)
    if (count === 0) continue
    buckets.push(bucket)
    counts.push(count)
  }
  return { buckets: Uint16Array.from(buckets), counts: Uint32Array.from(counts), total: histogram.totalCount }
}

/** Adds all of `from`. */
export function mergeInto(target: Histogram, from: Histogram): void {
  target.add(from)
}

/** What `after` holds more than `before`, both one count per bucket and u32 that may have gone round once. */
export function subtract(after: ArrayLike<number>, before: ArrayLike<number>): Float64Array {
  const difference = new Float64Array(HISTOGRAM_LENGTH)
  for (let i = 0; i < HISTOGRAM_LENGTH; i++) difference[i] = ((after[i] ?? 0) - (before[i] ?? 0)) >>> 0
  return difference
}

function fill(histogram: Histogram, counts: ArrayLike<number>, offset: number): void {
  let last = counts.length - 1
  while (last >= offset && counts[last] === 0) last--
  for (let i = offset; i < last; i++) {
    const count = counts[i]!
    if (count !== 0) histogram.recordValueWithCount(valueFromBucket(i - offset), count)
  }
  if (last < offset) return
  // One of the greatest values goes in at the top of its bucket, so that `maxValue` and the 100th percentile agree.
  const count = counts[last]!
  if (count > 1) histogram.recordValueWithCount(valueFromBucket(last - offset), count - 1)
  histogram.recordValueWithCount(topOfBucket(last - offset), 1)
}
