/** Load, drain, rest, and again: the cycles of one leak plan against a server whose vital signs are looked at. */
import { setTimeout as sleep } from 'node:timers/promises'
import { monotonicMs } from '../base/clock.js'
import { RunError } from '../base/errors.js'
import { leakCounts } from '../measure/leak-counts.js'
import { findingOf } from '../measure/leak-finding.js'
import { isAtRest, settledLevels } from '../measure/leak-level.js'
import { type LeakCycle, type LeakFinding, type LeakLevels, levelsOf } from '../measure/leaks.js'
import type { RunResult } from '../measure/result.js'
import type { WatchEvent, WatchedServer } from '../measure/watched.js'
import type { LeakLoad, LeakPlan } from '../plan/leak-plans.js'
import { runSource } from './source.js'

/** Whoever looks at the server. */
export interface LeakEyes {
  readonly events: readonly WatchEvent[]
  check(atMs: number): void
  sample(atMs: number): WatchedServer | null
}

export interface LeakLimits {
  /** Counted cycles: at least, and at most. */
  readonly cyclesLeast: number
  readonly cyclesMost: number
  /** Longest rest after each load. */
  readonly restMs: number
  /** After so long no cycle begins any more; null: as the plan has it. */
  readonly timeMs: number | null
}

export interface LeakOptions {
  readonly limits: LeakLimits
  readonly signal?: AbortSignal
  readonly now?: AbortSignal
  readonly onCycle?: (cycle: LeakCycle, finding: LeakFinding) => void
}

/** Cycles of each load that only warm the server up. */
const WARMING = 2
/** A verdict is looked at whenever every load has had its turn. */
const SAME_IN_ROW = 2
/** Half of the interval of a slope that is known well enough, as a share of it. */
const SLOPE_MARGIN = 0.12
const REST_LEAST_MS = 500
const SAMPLE_MS = 100
const CHECK_MS = 50

/**
 * Runs cycles until every resource is judged, or a limit is met.
 * @throws RunError when the server died or nothing could be loaded
 */
export async function searchLeaks(plan: LeakPlan, eyes: LeakEyes, options: LeakOptions): Promise<LeakFinding> {
  return new LeakSearch(plan, eyes, options).run()
}

/** Every resource is judged, and of what leaks the slope is well known. */
function isClear({ verdicts }: LeakFinding): boolean {
  return verdicts.every(
    ({ word, slopes }) =>
      word !== 'not enough evidence' &&
      (word !== 'leaking' ||
        slopes.every(({ blamed, perUnit, high }) => !blamed || high - perUnit <= SLOPE_MARGIN * perUnit)),
  )
}

class LeakSearch {
  readonly #plan: LeakPlan
  readonly #eyes: LeakEyes
  readonly #options: LeakOptions
  readonly #cycles: LeakCycle[] = []
  readonly #notes: string[] = []
  readonly #beganMs = monotonicMs()
  readonly #eventsBefore: number

  constructor(plan: LeakPlan, eyes: LeakEyes, options: LeakOptions) {
    this.#plan = plan
    this.#eyes = eyes
    this.#options = options
    this.#eventsBefore = eyes.events.length
  }

  async run(): Promise<LeakFinding> {
    const { cyclesLeast, cyclesMost } = this.#options.limits
    const round = this.#plan.loads.length * SAME_IN_ROW
    const warming = this.#plan.loads.length * WARMING
    for (let i = 0; i < warming; i++) await this.#cycle(this.#plan.loads[i % this.#plan.loads.length]!, false)
    for (let counted = 0; ; ) {
      const over = this.#stopped || this.#now() > this.#timeMs
      const finding = this.#finding()
      const turned = counted % round === 0 && counted >= cyclesLeast
      if (over || counted >= cyclesMost || (turned && isClear(finding))) return this.#last(over)
      await this.#cycle(this.#plan.loads[Math.floor(counted / SAME_IN_ROW) % this.#plan.loads.length]!, true)
      counted++
    }
  }

