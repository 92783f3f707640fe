/**
 * Joins one socket to one conversation: octets in, steps out. Knows sockets, buffers and deadlines; what to say is the client's affair.
 */

import type { Recorder } from '../measure/recorder.js'
import { Counter, ErrorKind, Phase } from '../measure/series.js'
import type { Wire } from '../message/renderer.js'
import type { Deadlines } from '../net/deadlines.js'
import { type Caller, type CallerSocket, resetConnection } from '../net/dialer.js'
import { failureOf } from '../net/failures.js'
import type { Writer } from '../net/writer.js'
import type { SourcePlan } from '../plan/plan.js'
import type { Client } from '../smtp/client.js'
import { NextReply, ReplyParser } from '../smtp/reply-parser.js'
import { type Session, Step } from '../smtp/session.js'
import { Later } from './later.js'
import type { Speaker } from './speaker.js'

/** Why a connection is being closed. */
const Closing = { no: 0, done: 1, lost: 2 } as const

/** What all sessions of a worker share, and whom a link tells what became of it. */
export interface LinkOwner {
  readonly plan: SourcePlan
  readonly client: Client
  readonly recorder: Recorder
  readonly counters: Float64Array
  readonly speaker: Speaker
  readonly writer: Writer
  readonly deadlines: Deadlines
  /** Milliseconds to wait at each Phase. */
  readonly limits: Float64Array
  readonly holdMs: number
  readonly ending: boolean
  connectedAt: number
  /** Milliseconds of the run. */
  now(): number
  delayMs(): number
  readExtensions(text: string): number
  /** Nothing to do until more mail is due; the owner calls `advance`. */
  rest(link: Link): void
  /** The socket is closed; the session is the owner's again. */
  released(link: Link): void
  /** The wait before its next connection is over. */
  again(link: Link): void
  /** It may be its turn to be at work. */
  enter(link: Link): void
  failed(kind: ErrorKind, now: number): void
  unreachable(kind: ErrorKind, now: number): void
  stopIfRefused(now: number): void
}

export class Link implements Caller {
  readonly engine: LinkOwner
  readonly session: Session
  readonly parser = new ReplyParser()
  socket: CallerSocket | null = null
  /** Writes that the kernel has not taken whole, and their memory: nothing new is written before it has. */
  draining = 0
  readonly held: object[] = []
  open = false
  closing: number = Closing.no
  /** connect() failures in a row. */
  tries = 0
  /** When the connection was first tried for, in milliseconds of the run. */
  private soughtAt = -1
  /** Connections in a row that could not be made, or that the server ended before anything was done on them: how long the next one waits. */
  failures = 0
  /** A pause, a hold, or the wait before the next connection. */
  readonly later: Later

  constructor(engine: LinkOwner, session: Session) {
    this.engine = engine
    this.session = session
    this.later = new Later(this)
  }

  dialing(): void {
    const now = this.engine.now()
    if (this.soughtAt < 0) this.soughtAt = now
    this.session.connecting(now)
    this.session.expect = Phase.connect
    this.parser.reset()
    this.closing = Closing.no
    this.engine.counters[Counter.connects]!++
    this.engine.deadlines.set(this.session.index, now + this.engine.limits[Phase.connect]!)
  }

  connected(): void {
    const { engine, session } = this
    const now = engine.now()
    this.open = true
    this.tries = 0
    this.soughtAt = -1
    engine.connectedAt = now
    engine.counters[Counter.connected]!++
    engine.counters[Counter.active]!++
    engine.client.connected(session, now)
    engine.deadlines.set(session.index, now + engine.limits[Phase.greeting]!)
    if (session.pending === 0) this.advance(now)
  }

  read(buffer: Buffer, length: number): void {
    const { engine, session, parser } = this
    const { client, recorder } = engine
    if (this.closing !== Closing.no) return
    const now = engine.now()
    engine.counters[Counter.bytesIn]! += length
    for (let at = 0; at < length; ) {
      const end = parser.next(buffer, at, length)
      if (end < 0) {
        if (end === NextReply.incomplete) break
        const kind = end === NextReply.tooLong ? ErrorKind.tooLong : ErrorKind.notSmtp
        this.fail(kind, buffer.toString('latin1', at, Math.min(length, at + 200)), now)
        return
      }
      const code = parser.code
      const phase = session.expect as Phase
      if (phase === Phase.ehlo && code < 300 && session.extensions === 0) {
        session.extensions = engine.readExtensions(parser.text(buffer, end))
      }
      if (recorder.reply(phase, code, now)) recorder.describeReply(phase, code, sample(parser.text(buffer, end)))
      // An answer to a content that is still being sent can only be a refusal.
      const early = this.draining > 0 && code < 400 && (phase === Phase.dot || phase === Phase.bdat)
      const failure = early ? ErrorKind.early : client.reply(session, code, now)
      if (failure !== null) {
        this.fail(failure, parser.text(buffer, end), now)
        return
      }
      at = end
    }
    engine.deadlines.at[session.index] = now + engine.limits[session.expect]!
    if (engine.plan.stopOnError) engine.stopIfRefused(now)
    this.advance(now)
  }

  /** Does what the conversation says is next; called after replies and pauses, when a write has drained, and when a resting session may go on. */
  advance(now: number): void {
    if (this.draining > 0 || this.closing !== Closing.no) return
    const step = this.engine.client.next(this.session, now)
    if (step !== Step.none) this.perform(step, now)
  }

