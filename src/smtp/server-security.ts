/** STARTTLS (RFC 3207) and AUTH (RFC 4954) of a receiver; the handshake and the exchange themselves are done elsewhere. */
import { AUTH_LINE_LIMIT, findLineEnd, skipBlanks, skipWord, Verb } from './command-parser.js'
import { carryLine, findCarriedEnd } from './line-carry.js'
import type { AuthStep } from './server-auth-hook.js'
import { ServerData } from './server-data.js'
import { Wait } from './server-machine.js'
import { Stage } from './server-model.js'
import type { Output } from './server-output.js'
import { announces } from './server-presence.js'
import { Reply, replyText } from './server-replies.js'
import { Hello, Mode, reset, type ServerSession, Transaction } from './server-session.js'
import { PASS, type ServerOptions } from './server-voice.js'

export abstract class ServerSecurity extends ServerData {
  starttlsOffered: boolean

  constructor(options: ServerOptions) {
    super(options)
    this.starttlsOffered = options.security === 'starttls' && announces(options.presence, 'STARTTLS')
  }

  /** `buffer[at..stop)` is the whole line. */
  starttls(session: ServerSession, buffer: Buffer, at: number, stop: number): Reply {
    if (session.secured) return Reply.tlsActive
    if (!this.starttlsOffered) return this.unknown(session, Reply.notImplemented, buffer, at, stop)
    const argument = skipBlanks(buffer, skipWord(buffer, at, stop), stop)
    if (argument < stop) return Reply.noArgument
    if (!this.allows(session, Stage.starttls, buffer, argument, stop)) return Reply.judged
    session.mode = Mode.held
    session.wait = Wait.tls
    return this.said(Reply.startTls)
  }

  /** The handshake succeeded: what the client said before it is forgotten (RFC 3207 section 4.2). */
  secured(session: ServerSession): void {
    reset(session)
    session.mode = Mode.line
    session.wait = Wait.none
    session.held = null
    session.carried = 0
    session.hello = Hello.none
    session.helo = null
    session.authenticated = false
    session.exchange = null
    session.secured = true
  }

  authenticate(session: ServerSession, buffer: Buffer, at: number, stop: number): Reply {
    if (this.auth === null) return this.unknown(session, Reply.notImplemented, buffer, at, stop)
    if (session.authenticated) return Reply.authenticated
    if (session.transaction !== Transaction.none) return Reply.authTooLate
    const { faults } = session
    if (!this.allows(session, Stage.auth, buffer, at, stop)) return Reply.judged
    session.exchange ??= this.auth.open()
    // A failure is no fault in the command, but whoever tries passwords is to come to an end.
    session.faults = faults
    return this.took(session, session.exchange.begin(buffer.toString('latin1', at, stop)))
  }

  /** A line that answers a challenge. */
  authLine(session: ServerSession, buffer: Buffer, at: number, stop: number, out: Output): number {
    const next = session.carried > 0 ? findCarriedEnd(session, buffer, at, stop) : findLineEnd(buffer, at, stop)
    carryLine(session, buffer, at, next < 0 ? stop : next, AUTH_LINE_LIMIT)
    const tooLong = session.mode === Mode.overlong
    if (next < 0) {
      if (tooLong) session.mode = Mode.overlongAnswer
      return stop
    }
    if (tooLong) {
      this.answerTooLong(session, out)
      return next
    }
    const line = session.carry!.toString('latin1', 0, session.carried - 2)
    session.carried = 0
    this.verdict = PASS
    this.answer(session, Verb.auth, this.took(session, session.exchange!.answer(line)), out)
    return next
  }

  answerTooLong(session: ServerSession, out: Output): void {
    this.verdict = PASS
    this.answer(session, Verb.auth, this.took(session, session.exchange!.tooLong()), out)
  }

  took(session: ServerSession, { reply, state }: AuthStep): Reply {
    session.mode = state === 'more' ? Mode.auth : Mode.line
    if (state === 'accepted') {
      session.authenticated = true
      session.exchange = null
      session.faults = 0
    }
    if (state === 'failed' && this.tired(session)) return Reply.tooManyErrors
    return this.saidText(replyText(`${reply}\r\n`))
  }
}
