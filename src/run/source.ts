/** Plan → Result: one source run on this machine. */
import { hostname } from 'node:os'
import { monotonicMs } from '../base/clock.js'
import { StampedeError } from '../base/errors.js'
import { version } from '../base/version.js'
import { zoneName } from '../base/zone.js'
import { mischiefAt, Stop } from '../measure/board.js'
import { intervalBetween } from '../measure/interval.js'
import { toNames } from '../measure/interval-line.js'
import { Judgement } from '../measure/judgement.js'
import { LiveRun } from '../measure/live.js'
import type { MischiefTold } from '../measure/mischief.js'
import type { ErrorSighted, ReplySighted, WorkerMessage } from '../measure/protocol.js'
import { TableGains } from '../measure/recording.js'
import { makeResult, type RunResult } from '../measure/result.js'
import { Sampler, type Snapshot, totalsOf } from '../measure/snapshot.js'
import { mergeTables, type Tables } from '../measure/tables.js'
import { Timeline } from '../measure/timeline.js'
import { since, warmedUp } from '../measure/warmup.js'
import type { Watched } from '../measure/watched.js'
import { formatDate } from '../message/date.js'
import type { Endpoint } from '../net/endpoint.js'
import type { SourcePlan } from '../plan/plan.js'
import { shares } from '../plan/shares.js'
import type { RateChange } from '../plan/tempo.js'
import { SourcePool, type SourcePoolEvents } from '../pool/source-pool.js'
import { seconds } from '../report/format.js'
import { thresholdValue } from '../report/threshold.js'
import type { RunWatch } from '../watch/run-watch.js'
import { composedPlan } from './compose.js'
import { raiseDescriptors } from './descriptors.js'
import { RateKnob } from './rate-knob.js'
import { reachTarget } from './reach.js'
import { headerOf, Scribe } from './recording.js'
import type { RunningSource, RunOptions } from './running.js'

export type { RunningSource, RunOptions } from './running.js'

/** Starts the plan. */
export function startSource(plan: SourcePlan, options: RunOptions = {}): RunningSource {
  const run = new SourceRun(plan, options)
  return {
    result: reachTarget(plan).then((endpoint) => run.run(endpoint)),
    stop: (drainMs) => run.stop(drainMs),
    live: run.live,
    watched: () => run.watched,
    judgement: run.judgement,
    get timeline() {
      return run.timeline
    },
    get elapsedMs() {
      return run.elapsedMs
    },
    scaleRate: (factor) => run.rate.turn(factor),
    get rateScale() {
      return run.rate.scale
    },
    get rateChanges() {
      return run.rate.changes
    },
  }
}

/** Runs the plan to its end. Errors as `RunningSource.result`. */
export async function runSource(plan: SourcePlan, options: RunOptions = {}): Promise<RunResult> {
  const running = startSource(plan, options)
  const { result, stop } = running
  const drain = () => stop(plan.load.drainMs)
  const now = () => stop(0)
  options.signal?.addEventListener('abort', drain, { once: true })
  options.now?.addEventListener('abort', now, { once: true })
  if (options.signal?.aborted) drain()
  try {
    options.onStart?.(running)
    return await result
  } finally {
    options.signal?.removeEventListener('abort', drain)
    options.now?.removeEventListener('abort', now)
  }
}

class SourceRun {
  readonly #plan: SourcePlan
  readonly #options: RunOptions
  readonly live: LiveRun
  readonly judgement: Judgement
  readonly rate: RateKnob
  readonly #scribe: Scribe | null
  readonly #pool: SourcePool
  readonly #sampler: Sampler
  timeline: Timeline
  /** What the tables gained, for the timeline. */
  readonly #gains = new TableGains()
  readonly #sightings: (ReplySighted | ErrorSighted)[] = []
  readonly #notes: string[] = []
  /** Each worker's last word on its misbehaving clients. */
  readonly #mischief = new Map<number, MischiefTold>()
  #startAt = 0
  #last: Snapshot
  /** What is measured is counted from here: the empty Board, or the end of the warm-up. */
  #base: Snapshot
  #cpuAtBase = process.cpuUsage()
  #tick: NodeJS.Timeout | undefined
  #patience: NodeJS.Timeout | undefined

