/**
 * One worker's whole run: its sessions, schedule, connections and deadlines, from the common start until the last session has
 * ended. Everything here is called from socket events and two timers.
 */
import { Rng, seedOf } from '../base/rng.js'
import { type Board, Control, Stop } from '../measure/board.js'
import type { Recorder } from '../measure/recorder.js'
import { Counter, ErrorKind } from '../measure/series.js'
import type { ClientTls } from '../net/client-tls.js'
import { Deadlines } from '../net/deadlines.js'
import { type CallerSocket, Dialer } from '../net/dialer.js'
import { Writer } from '../net/writer.js'
import type { SourcePlan } from '../plan/plan.js'
import { Ramp } from '../plan/ramp.js'
import { seatOf } from '../plan/shares.js'
import { Client } from '../smtp/client.js'
import { Session } from '../smtp/session.js'
import { Crowd } from './crowd.js'
import { stageLimits } from './limits.js'
import { Link } from './link.js'
import type { LinkOwner } from './link-ends.js'
import { Mischief } from './mischief/driver.js'
import { Offers } from './offers.js'
import { RateEar } from './rate-ear.js'
import { Reachability } from './reachability.js'
import { Resting } from './resting.js'
import { Schedule } from './schedule.js'
import { authClientOf } from './source-auth.js'
import { clientTlsOf } from './source-tls.js'
import type { Speaker } from './speaker.js'
import { deckOf, speakerOf } from './speakers.js'
import type { SourceTask } from './task.js'
import { type Tracer, tracerOf } from './tracers.js'
import { makeTunedSocket } from './tuned.js'

/** How often deadlines are looked at, in milliseconds. */
const LOOK_MS = 50

export class Engine implements LinkOwner {
  readonly plan: SourcePlan
  readonly recorder: Recorder
  readonly counters: Float64Array
  readonly client: Client
  /** Clients that misbehave on purpose, beside the sessions. */
  readonly mischief: Mischief | null
  readonly speaker: Speaker
  readonly writer: Writer
  readonly deadlines: Deadlines
  readonly tls: ClientTls | null
  readonly limits: Float64Array
  readonly holdMs: number
  readonly tracer: Tracer | null
  readonly offers = new Offers()
  /** No new connection or message any more. */
  ending = false
  readonly reachability: Reachability
  private readonly schedule: Schedule
  private readonly rate: RateEar
  private readonly dialer: Dialer
  private readonly links: Link[] = []
  private readonly task: SourceTask
  /** The common start on this thread's performance.now(). */
  origin = 0
  private readonly rng: Rng
  private readonly board: Board
  private live = 0
  private finish: () => void = () => {}
  private readonly crowd: Crowd
  private readonly resting: Resting<Link>

  constructor(task: SourceTask, board: Board, recorder: Recorder) {
    const { share } = task
    const { plan } = share
    this.task = task
    this.board = board
    this.plan = plan
    this.recorder = recorder
    this.counters = recorder.counters
    this.limits = stageLimits(plan.wire.timeoutMs, plan.wire.connectTimeoutMs)
    this.holdMs = plan.wire.holdMs
    this.reachability = new Reachability(plan.target.text, plan.load.durationMs !== null)
    this.rng = new Rng(seedOf(plan.seed, share.worker))
    this.rate = new RateEar(board, share)
    this.schedule = new Schedule(
      {
        messages: share.messages,
        durationMs: plan.load.durationMs,
        starts: this.rate.starts,
        retryLater: plan.retry === 'later',
      },
      recorder.counters,
    )
    this.resting = new Resting(plan.load.arrivals, this.schedule, recorder.counters, () => this.now())
    this.crowd = new Crowd(
      new Ramp(plan.load, seatOf(share)),
      () => this.now(),
      (index) => this.retire(this.links[index]!),
    )
    const deck = deckOf(share, task.date)
    this.client = new Client(plan, share.sessions, share.worker, recorder, this.schedule, deck, authClientOf(task))
    this.speaker = speakerOf(plan, this.client, task.date)
    this.writer = new Writer((socket, error) => ((socket as CallerSocket).caller as Link).drained(error))
    this.mischief =
      share.mischief.length === 0
        ? null
        : new Mischief(task, board, recorder.counters, this.client.split, () => this.now())
    this.tls = clientTlsOf(plan)
    this.tracer = tracerOf(task, this.client)
    this.deadlines = new Deadlines(share.sessions, (index, now) => this.links[index]!.expired(now))
    this.dialer = new Dialer({
      endpoint: task.endpoint,
      sourceIps: plan.wire.sourceIps,
      burst: plan.wire.connectBurst,
      noDelay: true,
      makeSocket: makeTunedSocket(plan.wire.tcpWindow, task.endpoint),
    })
    for (let i = 0; i < share.sessions; i++) this.links.push(new Link(this, new Session(i, share.firstSession + i)))
  }

  /** Milliseconds since the common start. */
  now(): number {
    return performance.now() - this.origin
  }

  /** Runs to the end: resolves when every session has ended. */
  run(): Promise<void> {
    return new Promise((resolve) => {
      const look = setInterval(() => this.look(), LOOK_MS)
      this.finish = () => {
        clearInterval(look)
        this.crowd.stop()
        this.resting.stop()
        this.schedule.stop(this.now())
        this.mischief?.stop()
        resolve()
      }
      this.live = this.links.length
      this.rate.changed()
      for (const link of this.links) this.enter(link)
      if (this.live > 0) this.resting.start()
    })
  }

  rest(link: Link): void {
    this.resting.rest(link)
  }

