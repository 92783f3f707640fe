/**
 * The client's writing turns: what goes out next when replies have come, how much of it in one write, and which reply is then awaited.
 * Pipelining is RFC 2920, BDAT is RFC 3030.
 */
import type { Recorder } from '../measure/recorder.js'
import { Counter, Phase } from '../measure/series.js'
import type { Deck } from '../message/deck.js'
import type { SourcePlan, Until } from '../plan/plan.js'
import { type Session, Step } from './session.js'
import { type Supply, Take } from './supply.js'
import { Transactions } from './transactions.js'

/** The phase that finishes each stage of `--until`. */
const UNTIL: Record<Until, Phase> = {
  connect: Phase.connect,
  greeting: Phase.greeting,
  ehlo: Phase.ehlo,
  starttls: Phase.starttls,
  auth: Phase.auth,
  mail: Phase.mail,
  rcpt: Phase.rcpt,
}

export class Turns extends Transactions {
  readonly lmtp: boolean
  /** Phase at which `--until` stops, or -1. */
  readonly until: number
  readonly perSession: number
  /** Sessions pause after each message (`-w`, `-R`), so that nothing is glued to it. */
  readonly paused: boolean
  /** First transaction and size of the last `Step.bdat` group. */
  groupFirst = 0
  groupSize = 0

  constructor(
    plan: SourcePlan,
    sessions: number,
    worker: number,
    recorder: Recorder,
    supply: Supply,
    deck: Deck | null = null,
  ) {
    super(plan, sessions, worker, recorder, supply, deck)
    this.lmtp = plan.wire.protocol === 'lmtp'
    this.until = plan.wire.until === null ? -1 : UNTIL[plan.wire.until]
    this.perSession = this.until >= 0 ? 1 : (plan.load.perSession ?? Number.POSITIVE_INFINITY)
    this.paused = plan.load.delay !== null
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
      case Step.starttls:
      case Step.handshake:
        return this.write(session, todo, Phase.starttls, 1, now)
      case Step.auth:
        return this.write(session, Step.auth, Phase.auth, 1, now)
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
    return this.write(session, Step.envelope, Phase.mail, this.counts[this.slot(session, session.head)]! + 2, now)
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
        const recipients = this.counts[this.slot(session, session.tail - 1)]!
        return this.write(session, Step.contentEnvelope, Phase.dot, replies + recipients + 2, now)
      }
      over = taken === Take.over
    }
    if (over) return this.write(session, Step.contentQuit, Phase.dot, replies + 1, now)
    return this.write(session, Step.content, Phase.dot, replies, now)
  }

  /** Fills the session's window with BDAT transactions; half of it must be free, so that writes stay large. */
  private fill(session: Session, now: number): Step {
    // RSET and QUIT are awaited by themselves.
    if (session.pending > 0 && (session.expect === Phase.rset || session.expect === Phase.quit)) return Step.none
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
    let replies = 0
    for (let n = this.groupFirst; n < session.tail; n++) {
      const slot = this.slot(session, n)
      this.sentAt[slot] = now
      replies += this.counts[slot]! + 2
    }
    if (open === 0) session.expect = Phase.mail
    else this.recorder.counters[Counter.waitingUs]! += (now - session.wroteAt) * 1000
    session.pending += replies
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
}
