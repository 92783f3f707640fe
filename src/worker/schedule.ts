/**
 * Who starts when: this worker's share of messages as a Supply. Closed loop: a message is there whenever a session asks. Open loop:
 * each message has its moment (`Starts`), whoever is free takes it, and its intended start is that moment however late it is taken.
 */
import { Counter } from '../measure/series.js'
import type { Starts } from '../plan/starts.js'
import { type Supply, Take, Taken } from '../smtp/supply.js'

export interface ScheduleOptions {
  /** Messages of this worker, or null for as many as the time allows. */
  readonly messages: number | null
  /** No message starts after this many milliseconds of the run; null: no limit. */
  readonly durationMs: number | null
  /** When this worker's messages are due; null: closed loop. */
  readonly starts: Starts | null
  readonly retryLater: boolean
}

/** Milliseconds: a start that would fall on the end but for rounding is not one. More than doubles are off after days. */
const ROUNDING = 1e-6

export class Schedule implements Supply {
  taken: number = Taken.fresh
  private readonly counters: Float64Array
  private readonly starts: Starts | null
  private readonly endMs: number
  private readonly mayRetry: boolean
  private readonly limit: number
  private started = 0
  private again = 0
  private retries = 0
  private stopped = false

  constructor(options: ScheduleOptions, counters: Float64Array) {
    this.counters = counters
    this.limit = options.messages ?? Number.POSITIVE_INFINITY
    this.endMs = (options.durationMs ?? Number.POSITIVE_INFINITY) - ROUNDING
    this.starts = options.starts
    this.mayRetry = options.retryLater
  }

  take(now: number): number {
    if (this.stopped) return Take.over
    if (this.again > 0) {
      this.again--
      this.taken = Taken.again
      return now
    }
    if (!this.exhausted(now)) {
      this.taken = Taken.fresh
      if (this.starts === null) {
        this.started++
        return now
      }
      const due = this.starts.next[0]!
      if (due > now) return Take.later
      this.started++
      this.starts.advance()
      return due
    }
    if (this.retries === 0) return Take.over
    this.retries--
    this.taken = Taken.retry
    return now
  }

  /** When the next fresh message is due, in milliseconds of the run; 0 in a closed loop, Infinity where there is none. */
  due(): number {
    return this.starts === null ? 0 : this.starts.next[0]!
  }

  /** Whether no fresh message will start any more. */
  exhausted(now: number): boolean {
    return this.stopped || now >= this.endMs || this.started >= this.limit || this.due() >= this.endMs
  }

  /** Due messages that nobody has taken yet. */
  backlog(now: number): number {
    if (this.starts === null || this.stopped) return 0
    const due = Math.min(this.limit, this.starts.before(Math.min(now, this.endMs)))
    return Math.max(0, due - this.started)
  }

  /** Open loop: the message that is due now is given up, nobody is free for it (`--late drop`). */
  drop(): void {
    this.started++
    this.starts!.advance()
    this.counters[Counter.scheduled]!++
    this.counters[Counter.dropped]!++
    this.counters[Counter.droppedLate]!++
  }

  /** Whether mail that was taken before waits to be taken again. */
  get owed(): boolean {
    return this.again > 0 || this.retries > 0
  }

  giveBack(kind: number): void {
    if (kind === Taken.retry) this.retries++
    else this.again++
  }

  retryLater(): boolean {
    if (!this.mayRetry || this.stopped) return false
    this.retries++
    return true
  }

  /**
   * Start nothing new. Mail that is owed (due and never taken, given back, or to be retried) is given up: it counts as
   * dropped. Also called at the end of every run, for what came due in its time and found no free session.
   */
  stop(now: number): void {
    if (this.stopped) return
    const due = this.backlog(now)
    this.stopped = true
    this.counters[Counter.scheduled]! += due
    this.counters[Counter.dropped]! += due + this.again + this.retries
    this.again = 0
    this.retries = 0
  }
}
