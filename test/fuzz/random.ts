/** Numbers that are the same for the same seed: what a fuzz found can be played again. */
export class Random {
  #state: number

  constructor(seed: number) {
    this.#state = seed >>> 0
  }

  /** 0 up to, not including, 2^32. */
  word(): number {
    // A Weyl sequence through a mixing function: every seed has the full period of 2^32.
    this.#state = (this.#state + 0x9e3779b9) >>> 0
    let x = this.#state
    x = Math.imul(x ^ (x >>> 16), 0x21f0aaad)
    x = Math.imul(x ^ (x >>> 15), 0x735a2d97)
    return (x ^ (x >>> 15)) >>> 0
  }

  /** 0 up to, not including, `limit`. */
  below(limit: number): number {
    return Math.floor((this.word() / 0x1_0000_0000) * limit)
  }

  /** True in one of `of` cases. */
  once(of: number): boolean {
    return this.below(of) === 0
  }

  pick<T>(list: readonly T[]): T {
    return list[this.below(list.length)]!
  }

  octets(length: number): Buffer {
    const octets = Buffer.allocUnsafe(length)
    for (let i = 0; i < length; i++) octets[i] = this.word()
    return octets
  }
}
