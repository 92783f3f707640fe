/**
 * All misbehaving clients of one worker: begins when the run's time for it has come, each session with one connection at a time, and ends at a word.
 * Beside the hot path: plain asynchronous code, bounded in memory (a connection per session, a flood's bound) and in rate.
 */
import { setMaxListeners } from 'node:events'
import { isIP } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { Rng, seedOf } from '../../base/rng.js'
import { type Board, Control, MischiefState, mischiefAt, Time } from '../../measure/board.js'
import type { MischiefEnd } from '../../measure/mischief.js'
import { Counter } from '../../measure/series.js'
import type { Split } from '../../measure/split.js'
import { libc } from '../../net/libc.js'
import { type MischiefPlan, type MischiefStart, mischiefStart } from '../../plan/mischief.js'
import type { MischiefPart } from '../../plan/mischief-shares.js'
import { casesNamed } from '../../smtp/malformed/catalogue.js'
import type { SourceTask } from '../task.js'
import { makeTunedSocket } from '../tuned.js'
import { abort, type Company, halfOpen, slow } from './acts.js'
import type { Manners } from './conversation.js'
import { Flood } from './flood.js'
import { malformed } from './malformed.js'
import type { Played } from './player.js'
import { MischiefTally } from './tally.js'
import { Wire, WireEnd } from './wire.js'
import { wordsOf } from './words.js'

/** A session makes at most so many connections a second, or waits longer when there is nobody. */
const BETWEEN_MS = 20
const UNREACHED_MS = 1000
/** Over which the sessions begin. */
const SPREAD_MS = 100
/** A reply is waited for no longer than the plan says, and never longer than this. */
const PATIENCE_MS = 30_000
const REPORT_MS = 1000
/** From the decision to begin to the beginning: every worker looks at the Board more often. */
const LEAD_MS = 100
/** The receive buffer of a client that reads slowly; the kernel makes of it what it must. */
const SMALL_WINDOW = 2048

export class Mischief {
  readonly #task: SourceTask
  readonly #parts: readonly MischiefPart[]
  readonly #board: Board
  readonly #counters: Float64Array
  readonly #split: Split | null
  readonly #now: () => number
  readonly #start: MischiefStart
  readonly #tally: MischiefTally
  readonly #manners: Manners
  readonly #sourceIps: readonly string[]
  readonly #stopping = new AbortController()
  readonly #sessions: Promise<void>[] = []
  readonly #floods: Flood[] = []
  #turn = 0
  #startTimer: NodeJS.Timeout | null = null
  #reportTimer: NodeJS.Timeout | null = null
  #known = false

  /** @param now milliseconds of the run */
  constructor(task: SourceTask, board: Board, counters: Float64Array, split: Split | null, now: () => number) {
    const { plan, mischief } = task.share
    this.#task = task
    this.#parts = mischief
    this.#board = board
    this.#counters = counters
    this.#split = split
    this.#now = now
    const { ms, messages } = mischiefStart(plan.load, plan.mischiefAfterMs)
    // A worker's own messages tell how far the run is: all come to their end together.
    const own = messages === null || plan.load.messages === null ? null : task.share.messages! / plan.load.messages
    this.#start = { ms, messages: own === null ? null : Math.max(1, Math.floor(messages! * own)) }
    this.#tally = new MischiefTally(mischief)
    const { wire } = plan
    this.#manners = {
      hello: wire.hello === 'none' ? null : wire.protocol === 'lmtp' ? 'LHLO' : wire.hello === 'ehlo' ? 'EHLO' : 'HELO',
      startTls: wire.tls?.mode === 'starttls',
      words: wordsOf(plan),
    }
    const { endpoint } = task
    this.#sourceIps = endpoint.kind === 'tcp' ? wire.sourceIps.filter((ip) => isIP(ip) === endpoint.family) : []
    // Every connection and every wait of this worker listens to it.
    setMaxListeners(0, this.#stopping.signal)
  }

