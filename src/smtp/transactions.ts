/**
 * The transactions that sessions have under way: their times, numbers and outcomes, in rings of a fixed size so that nothing is made per
 * message. A session's transaction n lies at n modulo the window.
 */
import type { Recorder } from '../measure/recorder.js'
import { Counter, ErrorKind, Outcome, Phase, Series } from '../measure/series.js'
import { Split } from '../measure/split.js'
import { type Deck, Need } from '../message/deck.js'
import type { SourcePlan } from '../plan/plan.js'
import { Extension } from './extensions.js'
import { type Session, Step } from './session.js'
import { type Supply, Take, Taken } from './supply.js'

/** Unsendable messages in a row for which a session keeps its connection. */
const UNSENDABLE_MAX = 1000

export class Transactions {
  readonly recorder: Recorder
  /** Only where clients misbehave on purpose. */
  readonly split: Split | null
  readonly supply: Supply
  /** Draws each message's mail; null: all are of one text and go to as many recipients. */
  readonly deck: Deck | null
  readonly numbered: boolean
  /** The distance between a transaction's recipient numbers: those of several workers interleave. */
  readonly numberStep: number
  /** When each was due and when its first octet was written (milliseconds of the run); number in the session; first recipient's number; recipients; `Taken`. */
  readonly intendedAt: Float64Array
  readonly sentAt: Float64Array
  readonly serials: Uint32Array
  readonly numbers: Float64Array
  readonly counts: Uint32Array
  readonly kinds: Uint8Array
  /** Which mail of the deck, and what it needs the server to offer. */
  readonly variants: Uint32Array
  readonly needs: Uint8Array
  private readonly recipients: number
  /** Messages that may fail unsent before a session looks at the world again. */
  private readonly unsendableMax: number
  private readonly window: number
  /** In an array of its own: as a field it would be a new heap number for every message. */
  private readonly nextNumber: Float64Array

  constructor(
    plan: SourcePlan,
    sessions: number,
    worker: number,
    recorder: Recorder,
    supply: Supply,
    deck: Deck | null = null,
  ) {
    this.recorder = recorder
    this.split = plan.mischief.length === 0 ? null : new Split(recorder)
    this.supply = supply
    this.deck = deck
    this.recipients = plan.mail.recipients
    this.unsendableMax = plan.stopOnError ? 1 : UNSENDABLE_MAX
    this.numbered = plan.mail.numbered
    this.numberStep = plan.workers
    // Glued writing has two under way: the content of one goes out with the envelope of the next.
    this.window = 2 ** Math.ceil(Math.log2(Math.max(2, plan.wire.depth)))
    this.intendedAt = new Float64Array(sessions * this.window)
    this.sentAt = new Float64Array(sessions * this.window)
    this.serials = new Uint32Array(sessions * this.window)
    this.numbers = new Float64Array(sessions * this.window)
    this.counts = new Uint32Array(sessions * this.window).fill(this.recipients)
    this.kinds = new Uint8Array(sessions * this.window)
    this.variants = new Uint32Array(deck === null ? 0 : sessions * this.window)
    this.needs = new Uint8Array(deck === null ? 0 : sessions * this.window)
    this.nextNumber = Float64Array.of((plan.mail.numbering === 'classic' ? 1 : 0) + worker)
  }

  /** Where transaction `n` of a session keeps its times and numbers. */
  slot(session: Session, n: number): number {
    // Whole by its form: a product could be a fraction for all the compiler knows, and would be a new number on the heap.
    return Math.imul(session.index, this.window) + (n & (this.window - 1))
  }

  /** Takes a message for the session. Negative: a `Take`. */
  take(session: Session, now: number): number {
    if (session.retired) return Take.over
    let intended = this.supply.take(now)
    if (this.deck !== null) {
      for (let failed = 0; intended >= 0 && !this.drawMail(this.deck, session); ) {
        this.unsendable(session, intended, now)
        // This server seems to suit none of them: the session leaves, so that the run comes to its end by its own clock.
        if (++failed === this.unsendableMax) return Take.over
        intended = this.supply.take(now)
      }
    }
    if (intended < 0) return intended
    const slot = this.slot(session, session.tail)
    this.intendedAt[slot] = intended
    this.sentAt[slot] = now
    this.serials[slot] = session.serial++
    this.kinds[slot] = this.supply.taken
    this.numbers[slot] = this.nextNumber[0]!
    this.nextNumber[0]! += this.counts[slot]! * this.numberStep
    session.tail++
    session.onConnection++
    this.began(intended, now)
    return intended
  }

  /** Draws the mail of the next transaction; false when this session's server does not offer what it needs. */
  private drawMail(deck: Deck, session: Session): boolean {
    deck.draw(session.number, session.serial, this.nextNumber[0]!)
    const slot = this.slot(session, session.tail)
    this.variants[slot] = deck.variant
    this.counts[slot] = deck.recipients
    this.needs[slot] = deck.needs
    return !session.ready || (deck.needs & ~offeredNeeds(session)) === 0
  }

  /** A message taken from the supply: what is counted of its start. */
  private began(intended: number, now: number): void {
    if (this.supply.taken !== Taken.fresh) return
    this.recorder.counters[Counter.scheduled]!++
    this.recorder.time(Series.startLag, (now - intended) * 1000)
  }

  /** A message just taken fails without a word about it being sent. */
  private unsendable(session: Session, intended: number, now: number): void {
    session.serial++
    this.nextNumber[0]! += this.counts[this.slot(session, session.tail)]! * this.numberStep
    this.began(intended, now)
    this.notOffered(now)
    this.ended(Outcome.failed, intended, now, now)
  }

  /** The hello is done. A message that was taken to connect with fails if it can't be sent here; false when no message could be. */
  protected fitsServer(session: Session, now: number): boolean {
    if (this.deck === null) return true
    const offered = offeredNeeds(session)
    if (!this.deck.sendable(offered)) return false
    while (session.head < session.tail && (this.needs[this.slot(session, session.head)]! & ~offered) !== 0) {
      this.notOffered(now)
      this.finish(session, Outcome.failed, now)
      session.onConnection--
    }
    return true
  }

  private notOffered(now: number): void {
    this.recorder.error(ErrorKind.notOffered, Phase.mail, now, '8BITMIME or SMTPUTF8, which a message needs')
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
    const again = refused && this.kinds[slot] !== Taken.retry && this.supply.retryLater()
    if (session.trace !== null) session.trace.finished(slot, outcome, again, now)
    if (again) {
      recorder.counters[Counter.retried]!++
      return
    }
    if (outcome === Outcome.accepted) session.served = true
    this.ended(outcome, this.intendedAt[slot]!, this.sentAt[slot]!, now)
  }

  /** Counts the end of a message. */
  private ended(outcome: Outcome, intended: number, sent: number, now: number): void {
    this.recorder.counters[Counter.accepted + outcome]!++
    this.recorder.time(Series.response + outcome, (now - intended) * 1000)
    this.recorder.time(Series.service + outcome, (now - sent) * 1000)
    if (this.split !== null && outcome === Outcome.accepted) this.split.file(intended, now)
  }
}

/** What the session's server offers of what mails may need. */
function offeredNeeds({ extensions }: Session): number {
  // After HELO it is below zero: nothing was offered.
  if (extensions < 0) return 0
  const eightBit = (extensions & Extension.eightBitMime) !== 0 ? Need.eightBit : 0
  return (extensions & Extension.smtpUtf8) !== 0 ? eightBit | Need.smtpUtf8 : eightBit
}
