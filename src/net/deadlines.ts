/**
 * Deadlines of all connections under one coarse timer: setting one is a store, and a look at all of them every few
 * dozen milliseconds is cheaper than a timer for each. A deadline may therefore be met late by one look, never early.
 */
export class Deadlines {
  /** Moment by connection, in the owner's milliseconds; Infinity: none. */
  readonly at: Float64Array
  private readonly expired: (index: number, now: number) => void

  constructor(count: number, expired: (index: number, now: number) => void) {
    this.at = new Float64Array(count).fill(Number.POSITIVE_INFINITY)
    this.expired = expired
  }

  set(index: number, at: number): void {
    this.at[index] = at
  }

  clear(index: number): void {
    this.at[index] = Number.POSITIVE_INFINITY
  }

  /** Calls `expired` for each deadline that has passed, after clearing it. */
  look(now: number): void {
    const at = this.at
    for (let i = 0; i < at.length; i++) {
      if (at[i]! > now) continue
      at[i] = Number.POSITIVE_INFINITY
      this.expired(i, now)
    }
  }
}
