/**
 * The receiving side of SMTP (RFC 5321), LMTP (RFC 2033), PIPELINING (RFC 2920) and CHUNKING (RFC 3030) as a pure machine: octets in,
 * replies out. It knows no socket and no clock. One server serves every connection of a thread; what belongs to a connection is in
 * its ServerSession. This file takes octets apart; what they come to is in the classes that it stands on, one for each matter.
 */
import { SinkCounter } from '../measure/series.js'
import { AUTH_LINE_LIMIT, argumentOf, findLineEnd, LINE_LIMIT, skipBlanks, Verb, verbOf } from './command-parser.js'
import { carryLine, findCarriedEnd, findOverlongEnd } from './line-carry.js'
import type { Machine, Peer } from './server-machine.js'
import { type Model, Stage } from './server-model.js'
import type { Output } from './server-output.js'
import { Reply } from './server-replies.js'
import { Mode, ServerSession, unwatch } from './server-session.js'
import { TALLY_CONNECT } from './server-tally.js'
import { ServerTransactions } from './server-transactions.js'
import type { ServerOptions } from './server-voice.js'

export type { ServerOptions } from './server-voice.js'

const LF = 10
const SPACE = 32
const NOTHING = Buffer.alloc(0)
const NOBODY: Peer = { address: 'local', family: 0 }

export class Server extends ServerTransactions implements Machine<ServerSession> {
  wantsPeer: boolean
  /** Octets of the longest line that is looked at; only AUTH may be longer than `LINE_LIMIT`. */
  lineLimit: number

  constructor(options: ServerOptions) {
    super(options)
    this.wantsPeer = this.model !== null || this.tap !== null
    this.lineLimit = this.auth === null ? LINE_LIMIT : AUTH_LINE_LIMIT
  }

  override setModel(model: Model | null): void {
    super.setModel(model)
    this.wantsPeer = this.model !== null || this.tap !== null
  }

  open(peer: Peer | null): ServerSession {
    const session = new ServerSession()
    if (peer !== null) session.peer = peer.address
    if (this.model !== null) {
      const { state, manner } = this.model.open(peer ?? NOBODY)
      session.model = state
      session.manner = manner
    }
    return session
  }

  greet(session: ServerSession, out: Output): void {
    const allowed = this.allows(session, Stage.connect, NOTHING, 0, 0)
    this.answer(session, TALLY_CONNECT, allowed ? this.said(Reply.greeting) : Reply.judged, out)
  }

  closed(session: ServerSession): void {
    if (session.envelope !== null) unwatch(session)
    this.model?.closed(session.model)
  }

  consume(session: ServerSession, buffer: Buffer, start: number, end: number, out: Output): number {
    let at = start
    while (at < end) {
      switch (session.mode) {
        case Mode.line:
          if (this.mayRun(session)) at = this.run(session, buffer, at, end, out)
          if (at < end) at = this.line(session, buffer, at, end, out)
          break
        case Mode.chunk:
          at = this.chunk(session, at, end, out)
          break
        case Mode.data:
          at = this.content(session, buffer, at, end, out)
          break
        case Mode.watchedChunk:
          at = this.watchedChunk(session, buffer, at, end, out)
          break
        case Mode.watchedData:
          at = this.watchedContent(session, buffer, at, end, out)
          break
        case Mode.overlong:
        case Mode.overlongAnswer:
          at = this.overlong(session, buffer, at, end, out)
          break
        case Mode.auth:
          at = this.authLine(session, buffer, at, end, out)
          break
        case Mode.lineFeed:
          if (buffer[at] === LF) at++
          session.mode = Mode.line
          break
        case Mode.held:
          return at
        default:
          return end
      }
    }
    return at
  }

  line(session: ServerSession, buffer: Buffer, at: number, end: number, out: Output): number {
    if (session.carried > 0) return this.carriedLine(session, buffer, at, end, out)
    const next = findLineEnd(buffer, at, end)
    if (next < 0) {
      carryLine(session, buffer, at, end, this.lineLimit)
      return end
    }
    if (next - at > LINE_LIMIT) this.longLine(session, buffer, at, next, out)
    else this.take(session, buffer, at, next - 2, out)
    return next
  }

