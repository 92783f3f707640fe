/** The end of a message as a receiver sees it: whether it is taken, who hears of it, and what it is answered with. */
import { SinkCounter } from '../measure/series.js'
import { ServerEnvelope } from './server-envelope.js'
import { Ending } from './server-machine.js'
import { Act, Stage } from './server-model.js'
import type { Output } from './server-output.js'
import { Reply, type ReplyText } from './server-replies.js'
import { reset, type ServerSession } from './server-session.js'
import { TALLY_DOT } from './server-tally.js'
import { accepts, end, type ServerOptions } from './server-voice.js'

const NOTHING = Buffer.alloc(0)

export abstract class ServerMessage extends ServerEnvelope {
  maxSize: number

  constructor(options: ServerOptions) {
    super(options)
    this.maxSize = options.presence.maxSize ?? Number.POSITIVE_INFINITY
  }

  /** The whole content of a message has come. `verb` says by what it is counted. */
  messageDone(session: ServerSession, verb: number, out: Output): void {
    if (session.octets > this.maxSize) {
      tellTap(session, verb, false)
      this.perRecipient(session, verb, Reply.tooLarge, out)
    } else if (this.hooked) {
      this.hookedMessageDone(session, verb, out)
    } else if (this.messages.take()) {
      this.counters[SinkCounter.messages]!++
      this.counters[SinkCounter.recipients]! += session.recipients
      if (this.recorder !== null) this.recorder.message(session.octets)
      this.perRecipient(session, verb, Reply.messageOk, out)
    } else {
      end(session, Ending.polite)
      this.put(verb, this.replies[Reply.enough]!, out)
    }
    reset(session)
  }

  /** The same, when a model has the last word or a tap wants to hear it. */
  hookedMessageDone(session: ServerSession, verb: number, out: Output): void {
    let text: ReplyText | null = session.owedText ?? this.replies[Reply.messageOk]!
    let delayMs = session.owedMs
    let times = this.lmtp ? session.recipients : 1
    session.owedText = null
    session.owedMs = 0
    const allowed = this.allows(session, Stage.dot, NOTHING, 0, 0)
    if (this.model !== null) {
      const { act, reply } = this.verdict
      delayMs += this.verdict.delayMs
      if (act === Act.instead || act === Act.reply) {
        text = reply ?? this.replies[Reply.judged]!
      } else if (act === Act.replyAndClose) {
        text = reply ?? this.replies[Reply.judged]!
        times = 1
        end(session, Ending.polite)
      } else if (act === Act.close || act === Act.reset) {
        text = null
        end(session, act === Act.reset ? Ending.reset : Ending.silent)
      }
    }
    if (allowed) {
      if (this.messages.take()) {
        this.counters[SinkCounter.messages]!++
        this.counters[SinkCounter.recipients]! += session.recipients
        this.recorder?.message(session.octets)
        this.model?.delivered(session.model)
      } else {
        text = this.replies[Reply.enough]!
        times = 1
        end(session, Ending.polite)
      }
    }
    tellTap(session, verb, accepts(text))
    this.say(session, verb, text, times, delayMs, out)
  }

  /** The answer to a whole message: one in SMTP, one for each accepted recipient in LMTP (RFC 2033 section 4.2). */
  perRecipient(session: ServerSession, verb: number, reply: Reply, out: Output): void {
    const times = this.lmtp ? session.recipients : 1
    const text = this.replies[reply]!
    for (let i = 0; i < times; i++) this.put(verb, text, out)
  }
}

/** Whoever watched the content hears that it is complete. */
function tellTap(session: ServerSession, verb: number, accepted: boolean): void {
  const watch = session.watch
  if (watch === null) return
  session.watch = null
  session.envelope = null
  watch.end(verb === TALLY_DOT, accepted)
}
