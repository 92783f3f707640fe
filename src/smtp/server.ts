/**
 * The receiving side of SMTP (RFC 5321), LMTP (RFC 2033), PIPELINING (RFC 2920) and CHUNKING (RFC 3030) as a pure machine: octets in,
 * replies out, content looked through for its end and thrown away. It knows no socket and no clock. One server serves
 * every connection of a thread; what belongs to a connection is in its ServerSession.
 */
import { SinkCounter } from '../measure/series.js'
import {
  argumentOf,
  declaredSize,
  findLineEnd,
  isForwardPath,
  isReversePath,
  LINE_LIMIT,
  parseBdat,
  skipBlanks,
  Verb,
  verbOf,
} from './command-parser.js'
import { findDataEnd, START_OF_CONTENT, stateAfter, TERMINATOR_LENGTH } from './data-end.js'
import { carryLine, findCarriedEnd, findOverlongEnd } from './line-carry.js'
import { type Output, type Quota, UNLIMITED } from './server-output.js'
import { announces, FIRST_REJECTION, makeReplies, type Presence, Reply, type ReplyText } from './server-replies.js'
import { Mode, type ServerSession, Transaction } from './server-session.js'

const SPACE = 32

export class Server {
  replies: readonly ReplyText[]
  lmtp: boolean
  chunking: boolean
  maxSize: number
  counters: Float64Array
  messages: Quota
  quits: Quota
  /** Set when the sink is about to end: transactions under way may be finished, no other is begun. */
  draining = false

  /** `counters` is a row of `SinkCounter`s; commands, rejections, messages, recipients and QUITs are counted into it. */
  constructor(presence: Presence, counters: Float64Array, messages: Quota = UNLIMITED, quits: Quota = UNLIMITED) {
    this.replies = makeReplies(presence)
    this.lmtp = presence.protocol === 'lmtp'
    this.chunking = announces(presence, 'CHUNKING')
    this.maxSize = presence.maxSize ?? Number.POSITIVE_INFINITY
    this.counters = counters
    this.messages = messages
    this.quits = quits
  }

  /** The greeting of a new connection. */
  greet(out: Output): void {
    this.put(out, Reply.greeting)
  }

  /**
   * Takes all of `buffer[start..end)` and puts the replies it calls for into `out`, in order. Cut the octets anywhere, the
   * replies are the same. What `buffer` holds behind `end` is scratch (see `findDataEnd`).
   */
  consume(session: ServerSession, buffer: Buffer, start: number, end: number, out: Output): void {
    let at = start
    while (at < end) {
      switch (session.mode) {
        case Mode.line:
          at = this.line(session, buffer, at, end, out)
          break
        case Mode.chunk:
          at = this.chunk(session, at, end, out)
          break
        case Mode.data:
          at = this.content(session, buffer, at, end, out)
          break
        case Mode.overlong:
          at = this.overlong(session, buffer, at, end, out)
          break
        default:
          return
      }
    }
  }

  line(session: ServerSession, buffer: Buffer, at: number, end: number, out: Output): number {
    if (session.carried > 0) return this.carriedLine(session, buffer, at, end, out)
    const next = findLineEnd(buffer, at, end)
    if (next < 0) {
      carryLine(session, buffer, at, end)
      return end
    }
    if (next - at > LINE_LIMIT) this.command(Reply.lineTooLong, out)
    else this.take(session, buffer, at, next - 2, out)
    return next
  }

  /** Completes, or lengthens, a line of which the beginning came with an earlier read. */
  carriedLine(session: ServerSession, buffer: Buffer, at: number, end: number, out: Output): number {
    const next = findCarriedEnd(session, buffer, at, end)
    if (next < 0) {
      carryLine(session, buffer, at, end)
      return end
    }
    const length = session.carried + next - at
    if (length > LINE_LIMIT) {
      session.carried = 0
      this.command(Reply.lineTooLong, out)
      return next
    }
    carryLine(session, buffer, at, next)
    session.carried = 0
    this.take(session, session.carry!, 0, length - 2, out)
    return next
  }

