/**
 * How a receiver answers: at once, later, otherwise, or not at all. A command is checked, then `allows` asks the model, if there is one, then it
 * takes effect, and what `said` gives is its answer. Without a model both are a comparison.
 */
import { SinkCounter } from '../measure/series.js'
import type { SinkRecorder } from '../measure/sink-recorder.js'
import type { ContentTap } from './content-tap.js'
import type { AuthService } from './server-auth-hook.js'
import { Ending, Wait } from './server-machine.js'
import { Act, type Model, Stage, type Verdict } from './server-model.js'
import { type Output, type Quota, UNLIMITED } from './server-output.js'
import { announces, knowsEhlo, type Offers, type Presence } from './server-presence.js'
import { FIRST_FAULT, FIRST_REJECTION, makeReplies, Reply, type ReplyText } from './server-replies.js'
import { Mode, type ServerSession } from './server-session.js'
import { TALLY_CODES, tallyColumn } from './server-tally.js'

/** What a Server is made of. */
export interface ServerOptions {
  readonly presence: Presence
  /** A row of `SinkCounter`s: commands, rejections, messages, recipients and QUITs are counted into it. */
  readonly counters: Float64Array
  /** Messages and QUITs that may still be taken; left out: any number. */
  readonly messages?: Quota
  readonly quits?: Quota
  readonly model?: Model | null
  readonly tap?: ContentTap | null
  readonly auth?: AuthService | null
  /** Whether TLS can be begun by STARTTLS, or has begun before the greeting. */
  readonly security?: 'starttls' | 'implicit' | null
  /** Lone LFs end a message too. */
  readonly lenientEod?: boolean
  /** What happens behind the reply to DATA, `ms` later: the content is read, or refused unread (550) and the connection closed. */
  readonly afterData?: { readonly kind: 'pause' | 'refuse'; readonly ms: number } | null
  /** `TALLY_LENGTH` numbers: replies by verb and code are counted into it. */
  readonly tally?: Float64Array | null
  /** Times commands and sizes messages; left out: nobody does. */
  readonly recorder?: SinkRecorder | null
  /** So many faulty commands in a row end a conversation (421), 1 or more. */
  readonly badCommandLimit?: number
}

const BAD_COMMAND_LIMIT = 100
const TALLY_WIDTH = TALLY_CODES.length
/** In ASCII, the first digit of a reply that accepts, and the last one of those that do not refuse. */
const TWO = 50
const THREE = 51

/** A verdict of nobody's. */
export const PASS: Verdict = { act: Act.pass, delayMs: 0, reply: null, cutAfter: 0 }

export abstract class ServerVoice {
  replies: readonly ReplyText[]
  lmtp: boolean
  /** Whether EHLO is understood (in LMTP it never is). */
  ehlo: boolean
  counters: Float64Array
  tally: Float64Array | null
  recorder: SinkRecorder | null
  messages: Quota
  quits: Quota
  model: Model | null
  tap: ContentTap | null
  auth: AuthService | null
  security: 'starttls' | 'implicit' | null
  badCommandLimit: number
  /** The model's last answer, and what would have been said without it. */
  verdict: Verdict = PASS
  due: Reply = Reply.judged
  dueText: ReplyText | null = null

  constructor(options: ServerOptions) {
    const { presence, counters, messages, quits, model, tap, auth, security, tally, recorder, badCommandLimit } =
      options
    const offers: Offers = { mechanisms: auth?.mechanisms ?? [], starttls: security === 'starttls' }
    this.replies = makeReplies(presence, offers)
    this.lmtp = presence.protocol === 'lmtp'
    this.ehlo = knowsEhlo(presence)
    this.counters = counters
    this.tally = tally ?? null
    this.recorder = recorder ?? null
    this.messages = messages ?? UNLIMITED
    this.quits = quits ?? UNLIMITED
    this.model = model ?? null
    this.tap = tap ?? null
    this.auth = auth !== null && auth !== undefined && announces(presence, 'AUTH') ? auth : null
    this.security = security ?? null
    this.badCommandLimit = badCommandLimit ?? BAD_COMMAND_LIMIT
  }

  /** Whether the command takes effect. Its arguments are `buffer[at..stop)`. */
  allows(session: ServerSession, stage: Stage, buffer: Buffer, at: number, stop: number): boolean {
    if (this.model === null) return true
    // It has passed the machine's checks; what a model makes of it is no fault of the client's.
    if (stage !== Stage.other) session.faults = 0
    const verdict = this.model.judge(session.model, stage, buffer, at, stop, session.recipients)
    this.verdict = verdict
    const act = verdict.act
    return act === Act.pass || act === Act.instead || act === Act.cut
  }

