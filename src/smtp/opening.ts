/**
 * The client's way from a connection to its first transaction: greeting, hello, STARTTLS (RFC 3207) and the hello once more, AUTH
 * (RFC 4954). With implicit TLS (RFC 8314) the handshake comes first.
 */
import type { Recorder } from '../measure/recorder.js'
import { Counter, ErrorKind, Outcome, Phase, phaseSeries, Series } from '../measure/series.js'
import type { Deck } from '../message/deck.js'
import type { SourcePlan } from '../plan/plan.js'
import type { AuthClient, AuthExchange } from './client-auth-hook.js'
import { Extension } from './extensions.js'
import { type Session, Step } from './session.js'
import type { Supply } from './supply.js'
import { Turns } from './turns.js'

/** What the classes of a reply code decide: 2xx (and 354 to DATA), 4xx, 5xx, anything else. */
export const OK = 0
export const WRONG = 3

/** Challenges of one AUTH exchange; the longest mechanism has three. */
const CHALLENGES_MAX = 8

/** A failure that ends a connection in its opening, or null. */
type Failure = ErrorKind | null

export class Opening extends Turns {
  readonly helloKind: 'ehlo' | 'helo' | 'none'
  readonly pipelining: 'auto' | 'off' | 'require'
  readonly chunking: 'off' | 'auto' | 'require'
  readonly depth: number
  readonly implicit: boolean
  /** `--until` stops before the greeting, which is nobody's then. */
  readonly unheard: boolean
  readonly auth: AuthClient | null
  private lack = ''

  constructor(
    plan: SourcePlan,
    sessions: number,
    worker: number,
    recorder: Recorder,
    supply: Supply,
    deck: Deck | null = null,
    auth: AuthClient | null = null,
  ) {
    super(plan, sessions, worker, recorder, supply, deck)
    const { wire } = plan
    this.helloKind = wire.hello
    // On the way to a stage every step is awaited.
    this.pipelining = this.until >= 0 ? 'off' : wire.pipelining
    this.chunking = this.until >= 0 ? 'off' : wire.chunking
    this.depth = wire.depth
    this.implicit = wire.tls?.mode === 'implicit'
    this.unheard = this.until === Phase.connect || (this.implicit && this.until === Phase.starttls)
    this.auth = auth
  }

  /** The connection is up: the greeting is awaited, or the handshake is next. */
  connected(session: Session, now: number): void {
    this.recorder.time(phaseSeries(Phase.connect, OK), (now - session.connectAt) * 1000)
    if (this.until === Phase.connect) {
      session.pending = 0
      this.reached(session, now)
    } else if (session.wantsTls && this.implicit) {
      session.pending = 0
      session.todo = Step.handshake
    } else this.awaitGreeting(session, now)
  }

  /** The handshake that `Step.handshake` asked for is done. All that was said before it is forgotten (RFC 3207 section 4.2). */
  secured(session: Session, now: number, resumed: boolean): void {
    const { counters } = this.recorder
    const us = (now - session.wroteAt) * 1000
    counters[resumed ? Counter.tlsResumed : Counter.tlsFull]!++
    counters[Counter.waitingUs]! += us
    this.recorder.time(resumed ? Series.tlsResumed : Series.tlsFull, us)
    session.encrypted = true
    session.extensions = 0
    session.pending = 0
    if (this.until === Phase.starttls) {
      session.ready = true
      this.reached(session, now)
    } else if (this.implicit) this.awaitGreeting(session, now)
    else session.todo = Step.hello
  }

  /** Why `reply` has just given up, in a sentence's worth: its own reason, else the reply's text. */
  explain(reply: string): string {
    const { lack } = this
    this.lack = ''
    return lack === '' ? reply : lack
  }

  /** `--hold` is over: say good-bye if the conversation has begun, else just close. */
  release(session: Session): void {
    const begun = this.until >= Phase.ehlo && this.helloKind !== 'none' && !this.unheard
    session.todo = begun ? Step.quit : Step.close
  }

  protected greeting(session: Session, kind: number, now: number): Failure {
    if (kind !== OK) this.turnedAway(session, kind, now)
    else if (this.until === Phase.greeting) this.reached(session, now)
    else if (this.helloKind === 'none') return this.begins(session, now)
    else session.todo = Step.hello
    return null
  }

  protected hello(session: Session, kind: number, now: number): Failure {
    if (kind === OK) return this.known(session, now)
    // RFC 5321 section 3.2: a server that does not know EHLO is asked with HELO, once.
    const again = kind === Outcome.refused && this.helloKind === 'ehlo' && !this.lmtp && session.extensions >= 0
    if (!again) this.turnedAway(session, kind, now)
    else {
      session.extensions = -1
      session.todo = Step.helo
    }
    return null
  }

  protected startTls(session: Session, kind: number, now: number): Failure {
    if (kind === OK) session.todo = Step.handshake
    else this.turnedAway(session, kind, now)
    return null
  }

