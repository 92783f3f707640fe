/** The one-sample test of Kolmogorov and Smirnov. */

/** Greatest distance between the sample's distribution and the one given, both from above and below each step. */
export function distance(sample: readonly number[], distribution: (x: number) => number): number {
  const sorted = Float64Array.from(sample).sort()
  let most = 0
  sorted.forEach((x, i) => {
    const expected = distribution(x)
    most = Math.max(most, (i + 1) / sorted.length - expected, expected - i / sorted.length)
  })
  return most
}

/** What a sample of this size exceeds once in a hundred times though it is of the distribution (asymptotic; for 35 and more). */
export function limitAtOnePercent(size: number): number {
  return 1.6276 / Math.sqrt(size)
}

/** 1 − e^(−x / mean). */
export function exponential(mean: number): (x: number) => number {
  return (x) => -Math.expm1(-x / mean)
}

/** The distances between neighbours, ascending in time. */
export function gapsOf(moments: readonly number[]): number[] {
  return moments.slice(1).map((moment, i) => moment - moments[i]!)
}