  /** A session without a connection: its next one, at once or after a wait, or its end. */
  released(link: Link): void {
    this.resting.rouse(link)
    const { onConnection, serial } = link.session
    let wait = 0
    const { firstMs, lastMs } = this.plan.load.backoff
    if (link.failures > 0) wait = Math.min(lastMs, firstMs * 2 ** (link.failures - 1))
    else if (serial > 0 && onConnection > 0 && this.plan.load.delay !== null) wait = this.delayMs()
    if (wait > 0 && !this.ending) link.later.after(wait, dialAgain)
    else this.again(link)
  }

  again(link: Link): void {
    if (this.wants(link)) this.dialer.dial(link)
    else if (link.session.retired && !this.ending) this.enter(link)
    else this.giveUp(link)
  }

  /** The session goes to work, now or when it is its turn. */
  enter(link: Link): void {
    const { session } = link
    const wait = this.ending ? Number.POSITIVE_INFINITY : this.crowd.wait(session.index)
    if (wait === Number.POSITIVE_INFINITY) this.giveUp(link)
    else if (wait > 0) link.later.after(wait, enterLater)
    else {
      session.retired = false
      this.again(link)
    }
  }

  /** Whether the session has something to connect for. In a closed loop it takes its message first, as smtp-source does. */
  private wants(link: Link): boolean {
    const { session } = link
    if (this.ending) return false
    if (session.tail > session.head) return true
    if (session.retired) return false
    const now = this.now()
    // What came due and was not taken before the end is dropped: to connect for it would be to connect for nothing.
    if (this.plan.load.arrivals !== null) return !this.schedule.exhausted(now) || this.schedule.owed
    return this.client.take(session, now) >= 0
  }

  delayMs(): number {
    const delay = this.plan.load.delay!
    if (delay.kind === 'fixed') return delay.ms
    if (delay.kind === 'exponential') return this.rng.exponential() * delay.ms
    return this.rng.upTo(Math.floor(delay.ms / delay.stepMs)) * delay.stepMs
  }

  /** A connection failed. */
  failed(kind: ErrorKind, now: number): void {
    if (kind !== ErrorKind.stopped && this.plan.stopOnError)
      this.stopEarly(`stopped at the first failure: ${kind}`, now)
  }

  /** `--stop-on-error` asks after every read: refused mail is an error too, unless `-A` says that it is part of the test. */
  stopIfRefused(now: number): void {
    const refused = this.counters[Counter.deferred]! + this.counters[Counter.refused]!
    if (refused > 0 && !this.plan.allowReject) this.stopEarly('stopped at the first message refused', now)
    // A connection that fails has stopped the run by itself: these are messages that could not be sent on a good one.
    if (this.counters[Counter.failed]! > 0) this.stopEarly('stopped at the first message that failed', now)
  }

  /** A session could not connect. Nobody there at all, or not for long: the run is over. */
  unreachable(kind: ErrorKind, now: number): void {
    if (this.ending) return
    const why = this.reachability.failed(kind, now)
    if (why !== null) this.stopEarly(why, now)
  }

  /** Stops, and the summary says why. */
  private stopEarly(text: string, now: number): void {
    if (this.ending) return
    this.task.port.postMessage({ kind: 'note', worker: this.task.share.worker, text })
    this.stop(now)
  }

  /** Starts nothing new; what is under way goes on. */
  stop(now: number): void {
    if (this.ending) return
    this.ending = true
    this.schedule.stop(now)
    this.mischief?.stop()
    for (const waiting of this.dialer.clear()) this.giveUp(waiting as Link)
    for (const link of this.links) link.later.hurry()
    this.resting.wakeAll(now)
  }

  /** The session ends; a message that it had taken to connect with was never tried. */
  private giveUp(link: Link): void {
    const { session } = link
    this.counters[Counter.dropped]! += session.tail - session.head
    session.head = session.tail
    if (--this.live === 0) this.finish()
  }

  /** The session takes no more messages: it leaves after the one under way, from a pause or rest at once. */
  private retire(link: Link): void {
    link.session.retired = true
    if (this.resting.rouse(link)) link.advance(this.now())
    else link.later.hurry()
  }

  /** Ends what is under way. */
  private abort(now: number): void {
    this.stop(now)
    for (const link of this.links) {
      if (link.open || link.socket?.connecting) link.fail(ErrorKind.stopped, '', now)
    }
  }

  private look(): void {
    const now = this.now()
    if (this.rate.changed()) this.resting.retimed()
    this.counters[Counter.backlog] = this.schedule.backlog(now)
    this.deadlines.look(now)
    this.mischief?.look(now)
    this.tracer?.look(now)
    this.releaseWaiting(now)
    const asked = Atomics.load(this.board.control, Control.stop)
    if (asked === Stop.now) this.abort(now)
    else if (asked === Stop.drain) this.stop(now)
    const { durationMs } = this.plan.load
    if (durationMs !== null && now >= durationMs + this.plan.load.drainMs) this.abort(now)
    else if (durationMs !== null && now >= durationMs) this.stop(now)
  }

  /** With nothing left to send, nobody need wait any longer for a connection to send it on. */
  private releaseWaiting(now: number): void {
    const { schedule } = this
    if (!schedule.exhausted(now) || schedule.owed) return
    for (const link of this.links) {
      if (link.open || link.session.head < link.session.tail || !link.later.waiting) continue
      link.later.cancel()
      this.giveUp(link)
    }
  }
}

function enterLater(this: Link): void {
  this.engine.enter(this)
}

function dialAgain(this: Link): void {
  this.engine.again(this)
}
