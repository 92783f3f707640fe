/** The commands of a receiver that are not content: hello, MAIL, RCPT, RSET, QUIT and those that do nothing (RFC 5321 section 4.1). */
import { SinkCounter } from '../measure/series.js'
import { isBarePath, isForwardPath, isReversePath, pathEnd, Verb } from './command-parser.js'
import { Ending } from './server-machine.js'
import { type Model, Stage } from './server-model.js'
import { ServerParameters } from './server-parameters.js'
import { Reply } from './server-replies.js'
import { Hello, reset, type ServerSession, Transaction } from './server-session.js'
import { FROM_LENGTH, GrowingEnvelope, pathText, TO_LENGTH } from './server-tap.js'
import { end, PASS, type ServerOptions, ServerVoice } from './server-voice.js'

export abstract class ServerEnvelope extends ServerVoice {
  /** Set when the sink is about to end: transactions under way may be finished, no other is begun. */
  draining = false
  parameters: ServerParameters
  /** Whether MAIL, RCPT and content have somebody to ask or to tell: one comparison for all of them. */
  hooked: boolean

  constructor(options: ServerOptions) {
    super(options)
    this.parameters = new ServerParameters(options.presence, this.auth !== null)
    this.hooked = this.isHooked()
  }

  /** Another model, or none, from the next command on. Connections that came before the first one have no state in it. */
  setModel(model: Model | null): void {
    this.model = model
    this.verdict = PASS
    this.hooked = this.isHooked()
  }

  isHooked(): boolean {
    return this.model !== null || this.tap !== null || this.auth?.required === true
  }

  mail(session: ServerSession, buffer: Buffer, at: number, stop: number): Reply {
    if (session.transaction !== Transaction.none) return Reply.nestedMail
    if (this.draining) {
      end(session, Ending.polite)
      return Reply.enough
    }
    if (!isReversePath(buffer, at, stop)) return Reply.mailSyntax
    if (this.hooked && this.auth?.required === true && !session.authenticated) return Reply.authRequired
    if (!isBarePath(buffer, at + FROM_LENGTH, stop)) {
      const reply = this.mailParameters(session, buffer, at + FROM_LENGTH, stop)
      if (reply !== Reply.mailOk) return reply
    }
    if (this.hooked) return this.hookedMail(session, buffer, at, stop)
    session.transaction = Transaction.mail
    return Reply.mailOk
  }

  mailParameters(session: ServerSession, buffer: Buffer, at: number, stop: number): Reply {
    const path = pathEnd(buffer, at, stop)
    if (path < 0) return Reply.mailSyntax
    const reply = this.parameters.mail(buffer, path, stop)
    session.binary = reply === Reply.mailOk && this.parameters.binary
    return reply
  }

  hookedMail(session: ServerSession, buffer: Buffer, at: number, stop: number): Reply {
    if (!this.allows(session, Stage.mail, buffer, at, stop)) {
      session.binary = false
      return Reply.judged
    }
    session.transaction = Transaction.mail
    if (this.tap !== null) {
      const protocol = this.lmtp ? 'LMTP' : session.hello === Hello.extended ? 'ESMTP' : 'SMTP'
      const mail = pathText(buffer, at, stop, FROM_LENGTH)
      session.envelope = new GrowingEnvelope(mail, session.helo, protocol, session.peer)
      session.watch = this.tap.begin(session.envelope)
    }
    return this.said(Reply.mailOk)
  }

  rcpt(session: ServerSession, buffer: Buffer, at: number, stop: number): Reply {
    if (session.transaction === Transaction.none) return Reply.needMail
    if (session.transaction !== Transaction.mail) return Reply.chunksBegun
    if (!isForwardPath(buffer, at, stop)) return Reply.rcptSyntax
    if (!isBarePath(buffer, at + TO_LENGTH, stop)) {
      const path = pathEnd(buffer, at + TO_LENGTH, stop)
      if (path < 0) return Reply.rcptSyntax
      const reply = this.parameters.rcpt(buffer, path, stop)
      if (reply !== Reply.rcptOk) return reply
    }
    if (this.hooked) return this.hookedRcpt(session, buffer, at, stop)
    session.recipients++
    return Reply.rcptOk
  }

  hookedRcpt(session: ServerSession, buffer: Buffer, at: number, stop: number): Reply {
    if (session.envelope !== null && !session.envelope.holds(stop - at)) return Reply.tooManyRecipients
    if (!this.allows(session, Stage.rcpt, buffer, at, stop)) return Reply.judged
    session.envelope?.add(pathText(buffer, at, stop, TO_LENGTH))
    session.recipients++
    return this.said(Reply.rcptOk)
  }

  helloOf(session: ServerSession, verb: Verb, buffer: Buffer, at: number, stop: number): Reply {
    if (this.lmtp !== (verb === Verb.lhlo)) return this.unknown(session, Reply.unknown, buffer, at, stop)
    if (verb === Verb.ehlo && !this.ehlo) return this.unknown(session, Reply.unknown, buffer, at, stop)
    if (at === stop) return Reply.needDomain
    if (!this.allows(session, Stage.hello, buffer, at, stop)) return Reply.judged
    reset(session)
    if (this.tap !== null) session.helo = buffer.toString('latin1', at, stop)
    session.hello = verb === Verb.helo ? Hello.helo : Hello.extended
    return this.said(verb === Verb.helo ? Reply.helo : session.secured ? Reply.ehloSecured : Reply.ehlo)
  }

  rset(session: ServerSession, buffer: Buffer, at: number, stop: number): Reply {
    if (at < stop) return Reply.noArgument
    if (!this.allows(session, Stage.rset, buffer, at, stop)) return Reply.judged
    reset(session)
    return this.said(Reply.rsetOk)
  }

  quit(session: ServerSession, buffer: Buffer, at: number, stop: number): Reply {
    if (at < stop) return Reply.noArgument
    if (!this.allows(session, Stage.quit, buffer, at, stop)) return Reply.judged
    end(session, Ending.polite)
    if (this.quits.take()) this.counters[SinkCounter.quits]!++
    return this.said(Reply.bye)
  }

  /** What never has an effect. */
  idly(session: ServerSession, stage: Stage, reply: Reply, buffer: Buffer, at: number, stop: number): Reply {
    return this.allows(session, stage, buffer, at, stop) ? this.said(reply) : Reply.judged
  }

  /** What is not known, or not offered. A model may have its own word for it, but no more of them than the limit of faults. */
  unknown(session: ServerSession, reply: Reply, buffer: Buffer, at: number, stop: number): Reply {
    if (this.allows(session, Stage.other, buffer, at, stop)) return this.said(reply)
    return this.tired(session) ? Reply.tooManyErrors : Reply.judged
  }
}
