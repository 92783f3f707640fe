/** Logarithmic bins of latencies: twelve for each factor of ten, fine enough for the eye and few enough for a page. */

const PER_DECADE = 12

/** The bin of so many microseconds; everything below one is in the first. */
export function binOf(us: number): number {
  // A hair up: 10 ** (n / 12) must not fall below its own bin.
  return us <= 1 ? 0 : Math.floor(Math.log10(us) * PER_DECADE + 1e-9)
}

/** The lowest latency of a bin, in microseconds. */
export function bottomOfBin(bin: number): number {
  return 10 ** (bin / PER_DECADE)
}

/** Adds `bin, count, bin, count …` to another such list; both in rising order. */
export function addBins(a: readonly number[], b: readonly number[]): number[] {
  const sums = new Map<number, number>()
  for (const list of [a, b])
    for (let i = 0; i < list.length; i += 2) sums.set(list[i]!, (sums.get(list[i]!) ?? 0) + list[i + 1]!)
  return [...sums].sort(([x], [y]) => x - y).flat()
}
