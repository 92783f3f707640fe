import type { RunResult } from '../measure/result.js'
import type { SecondSummary } from '../measure/timeline.js'
import type { SourcePlan } from '../plan/plan.js'
import { type RunningSource, type RunOptions, startSource } from './source.js'

/**
 * A source run as a value: await it for its Result, iterate it for its seconds while it runs, or both. Seconds that nobody asks for
 * are kept for whoever begins to iterate later; each is given once.
 */
export class Job implements PromiseLike<RunResult>, AsyncIterable<SecondSummary> {
  readonly #running: RunningSource
  readonly #drainMs: number
  readonly #seconds: SecondSummary[] = []
  #wake: () => void = () => {}
  #over = false

  constructor(plan: SourcePlan, options: Pick<RunOptions, 'again' | 'onPool' | 'recording' | 'watch'> = {}) {
    this.#drainMs = plan.load.drainMs
    this.#running = startSource(plan, { ...options, onSecond: (second) => this.#push(second) })
    const over = () => {
      this.#over = true
      this.#wake()
    }
    this.#running.result.then(over, over)
  }

  /** Ends the run: nothing new is started, what is under way has `drainMs` milliseconds (the plan's drain unless given). */
  stop(drainMs: number = this.#drainMs): void {
    this.#running.stop(drainMs)
  }

  // biome-ignore lint/suspicious/noThenProperty: a job is awaited for its result, as the library's page promises.
  then<A = RunResult, B = never>(
    fulfilled?: ((result: RunResult) => A | PromiseLike<A>) | null,
    rejected?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    return this.#running.result.then(fulfilled, rejected)
  }

  catch<B = never>(rejected: (reason: unknown) => B | PromiseLike<B>): Promise<RunResult | B> {
    return this.#running.result.catch(rejected)
  }

  finally(done: () => void): Promise<RunResult> {
    return this.#running.result.finally(done)
  }

  /** Gives each second once it is over, the last part of the run included, and ends with the run. A run that fails ends it too; the error is the job's. */
  async *[Symbol.asyncIterator](): AsyncIterator<SecondSummary> {
    for (;;) {
      const second = this.#seconds.shift()
      if (second !== undefined) yield second
      else if (this.#over) return
      else
        await new Promise<void>((resolve) => {
          this.#wake = resolve
        })
    }
  }

  #push(second: SecondSummary): void {
    // The last part of a second that was already given comes with the same number: it replaces what is still here.
    if (this.#seconds.at(-1)?.second === second.second) this.#seconds.pop()
    this.#seconds.push(second)
    this.#wake()
  }
}
