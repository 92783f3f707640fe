/**
 * The client's side of SMTP and LMTP as a pure state machine: (session, reply code, time) → what to write next. One Client serves all
 * sessions of a worker; a conversation is integers in its Session. Lock-step, pipelined and glued (RFC 2920), and groups of BDAT
 * transactions (RFC 3030); LMTP's reply for each recipient (RFC 2033). No sockets, no timers, no text, nothing made per message.
 */

import { Counter, ErrorKind, Outcome, Phase, phaseSeries } from '../measure/series.js'
import { classOf, OK, Opening, WRONG } from './opening.js'
import { type Session, Step } from './session.js'

export class Client extends Opening {
  /**
   * One complete reply to the oldest unanswered command. Call `next` when the read's octets are used up. Returns null, or the name of the
   * failure that ends this connection (the caller then closes it through `fail`).
   */
  reply(session: Session, code: number, now: number): ErrorKind | null {
    if (session.pending === 0) {
      // A server may announce at any time that it closes (RFC 5321 section 3.8); anything else answers nothing,
      // unless it is to what had been written before such a good-bye came.
      if (code !== 421) return session.turnedAway || this.unheard ? null : ErrorKind.early
      this.closing(session, now)
      return null
    }
    const phase = session.expect as Phase
    const kind = classOf(code, phase)
    if (kind === WRONG && phase !== Phase.auth) return ErrorKind.wrongCode
    const from =
      session.depth > 0 && session.head < session.tail
        ? this.sentAt[this.slot(session, session.head)]!
        : session.wroteAt
    if (phase !== Phase.auth) this.recorder.time(phaseSeries(phase, kind as 0 | 1 | 2), (now - from) * 1000)
    if (--session.pending === 0) this.recorder.counters[Counter.waitingUs]! += (now - session.wroteAt) * 1000
    if (code === 421 && phase !== Phase.quit && phase !== Phase.auth) {
      this.closing(session, now)
      return null
    }
    switch (phase) {
      case Phase.greeting:
        return this.greeting(session, kind, now)
      case Phase.ehlo:
        return this.hello(session, kind, now)
      case Phase.starttls:
        return this.startTls(session, kind, now)
      case Phase.auth:
        return this.login(session, code, kind, now)
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
    session.cascaded = code === 503 && session.afterFailure && session.depth > 0
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
    const last = session.rcptSeen === this.counts[this.slot(session, session.head)]
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
      this.supply.giveBack(this.kinds[this.slot(session, session.head)]!)
      session.head++
      session.beginHead()
      if (session.trace !== null) session.trace.gaveBack()
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
}