  /** Looks whether the time has come; called a few times a second. */
  look(now: number): void {
    if (this.#known || this.#stopping.signal.aborted) return
    const at = mischiefAt(this.#board) ?? this.#decide(now)
    if (at === null) return
    this.#known = true
    if (this.#split !== null) this.#split.beginsAt = at
    this.#startTimer = setTimeout(() => this.#begin(), Math.max(0, at - now))
  }

  /** The moment for all workers, by whoever sees it first: a little ahead, so that all go by it. Null: not yet. */
  #decide(now: number): number | null {
    const { control, times } = this.#board
    const { ms, messages } = this.#start
    const early = messages !== null && this.#counters[Counter.scheduled]! >= messages
    if (now + LEAD_MS < ms && !early) return null
    const { unknown, deciding, known } = MischiefState
    if (Atomics.compareExchange(control, Control.mischief, unknown, deciding) !== unknown) return null
    const at = Math.min(ms, now + LEAD_MS)
    times[Time.mischiefAt] = at
    Atomics.store(control, Control.mischief, known)
    return at
  }

  /** Nothing new, and what is under way ends at once. */
  stop(): void {
    if (this.#startTimer !== null) clearTimeout(this.#startTimer)
    this.#stopping.abort()
    for (const flood of this.#floods) flood.stop()
  }

  /** After `stop`: all is over, and the last word said. Rejects with what was wrong in a client, if anything was. */
  async end(): Promise<void> {
    try {
      await Promise.all(this.#sessions)
    } finally {
      if (this.#reportTimer !== null) clearInterval(this.#reportTimer)
      this.#report()
    }
  }

  #report(): void {
    this.#task.port.postMessage(this.#tally.told(this.#task.share.worker))
  }

  #begin(): void {
    this.#reportTimer = setInterval(() => this.#report(), REPORT_MS)
    this.#parts.forEach((part, kind) => {
      if (part.plan.kind === 'flood') {
        if (part.open > 0) this.#floods.push(this.#flood(part, kind))
        return
      }
      for (let i = 0; i < part.sessions; i++) {
        const session = this.#session(part, kind, part.first + i)
        // Looked at in `end`; until then nobody else has to suffer for it.
        session.catch(() => {})
        this.#sessions.push(session)
      }
    })
  }

  /** One session: its act, again and again, until the run is over. */
  async #session(part: MischiefPart, kind: number, number: number): Promise<void> {
    const rng = new Rng(seedOf(`${this.#task.share.plan.seed}/mischief/${kind}`, number))
    const company = this.#company(kind)
    const act = actOf(part.plan, company, rng, (played) => this.#tally.played(played))
    let unreached = 0
    // Not all at the same moment, but at the same ones for the same seed.
    await company.wait(rng.next() * SPREAD_MS).catch(() => {})
    while (!this.#stopping.signal.aborted) {
      let end: MischiefEnd
      try {
        end = await act()
      } catch (error) {
        if (!(error instanceof WireEnd)) throw error
        end = error.end
      }
      this.#tally.end(kind, end)
      unreached = end === 'unreached' ? unreached + 1 : 0
      const pause = unreached === 0 ? BETWEEN_MS : Math.min(UNREACHED_MS, BETWEEN_MS * 2 ** unreached)
      await company.wait(pause).catch(() => {})
    }
  }

  #company(kind: number): Company {
    const { signal } = this.#stopping
    return {
      manners: this.#manners,
      open: (sipOctets) => this.#open(sipOctets),
      wait: (ms) =>
        sleep(ms, undefined, { signal }).catch(() => {
          throw new WireEnd('stopped')
        }),
      held: (ms) => this.#tally.held(kind, ms),
      now: this.#now,
    }
  }

  #open(sipOctets?: number): Promise<Wire> {
    const { plan } = this.#task.share
    const { endpoint } = this.#task
    const sips = sipOctets !== undefined
    return Wire.open({
      endpoint,
      localAddress: this.#localAddress(),
      secure: plan.wire.tls?.mode === 'implicit',
      patienceMs: Math.min(PATIENCE_MS, plan.wire.timeoutMs ?? PATIENCE_MS),
      signal: this.#stopping.signal,
      ...(sips ? { sipOctets, makeSocket: libc() === null ? null : makeTunedSocket(SMALL_WINDOW, endpoint) } : {}),
      onOpen: () => this.#opened(),
      onClose: () => this.#closed(),
    })
  }

  #flood({ open, perSecond }: MischiefPart, kind: number): Flood {
    const options = {
      endpoint: this.#task.endpoint,
      localAddress: () => this.#localAddress(),
      perSecond,
      open,
      onEnd: (end: MischiefEnd) => this.#tally.end(kind, end),
      onOpen: () => this.#opened(),
      onClose: () => this.#closed(),
    }
    return new Flood(options, this.#now)
  }

  #opened(): void {
    this.#counters[Counter.mischief]!++
    this.#counters[Counter.mischiefActive]!++
  }

  #closed(): void {
    this.#counters[Counter.mischiefActive]!--
  }

  #localAddress(): string | null {
    return this.#sourceIps[this.#turn++ % Math.max(1, this.#sourceIps.length)] ?? null
  }
}

/** What a session of a kind does on each connection. */
function actOf(
  plan: MischiefPlan,
  company: Company,
  rng: Rng,
  played: (played: Played) => void,
): () => Promise<MischiefEnd> {
  switch (plan.kind) {
    case 'slow':
      return () => slow(plan, company)
    case 'abort':
      return () => abort(plan, company)
    case 'half-open':
      return () => halfOpen(plan, company)
    case 'malformed':
      return malformed(casesNamed(plan.cases, '--malformed'), company, rng, played)
    case 'flood':
      throw new TypeError('a flood has no sessions')
  }
}
