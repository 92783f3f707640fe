/**
 * The client's side of SMTP and LMTP as a pure state machine: (session, reply code, time) → what to write next. One Client serves all
 * sessions of a worker; a conversation is integers in its Session. Lock-step, pipelined and glued (RFC 2920), and groups of BDAT
 * transactions (RFC 3030); LMTP's reply for each recipient (RFC 2033). No sockets, no timers, no text, nothing made per message.
 */

import type { Recorder } from '../measure/recorder.js'
import { Counter, ErrorKind, Outcome, Phase, phaseSeries, Series } from '../measure/series.js'
import type { SourcePlan, Until } from '../plan/plan.js'
import { Extension } from './extensions.js'
import { type Session, Step } from './session.js'
import { type Supply, Take, Taken } from './supply.js'

/** The step that finishes `--until`'s stage, as a phase. */
const UNTIL: Record<Until, Phase> = {
  connect: Phase.connect,
  greeting: Phase.greeting,
  ehlo: Phase.ehlo,
  mail: Phase.mail,
  rcpt: Phase.rcpt,
}

/** What the classes of a reply code decide: 2xx (and 354 to DATA), 4xx, 5xx, anything else. */
const OK = 0
const WRONG = 3

export class Client {
  readonly recorder: Recorder
  readonly supply: Supply
  readonly recipients: number
  readonly lmtp: boolean
  readonly helloKind: 'ehlo' | 'helo' | 'none'
  readonly pipelining: 'auto' | 'off' | 'require'
  readonly chunking: 'off' | 'auto' | 'require'
  readonly depth: number
  readonly perSession: number
  readonly paused: boolean
  /** Phase at which `--until` stops, or -1. */
  readonly until: number
  /** Rings: `window` transactions a session. */
  readonly window: number
  readonly intendedAt: Float64Array
  readonly sentAt: Float64Array
  readonly serials: Uint32Array
  readonly numbers: Float64Array
  readonly kinds: Uint8Array
  /** Recipient numbers: next one, and the distance to the one after it (numbers of several workers interleave). */
  nextNumber: number
  readonly numberStep: number
  readonly numbered: boolean
  /** First transaction and size of the last `Step.bdat` group. */
  groupFirst = 0
  groupSize = 0

  constructor(plan: SourcePlan, sessions: number, worker: number, recorder: Recorder, supply: Supply) {
    const { wire, load, mail } = plan
    this.recorder = recorder
    this.supply = supply
    this.recipients = mail.recipients
    this.lmtp = wire.protocol === 'lmtp'
    this.helloKind = wire.hello
    this.until = wire.until === null ? -1 : UNTIL[wire.until]
    this.pipelining = this.until >= 0 ? 'off' : wire.pipelining
    this.chunking = this.until >= 0 ? 'off' : wire.chunking
    this.depth = wire.depth
    this.perSession = this.until >= 0 ? 1 : (load.perSession ?? Number.POSITIVE_INFINITY)
    this.paused = load.delay !== null
    this.window = 2 ** Math.ceil(Math.log2(Math.max(2, wire.depth)))
    this.intendedAt = new Float64Array(sessions * this.window)
    this.sentAt = new Float64Array(sessions * this.window)
    this.serials = new Uint32Array(sessions * this.window)
    this.numbers = new Float64Array(sessions * this.window)
    this.kinds = new Uint8Array(sessions * this.window)
    this.nextNumber = (mail.numbering === 'classic' ? 1 : 0) + worker
    this.numberStep = plan.workers
    this.numbered = mail.numbered
  }

  /** Where transaction `n` of a session keeps its times and numbers. */
  slot(session: Session, n: number): number {
    return session.index * this.window + (n & (this.window - 1))
  }

  /** Takes a message for the session. Negative: a `Take`. */
  take(session: Session, now: number): number {
    const intended = this.supply.take(now)
    if (intended < 0) return intended
    const slot = this.slot(session, session.tail)
    this.intendedAt[slot] = intended
    this.sentAt[slot] = now
    this.serials[slot] = session.serial++
    this.kinds[slot] = this.supply.taken
    this.numbers[slot] = this.nextNumber
    this.nextNumber += this.recipients * this.numberStep
    session.tail++
    session.onConnection++
    if (this.supply.taken === Taken.fresh) {
      this.recorder.counters[Counter.scheduled]!++
      this.recorder.time(Series.startLag, (now - intended) * 1000)
    }
    return intended
  }

  /** The connection is up; the greeting is awaited. */
  connected(session: Session, now: number): void {
    this.recorder.time(phaseSeries(Phase.connect, OK), (now - session.connectAt) * 1000)
    session.wroteAt = now
    session.expect = Phase.greeting
    session.pending = 1
    if (this.until === Phase.connect) {
      session.pending = 0
      this.reached(session, now)
    }
  }

