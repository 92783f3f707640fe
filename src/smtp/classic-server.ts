/**
 * The conversation of Postfix's smtp-sink as a pure machine, octet for octet, for the drop-in door: nothing is checked, every list and delay is
 * by command. Where the original goes wrong (delayed replies lost or out of order, content taken for commands, replies held back until more
 * input comes) this does what was meant. `Server` is how Stampede itself receives.
 */
import { SinkCounter } from '../measure/series.js'
import { DOOR_COMMANDS, type DoorDelay, type SinkDoorPlan } from '../plan/sink-door-plan.js'
import type { ClassicEvents } from './classic-events.js'
import { ClassicSession, Pending } from './classic-session.js'
import { type ClassicText, type ClassicTexts, makeTexts, putText } from './classic-texts.js'
import { endOfText, Rule, rulesOf, Word, wordOf } from './classic-words.js'
import { findLineEnd, LINE_LIMIT, skipBlanks, skipWord } from './command-parser.js'
import type { ContentTap } from './content-tap.js'
import { findDataEnd, START_OF_CONTENT, stateAfter } from './data-end.js'
import { carryLine, findCarriedEnd } from './line-carry.js'
import { type Machine, type Peer, Wait } from './server-machine.js'
import { type Output, type Quota, UNLIMITED } from './server-output.js'
import { Mode } from './server-session.js'

const SPACE = 32

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
  readonly events?: ClassicEvents | null
  readonly tap?: ContentTap | null
}

export class ClassicServer implements Machine<ClassicSession> {
  readonly wantsPeer: boolean
  draining = false
  door: SinkDoorPlan
  texts: ClassicTexts
  rules: Uint8Array
  /** By word: whether `-s` names it. */
  logs: boolean[]
  delays: (DoorDelay | undefined)[]
  lmtp: boolean
  counters: Float64Array
  draw: () => number
  messages: Quota
  quits: Quota
  events: ClassicEvents | null
  /** `-v` */
  shows: boolean
  tap: ContentTap | null

  constructor(options: ClassicOptions) {
    const { door, lmtp, events = null, tap = null } = options
    this.door = door
    this.lmtp = lmtp
    this.texts = makeTexts(door, options.hostname, lmtp)
    this.rules = rulesOf(door, lmtp)
    this.logs = DOOR_COMMANDS.map((command) => events !== null && door.log.includes(command))
    // The last setting of a command is the one that counts.
    this.delays = DOOR_COMMANDS.map((command) => door.delays.findLast((delay) => delay.command === command))
    this.counters = options.counters
    this.draw = options.draw
    this.messages = options.messages ?? UNLIMITED
    this.quits = options.quits ?? UNLIMITED
    this.events = events
    this.shows = events !== null && door.verbose > 0
    this.tap = tap
    this.wantsPeer = tap !== null || this.shows
  }

  open(peer: Peer | null): ClassicSession {
    return new ClassicSession(peer, this.lmtp)
  }

  greet(session: ClassicSession, out: Output): void {
    session.greeted = true
    this.events?.connected(session)
    if (this.logs[Word.connect]) this.events?.logged(session, 'connect', '')
    this.obey(session, Word.connect, '', out)
    if (session.mode === Mode.closed) session.mute = true
  }

  consume(session: ClassicSession, buffer: Buffer, start: number, end: number, out: Output): number {
    let at = start
    while (at < end) {
      if (session.wait !== Wait.none) return at
      switch (session.mode) {
        case Mode.line:
          at = this.line(session, buffer, at, end, out)
          break
        case Mode.data:
          at = this.content(session, buffer, at, end, out)
          break
        default:
          return end
      }
    }
    return end
  }

  resume(session: ClassicSession, out: Output): void {
    const { pending, argument } = session
    session.wait = Wait.none
    session.waitMs = 0
    session.pending = Pending.none
    session.argument = ''
    if (pending === Pending.premature) this.violate(session, out)
    else if (pending >= 0) this.answer(session, pending as Word, argument, out)
  }

  /** Never asked for: the original knows no TLS. */
  secured(session: ClassicSession): void {
    reset(session)
  }

  closed(session: ClassicSession): void {
    session.mode = Mode.closed
    reset(session)
    const { events } = this
    if (!session.greeted || events === null) return
    if (!session.mute) events.disconnected(session)
    events.session(session)
  }

  /** To be told before `closed` when the idle limit was what ended it. */
  timedOut(session: ClassicSession): void {
    session.mute = true
    this.events?.warning('read timeout')
  }

