/**
 * What a receiver model remembers of clients, senders and domains: a table of fixed size in shared memory, so that all workers of a sink judge alike and
 * no flood of names costs more than was set aside.
 *
 * Keys of 64 bits fall into sets of eight places; a newcomer to a full set takes the place of what was seen there longest ago. Each
 * set has a lock word, held for a few dozen instructions: a thread that finds it taken spins, then naps. A holder that is gone for good (its
 * worker was killed at that very moment) is robbed after a tenth of a second.
 */

/** Places of a set. */
const WAYS = 8
/** Numbers of an entry: when it was seen last, in milliseconds, and two that its user gives a meaning. */
const NUMBERS = 3
const SPINS = 200
const NAPS = 100

/** Octets of a table of so many entries, a power of two from 8. */
export function tableOctets(entries: number): number {
  return (entries / WAYS) * 8 + entries * (8 + NUMBERS * 8)
}

export class ModelTable {
  locks: Int32Array
  keys: Int32Array
  /** At the position that `take` gave: seen, first, second. */
  numbers: Float64Array
  sets: number
  /** Whether the last `take` made the entry. */
  fresh = false
  held = 0

  /** The part of `memory` that begins at `offset`, a multiple of 8. */
  constructor(memory: SharedArrayBuffer, offset: number, entries: number) {
    this.sets = entries / WAYS
    // Two words a set, so that what follows is aligned.
    this.locks = new Int32Array(memory, offset, this.sets * 2)
    this.numbers = new Float64Array(memory, offset + this.sets * 8, entries * NUMBERS)
    this.keys = new Int32Array(memory, offset + this.sets * 8 + entries * NUMBERS * 8, entries * 2)
  }

  /**
   * Locks the set of a key and gives the position in `numbers` of its entry, made when there was none; -1 when `make` is false and there
   * is none. `release` must follow, whatever came.
   */
  take(high: number, low: number, make: boolean): number {
    const set = (low >>> 0) % this.sets
    this.lock(set)
    this.fresh = false
    const { keys, numbers } = this
    let oldest = set * WAYS
    for (let place = set * WAYS; place < (set + 1) * WAYS; place++) {
      if (keys[place * 2] === high && keys[place * 2 + 1] === low) return place * NUMBERS
      // A place that was never used was seen at 0 and by nobody: the oldest of all.
      if (this.age(place) < this.age(oldest)) oldest = place
    }
    if (!make) return -1
    this.fresh = true
    keys[oldest * 2] = high
    keys[oldest * 2 + 1] = low
    const at = oldest * NUMBERS
    numbers[at] = 0
    numbers[at + 1] = 0
    numbers[at + 2] = 0
    return at
  }

  release(): void {
    Atomics.store(this.locks, this.held * 2, 0)
  }

  age(place: number): number {
    const empty = this.keys[place * 2] === 0 && this.keys[place * 2 + 1] === 0
    return empty ? Number.NEGATIVE_INFINITY : this.numbers[place * NUMBERS]!
  }

  lock(set: number): void {
    const word = set * 2
    for (let tries = 0; Atomics.compareExchange(this.locks, word, 0, 1) !== 0; tries++) {
      if (tries < SPINS) continue
      if (tries >= SPINS + NAPS) break
      Atomics.wait(this.locks, word, 1, 1)
    }
    this.held = set
  }
}
