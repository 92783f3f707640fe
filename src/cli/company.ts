/** Who goes along with a run: each sees it start, every second of it, and its end; none is on the message path. */
import type { TraceBatch } from '../measure/protocol.js'
import type { RunResult } from '../measure/result.js'
import type { SecondSummary } from '../measure/timeline.js'
import type { SourcePlan } from '../plan/plan.js'
import type { TracePlan } from '../plan/trace-plan.js'
import type { RunningSource, RunOptions } from '../run/source.js'
import { loadRunSource } from './engine.js'
import type { Interrupts } from './signals.js'

/** One of them: a display, the metrics endpoint, whoever watches the server. */
export interface Companion {
  /** The run has been set up; its figures can be read from now on. */
  started?(running: RunningSource): void
  second?(second: SecondSummary): void
  /** Connections that it wants to have followed; null or absent: none. */
  readonly tracing?: TracePlan | null
  /** What a worker wrote down of those; `startAt` is the common start on the clock of `monotonicMs`. */
  traced?(batch: TraceBatch, startAt: number): void
  /** The run is over and nothing of its result has been printed yet. */
  ended?(result: RunResult): Promise<void> | void
  /** All have seen the end: the result with what is to be added to it. */
  amended?(result: RunResult): Promise<RunResult> | RunResult
  /** Called once, however the run ended, also when it never began. */
  close?(): Promise<void> | void
}

export class Company {
  readonly #members: Companion[] = []

  /** Joins; null is nobody. */
  add<T extends Companion | null>(member: T): T {
    if (member !== null) this.#members.push(member)
    return member
  }

  /** Runs the plan before everybody's eyes. Rejects as `runSource`. */
  async run(
    plan: SourcePlan,
    interrupts: Pick<Interrupts, 'signal' | 'now'>,
    options: Pick<RunOptions, 'again' | 'recording' | 'profiling' | 'watch'>,
  ): Promise<RunResult> {
    const runSource = await loadRunSource()
    const members = this.#members
    const tracing = members.find((one) => one.tracing)?.tracing
    let result = await runSource(plan, {
      ...options,
      ...(tracing && { tracing }),
      onTraces: (batch, startAt) => members.forEach((one) => void one.traced?.(batch, startAt)),
      signal: interrupts.signal,
      now: interrupts.now,
      onStart: (running) => members.forEach((one) => void one.started?.(running)),
      onSecond: (second) => members.forEach((one) => void one.second?.(second)),
    })
    for (const one of members) await one.ended?.(result)
    for (const one of members) result = (await one.amended?.(result)) ?? result
    return result
  }

  /** All leave, the last that came first. */
  async close(): Promise<void> {
    for (let one = this.#members.pop(); one !== undefined; one = this.#members.pop()) await one.close?.()
  }
}
