/**
 * Histogram counts as plain numbers: what a bucket stands for, and the few buckets that grew in one second. A second of a series is kept
 * like this, because a whole histogram (188 kB) for each would fill the memory of a long run.
 */

/** The buckets of a histogram that are not zero, in rising order; `buckets` and `counts` go side by side. */
export interface Counts {
  readonly buckets: Uint16Array
  readonly counts: Uint32Array
  readonly total: number
}

/** The lowest value that is filed in a bucket: the inverse of `bucketOf`. */
export function valueFromBucket(bucket: number): number {
  if (bucket < 2048) return bucket
  return ((bucket & 1023) + 1024) * 2 ** ((bucket >> 10) - 1)
}

/** The highest value that is filed in a bucket; percentiles are given as this, as HdrHistogram does. */
export function topOfBucket(bucket: number): number {
  return valueFromBucket(bucket + 1) - 1
}

/** The value at a percentile (0..100), by HdrHistogram's rule; 0 when nothing was counted. */
export function percentileOf(counts: Counts, percentile: number): number {
  const exact = (Math.min(percentile, 100) / 100) * counts.total
  // The product may stand one rounding error above a whole number and would then skip a count.
  const wanted = Math.max(Math.ceil(exact * (1 - Number.EPSILON)), 1)
  let seen = 0
  for (let i = 0; i < counts.buckets.length; i++) {
    seen += counts.counts[i]!
    if (seen >= wanted) return percentile === 0 ? valueFromBucket(counts.buckets[i]!) : topOfBucket(counts.buckets[i]!)
  }
  return 0
}

/** The greatest value counted, to the histogram's precision; 0 when nothing was counted. */
export function maxOf(counts: Counts): number {
  const last = counts.buckets.length - 1
  return last < 0 ? 0 : topOfBucket(counts.buckets[last]!)
}

/** Both together. */
export function mergeCounts(a: Counts, b: Counts): Counts {
  const buckets = new Uint16Array(a.buckets.length + b.buckets.length)
  const counts = new Uint32Array(buckets.length)
  let i = 0
  let j = 0
  let length = 0
  while (i < a.buckets.length || j < b.buckets.length) {
    const left = i < a.buckets.length ? a.buckets[i]! : 0x10000
    const right = j < b.buckets.length ? b.buckets[j]! : 0x10000
    buckets[length] = Math.min(left, right)
    let count = 0
    if (left <= right) count += a.counts[i++]!
    if (right <= left) count += b.counts[j++]!
    counts[length++] = count
  }
  return { buckets: buckets.slice(0, length), counts: counts.slice(0, length), total: a.total + b.total }
}

/** The buckets of a full array of counts, one number per bucket, that are not zero. */
export function sparse(all: ArrayLike<number>): Counts {
  const buckets: number[] = []
  const counts: number[] = []
  let total = 0
  for (let bucket = 0; bucket < all.length; bucket++) {
    const count = all[bucket]!
    if (count === 0) continue
    buckets.push(bucket)
    counts.push(count)
    total += count
  }
  return { buckets: Uint16Array.from(buckets), counts: Uint32Array.from(counts), total }
}

/** Adds to a full array of counts, one number per bucket. */
export function addCounts(into: Float64Array, counts: Counts): void {
  for (let i = 0; i < counts.buckets.length; i++) {
    const bucket = counts.buckets[i]!
    into[bucket] = into[bucket]! + counts.counts[i]!
  }
}
