/**
 * How a link's connection ends: by its own end, by a failure, by the peer's leaving; and what all links of a worker share.
 */
import type { Recorder } from '../measure/recorder.js'
import { Counter, ErrorKind, Phase } from '../measure/series.js'
import type { ClientTls, SecureSocket } from '../net/client-tls.js'
import type { Deadlines } from '../net/deadlines.js'
import { type CallerSocket, resetConnection } from '../net/dialer.js'
import { failureOf } from '../net/failures.js'
import type { Writer } from '../net/writer.js'
import type { SourcePlan } from '../plan/plan.js'
import type { Client } from '../smtp/client.js'
import { ReplyParser } from '../smtp/reply-parser.js'
import type { Session } from '../smtp/session.js'
import { Later } from './later.js'
import type { Offers } from './offers.js'
import type { Reachability } from './reachability.js'
import type { Speaker } from './speaker.js'
import type { Tracer } from './tracer.js'

/** Why a connection is being closed. */
export const Closing = { no: 0, done: 1, lost: 2 } as const

/** What all sessions of a worker share, and whom a link tells what became of it. */
export interface LinkOwner {
  readonly plan: SourcePlan
  readonly client: Client
  readonly recorder: Recorder
  readonly counters: Float64Array
  readonly speaker: Speaker
  readonly writer: Writer
  readonly deadlines: Deadlines
  /** Null: no TLS. */
  readonly tls: ClientTls | null
  /** Milliseconds to wait at each Phase. */
  readonly limits: Float64Array
  readonly holdMs: number
  readonly ending: boolean
  readonly reachability: Reachability
  readonly offers: Offers
  /** Follows some of the connections; null: nobody asked for it. */
  readonly tracer: Tracer | null
  /** Milliseconds of the run. */
  now(): number
  delayMs(): number
  /** Nothing to do until more mail is due; the owner calls `advance`. */
  rest(link: LinkEnds): void
  /** The socket is closed; the session is the owner's again. */
  released(link: LinkEnds): void
  /** The wait before its next connection is over. */
  again(link: LinkEnds): void
  /** It may be its turn to be at work. */
  enter(link: LinkEnds): void
  failed(kind: ErrorKind, now: number): void
  unreachable(kind: ErrorKind, now: number): void
  stopIfRefused(now: number): void
}

export abstract class LinkEnds {
  readonly engine: LinkOwner
  readonly session: Session
  readonly parser = new ReplyParser()
  socket: CallerSocket | null = null
  /** TLS over the socket. */
  secure: SecureSocket | null = null
  /** Writes that the kernel has not taken whole, and their memory: nothing new is written before it has. */
  draining = 0
  readonly held: object[] = []
  open = false
  /** It waits for mail to fall due. */
  resting = false
  closing: number = Closing.no
  /** connect() failures in a row. */
  tries = 0
  /** When the connection was first tried for, in milliseconds of the run. */
  protected soughtAt = -1
  /** Connections in a row that could not be made, or that the server ended before anything was done on them: how long the next one waits. */
  failures = 0
  /** A pause, a hold, or the wait before the next connection. */
  readonly later: Later

  constructor(engine: LinkOwner, session: Session) {
    this.engine = engine
    this.session = session
    this.later = new Later(this)
  }

  /** The conversation is over by a failure of this kind; what was under way on it has failed. */
  fail(kind: ErrorKind, text: string, now: number): void {
    if (this.closing !== Closing.no) return
    const { engine, session } = this
    if (this.secure !== null && !session.encrypted && kind !== ErrorKind.stopped) engine.counters[Counter.tlsFailed]!++
    engine.recorder.error(kind, session.expect as Phase, now, sample(text))
    if (session.trace !== null) session.trace.failed(kind, session.expect as Phase)
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

  unsecured(kind: ErrorKind, text: string): void {
    this.fail(kind, text, this.engine.now())
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
    const { engine, session } = this
    this.failures++
    // A unix socket whose server is behind with accepting says so at once, where TCP would wait for it.
    if (text === 'EAGAIN' && now - this.soughtAt < engine.limits[Phase.connect]! && !engine.ending) {
      this.closing = Closing.lost
      return
    }
    this.tries++
    if (this.tries < engine.plan.wire.connectTries && !engine.ending) {
      engine.recorder.error(kind, Phase.connect, now, sample(text))
      if (session.trace !== null) session.trace.failed(kind, Phase.connect)
      this.closing = Closing.lost
      return
    }
    this.tries = 0
    this.fail(kind, text, now)
    engine.unreachable(kind, now)
  }

  /** A write that was held has left, or was lost with the socket. */
  abstract drained(error: Error | null): void

  closed(): void {
    const { engine, session } = this
    engine.deadlines.clear(session.index)
    if (session.trace !== null) {
      session.trace.closed(this.closing !== Closing.done, engine.now())
      session.trace = null
    }
    if (this.open) {
      engine.counters[Counter.active]!--
      this.judgeConnection()
    }
    this.open = false
    // What it takes to connect with next is judged by what the next server says.
    session.ready = false
    this.later.cancel()
    while (this.draining > 0) this.drained(new Error('closed'))
    if (this.secure !== null) {
      // Sockets are used again only where nothing has been built on them.
      this.secure = null
      this.socket = null
    }
    engine.released(this)
  }

  /** A server that turns a session away, or leaves it before anything was done, is given time before the next connection. */
  private judgeConnection(): void {
    const { turnedAway, served } = this.session
    if (served) this.failures = 0
    if (turnedAway || (this.closing === Closing.lost && !served)) this.failures++
  }

  protected close(why: number): void {
    const { engine, session } = this
    this.closing = why
    engine.deadlines.clear(session.index)
    if (this.open) engine.counters[why === Closing.done ? Counter.sessionsDone : Counter.sessionsLost]!++
    if (this.socket === null) this.closed()
    // A reset straight after the handshake could undo the connection before the server has accepted it.
    else if (engine.client.until === Phase.connect) this.socket.destroy()
    else resetConnection(this.socket)
  }
}

/** A reply's text without its code, for people. */
export function sample(reply: string): string {
  return reply.replace(/^\d{3}[ -]/, '')
}
