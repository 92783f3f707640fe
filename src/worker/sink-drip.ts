import type { Alarm } from './sink-waits.js'

const NOTHING = Buffer.alloc(0)

/** Replies of one connection that leave piece by piece, because its Manner says so. */
export class Drip<T> {
  readonly octets: number
  readonly everyMs: number
  /** Set from one piece to the next, and for as long after the last one. */
  readonly alarm: Alarm<T>
  /** The kernel has not taken the last piece yet. */
  owned = false
  #bytes = NOTHING
  #at = 0

  constructor(octets: number, everyMs: number, alarm: Alarm<T>) {
    this.octets = octets
    this.everyMs = everyMs
    this.alarm = alarm
  }

  /** Everything has left, into the kernel. */
  get done(): boolean {
    return this.#at === this.#bytes.length && !this.owned
  }

  /** Whether another piece may leave now. */
  get ready(): boolean {
    return this.#at < this.#bytes.length && !this.owned && this.alarm.place < 0
  }

  /** Adds a copy of these replies. Memory that was handed out as a piece is never written to again. */
  add(replies: Buffer): void {
    this.#bytes = Buffer.concat([this.#bytes.subarray(this.#at), replies])
    this.#at = 0
  }

  /** The next piece. */
  next(): Buffer {
    const from = this.#at
    this.#at = Math.min(from + this.octets, this.#bytes.length)
    return this.#bytes.subarray(from, this.#at)
  }
}
