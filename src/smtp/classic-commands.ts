/**
 * What the commands of smtp-sink do and say once nothing speaks against them; `ClassicServer` reads them and knows the lists. Nothing of what they
 * are given is checked.
 */
import { SinkCounter } from '../measure/series.js'
import type { SinkDoorPlan } from '../plan/sink-door-plan.js'
import { type ClassicSession, Pending } from './classic-session.js'
import { type ClassicText, type ClassicTexts, makeTexts, putText } from './classic-texts.js'
import { Word } from './classic-words.js'
import type { ContentTap } from './content-tap.js'
import { START_OF_CONTENT } from './data-end.js'
import { classicArgument } from './dump-header.js'
import type { ServerEvents } from './server-events.js'
import { Ending, Wait } from './server-machine.js'
import { type Output, type Quota, UNLIMITED } from './server-output.js'
import { Mode } from './server-session.js'

export interface ClassicOptions {
  readonly door: SinkDoorPlan
  /** `-h`; latin1, may be empty. */
  readonly hostname: string
  readonly lmtp: boolean
  /** A row of `SinkCounter`s. Counted into it: commands, rejected, messages, recipients, quits. */
  readonly counters: Float64Array
  /** A whole number in 0..99, for the odds of delays. */
  readonly draw: () => number
  readonly messages?: Quota
  readonly quits?: Quota
  readonly events?: ServerEvents | null
  readonly tap?: ContentTap | null
}

export class ClassicCommands {
  draining = false
  door: SinkDoorPlan
  texts: ClassicTexts
  lmtp: boolean
  counters: Float64Array
  messages: Quota
  quits: Quota
  events: ServerEvents | null
  tap: ContentTap | null

  constructor(options: ClassicOptions) {
    this.door = options.door
    this.lmtp = options.lmtp
    this.texts = makeTexts(options.door, options.hostname, options.lmtp)
    this.counters = options.counters
    this.messages = options.messages ?? UNLIMITED
    this.quits = options.quits ?? UNLIMITED
    this.events = options.events ?? null
    this.tap = options.tap ?? null
  }

  /** A command that takes effect, now. */
  answer(session: ClassicSession, word: Word, argument: string, out: Output): void {
    const { texts } = this
    switch (word) {
      case Word.mail:
        this.mail(session, argument, out)
        break
      case Word.rcpt:
        this.rcpt(session, argument, out)
        break
      case Word.data:
        this.data(session, out)
        break
      case Word.dot:
        this.dot(session, texts.messageOk, out)
        break
      case Word.helo:
      case Word.ehlo:
      case Word.lhlo:
        reset(session)
        session.helo = argument.replace(/^ +/, '')
        session.protocol = word === Word.helo ? 'SMTP' : word === Word.ehlo ? 'ESMTP' : 'LMTP'
        this.put(out, word === Word.helo ? texts.helo : texts.ehlo)
        break
      case Word.rset:
        reset(session)
        this.put(out, texts.rsetOk)
        break
      case Word.quit:
        this.put(out, texts.bye)
        session.mode = Mode.closed
        if (this.quits.take()) this.counters[SinkCounter.quits]!++
        this.events?.quit()
        break
      case Word.connect:
        this.put(out, texts.greeting)
        break
      default:
        this.put(out, texts.ok)
    }
  }

  mail(session: ClassicSession, argument: string, out: Output): void {
    if (session.transaction) {
      this.put(out, this.texts.nestedMail)
    } else if (this.draining) {
      this.sendAway(session, out)
    } else {
      session.transaction = true
      session.recipients = 0
      session.owed = 0
      if (this.tap !== null) {
        const { helo, protocol, peer } = session
        session.envelope = { mail: classicArgument(argument), rcpt: [], helo, protocol, peer: peer?.address ?? 'local' }
        session.tap = this.tap.begin(session.envelope)
      }
      this.put(out, this.texts.mailOk)
    }
  }

  rcpt(session: ClassicSession, argument: string, out: Output): void {
    if (!session.transaction) {
      this.put(out, this.texts.needMail)
      return
    }
    session.recipients++
    session.owed++
    if (session.envelope !== null) session.envelope.rcpt.push(classicArgument(argument))
    this.put(out, this.texts.rcptOk)
  }

  data(session: ClassicSession, out: Output): void {
    if (session.recipients === 0) {
      this.put(out, this.texts.needRcpt)
      return
    }
    this.put(out, this.texts.startMail)
    session.mode = Mode.data
    session.seen = START_OF_CONTENT
    const { abortAfter, dataReadDelay } = this.door
    if (abortAfter === 0) this.violate(session, out)
    else if (abortAfter !== null) pause(session, Pending.premature, abortAfter)
    else if (dataReadDelay !== null && dataReadDelay > 0) pause(session, Pending.content, dataReadDelay)
  }

  /** `-A`: the connection is closed over content that nobody has read, which resets it: a client that is still writing shall notice. */
  violate(session: ClassicSession, out: Output): void {
    this.put(out, this.texts.premature)
    out.flush()
    session.mode = Mode.closed
    session.ending = Ending.silent
    session.mute = true
    reset(session)
  }

  /** One reply, in LMTP one for each recipient that has not had one. */
  dot(session: ClassicSession, text: ClassicText, out: Output): void {
    if (!this.lmtp) {
      this.put(out, text)
      return
    }
    for (; session.owed > 0; session.owed--) this.put(out, text)
  }

  /** The run is at its end, and the original would be gone. */
  sendAway(session: ClassicSession, out: Output): void {
    this.put(out, this.texts.closing)
    session.mode = Mode.closed
    reset(session)
  }

  put(out: Output, text: ClassicText): void {
    if (text.rejection) this.counters[SinkCounter.rejected]!++
    putText(out, text)
  }
}

/** The conversation goes on after so many seconds. */
export function pause(session: ClassicSession, pending: number, seconds: number): void {
  session.pending = pending
  session.wait = Wait.time
  session.waitMs = seconds * 1000
}

/** There is no transaction any more; one that was under way leaves nothing behind. */
export function reset(session: ClassicSession): void {
  session.transaction = false
  session.recipients = 0
  session.owed = 0
  session.envelope = null
  session.tap?.abort()
  session.tap = null
}