  /**
   * One complete reply to the oldest unanswered command. Call `next` when the read's octets are used up. Returns null, or the name of the
   * failure that ends this connection (the caller then closes it through `fail`).
   */
  reply(session: Session, code: number, now: number): ErrorKind | null {
    if (session.pending === 0) {
      // A server may announce at any time that it closes (RFC 5321 section 3.8); anything else answers nothing.
      if (code !== 421) return ErrorKind.early
      this.closing(session, now)
      return null
    }
    const phase = session.expect as Phase
    const kind = classOf(code, phase)
    if (kind === WRONG) return ErrorKind.wrongCode
    const from =
      session.depth > 0 && session.head < session.tail
        ? this.sentAt[this.slot(session, session.head)]!
        : session.wroteAt
    this.recorder.time(phaseSeries(phase, kind), (now - from) * 1000)
    if (--session.pending === 0) this.recorder.counters[Counter.waitingUs]! += (now - session.wroteAt) * 1000
    if (code === 421 && phase !== Phase.quit) {
      this.closing(session, now)
      return null
    }
    switch (phase) {
      case Phase.greeting:
        return this.greeting(session, kind, now)
      case Phase.ehlo:
        return this.hello(session, kind, now)
      case Phase.mail:
        this.mail(session, kind, code, now)
        return null
      case Phase.rcpt:
        this.rcpt(session, kind, now)
        return null
      case Phase.data:
        this.data(session, kind, now)
        return null
      case Phase.dot:
      case Phase.bdat:
        this.content(session, kind, now)
        return null
      case Phase.rset:
        // A server that will not forget the transaction can't be given another on this connection.
        session.turnedAway = kind !== OK
        session.todo = kind === OK ? Step.mail : Step.close
        return null
      default:
        session.todo = Step.close
        return null
    }
  }

  /** What to do now, after all replies of a read, a connection, or a pause. Times of what is written count from `now`. */
  next(session: Session, now: number): Step {
    if (session.depth > 0 && session.ready && session.todo === Step.none) return this.fill(session, now)
    if (session.pending > 0) return Step.none
    const todo = session.todo
    session.todo = Step.none
    switch (todo) {
      case Step.hello:
      case Step.helo:
        return this.write(session, todo, Phase.ehlo, 1, now)
      case Step.mail:
        return session.depth > 0 ? this.fill(session, now) : this.begin(session, now)
      case Step.rcpt:
        return this.write(session, Step.rcpt, Phase.rcpt, 1, now)
      case Step.data:
        return this.write(session, Step.data, Phase.data, 1, now)
      case Step.dot:
        session.contentReplies = 1
        return this.write(session, Step.dot, Phase.dot, 1, now)
      case Step.content:
        return this.sendContent(session, now)
      case Step.rset:
        return this.write(session, Step.rset, Phase.rset, 1, now)
      case Step.quit:
        return this.write(session, Step.quit, Phase.quit, 1, now)
      default:
        return todo
    }
  }

  /** `--hold` is over: say good-bye if the conversation has begun, else just close. */
  release(session: Session): void {
    session.todo = this.until >= Phase.ehlo && this.helloKind !== 'none' ? Step.quit : Step.close
  }

  /** The connection is gone or useless: every message begun on it has failed. */
  fail(session: Session, now: number): void {
    while (session.head < session.tail) this.finish(session, Outcome.failed, now)
    session.pending = 0
    session.todo = Step.close
  }

  private greeting(session: Session, kind: number, now: number): ErrorKind | null {
    if (kind !== OK) this.turnedAway(session, kind, now)
    else if (this.until === Phase.greeting) this.reached(session, now)
    else if (this.helloKind === 'none') return this.begins(session, now)
    else session.todo = Step.hello
    return null
  }

  private hello(session: Session, kind: number, now: number): ErrorKind | null {
    if (kind === OK) return this.begins(session, now)
    // RFC 5321 section 3.2: a server that does not know EHLO is asked with HELO, once.
    const again = kind === Outcome.refused && this.helloKind === 'ehlo' && !this.lmtp && session.extensions >= 0
    if (!again) this.turnedAway(session, kind, now)
    else {
      session.extensions = -1
      session.todo = Step.helo
    }
    return null
  }

  /** The hello is done: what was offered decides how transactions are written. */
  private begins(session: Session, now: number): ErrorKind | null {
    const offered = Math.max(session.extensions, 0)
    const pipelining = (offered & Extension.pipelining) !== 0
    const chunking = (offered & Extension.chunking) !== 0
    if (this.pipelining === 'require' && !pipelining) return ErrorKind.notOffered
    if (this.chunking === 'require' && !chunking) return ErrorKind.notOffered
    session.pipelining = pipelining && this.pipelining !== 'off'
    session.depth = chunking && this.chunking !== 'off' ? (session.pipelining && !this.paused ? this.depth : 1) : 0
    session.ready = true
    if (this.until === Phase.ehlo) this.reached(session, now)
    else session.todo = Step.mail
    return null
  }

