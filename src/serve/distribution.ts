/** The Board's fine counts as the few of a classic histogram. */
import { HISTOGRAM_LENGTH, type SeriesCounts } from '../measure/board.js'
import { topOfBucket, valueFromBucket } from '../measure/counts.js'
import type { Distribution, Labels } from './families.js'

/** What each bucket stands for in a sum: its middle. */
const MIDDLES = Float64Array.from(
  { length: HISTOGRAM_LENGTH },
  (_, bucket) => (valueFromBucket(bucket) + topOfBucket(bucket)) / 2,
)
const PLACES = new Map<readonly number[], Map<number, Uint8Array>>()

/**
 * `rows` have one count for each HdrHistogram bucket of whole numbers, and are added; `unit` is how much of a bound's unit one of them is (1e-6 where
 * microseconds are filed under seconds). A bucket that a bound cuts in two is filed as a whole by its upper end, and the sum takes the middle of each: within
 * the 0.1 % that the buckets keep.
 */
export function distributionOf(
  rows: readonly ArrayLike<number>[],
  bounds: readonly number[],
  unit: number,
  labels: Labels = {},
): Distribution {
  const places = placesOf(bounds, unit)
  const filed = new Array<number>(bounds.length + 1).fill(0)
  let sum = 0
  for (const counts of rows) {
    for (let bucket = 0; bucket < counts.length; bucket++) {
      const count = counts[bucket]!
      if (count === 0) continue
      filed[places[bucket]!]! += count
      sum += count * MIDDLES[bucket]!
    }
  }
  return { labels, counts: filed, sum: sum * unit }
}

/** Under which bound each bucket is filed: worked out once for all scrapes. */
function placesOf(bounds: readonly number[], unit: number): Uint8Array {
  const known = PLACES.get(bounds) ?? new Map<number, Uint8Array>()
  PLACES.set(bounds, known)
  let places = known.get(unit)
  if (places === undefined) {
    // Compared in the counted unit: 0.0005 s times 1e6 is 500 µs, and not a rounding error above it.
    const tops = bounds.map((bound) => Math.round(bound / unit))
    let place = 0
    places = Uint8Array.from({ length: HISTOGRAM_LENGTH }, (_, bucket) => {
      while (place < tops.length && topOfBucket(bucket) > tops[place]!) place++
      return place
    })
    known.set(unit, places)
  }
  return places
}

interface Known {
  /** How many were counted when it was made, by the counts themselves. */
  readonly total: number
  readonly distribution: Distribution
}

/** Distributions of one run from scrape to scrape: one in which nothing was counted since is the same object. Most phases are like that. */
export class Distributions {
  readonly #known = new Map<string, Known>()

  /** `key` tells one series from another; with it `bounds`, `unit` and `labels` never change. */
  of(
    key: string,
    { total, rows }: SeriesCounts,
    bounds: readonly number[],
    unit: number,
    labels: Labels,
  ): Distribution {
    const before = this.#known.get(key)
    if (before?.total === total) return before.distribution
    const distribution = distributionOf(rows, bounds, unit, labels)
    // Not the total that the workers tell: they go on counting between the one and the other.
    const read = distribution.counts.reduce((sum, count) => sum + count, 0)
    this.#known.set(key, { total: read, distribution })
    return distribution
  }
}