  /** Completes, or lengthens, a line of which the beginning came with an earlier read. */
  carriedLine(session: ServerSession, buffer: Buffer, at: number, end: number, out: Output): number {
    const next = findCarriedEnd(session, buffer, at, end)
    if (next < 0) {
      carryLine(session, buffer, at, end, this.lineLimit)
      return end
    }
    const length = session.carried + next - at
    if (length > this.lineLimit) {
      session.carried = 0
      this.tooLong(session, out)
      return next
    }
    carryLine(session, buffer, at, next, this.lineLimit)
    session.carried = 0
    if (length > LINE_LIMIT) this.longLine(session, session.carry!, 0, length, out)
    else this.take(session, session.carry!, 0, length - 2, out)
    return next
  }

  /** A line that only AUTH may have. */
  longLine(session: ServerSession, buffer: Buffer, at: number, next: number, out: Output): void {
    const word = skipBlanks(buffer, at, next - 2)
    if (next - at <= this.lineLimit && verbOf(buffer, word, next - 2) === Verb.auth) {
      this.take(session, buffer, at, next - 2, out)
    } else {
      this.tooLong(session, out)
    }
  }

  overlong(session: ServerSession, buffer: Buffer, at: number, end: number, out: Output): number {
    const next = findOverlongEnd(session, buffer, at, end)
    if (next < 0) return end
    if (session.mode === Mode.overlongAnswer) {
      this.answerTooLong(session, out)
    } else {
      session.mode = Mode.line
      this.tooLong(session, out)
    }
    return next
  }

  tooLong(session: ServerSession, out: Output): void {
    this.counters[SinkCounter.commands]!++
    this.answer(session, Verb.unknown, Reply.lineTooLong, out)
  }

  /** One whole command line, without its CR LF. */
  take(session: ServerSession, buffer: Buffer, from: number, stop: number, out: Output): void {
    const at = from < stop && buffer[from]! > SPACE ? from : skipBlanks(buffer, from, stop)
    const verb = verbOf(buffer, at, stop)
    this.counters[SinkCounter.commands]!++
    if (verb === Verb.bdat) this.bdat(session, buffer, argumentOf(buffer, at, stop), stop, out)
    else this.answer(session, verb, this.replyTo(session, verb, buffer, at, stop), out)
  }

  replyTo(session: ServerSession, verb: Verb, buffer: Buffer, at: number, stop: number): Reply {
    switch (verb) {
      case Verb.mail:
        return this.mail(session, buffer, argumentOf(buffer, at, stop), stop)
      case Verb.rcpt:
        return this.rcpt(session, buffer, argumentOf(buffer, at, stop), stop)
      case Verb.data:
        return this.data(session, buffer, argumentOf(buffer, at, stop), stop)
      default:
        return this.other(session, verb, buffer, at, stop)
    }
  }

  /** What is rarer. */
  other(session: ServerSession, verb: Verb, buffer: Buffer, at: number, stop: number): Reply {
    switch (verb) {
      case Verb.unknown:
        return this.unknown(session, Reply.unknown, buffer, at, stop)
      case Verb.empty:
        return this.unknown(session, Reply.noCommand, buffer, at, stop)
      case Verb.starttls:
        return this.starttls(session, buffer, at, stop)
    }
    const argument = argumentOf(buffer, at, stop)
    switch (verb) {
      case Verb.quit:
        return this.quit(session, buffer, argument, stop)
      case Verb.rset:
        return this.rset(session, buffer, argument, stop)
      case Verb.noop:
        return this.idly(session, Stage.noop, Reply.noopOk, buffer, argument, stop)
      case Verb.ehlo:
      case Verb.helo:
      case Verb.lhlo:
        return this.helloOf(session, verb, buffer, argument, stop)
      case Verb.auth:
        return this.authenticate(session, buffer, argument, stop)
      case Verb.vrfy:
        return this.idly(session, Stage.vrfy, Reply.cannotVerify, buffer, argument, stop)
      case Verb.help:
        return this.idly(session, Stage.other, Reply.help, buffer, argument, stop)
      default:
        return this.unknown(session, Reply.notImplemented, buffer, at, stop)
    }
  }
}
