/** Costly looks are taken less often, so that watching stays cheap however large the server is. */
import { monotonicMs } from '../base/clock.js'

/** A look may use this share of the time. */
const SHARE = 0.02
/** Looks that cost less than this many milliseconds are taken every time. */
const FREE_MS = 5
/** The least of so many looks is what one costs: on a busy machine each may be held up. */
const LOOKS = 4

export class Thrift<T> {
  #last: { readonly value: T } | null = null
  #dueMs = 0
  readonly #costs: number[] = []
  #skipped = false

  /** What `take` gives, or gave last when it is too early to do it again. */
  read(take: () => T): T {
    const now = monotonicMs()
    if (this.#last !== null && now < this.#dueMs) {
      this.#skipped = true
      return this.#last.value
    }
    const value = take()
    this.#last = { value }
    this.#costs.push(monotonicMs() - now)
    if (this.#costs.length > LOOKS) this.#costs.shift()
    this.#dueMs = this.#costs.length === LOOKS && this.#cost > FREE_MS ? now + this.#cost / SHARE : 0
    return value
  }

  /** Milliseconds of a look, where one had to be left out for it; else null. */
  get dear(): number | null {
    return this.#skipped ? this.#cost : null
  }

  get #cost(): number {
    return Math.min(...this.#costs)
  }
}