  constructor(plan: SourcePlan, options: RunOptions) {
    this.#plan = plan
    this.#options = options
    this.#scribe = options.recording === undefined ? null : new Scribe(options.recording.target)
    const events: SourcePoolEvents = {
      message: (message) => this.#hear(message),
      lost: (worker, why) => this.#lost(worker, why),
      profiling: options.profiling ?? null,
    }
    this.#pool = new SourcePool(shares(plan), events, options.tracing)
    this.timeline = new Timeline(plan.baseline !== undefined)
    this.live = new LiveRun(this.#pool.board, this.#sightings)
    this.judgement = new Judgement(plan.thresholds)
    const written = (change: RateChange) => this.#scribe?.rate(change)
    this.rate = new RateKnob(this.#pool.board, plan.load.arrivals !== null, () => this.elapsedMs, written)
    this.#sampler = new Sampler(this.#pool.board, 'source')
    this.#last = this.#sampler.start
    this.#base = this.#sampler.start
    options.onPool?.(this.#pool)
  }

  async run(endpoint: Endpoint): Promise<RunResult> {
    const lack = raiseDescriptors(this.#plan)
    if (lack !== null) this.#notes.push(lack)
    const composed = await composedPlan(this.#plan)
    const startedAt = new Date()
    const date = formatDate(startedAt, zoneName(startedAt))
    const about = {
      startedAt,
      version: version(),
      node: process.version,
      host: hostname(),
      again: this.#options.again ?? '',
    }
    this.#scribe?.begin(headerOf(this.#plan, about, this.#options.recording!.plan))
    try {
      const ends = await this.#pool.run(endpoint, date, composed, (startAt) => {
        this.#startAt = startAt
        this.#cpuAtBase = process.cpuUsage()
        this.#options.profiling?.started(startAt, this.#plan.load.warmupMs)
        this.#watch?.start(() => this.#now())
        this.#nextTick()
      })
      // Of threads that died only the time of their death is known: now, at the latest.
      const elapsedMs = ends.reduce((end, one) => Math.max(end, one?.endedMs ?? this.#now()), 0)
      const cpu = process.cpuUsage(this.#cpuAtBase)
      if (ends.some((end) => end !== null && end.exit !== 0)) throw new StampedeError('ERR_STAMPEDE_DOOR', '', 1)
      this.#sample(Math.max(elapsedMs, this.#last.atMs))
      if (this.#warming) {
        this.#notes.push('the run ended within its warm-up: nothing was measured')
        this.#warm()
      }
      const end = {
        elapsedMs: Math.max(0, elapsedMs - this.#base.atMs),
        cpu: { userMs: cpu.user / 1000, systemMs: cpu.system / 1000 },
        counters: totalsOf(since(this.#base, this.#last)),
        mischief: {
          startedMs: mischiefAt(this.#pool.board),
          told: [...this.#mischief].sort(([a], [b]) => a - b).map(([, told]) => told),
        },
      }
      this.#notes.push(...(this.#watch?.notes ?? []))
      this.#scribe?.end({ ...end, counters: toNames(end.counters) }, this.#notes)
      const trouble = this.#scribe?.trouble ?? null
      const result = makeResult({
        ...about,
        ...end,
        plan: this.#plan,
        timeline: this.timeline,
        tables: this.#tables,
        fromMs: this.#base.atMs,
        notes: [...new Set(trouble === null ? this.#notes : [...this.#notes, trouble])],
        judgement: this.judgement,
        rates: this.rate.changes,
        watched: this.watched,
      })
      this.#scribe?.result(result)
      return result
    } finally {
      this.rate.stop()
      clearTimeout(this.#tick)
      clearTimeout(this.#patience)
      this.#watch?.close()
    }
  }

  get elapsedMs(): number {
    return this.#startAt === 0 ? 0 : Math.max(0, this.#now())
  }

  get watched(): Watched | null {
    return this.#watch?.watched ?? null
  }

  get #watch(): RunWatch | null {
    return this.#options.watch ?? null
  }

  #now(): number {
    return monotonicMs() - this.#startAt
  }

  #hear(message: WorkerMessage): void {
    if (message.kind === 'reply' || message.kind === 'error') this.#sightings.push(message)
    else if (message.kind === 'note') this.#notes.push(message.text)
    else if (message.kind === 'traces') this.#options.onTraces?.(message, this.#startAt)
    else if (message.kind === 'mischief') this.#mischief.set(message.worker, message)
  }

  #lost(worker: number, why: string): void {
    this.#sampler.lose(worker)
    this.#notes.push(`worker ${worker} died: ${why}; what it had counted is kept`)
  }

  #nextTick(): void {
    // Before the common start the clock of the run is still below zero.
    const second = (Math.floor(Math.max(0, this.#now()) / 1000) + 1) * 1000
    const next = this.#warming ? Math.min(second, this.#plan.load.warmupMs) : second
    this.#tick = setTimeout(() => {
      const atMs = this.#now()
      this.#sample(atMs)
      if (!this.#warming) this.#judge(atMs)
      else if (atMs >= this.#plan.load.warmupMs) this.#warm()
      this.#nextTick()
    }, next - this.#now())
  }

  /** Replies and errors so far, of what is measured. */
  get #tables(): Tables {
    const slots = since(this.#base, this.#last).map((row) => row.slots)
    return mergeTables(slots, this.#sightings)
  }

  get #warming(): boolean {
    return this.#base === this.#sampler.start && this.#plan.load.warmupMs > 0
  }

  /** The warm-up is over: from here on it counts. */
  #warm(): void {
    this.#base = warmedUp(this.#last, this.#sampler, this.#plan.record)
    this.#scribe?.warm(this.#base.atMs, totalsOf(since(this.#base, this.#last)))
    this.#gains.clear()
    this.timeline = new Timeline(this.#plan.baseline !== undefined)
    this.#cpuAtBase = process.cpuUsage()
  }

  #sample(atMs: number): void {
    const snapshot = this.#sampler.take(atMs)
    const interval = intervalBetween(this.#last, snapshot)
    this.#last = snapshot
    this.#watch?.look(atMs)
    if (this.watched !== null) this.#scribe?.watched(this.watched)
    const tables = this.#tables
    const { replies, errors } = this.#gains.take(tables)
    const second = this.timeline.add({ ...interval, gains: { replies, errors } })
    this.#scribe?.interval(interval, tables, this.#notes)
    this.#options.onSecond?.(second)
  }

  /** Ends the run where a threshold that may is broken. */
  #judge(atMs: number): void {
    if (!this.judgement.wanted) return
    const ends = this.judgement.look({
      counters: this.timeline.counters,
      histogram: (series) => this.timeline.histogram(series),
      ...this.#tables,
      elapsedMs: atMs - this.#base.atMs,
      atMs,
    })
    if (ends === null) return
    this.#scribe?.judged(this.judgement)
    this.#notes.push(`ended at ${seconds(atMs)}: ${ends.text} did not hold (${thresholdValue(ends)})`)
    this.stop(this.#plan.load.drainMs)
  }

  stop(drainMs: number): void {
    if (drainMs <= 0) return this.#pool.stop(Stop.now)
    this.#pool.stop(Stop.drain)
    this.#patience ??= setTimeout(() => this.#pool.stop(Stop.now), drainMs)
  }
}
