/**
 * Meets the moments of an open loop. Node's timers have a grain of one millisecond, so an exact pace sleeps by them only while the next start is
 * further off than that, and then watches the clock from turn to turn of the event loop, in which sockets are served as ever. Turns
 * in which nothing else happened are counted apart: the thread was not busy in them, it only looked so.
 */
import { Counter } from '../measure/series.js'

/** Who is paced. */
export interface Paced {
  /** Milliseconds of the run. */
  now(): number
  /** Starts whatever is due; milliseconds until more is, or a negative number when nothing will be. */
  startDue(): number
}

/** Nearer than this the clock is watched: a timer may be late by its grain and a little. */
const NEAR_MS = 1.2
/** Longest sleep: what is due may change while it goes on. */
const SLEEP_MOST_MS = 50

export class Pacer {
  private readonly paced: Paced
  private readonly exact: boolean
  private readonly counters: Float64Array
  private timer: NodeJS.Timeout | null = null
  private immediate: NodeJS.Immediate | null = null
  /** When the turn now watched began, and what had happened by then; in an array, so that no number is made for each turn. */
  private readonly before = new Float64Array(2)

  constructor(paced: Paced, pace: 'exact' | 'timer', counters: Float64Array) {
    this.paced = paced
    this.exact = pace === 'exact'
    this.counters = counters
  }

  /** Starts what is due and comes back for the rest. */
  go(): void {
    const wait = this.paced.startDue()
    if (wait < 0) return
    if (!this.exact) this.timer = setTimeout(slept, Math.max(1, Math.min(wait, SLEEP_MOST_MS)), this)
    else if (wait > NEAR_MS + 1) this.timer = setTimeout(slept, Math.min(wait - NEAR_MS, SLEEP_MOST_MS), this)
    else {
      this.before[0] = this.paced.now()
      this.before[1] = this.happened()
      this.immediate = setImmediate(watched, this)
    }
  }

  /** Something has changed that `startDue` should hear of before its time. */
  hurry(): void {
    this.stop()
    this.immediate = setImmediate(slept, this)
  }

  stop(): void {
    if (this.timer !== null) clearTimeout(this.timer)
    if (this.immediate !== null) clearImmediate(this.immediate)
  }

  /** A turn of watching is over. */
  watched(): void {
    if (this.happened() === this.before[1]) {
      this.counters[Counter.watchingUs]! += (this.paced.now() - this.before[0]!) * 1000
    }
    this.go()
  }

  /** Grows with whatever a connection does. */
  private happened(): number {
    const { counters } = this
    return (
      counters[Counter.bytesIn]! +
      counters[Counter.bytesOut]! +
      counters[Counter.connects]! +
      counters[Counter.connected]! +
      counters[Counter.sessionsDone]! +
      counters[Counter.sessionsLost]!
    )
  }
}

function slept(pacer: Pacer): void {
  pacer.go()
}

function watched(pacer: Pacer): void {
  pacer.watched()
}
