/**
 * The conversation of Postfix's smtp-sink as a pure machine, octet for octet, for the drop-in door: nothing is checked, every list and delay is
 * by command. Where the original goes wrong (delayed replies lost or out of order, content taken for commands, replies held back until more
 * input comes) this does what was meant. `Server` is how Stampede itself receives.
 */
import { SinkCounter } from '../measure/series.js'
import { DOOR_COMMANDS, type DoorDelay } from '../plan/sink-door-plan.js'
import { ClassicCommands, type ClassicOptions, pause, reset } from './classic-commands.js'
import { ClassicSession, Pending } from './classic-session.js'
import type { ClassicText } from './classic-texts.js'
import { endOfText, Rule, rulesOf, Word, wordOf } from './classic-words.js'
import { findLineEnd, LINE_LIMIT, skipBlanks, skipWord } from './command-parser.js'
import { findDataEnd, stateAfter } from './data-end.js'
import { carryLine, findCarriedEnd } from './line-carry.js'
import { type Machine, type Peer, Wait } from './server-machine.js'
import type { Output } from './server-output.js'
import { Mode } from './server-session.js'

const SPACE = 32

export class ClassicServer extends ClassicCommands implements Machine<ClassicSession> {
  readonly wantsPeer: boolean
  rules: Uint8Array
  /** By word: whether `-s` names it. */
  logs: boolean[]
  delays: (DoorDelay | undefined)[]
  draw: () => number
  /** `-v` */
  shows: boolean

  constructor(options: ClassicOptions) {
    super(options)
    const { door, lmtp, draw } = options
    this.rules = rulesOf(door, lmtp)
    this.logs = DOOR_COMMANDS.map((command) => this.events !== null && door.log.includes(command))
    // The last setting of a command is the one that counts.
    this.delays = DOOR_COMMANDS.map((command) => door.delays.findLast((delay) => delay.command === command))
    this.draw = draw
    this.shows = this.events !== null && door.verbose > 0
    this.wantsPeer = this.tap !== null || this.shows
  }

  open(peer: Peer | null): ClassicSession {
    return new ClassicSession(peer, this.lmtp)
  }

  greet(session: ClassicSession, out: Output): void {
    session.greeted = true
    this.events?.connected(session.peer)
    if (this.logs[Word.connect]) this.events?.logged('connect', '')
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
    if (!session.mute) events.disconnected()
    events.session()
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
    if (this.shows) this.events!.command(buffer.toString('latin1', from, endOfText(buffer, from, stop)))
    const at = from < stop && buffer[from]! > SPACE ? from : skipBlanks(buffer, from, stop)
    const word = wordOf(buffer, at, stop)
    const logged = this.logs[word] === true && this.rules[word] !== Rule.unknown
    let argument = ''
    if (logged || this.tap !== null) {
      const wordEnd = skipWord(buffer, at, stop)
      const end = endOfText(buffer, at, stop)
      argument = buffer.toString('latin1', Math.min(wordEnd + 1, end), end)
      if (logged) this.events!.logged(buffer.toString('latin1', at, Math.min(wordEnd, end)), argument)
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
    this.events?.message()
    if (this.shows) this.events!.command('.')
    if (this.logs[Word.dot]) this.events!.logged('.', '')
    this.obey(session, Word.dot, '', out)
  }
}