  overlong(session: ServerSession, buffer: Buffer, at: number, end: number, out: Output): number {
    const next = findOverlongEnd(session, buffer, at, end)
    if (next < 0) return end
    session.mode = Mode.line
    this.command(Reply.lineTooLong, out)
    return next
  }

  /** One whole command line, without its CR LF. */
  take(session: ServerSession, buffer: Buffer, from: number, stop: number, out: Output): void {
    const at = from < stop && buffer[from]! > SPACE ? from : skipBlanks(buffer, from, stop)
    const verb = verbOf(buffer, at, stop)
    if (verb === Verb.bdat) {
      this.bdat(session, buffer, argumentOf(buffer, at, stop), stop, out)
    } else {
      this.command(this.replyTo(session, verb, buffer, at, stop), out)
    }
  }

  replyTo(session: ServerSession, verb: Verb, buffer: Buffer, at: number, stop: number): Reply {
    switch (verb) {
      case Verb.mail:
        return this.mail(session, buffer, argumentOf(buffer, at, stop), stop)
      case Verb.rcpt:
        return this.rcpt(session, buffer, argumentOf(buffer, at, stop), stop)
      case Verb.unknown:
        return Reply.unknown
      case Verb.empty:
        return Reply.noCommand
      default:
        return this.other(session, verb, argumentOf(buffer, at, stop) < stop)
    }
  }

  mail(session: ServerSession, buffer: Buffer, at: number, stop: number): Reply {
    if (session.transaction !== Transaction.none) return Reply.nestedMail
    if (this.draining) {
      session.mode = Mode.closed
      return Reply.enough
    }
    if (!isReversePath(buffer, at, stop)) return Reply.mailSyntax
    if (this.maxSize !== Number.POSITIVE_INFINITY) {
      const size = declaredSize(buffer, at, stop)
      if (size === -2) return Reply.sizeSyntax
      if (size > this.maxSize) return Reply.tooLarge
    }
    session.transaction = Transaction.mail
    session.recipients = 0
    session.octets = 0
    return Reply.mailOk
  }

  rcpt(session: ServerSession, buffer: Buffer, at: number, stop: number): Reply {
    if (session.transaction === Transaction.none) return Reply.needMail
    if (session.transaction !== Transaction.mail) return Reply.chunksBegun
    if (!isForwardPath(buffer, at, stop)) return Reply.rcptSyntax
    session.recipients++
    return Reply.rcptOk
  }

  /** Everything that is not part of an envelope. */
  other(session: ServerSession, verb: Verb, argument: boolean): Reply {
    switch (verb) {
      case Verb.data:
        if (session.transaction > Transaction.mail) return Reply.chunksBegun
        if (session.recipients === 0) return Reply.needRcpt
        if (argument) return Reply.noArgument
        session.mode = Mode.data
        session.seen = START_OF_CONTENT
        return Reply.startMail
      case Verb.quit:
        if (argument) return Reply.noArgument
        session.mode = Mode.closed
        if (this.quits.take()) this.counters[SinkCounter.quits]!++
        return Reply.bye
      case Verb.rset:
        if (argument) return Reply.noArgument
        reset(session)
        return Reply.rsetOk
      case Verb.noop:
        return Reply.noopOk
      case Verb.ehlo:
      case Verb.helo:
      case Verb.lhlo:
        if (this.lmtp !== (verb === Verb.lhlo)) return Reply.unknown
        if (!argument) return Reply.needDomain
        reset(session)
        return verb === Verb.helo ? Reply.helo : Reply.ehlo
      case Verb.vrfy:
        return Reply.cannotVerify
      case Verb.help:
        return Reply.help
      default:
        return Reply.notImplemented
    }
  }

