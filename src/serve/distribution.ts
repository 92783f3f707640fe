/** The Board's fine counts as the few of a classic histogram. */
import { topOfBucket, valueFromBucket } from '../measure/counts.js'
import type { Distribution, Labels } from './families.js'

/**
 * `counts` has one count for each HdrHistogram bucket of whole numbers; `unit` is how much of a bound's unit one of them is (1e-6 where
 * microseconds are filed under seconds). A bucket that a bound cuts in two is filed as a whole by its upper end, and the sum takes the middle of each: within
 * the 0.1 % that the buckets keep.
 */
export function distributionOf(
  counts: ArrayLike<number>,
  bounds: readonly number[],
  unit: number,
  labels: Labels = {},
): Distribution {
  const filed = new Array<number>(bounds.length + 1).fill(0)
  let sum = 0
  let bound = 0
  for (let bucket = 0; bucket < counts.length; bucket++) {
    const count = counts[bucket]!
    if (count === 0) continue
    const top = topOfBucket(bucket)
    // Compared in the counted unit: 0.0005 s times 1e6 is 500 µs, and not a rounding error above it.
    while (bound < bounds.length && top > Math.round(bounds[bound]! / unit)) bound++
    filed[bound]! += count
    sum += count * ((valueFromBucket(bucket) + top) / 2)
  }
  return { labels, counts: filed, sum: sum * unit }
}