  #last(over: boolean): LeakFinding {
    if (this.#stopped) this.#notes.push('ended before all cycles were over')
    else if (over) this.#notes.push(`no cycle began after ${Math.round(this.#timeMs / 1000)} s`)
    const restless = this.#cycles.filter((cycle) => cycle.counted && !cycle.settled).length
    if (restless > 0) this.#notes.push(`after ${restless} of the loads the server had not come to rest in time`)
    const [likeliest] = this.#plan.candidates
    if (this.#cycles.length > 0 && !this.#cycles.some(({ counts }) => (counts[likeliest!] ?? 0) > 0))
      this.#notes.push(`there was no ${likeliest}, so nothing is known of what goes with one`)
    return this.#finding()
  }

  #finding(): LeakFinding {
    const { name, sentence, candidates } = this.#plan
    return findingOf({ plan: name, sentence, candidates, cycles: this.#cycles, notes: this.#notes })
  }

  async #cycle(load: LeakLoad, counted: boolean): Promise<void> {
    const fromMs = this.#now()
    const result = await this.#load(load)
    const loadedMs = this.#now()
    this.#lookForTrouble(load, result)
    const { levels, settled } = await this.#rest()
    const restedMs = this.#now()
    const counts = leakCounts(result)
    const cycle = { load: load.name, counted, fromMs, loadedMs, restedMs, settled, counts, levels }
    this.#cycles.push(cycle)
    this.#options.onCycle?.(cycle, this.#finding())
  }

  async #load({ plan }: LeakLoad): Promise<RunResult> {
    const { signal, now } = this.#options
    const gone = new AbortController()
    const stop = AbortSignal.any([gone.signal, ...(signal === undefined ? [] : [signal])])
    const timer = setInterval(() => {
      this.#eyes.check(this.#now())
      if (this.#death !== undefined) gone.abort()
    }, CHECK_MS)
    try {
      // Each cycle sends other mail, the same ones for the same seed.
      const seed = `${plan.seed}${this.#cycles.length.toString(16)}`.slice(-16)
      return await runSource({ ...plan, seed }, { signal: stop, ...(now !== undefined && { now }) })
    } finally {
      clearInterval(timer)
    }
  }

  /** Waits until the server has come to rest. @throws RunError when it is gone */
  async #rest(): Promise<{ levels: LeakLevels; settled: boolean }> {
    const from = monotonicMs()
    const samples: LeakLevels[] = []
    let settled = false
    for (;;) {
      const server = this.#eyes.sample(this.#now())
      if (server === null) throw new RunError(this.#death?.text ?? 'the watched server is gone.')
      samples.push(levelsOf(server))
      const rested = monotonicMs() - from
      settled = rested >= REST_LEAST_MS && isAtRest(samples)
      if (settled || rested >= this.#options.limits.restMs || this.#stopped) break
      await sleep(SAMPLE_MS)
    }
    return { levels: settledLevels(samples), settled }
  }

  #lookForTrouble({ name }: LeakLoad, result: RunResult): void {
    const death = this.#death
    if (death !== undefined) throw new RunError(death.text)
    if (result.sessions.connected === 0 && result.mischief === null) {
      const [error] = result.errors
      throw new RunError(
        `load '${name}': nobody could be connected to${error === undefined ? '' : ` (${error.error})`}.`,
      )
    }
  }

  /** A watched process that died: what it had kept went with it. */
  get #death(): WatchEvent | undefined {
    return this.#eyes.events.slice(this.#eventsBefore).find(({ kind }) => kind === 'died' || kind === 'restarted')
  }

  get #timeMs(): number {
    return this.#options.limits.timeMs ?? this.#plan.timeMs
  }

  get #stopped(): boolean {
    return this.#options.signal?.aborted === true
  }

  #now(): number {
    return monotonicMs() - this.#beganMs
  }
}