  line(session: ClassicSession, buffer: Buffer, at: number, end: number, out: Output): number {
    const begun = session.carried
    const next = begun > 0 ? findCarriedEnd(session, buffer, at, end) : findLineEnd(buffer, at, end)
    if (begun + (next < 0 ? end : next) - at > LINE_LIMIT) {
      session.carried = 0
      session.mode = Mode.closed
      this.events?.warning('command line too long')
      return end
    }
    if (next < 0) {
      carryLine(session, buffer, at, end)
      return end
    }
    if (begun === 0) {
      this.take(session, buffer, at, next - 2, out)
    } else {
      carryLine(session, buffer, at, next)
      session.carried = 0
      this.take(session, session.carry!, 0, begun + next - at - 2, out)
    }
    return next
  }

  /** One whole command line, without its CR LF. */
  take(session: ClassicSession, buffer: Buffer, from: number, stop: number, out: Output): void {
    this.counters[SinkCounter.commands]!++
    if (this.shows) this.events!.command(session, buffer.toString('latin1', from, endOfText(buffer, from, stop)))
    const at = from < stop && buffer[from]! > SPACE ? from : skipBlanks(buffer, from, stop)
    const word = wordOf(buffer, at, stop)
    const logged = this.logs[word] === true && this.rules[word] !== Rule.unknown
    let argument = ''
    if (logged || this.tap !== null) {
      const wordEnd = skipWord(buffer, at, stop)
      const end = endOfText(buffer, at, stop)
      argument = buffer.toString('latin1', Math.min(skipBlanks(buffer, wordEnd, stop), end), end)
      if (logged) this.events!.logged(session, buffer.toString('latin1', at, Math.min(wordEnd, end)), argument)
    }
    this.obey(session, word, argument, out)
  }

  /** What the lists say of a command, or else the command itself. */
  obey(session: ClassicSession, word: Word, argument: string, out: Output): void {
    switch (this.rules[word]) {
      case Rule.plain:
        this.answer(session, word, argument, out)
        break
      case Rule.delay:
        this.delay(session, word, argument, out)
        break
      case Rule.unknown:
        this.put(out, this.texts.unknown)
        break
      case Rule.empty:
        this.put(out, this.texts.empty)
        break
      case Rule.soft:
        this.reject(session, word, this.texts.soft, out)
        break
      case Rule.hard:
        this.reject(session, word, this.texts.hard, out)
        break
      case Rule.disconnect:
        this.put(out, this.texts.closing)
        session.mode = Mode.closed
        break
      default:
        session.mode = Mode.closed
    }
  }

  delay(session: ClassicSession, word: Word, argument: string, out: Output): void {
    const { seconds, odds } = this.delays[word]!
    let times = odds === 0 ? 1 : 0
    if (odds > 0) while (this.draw() < odds) times++
    if (times === 0) {
      this.answer(session, word, argument, out)
      return
    }
    session.argument = argument
    pause(session, word, seconds * times)
  }

  reject(session: ClassicSession, word: Word, text: ClassicText, out: Output): void {
    if (word === Word.dot) this.dot(session, text, out)
    else this.put(out, text)
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
        session.helo = argument
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
        this.events?.quit(session)
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
        session.envelope = { mail: argument, rcpt: [], helo, protocol, peer: peer?.address ?? 'local' }
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
    session.envelope?.rcpt.push(argument)
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

  /** `-A` */
  violate(session: ClassicSession, out: Output): void {
    this.put(out, this.texts.premature)
    session.mode = Mode.closed
    session.mute = true
    reset(session)
  }

  content(session: ClassicSession, buffer: Buffer, at: number, end: number, out: Output): number {
    const next = findDataEnd(buffer, at, end, session.seen)
    if (next < 0) {
      session.tap?.content(buffer, at, end, true)
      session.seen = stateAfter(buffer, at, end, session.seen)
      return end
    }
    session.tap?.content(buffer, at, next, true)
    session.mode = Mode.line
    this.messageDone(session, out)
    return next
  }

  /** The message counts, whatever the dot is answered with. */
  messageDone(session: ClassicSession, out: Output): void {
    if (!this.messages.take()) {
      this.sendAway(session, out)
      return
    }
    this.counters[SinkCounter.messages]!++
    this.counters[SinkCounter.recipients]! += session.recipients
    const rule = this.rules[Word.dot]
    session.tap?.end(true, rule === Rule.plain || rule === Rule.delay)
    session.tap = null
    session.envelope = null
    session.transaction = false
    session.recipients = 0
    this.events?.message(session)
    if (this.shows) this.events!.command(session, '.')
    if (this.logs[Word.dot]) this.events!.logged(session, '.', '')
    this.obey(session, Word.dot, '', out)
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

function pause(session: ClassicSession, pending: number, seconds: number): void {
  session.pending = pending
  session.wait = Wait.time
  session.waitMs = seconds * 1000
}

/** There is no transaction any more; one that was under way leaves nothing behind. */
function reset(session: ClassicSession): void {
  session.transaction = false
  session.recipients = 0
  session.owed = 0
  session.envelope = null
  session.tap?.abort()
  session.tap = null
}