  bdat(session: ServerSession, buffer: Buffer, at: number, stop: number, out: Output): void {
    const argument = this.chunking ? parseBdat(buffer, at, stop) : -1
    if (argument < 0) {
      this.command(this.chunking ? Reply.bdatSyntax : Reply.notImplemented, out)
      return
    }
    this.counters[SinkCounter.commands]!++
    const last = argument % 2
    const size = (argument - last) / 2
    session.last = last === 1
    session.left = size
    session.owed = this.chunkVerdict(session, size)
    session.mode = Mode.chunk
    // A chunk of no octets is over at once; consume() would wait for an octet to look at.
    if (size === 0) this.chunkDone(session, out)
  }

  /** What a chunk will be answered with; whatever it is, its octets come first (RFC 3030 section 2). */
  chunkVerdict(session: ServerSession, size: number): Reply {
    switch (session.transaction) {
      case Transaction.none:
        return Reply.needMail
      case Transaction.mail:
        if (session.recipients === 0) return Reply.needRcpt
        session.transaction = Transaction.chunks
        break
      case Transaction.failed:
        return Reply.chunkFailed
    }
    session.octets += size
    if (session.octets > this.maxSize) {
      session.transaction = Transaction.failed
      return Reply.tooLarge
    }
    return session.last ? Reply.messageOk : Reply.chunkOk
  }

  chunk(session: ServerSession, at: number, end: number, out: Output): number {
    const available = end - at
    if (session.left > available) {
      session.left -= available
      return end
    }
    const next = at + session.left
    session.left = 0
    this.chunkDone(session, out)
    return next
  }

  chunkDone(session: ServerSession, out: Output): void {
    session.mode = Mode.line
    if (session.owed === Reply.messageOk) {
      this.messageDone(session, out)
      return
    }
    if (session.last && session.transaction === Transaction.failed) {
      this.perRecipient(session, session.owed as Reply, out)
      reset(session)
      return
    }
    this.put(out, session.owed as Reply)
  }

  content(session: ServerSession, buffer: Buffer, at: number, end: number, out: Output): number {
    const next = findDataEnd(buffer, at, end, session.seen)
    if (next < 0) {
      session.seen = stateAfter(buffer, at, end, session.seen)
      session.octets += end - at
      return end
    }
    session.octets += next - at - TERMINATOR_LENGTH
    session.mode = Mode.line
    if (session.octets > this.maxSize) {
      this.perRecipient(session, Reply.tooLarge, out)
      reset(session)
    } else {
      this.messageDone(session, out)
    }
    return next
  }

  messageDone(session: ServerSession, out: Output): void {
    if (!this.messages.take()) {
      session.mode = Mode.closed
      this.put(out, Reply.enough)
      return
    }
    this.counters[SinkCounter.messages]!++
    this.counters[SinkCounter.recipients]! += session.recipients
    this.perRecipient(session, Reply.messageOk, out)
    reset(session)
  }

  /** The answer to a whole message: one in SMTP, one for each accepted recipient in LMTP (RFC 2033 section 4.2). */
  perRecipient(session: ServerSession, reply: Reply, out: Output): void {
    const times = this.lmtp ? session.recipients : 1
    for (let i = 0; i < times; i++) this.put(out, reply)
  }

  command(reply: Reply, out: Output): void {
    this.counters[SinkCounter.commands]!++
    this.put(out, reply)
  }

  put(out: Output, reply: Reply): void {
    const text = this.replies[reply]!
    const words = text.words
    const count = words.length
    if (out.length + count * 4 > out.size) out.flush()
    const view = out.view
    let at = out.length
    out.length = at + text.length
    for (let i = 0; i < count; i++) {
      view.setInt32(at, words[i]!, true)
      at += 4
    }
    if (reply >= FIRST_REJECTION) this.counters[SinkCounter.rejected]!++
  }
}

function reset(session: ServerSession): void {
  session.transaction = Transaction.none
  session.recipients = 0
  session.octets = 0
}