  /** A reply to AUTH or to an answer of it; the whole exchange is timed as one. */
  protected login(session: Session, code: number, kind: number, now: number): Failure {
    const { counters } = this.recorder
    const exchange = session.exchange!
    if (code === 334) {
      if (++session.challenges > CHALLENGES_MAX) return this.lacks('a challenge too many', ErrorKind.wrongCode)
      session.line = exchange.next(session.challenge)
      session.todo = Step.auth
      return null
    }
    const accepted = code === 235 && exchange.proved
    if (exchange.wrong) counters[Counter.authWrong]!++
    else counters[accepted ? Counter.authOk : Counter.authFailed]!++
    if (kind === WRONG || (kind === OK && !accepted)) {
      return code === 235 ? this.lacks('the server did not prove itself', ErrorKind.wrongCode) : ErrorKind.wrongCode
    }
    this.recorder.time(phaseSeries(Phase.auth, kind as 0 | 1 | 2), (now - session.authAt) * 1000)
    if (code === 421) this.closing(session, now)
    else if (accepted) {
      if (exchange.wrong) counters[Counter.authWrongTaken]!++
      return this.begins(session, now)
    } else if (exchange.wrong) return this.authenticate(session, exchange, now)
    else this.turnedAway(session, kind, now)
    return null
  }

  /** The hello is done: TLS and AUTH come before anything else. */
  private known(session: Session, now: number): Failure {
    // Whatever stands in a reply to HELO offers nothing.
    session.extensions = this.helloKind === 'ehlo' ? Math.max(session.extensions, 0) : 0
    if (this.until === Phase.ehlo) {
      session.ready = true
      this.reached(session, now)
      return null
    }
    if (session.wantsTls && !session.encrypted) {
      if ((session.extensions & Extension.startTls) === 0) return this.lacks('STARTTLS')
      session.todo = Step.starttls
      return null
    }
    if (this.auth !== null) return this.authenticate(session, null, now)
    return this.begins(session, now)
  }

  private authenticate(session: Session, before: AuthExchange | null, now: number): Failure {
    const auth = this.auth!
    session.exchange = auth.open(session.extensions, session.encrypted, before)
    if (session.exchange === null) return this.lacks(auth.reason, ErrorKind.noMechanism)
    session.line = session.exchange.first()
    session.challenges = 0
    session.authAt = now
    session.todo = Step.auth
    return null
  }

  /** Transactions may begin: what was offered decides how they are written. */
  private begins(session: Session, now: number): Failure {
    const offered = session.extensions
    const pipelining = (offered & Extension.pipelining) !== 0
    const chunking = (offered & Extension.chunking) !== 0
    if (this.pipelining === 'require' && !pipelining) return this.lacks('PIPELINING')
    if (this.chunking === 'require' && !chunking) return this.lacks('CHUNKING')
    if (this.until !== Phase.auth && !this.fitsServer(session, now)) return ErrorKind.notOffered
    session.pipelining = pipelining && this.pipelining !== 'off'
    session.depth = chunking && this.chunking !== 'off' ? (session.pipelining && !this.paused ? this.depth : 1) : 0
    session.ready = true
    if (this.until === Phase.auth) this.reached(session, now)
    else session.todo = Step.mail
    return null
  }

  /** `--until`'s stage was reached: that is what this session was for. */
  protected reached(session: Session, now: number): void {
    if (session.head < session.tail) this.finish(session, Outcome.accepted, now)
    session.todo = Step.hold
  }

  /** Refused before any mail: the message that the connection was made for ends with that reply. */
  protected turnedAway(session: Session, kind: number, now: number): void {
    if (session.head < session.tail) this.finish(session, kind as Outcome, now)
    session.turnedAway = true
    session.todo = Step.close
  }

  /** 421: the server closes the channel (RFC 5321 section 3.8). The message it answers is deferred, later ones are lost. */
  protected closing(session: Session, now: number): void {
    if (session.head < session.tail) this.finish(session, Outcome.deferred, now)
    while (session.head < session.tail) this.finish(session, Outcome.failed, now)
    session.pending = 0
    session.ready = false
    session.turnedAway = true
    session.todo = Step.close
  }

  private awaitGreeting(session: Session, now: number): void {
    session.wroteAt = now
    session.expect = Phase.greeting
    session.pending = 1
  }

  private lacks(what: string, kind: ErrorKind = ErrorKind.notOffered): ErrorKind {
    this.lack = kind === ErrorKind.notOffered ? `the server does not offer ${what}` : what
    return kind
  }
}

/** 0 for the reply that lets the conversation go on, 1 for 4xx, 2 for 5xx, 3 for a code that has no meaning here. */
export function classOf(code: number, phase: Phase): 0 | 1 | 2 | 3 {
  if (code >= 400) return code < 500 ? 1 : 2
  if (phase === Phase.data) return code === 354 ? 0 : 3
  return code < 300 || (code === 334 && phase === Phase.auth) ? 0 : 3
}
