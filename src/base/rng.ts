/** A small seeded generator (the 32-bit "mulberry" mix): the same seed gives the same numbers on every machine. Not for secrets. */
export class Rng {
  private state: number

  constructor(seed: number) {
    this.state = seed >>> 0
  }

  /** A number in [0, 1). */
  next(): number {
    this.state = (this.state + 0x6d2b79f5) >>> 0
    let mixed = this.state
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }

  /** A number of the exponential distribution with mean 1; at most 22.2. */
  exponential(): number {
    return -Math.log(1 - this.next())
  }

  /** A whole number in 0..limit, both included. */
  upTo(limit: number): number {
    return Math.floor(this.next() * (limit + 1))
  }
}

/** A 32-bit seed from a run's seed (hexadecimal digits) and a number that tells its users apart. */
export function seedOf(seed: string, part: number): number {
  let hash = 0x811c9dc5
  for (const char of `${seed}/${part}`) hash = Math.imul(hash ^ char.charCodeAt(0), 0x01000193)
  return hash >>> 0
}