  private perform(step: Step, now: number): void {
    const { engine, session } = this
    switch (step) {
      case Step.idle:
        engine.deadlines.clear(session.index)
        engine.rest(this)
        return
      case Step.pause:
        engine.deadlines.clear(session.index)
        this.later.after(engine.delayMs(), this.resumed)
        return
      case Step.hold:
        engine.deadlines.clear(session.index)
        this.later.after(engine.holdMs, this.released)
        return
      case Step.close:
        this.close(session.turnedAway ? Closing.lost : Closing.done)
        return
      case Step.bdat:
        this.writeGroup(now)
        return
      default:
        this.write(this.engine.speaker.wire(session, step), now)
    }
  }

  private writeGroup(now: number): void {
    const { client, speaker } = this.engine
    const end = client.groupFirst + client.groupSize
    for (let n = client.groupFirst; n < end; n = speaker.next) this.write(speaker.group(this.session, n, end), now)
  }

  private write(wire: Wire, now: number): void {
    const { engine, session } = this
    const socket = this.socket!
    let taken: boolean
    if (Array.isArray(wire)) {
      for (let i = 0; i < wire.length; i++) engine.counters[Counter.bytesOut]! += wire[i]!.length
      taken = engine.writer.writeList(socket, wire)
    } else {
      engine.counters[Counter.bytesOut]! += wire.length
      taken = engine.writer.write(socket, wire)
    }
    engine.deadlines.at[session.index] = now + engine.limits[session.expect]!
    if (taken) return
    this.draining++
    engine.counters[Counter.draining]!++
    this.held.push(engine.speaker.detach())
  }

  /** A write that was held has left, or was lost with the socket. */
  drained(error: Error | null): void {
    const { engine, session } = this
    this.draining--
    engine.counters[Counter.draining]!--
    if (this.draining > 0) return
    for (let memory = this.held.pop(); memory !== undefined; memory = this.held.pop()) engine.speaker.attach(memory)
    if (error !== null || this.closing !== Closing.no) return
    const now = engine.now()
    engine.deadlines.at[session.index] = now + engine.limits[session.expect]!
    this.advance(now)
  }

  /** The conversation is over by a failure of this kind; what was under way on it has failed. */
  fail(kind: ErrorKind, text: string, now: number): void {
    if (this.closing !== Closing.no) return
    const { engine, session } = this
    engine.recorder.error(kind, session.expect as Phase, now, sample(text))
    engine.client.fail(session, now)
    this.close(Closing.lost)
    engine.failed(kind, now)
  }

  expired(now: number): void {
    const connecting = this.session.expect === Phase.connect
    this.fail(connecting ? ErrorKind.connectTimeout : ErrorKind.timeout, '', now)
  }

  ended(): void {
    this.gone(ErrorKind.closed, '')
  }

  broken(error: NodeJS.ErrnoException): void {
    this.gone(failureOf(error), error.code ?? error.message)
  }

  /** The peer has left. Between messages that is its right. */
  private gone(kind: ErrorKind, text: string): void {
    if (this.closing !== Closing.no) return
    const { engine, session } = this
    const now = engine.now()
    if (!this.open) return this.unreached(kind, text, now)
    const nothingLost = session.head === session.tail
    if (nothingLost && session.pending === 0 && session.ready) return this.close(Closing.lost)
    this.fail(kind, text, now)
  }

  /** No connection: try again (`-C`), or the message that it was made for has failed. */
  private unreached(kind: ErrorKind, text: string, now: number): void {
    const { engine } = this
    this.failures++
    // A unix socket whose server is behind with accepting says so at once, where TCP would wait for it.
    if (text === 'EAGAIN' && now - this.soughtAt < engine.limits[Phase.connect]! && !engine.ending) {
      this.closing = Closing.lost
      return
    }
    this.tries++
    if (this.tries < engine.plan.wire.connectTries && !engine.ending) {
      engine.recorder.error(kind, Phase.connect, now, sample(text))
      this.closing = Closing.lost
      return
    }
    this.tries = 0
    this.fail(kind, text, now)
    engine.unreachable(kind, now)
  }

  closed(): void {
    const { engine, session } = this
    engine.deadlines.clear(session.index)
    if (this.open) {
      engine.counters[Counter.active]!--
      this.judgeConnection()
    }
    this.open = false
    this.later.cancel()
    while (this.draining > 0) this.drained(new Error('closed'))
    engine.released(this)
  }

  /** A server that turns a session away, or leaves it before anything was done, is given time before the next connection. */
  private judgeConnection(): void {
    const { turnedAway, served } = this.session
    if (served) this.failures = 0
    if (turnedAway || (this.closing === Closing.lost && !served)) this.failures++
  }

  private close(why: number): void {
    const { engine, session } = this
    this.closing = why
    engine.deadlines.clear(session.index)
    if (this.open) engine.counters[why === Closing.done ? Counter.sessionsDone : Counter.sessionsLost]!++
    if (this.socket === null) this.closed()
    // A reset straight after the handshake could undo the connection before the server has accepted it.
    else if (engine.client.until === Phase.connect) this.socket.destroy()
    else resetConnection(this.socket)
  }

  private resumed(): void {
    const { engine, session } = this
    const now = engine.now()
    if (this.closing !== Closing.no) return
    const step = engine.client.resume(session, now)
    if (step !== Step.none) this.perform(step, now)
  }

  private released(): void {
    if (this.closing !== Closing.no) return
    this.engine.client.release(this.session)
    this.advance(this.engine.now())
  }
}

/** A reply's text without its code, for people. */
function sample(reply: string): string {
  return reply.replace(/^\d{3}[ -]/, '')
}
