/** When one worker's messages are due in an open loop, one after the other. */
import { Rng, seedOf } from '../base/rng.js'
import type { Curve } from './curves.js'
import { dealt, dealtBefore, type Seat } from './deal.js'
import type { Share } from './plan.js'
import { curveOf } from './rate-shape.js'
import { seatOf } from './shares.js'

export interface Starts {
  /** One number: when the next message is due, in milliseconds of the run; Infinity: there is none. An array, so that no number is made for each. */
  readonly next: Float64Array
  /** On to the message after that. */
  advance(): void
  /** How many are due before `ms`, taken or not; `ms` never goes back. */
  before(ms: number): number
  /** From now on the moments are those of this curve, which has the same counts at other times; whose turn it is stays. */
  follow(curve: Curve): void
}

/** Message i of the run starts when the expected count reaches i; each worker has every so manieth of them. */
export class EvenStarts implements Starts {
  readonly next = new Float64Array(1)
  private curve: Curve
  private readonly seat: Seat
  private taken = 0

  constructor(curve: Curve, seat: Seat) {
    this.curve = curve
    this.seat = seat
    this.next[0] = curve.momentOf(dealt(seat, 0))
  }

  advance(): void {
    this.next[0] = this.curve.momentOf(dealt(this.seat, ++this.taken))
  }

  follow(curve: Curve): void {
    this.curve = curve
    this.next[0] = curve.momentOf(dealt(this.seat, this.taken))
  }

  before(ms: number): number {
    const { curve } = this
    let count = Math.ceil(curve.dueBy(ms))
    // The moments decide: they are what messages are taken by, and both ways round differently.
    while (count > 0 && curve.momentOf(count - 1) >= ms) count--
    while (curve.momentOf(count) < ms) count++
    return dealtBefore(this.seat, count)
  }
}

/**
 * A Poisson process: exponential gaps in the expected count, put back into time (time rescaling). The workers' processes, each with its share
 * of the rate, are together one of the whole rate.
 */
export class PoissonStarts implements Starts {
  readonly next = new Float64Array(1)
  private curve: Curve
  private readonly share: number
  private readonly rng: Rng
  /** Runs ahead over the same numbers, to count what is due and not yet taken. */
  private readonly ahead: Rng
  /** Expected counts of the next message, and of the first that is not yet counted; and the latter's moment. */
  private readonly at = new Float64Array(3)
  private counted = 0

  /** `share`: how much of the rate is this worker's, 0..1. */
  constructor(curve: Curve, share: number, seed: number) {
    this.curve = curve
    this.share = share
    this.rng = new Rng(seed)
    this.ahead = new Rng(seed)
    this.advance()
    this.count()
    this.counted = 0
  }

  advance(): void {
    this.at[0]! += this.rng.exponential() / this.share
    this.next[0] = this.curve.momentOf(this.at[0]!)
  }

  /** What was counted before stays counted: heard of late, a slower rate leaves a few too many in it for as long as it was late. */
  follow(curve: Curve): void {
    this.curve = curve
    this.next[0] = curve.momentOf(this.at[0]!)
    this.at[2] = curve.momentOf(this.at[1]!)
  }

  before(ms: number): number {
    while (this.at[2]! < ms) this.count()
    return this.counted
  }

  private count(): void {
    this.counted++
    this.at[1]! += this.ahead.exponential() / this.share
    this.at[2] = this.curve.momentOf(this.at[1]!)
  }
}

/** A worker's starts; null in a closed loop. */
export function startsOf(share: Share): Starts | null {
  const { arrivals } = share.plan.load
  if (arrivals === null) return null
  const curve = curveOf(arrivals)
  if (arrivals.process === 'even') return new EvenStarts(curve, seatOf(share))
  return new PoissonStarts(curve, share.rateShare, seedOf(`${share.plan.seed}/arrivals`, share.worker))
}
