/** When each session of a worker comes and goes. */

import { dealt, type Seat } from './deal.js'
import type { LoadPlan } from './plan.js'

/**
 * The first `from` sessions are there from the beginning to the end. The others come one by one at even distances, the last one when the time up
 * is over, and go in the opposite order, the first one when the time down begins. Workers take turns. An open loop keeps one session on each
 * worker throughout: each worker has messages of its own to start.
 */
export class Ramp {
  private readonly seat: Seat
  private readonly from: number
  private readonly upMs: number
  private readonly downMs: number
  private readonly endMs: number

  constructor({ ramp, arrivals, durationMs }: LoadPlan, seat: Seat) {
    this.seat = seat
    this.from = Math.max(ramp?.from ?? seat.all, arrivals === null ? 0 : seat.workers)
    this.upMs = ramp?.upMs ?? 0
    this.downMs = ramp?.downMs ?? 0
    this.endMs = durationMs ?? Number.POSITIVE_INFINITY
  }

  /** Milliseconds of the run at which the worker's session `index` makes its first connection. */
  comes(index: number): number {
    return this.upMs * this.place(index)
  }

  /** Milliseconds of the run from which on it takes no more messages; Infinity: it stays to the end. */
  goes(index: number): number {
    const place = this.place(index)
    return this.downMs === 0 || place === 0 ? Number.POSITIVE_INFINITY : this.endMs - this.downMs * place
  }

  /** How far up the ramp the session stands: 0 for those at its foot, 1 for the last. */
  private place(index: number): number {
    const rank = dealt(this.seat, index)
    return rank < this.from ? 0 : (rank - this.from + 1) / (this.seat.all - this.from)
  }
}