  private mail(session: Session, kind: number, code: number, now: number): void {
    session.expect = Phase.rcpt
    if (kind === OK) {
      session.mailAccepted = true
      if (this.until === Phase.mail) this.reached(session, now)
      else if (!this.ahead(session)) session.todo = Step.rcpt
      return
    }
    session.badClass = kind
    // In a group of BDAT the failure of one transaction can leave the server in it, and the next MAIL is then out of order.
    session.cascaded = code === 503 && session.afterFailure && session.depth > 1
    if (!this.ahead(session)) {
      this.finish(session, kind as Outcome, now)
      session.todo = this.until >= 0 ? Step.quit : Step.mail
    }
  }

  /** Whether more than the command just answered is under way, so that nothing is decided yet. */
  private ahead(session: Session): boolean {
    return session.pipelining || session.depth > 0
  }

  private rcpt(session: Session, kind: number, now: number): void {
    session.rcptSeen++
    if (session.mailAccepted) {
      this.recorder.counters[Counter.rcptAccepted + kind]!++
      if (kind === OK) session.rcptAccepted++
      else if (session.contentAccepted !== Outcome.deferred) session.contentAccepted = kind
    }
    const last = session.rcptSeen === this.recipients
    if (last) {
      // With nobody to send to, the message ends as its recipients did; one that may be tried again makes it deferred.
      if (session.rcptAccepted === 0 && session.badClass === 0) session.badClass = session.contentAccepted
      session.contentAccepted = 0
      session.expect = session.depth > 0 ? Phase.bdat : Phase.data
      if (session.depth > 0) {
        session.contentReplies = this.lmtp ? Math.max(1, session.rcptAccepted) : 1
        session.pending += session.contentReplies - 1
      }
    }
    if (this.ahead(session)) return
    if (!last) session.todo = Step.rcpt
    else if (session.badClass !== 0) this.abandon(session, now)
    else if (this.until === Phase.rcpt) this.reached(session, now)
    else session.todo = Step.data
  }

  private data(session: Session, kind: number, now: number): void {
    if (kind === OK) {
      session.todo = session.rcptAccepted > 0 ? Step.content : Step.dot
      return
    }
    if (session.badClass === 0) session.badClass = kind
    this.abandon(session, now)
  }

  /** The transaction failed before its content; if the server still holds it, RSET ends it. */
  private abandon(session: Session, now: number): void {
    const reset = session.mailAccepted
    this.finish(session, session.badClass as Outcome, now)
    session.todo = this.until >= 0 ? Step.quit : reset ? Step.rset : Step.mail
  }

  /** A reply to the final dot or to BDAT LAST; in LMTP one for each recipient accepted. */
  private content(session: Session, kind: number, now: number): void {
    if (kind === OK) session.contentAccepted++
    else if (session.badClass === 0 || kind === Outcome.deferred) session.badClass = kind
    if (--session.contentReplies > 0) return
    const sent = session.contentAccepted > 0 && session.rcptAccepted > 0
    const cascaded = session.cascaded
    session.afterFailure = !sent
    if (cascaded) {
      session.head++
      session.beginHead()
      this.supply.giveBack()
      // This server does not find its way back inside a group: one transaction at a time from here on.
      session.depth = 1
      session.needsReset = true
    } else {
      if (session.depth > 0 && !sent) session.needsReset = true
      this.finish(session, (sent ? Outcome.accepted : session.badClass || Outcome.refused) as Outcome, now)
    }
    if (session.depth > 0) session.expect = Phase.mail
    else if (session.pending === 0) session.todo = Step.mail
    else session.expect = session.head < session.tail ? Phase.mail : Phase.quit
  }

  /** The next transaction of a session that has nothing under way, or its end. */
  private begin(session: Session, now: number): Step {
    if (session.head === session.tail) {
      if (session.onConnection >= this.perSession) return this.leave(session, now)
      if (this.paused && session.onConnection > 0 && session.todo !== Step.pause) return Step.pause
      const taken = this.take(session, now)
      if (taken === Take.later) {
        session.todo = Step.mail
        return Step.idle
      }
      if (taken < 0) return this.leave(session, now)
    }
    this.sentAt[this.slot(session, session.head)] = now
    if (!session.pipelining) return this.write(session, Step.mail, Phase.mail, 1, now)
    return this.write(session, Step.envelope, Phase.mail, this.recipients + 2, now)
  }

  /** The pause after a message is over. */
  resume(session: Session, now: number): Step {
    session.todo = Step.pause
    const step = session.depth > 0 ? this.fill(session, now) : this.begin(session, now)
    if (session.todo === Step.pause) session.todo = Step.none
    return step
  }