  /** The answer to a command that took effect (or to one that never does): `reply`, unless the model wants more than that. */
  said(reply: Reply): Reply {
    if (this.model === null) return reply
    const { act, delayMs } = this.verdict
    if (act !== Act.instead && !(delayMs > 0)) return reply
    this.due = reply
    this.dueText = null
    return Reply.judged
  }

  /** The same, with a text of its own. */
  saidText(text: ReplyText): Reply {
    this.dueText = text
    return Reply.judged
  }

  /** Answers a command. */
  answer(session: ServerSession, verb: number, reply: Reply, out: Output): void {
    if (reply < FIRST_REJECTION) {
      session.faults = 0
      this.put(verb, this.replies[reply]!, out)
    } else if (reply === Reply.judged) {
      this.obey(session, verb, out)
    } else {
      this.put(verb, this.replies[this.weigh(session, reply)]!, out)
    }
  }

  /** Counts a client's faults in a row. A flood of them ends here. */
  weigh(session: ServerSession, reply: Reply): Reply {
    if (reply < FIRST_FAULT) {
      session.faults = 0
      return reply
    }
    return this.tired(session) ? Reply.tooManyErrors : reply
  }

  /** One more fault; true: it was one too many, and the conversation is over. */
  tired(session: ServerSession): boolean {
    session.faults++
    if (session.faults < this.badCommandLimit) return false
    end(session, Ending.polite)
    return true
  }

  /** Says and does what the verdict on a command has in mind. */
  obey(session: ServerSession, verb: number, out: Output): void {
    const { act, delayMs, reply } = this.verdict
    let text: ReplyText | null
    if (act === Act.pass || act === Act.cut) {
      text = this.dueText ?? this.replies[this.weigh(session, this.due)]!
    } else {
      text = reply ?? this.replies[Reply.judged]!
      if (act === Act.replyAndClose) {
        end(session, Ending.polite)
      } else if (act === Act.close || act === Act.reset) {
        text = null
        end(session, act === Act.reset ? Ending.reset : Ending.silent)
      }
    }
    this.say(session, verb, text, 1, delayMs, out)
  }

  /** Says `text` so many times, at once or after `delayMs`; the conversation goes on as the session says now. */
  say(session: ServerSession, verb: number, text: ReplyText | null, times: number, delayMs: number, out: Output): void {
    if (delayMs > 0) {
      const { mode, wait, waitMs, held } = session
      session.held = { text, verb, times, mode, wait, waitMs, next: held }
      session.mode = Mode.held
      session.wait = Wait.time
      session.waitMs = delayMs
    } else if (text !== null) {
      for (let i = 0; i < times; i++) this.put(verb, text, out)
    }
  }

  /** What was held back is said. */
  resume(session: ServerSession, out: Output): void {
    const held = session.held
    session.wait = Wait.none
    if (held === null) return
    session.held = held.next
    session.mode = held.mode
    session.wait = held.wait
    session.waitMs = held.waitMs
    this.say(session, held.verb, held.text, held.times, 0, out)
  }

  put(verb: number, text: ReplyText, out: Output): void {
    const count = text.words.length
    if (out.length + count * 4 > out.size) {
      out.flush()
      if (count * 4 > out.size) {
        this.putLong(verb, text, out)
        return
      }
    }
    this.copy(text, out)
    this.count(verb, text, 1)
  }

  /** Puts in what there is room for. */
  copy(text: ReplyText, out: Output): void {
    const { words } = text
    const count = words.length
    const view = out.view
    let at = out.length
    out.length = at + text.length
    for (let i = 0; i < count; i++) {
      view.setInt32(at, words[i]!, true)
      at += 4
    }
  }

  /** A reply for which there is no room at once. */
  putLong(verb: number, text: ReplyText, out: Output): void {
    const { words } = text
    const room = out.size >> 2
    for (let from = 0; from < words.length; from += room) {
      const to = Math.min(from + room, words.length)
      for (let i = from; i < to; i++) out.view.setInt32((i - from) * 4, words[i]!, true)
      out.length = Math.min(text.length, to * 4) - from * 4
      if (to < words.length) out.flush()
    }
    this.count(verb, text, 1)
  }

  /** `text` was put in so many times. */
  count(verb: number, text: ReplyText, times: number): void {
    // An empty text has no first word, and 0 is no digit.
    if ((text.words[0]! & 255) > THREE) this.counters[SinkCounter.rejected]! += times
    if (this.tally !== null) this.tally[verb * TALLY_WIDTH + tallyColumn(text.words[0]! | 0)]! += times
    if (this.recorder !== null) this.recorder.answered(verb, times)
  }
}

/** Whether a reply accepts (2xx). */
export function accepts(text: ReplyText | null): boolean {
  return text !== null && text.length > 0 && (text.words[0]! & 255) === TWO
}

/** The conversation is over. */
export function end(session: ServerSession, ending: Ending): void {
  session.mode = Mode.closed
  session.ending = ending
}
