/** Was it the generator, in the last few seconds? The rules of `verdict.ts`, over what a run that goes on has done of late. */
import type { LoadPlan } from '../plan/plan.js'
import { curveOf } from '../plan/rate-shape.js'
import { type Counts, percentileOf } from './counts.js'
import type { Health } from './health.js'
import type { LiveRun, LiveSigns } from './live.js'
import { type Counter, ErrorKind, Outcome, Series } from './series.js'
import { judge, type Verdict } from './verdict.js'

/** How many seconds count: enough for a worker to be hot, few enough for the state to follow. */
export const RECENT_SECONDS = 5

const RESPONSE = Series.response + Outcome.accepted
const SERVICE = Series.service + Outcome.accepted

/** How everything stood at the end of a second. */
interface Stand {
  readonly atMs: number
  /** How far it was in the plan, whose time goes faster or slower where the rate was changed. */
  readonly planMs: number
  readonly counters: Readonly<Record<keyof typeof Counter, number>>
  readonly startLag: ArrayLike<number>
  readonly response: ArrayLike<number>
  readonly service: ArrayLike<number>
  readonly signs: readonly LiveSigns[]
  readonly outOfDescriptors: number
  readonly outOfPorts: number
}

export class RecentVerdict {
  readonly #load: Pick<LoadPlan, 'arrivals' | 'messages' | 'durationMs' | 'sessions'>
  readonly #live: Pick<LiveRun, 'counters' | 'series' | 'tables' | 'workers'>
  readonly #stands: Stand[] = []
  #health: Health[] = []
  #latest: Verdict | null = null

  constructor(
    load: Pick<LoadPlan, 'arrivals' | 'messages' | 'durationMs' | 'sessions'>,
    live: Pick<LiveRun, 'counters' | 'series' | 'tables' | 'workers'>,
  ) {
    this.#load = load
    this.#live = live
  }

  /** Null before the end of the second second: there is nothing to compare with. */
  get latest(): Verdict | null {
    return this.#latest
  }

  /** At the end of each second of the run, in milliseconds of it. `planMs` is how far that is in the plan. */
  look(atMs: number, planMs = atMs): void {
    const before = this.#stands.at(-1)
    if (before !== undefined && atMs - before.atMs < 1) return
    const now = this.#stand(atMs, planMs)
    // What is answered after the last start says nothing of the rate.
    if (this.#over(now)) return
    this.#stands.push(now)
    if (this.#stands.length > RECENT_SECONDS + 1) this.#stands.shift()
    if (before === undefined) return
    const second = Math.round(atMs / 1000)
    this.#health = [
      ...this.#health.filter((row) => row.second > second - RECENT_SECONDS),
      ...now.signs.map((signs, worker) => healthOf(worker, second, atMs - before.atMs, before.signs[worker]!, signs)),
    ]
    this.#latest = this.#judge(this.#stands[0]!, now)
  }

  #over({ atMs, counters }: Stand): boolean {
    const { durationMs, messages } = this.#load
    return (durationMs !== null && atMs > durationMs) || (messages !== null && counters.scheduled >= messages)
  }

  #stand(atMs: number, planMs: number): Stand {
    const live = this.#live
    const { errors } = live.tables()
    const timesOf = (kind: string) =>
      errors.filter(({ error }) => error === kind).reduce((sum, { count }) => sum + count, 0)
    return {
      atMs,
      planMs,
      counters: live.counters(),
      startLag: live.series(Series.startLag),
      response: live.series(RESPONSE),
      service: live.series(SERVICE),
      signs: live.workers(),
      outOfDescriptors: timesOf(ErrorKind.descriptors),
      outOfPorts: timesOf(ErrorKind.ports),
    }
  }

  #judge(from: Stand, to: Stand): Verdict {
    const gained = (name: keyof typeof Counter) => to.counters[name] - from.counters[name]
    const percentile = (series: 'startLag' | 'response' | 'service', p: number) =>
      percentileOf(gain(from[series], to[series]), p)
    return judge({
      due: this.#due(from, to),
      elapsedMs: to.atMs - from.atMs,
      sessions: this.#load.sessions,
      done: gained('accepted') + gained('deferred') + gained('refused') + gained('failed') + gained('retried'),
      dropped: gained('dropped'),
      health: this.#health,
      startLagP99Us: percentile('startLag', 99),
      messageP50Us: percentile('response', 50),
      serviceP99Us: percentile('service', 99),
      waitingUs: gained('waitingUs'),
      outOfDescriptors: to.outOfDescriptors - from.outOfDescriptors,
      outOfPorts: to.outOfPorts - from.outOfPorts,
    })
  }

  #due(from: Stand, to: Stand): ((ms: number) => number) | null {
    if (this.#load.arrivals === null) return null
    const curve = curveOf(this.#load.arrivals)
    const before = curve.dueBy(from.planMs)
    const pace = (to.planMs - from.planMs) / (to.atMs - from.atMs)
    return (ms) => curve.dueBy(from.planMs + ms * pace) - before
  }
}

function healthOf(worker: number, second: number, durationMs: number, before: LiveSigns, now: LiveSigns): Health {
  const cpuNs = now.cpuUserNs + now.cpuSystemNs - before.cpuUserNs - before.cpuSystemNs
  const watchedMs = (now.watchingUs - before.watchingUs) / 1000
  return {
    worker,
    second,
    durationMs,
    utilisation: now.utilisation,
    loopDelayP99Us: now.loopDelayP99Us,
    cpu: Math.max(0, cpuNs / 1e6 - watchedMs) / durationMs,
    draining: now.draining,
    backlog: now.backlog,
    active: now.active,
  }
}

/** What a series has gained; an empty one had nothing. */
function gain(before: ArrayLike<number>, now: ArrayLike<number>): Counts {
  const buckets: number[] = []
  const counts: number[] = []
  let total = 0
  for (let i = 0; i < now.length; i++) {
    const more = now[i]! - (before[i] ?? 0)
    if (more <= 0) continue
    buckets.push(i)
    counts.push(more)
    total += more
  }
  return { buckets: Uint16Array.from(buckets), counts: Uint32Array.from(counts), total }
}