  /** 354 came: the content, and with it in one write whatever may follow (RFC 2920 section 3.1). */
  private sendContent(session: Session, now: number): Step {
    session.contentReplies = this.lmtp ? session.rcptAccepted : 1
    const replies = session.contentReplies
    if (!session.pipelining || this.paused) return this.write(session, Step.content, Phase.dot, replies, now)
    let over = session.onConnection >= this.perSession
    if (!over) {
      const taken = this.take(session, now)
      if (taken >= 0) {
        return this.write(session, Step.contentEnvelope, Phase.dot, replies + this.recipients + 2, now)
      }
      over = taken === Take.over
    }
    if (over) return this.write(session, Step.contentQuit, Phase.dot, replies + 1, now)
    return this.write(session, Step.content, Phase.dot, replies, now)
  }

  /** Fills the session's window with BDAT transactions; half of it must be free, so that writes stay large. */
  private fill(session: Session, now: number): Step {
    if (session.needsReset) {
      if (session.pending > 0) return Step.none
      session.needsReset = false
      session.afterFailure = false
      return this.write(session, Step.rset, Phase.rset, 1, now)
    }
    const reserved = session.pending === 0 ? session.tail - session.head : 0
    const open = session.tail - session.head - reserved
    if (open * 2 > session.depth) return Step.none
    if (
      session.pending === 0 &&
      this.paused &&
      session.onConnection > 0 &&
      reserved === 0 &&
      session.todo !== Step.pause
    ) {
      return Step.pause
    }
    this.groupFirst = session.tail - reserved
    let over = false
    while (session.tail - session.head < session.depth) {
      if (session.onConnection >= this.perSession) {
        over = true
        break
      }
      const taken = this.take(session, now)
      if (taken < 0) {
        over = taken === Take.over
        break
      }
    }
    this.groupSize = session.tail - this.groupFirst
    if (this.groupSize === 0) {
      if (session.pending > 0) return Step.none
      return over ? this.leave(session, now) : Step.idle
    }
    for (let n = this.groupFirst; n < session.tail; n++) this.sentAt[this.slot(session, n)] = now
    if (open === 0) session.expect = Phase.mail
    else this.recorder.counters[Counter.waitingUs]! += (now - session.wroteAt) * 1000
    session.pending += this.groupSize * (this.recipients + 2)
    session.wroteAt = now
    return Step.bdat
  }

  private leave(session: Session, now: number): Step {
    return this.write(session, Step.quit, Phase.quit, 1, now)
  }

  private write(session: Session, step: Step, expect: Phase, replies: number, now: number): Step {
    session.expect = expect
    session.pending = replies
    session.wroteAt = now
    return step
  }

  /** `--until`'s stage was reached: that is what this session was for. */
  private reached(session: Session, now: number): void {
    if (session.head < session.tail) this.finish(session, Outcome.accepted, now)
    session.todo = Step.hold
  }

  /** Greeting or hello refused: the message that the connection was made for ends with that reply. */
  private turnedAway(session: Session, kind: number, now: number): void {
    if (session.head < session.tail) this.finish(session, kind as Outcome, now)
    session.turnedAway = true
    session.todo = Step.close
  }

  /** 421: the server closes the channel (RFC 5321 section 3.8). The message it answers is deferred, later ones are lost. */
  private closing(session: Session, now: number): void {
    if (session.head < session.tail) this.finish(session, Outcome.deferred, now)
    while (session.head < session.tail) this.finish(session, Outcome.failed, now)
    session.pending = 0
    session.ready = false
    session.turnedAway = true
    session.todo = Step.close
  }

  /** The head transaction has its outcome. */
  private finish(session: Session, outcome: Outcome, now: number): void {
    const slot = this.slot(session, session.head)
    const recorder = this.recorder
    session.head++
    session.beginHead()
    const refused = outcome === Outcome.deferred || outcome === Outcome.refused
    if (refused && this.kinds[slot] !== Taken.retry && this.supply.retryLater()) {
      recorder.counters[Counter.retried]!++
      return
    }
    recorder.counters[Counter.accepted + outcome]!++
    recorder.time(Series.response + outcome, (now - this.intendedAt[slot]!) * 1000)
    recorder.time(Series.service + outcome, (now - this.sentAt[slot]!) * 1000)
  }
}

/** 0 for the reply that lets the conversation go on, 1 for 4xx, 2 for 5xx, 3 for a code that has no meaning here. */
function classOf(code: number, phase: Phase): 0 | 1 | 2 | 3 {
  if (code >= 400) return code < 500 ? 1 : 2
  if (phase === Phase.data) return code === 354 ? 0 : 3
  return code < 300 ? 0 : 3
}
