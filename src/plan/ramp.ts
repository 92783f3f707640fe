/** When each session of a worker comes and goes. */
import { dealt, type Seat } from './deal.js'
import type { LoadPlan } from './plan.js'

/**
 * The first `from` sessions are there from the beginning to the end. The others come one by one at even distances, the last one when the time up
 * is over, and go in the opposite order, the first one when the time down begins; where the plan has bursts, they are there only
 * in those. Workers take turns. An open loop keeps one session on each worker throughout: each worker has messages of its own to start.
 */
export class Ramp {
  private readonly seat: Seat
  private readonly from: number
  private readonly upMs: number
  private readonly downMs: number
  private readonly endMs: number
  /** Without bursts one that lasts for ever. */
  private readonly everyMs: number
  private readonly forMs: number

  constructor({ ramp, arrivals, durationMs }: LoadPlan, seat: Seat) {
    this.seat = seat
    this.from = Math.max(ramp?.from ?? seat.all, arrivals === null ? 0 : seat.workers)
    this.upMs = ramp?.upMs ?? 0
    this.downMs = ramp?.downMs ?? 0
    this.endMs = durationMs ?? Number.POSITIVE_INFINITY
    this.everyMs = ramp?.bursts?.everyMs ?? Number.POSITIVE_INFINITY
    this.forMs = ramp?.bursts?.forMs ?? Number.POSITIVE_INFINITY
  }

  /** The first moment from `ms` on at which the worker's session `index` is to be at work; Infinity: there is none. */
  comes(index: number, ms: number): number {
    const place = this.place(index)
    const earliest = Math.max(ms, this.upMs * place)
    const late = earliest - this.burstBefore(earliest) >= this.forMs
    const at = late && place > 0 ? this.burstBefore(earliest) + this.everyMs : earliest
    return at < this.last(place) ? at : Number.POSITIVE_INFINITY
  }

  /** When a session at work at `ms` takes no more messages; Infinity: it stays to the end. */
  goes(index: number, ms: number): number {
    const place = this.place(index)
    return place === 0 ? Number.POSITIVE_INFINITY : Math.min(this.last(place), this.burstBefore(ms) + this.forMs)
  }

  /** How far up the ramp the session stands: 0 for those at its foot, 1 for the last. */
  private place(index: number): number {
    const rank = dealt(this.seat, index)
    return rank < this.from ? 0 : (rank - this.from + 1) / (this.seat.all - this.from)
  }

  private last(place: number): number {
    return this.downMs === 0 || place === 0 ? Number.POSITIVE_INFINITY : this.endMs - this.downMs * place
  }

  /** When the burst began that is on at `ms`, or was the last one. */
  private burstBefore(ms: number): number {
    return this.everyMs === Number.POSITIVE_INFINITY ? 0 : Math.floor(ms / this.everyMs) * this.everyMs
  }
}
