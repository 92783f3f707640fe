/** Sessions that wait for mail to fall due, and who of them starts it when. */
import type { ArrivalPlan } from '../plan/arrivals.js'
import { type Paced, Pacer } from './pacer.js'
import type { Schedule } from './schedule.js'

/** A session with nothing to do. */
export interface Rester {
  /** It stands in the list. Set here alone. */
  resting: boolean
  /** Takes what is due, or leaves when there will be nothing more. */
  advance(now: number): void
}

export class Resting<One extends Rester> implements Paced {
  /** The one that came last is woken first, its memory is warm. */
  private readonly idle: One[] = []
  private readonly schedule: Schedule
  private readonly clock: () => number
  private readonly pacer: Pacer | null
  private readonly dropsLate: boolean
  /** Mail is due and every session is busy: the next one to rest is waited for. */
  private starved = false

  /** Without `arrivals` (a closed loop) nothing is started from here. */
  constructor(arrivals: ArrivalPlan | null, schedule: Schedule, counters: Float64Array, clock: () => number) {
    this.schedule = schedule
    this.clock = clock
    this.pacer = arrivals === null ? null : new Pacer(this, arrivals.pace, counters)
    this.dropsLate = arrivals?.late === 'drop'
  }

  now(): number {
    return this.clock()
  }

  /** Begins to start mail at its moments. */
  start(): void {
    this.pacer?.go()
  }

  stop(): void {
    this.pacer?.stop()
  }

  /** The moments have changed. */
  retimed(): void {
    this.pacer?.hurry()
  }

  rest(one: One): void {
    one.resting = true
    this.idle.push(one)
    if (!this.starved) return
    this.starved = false
    this.pacer?.hurry()
  }

  /** Its connection is gone, or it is to leave: it rests no longer. True when it did. */
  rouse(one: One): boolean {
    if (!one.resting) return false
    one.resting = false
    this.idle.splice(this.idle.indexOf(one), 1)
    return true
  }

  /** Lets everyone look for what there is to do. */
  wakeAll(now: number): void {
    while (this.idle.length > 0) this.wake(now)
  }

  /** Wakes as many sessions as messages are due; milliseconds until the next one is. */
  startDue(): number {
    const { schedule } = this
    let now = this.now()
    while (!schedule.exhausted(now) && schedule.due() <= now) {
      if (this.idle.length > 0) this.wake(now)
      else if (this.dropsLate) schedule.drop()
      else {
        this.starved = true
        return Number.POSITIVE_INFINITY
      }
      now = this.now()
    }
    if (!schedule.exhausted(now)) return Math.max(0, schedule.due() - now)
    this.wakeAll(now)
    return -1
  }

  private wake(now: number): void {
    const one = this.idle.pop()!
    one.resting = false
    one.advance(now)
  }
}
