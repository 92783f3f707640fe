/**
 * The transactions that sessions have under way: their times, numbers and outcomes, in rings of a fixed size so that nothing is made per
 * message. A session's transaction n lies at n modulo the window.
 */
import type { Recorder } from '../measure/recorder.js'
import { Counter, Outcome, Series } from '../measure/series.js'
import type { SourcePlan } from '../plan/plan.js'
import { type Session, Step } from './session.js'
import { type Supply, Take, Taken } from './supply.js'

export class Transactions {
  readonly recorder: Recorder
  readonly supply: Supply
  readonly recipients: number
  readonly numbered: boolean
  /** The distance between a transaction's recipient numbers: those of several workers interleave. */
  readonly numberStep: number
  /** When each was due and when its first octet was written (milliseconds of the run); number in the session; first recipient's number; `Taken`. */
  readonly intendedAt: Float64Array
  readonly sentAt: Float64Array
  readonly serials: Uint32Array
  readonly numbers: Float64Array
  readonly kinds: Uint8Array
  private readonly window: number
  /** In an array of its own: as a field it would be a new heap number for every message. */
  private readonly nextNumber: Float64Array

  constructor(plan: SourcePlan, sessions: number, worker: number, recorder: Recorder, supply: Supply) {
    this.recorder = recorder
    this.supply = supply
    this.recipients = plan.mail.recipients
    this.numbered = plan.mail.numbered
    this.numberStep = plan.workers
    // Glued writing has two under way: the content of one goes out with the envelope of the next.
    this.window = 2 ** Math.ceil(Math.log2(Math.max(2, plan.wire.depth)))
    this.intendedAt = new Float64Array(sessions * this.window)
    this.sentAt = new Float64Array(sessions * this.window)
    this.serials = new Uint32Array(sessions * this.window)
    this.numbers = new Float64Array(sessions * this.window)
    this.kinds = new Uint8Array(sessions * this.window)
    this.nextNumber = Float64Array.of((plan.mail.numbering === 'classic' ? 1 : 0) + worker)
  }

  /** Where transaction `n` of a session keeps its times and numbers. */
  slot(session: Session, n: number): number {
    return session.index * this.window + (n & (this.window - 1))
  }

  /** Takes a message for the session. Negative: a `Take`. */
  take(session: Session, now: number): number {
    if (session.retired) return Take.over
    const intended = this.supply.take(now)
    if (intended < 0) return intended
    const slot = this.slot(session, session.tail)
    this.intendedAt[slot] = intended
    this.sentAt[slot] = now
    this.serials[slot] = session.serial++
    this.kinds[slot] = this.supply.taken
    this.numbers[slot] = this.nextNumber[0]!
    this.nextNumber[0]! += this.recipients * this.numberStep
    session.tail++
    session.onConnection++
    if (this.supply.taken === Taken.fresh) {
      this.recorder.counters[Counter.scheduled]!++
      this.recorder.time(Series.startLag, (now - intended) * 1000)
    }
    return intended
  }

  /** The connection is gone or useless: every message begun on it has failed. */
  fail(session: Session, now: number): void {
    while (session.head < session.tail) this.finish(session, Outcome.failed, now)
    session.pending = 0
    session.todo = Step.close
  }

  /** The head transaction has its outcome. */
  protected finish(session: Session, outcome: Outcome, now: number): void {
    const slot = this.slot(session, session.head)
    const recorder = this.recorder
    session.head++
    session.beginHead()
    const refused = outcome === Outcome.deferred || outcome === Outcome.refused
    if (refused && this.kinds[slot] !== Taken.retry && this.supply.retryLater()) {
      recorder.counters[Counter.retried]!++
      return
    }
    if (outcome === Outcome.accepted) session.served = true
    recorder.counters[Counter.accepted + outcome]!++
    recorder.time(Series.response + outcome, (now - this.intendedAt[slot]!) * 1000)
    recorder.time(Series.service + outcome, (now - this.sentAt[slot]!) * 1000)
  }
}
