import type { RunResult } from '../measure/result.js'
import type { SecondSummary } from '../measure/timeline.js'
import type { Job } from './job.js'

/** What is awaited for a job: in a box, because a job itself would be awaited for its end. */
export interface MadeJob {
  readonly job: Job
  /** Called with the result before anyone else has it. */
  readonly done: (result: RunResult) => Promise<void>
  /** Called last, however it ended. */
  readonly close: () => Promise<void>
}

/** A run whose plan has still to be read: a Job in all that a caller sees. Whatever goes wrong before it starts is an error of the run. */
export class LaterJob implements PromiseLike<RunResult>, AsyncIterable<SecondSummary> {
  readonly #made: Promise<MadeJob>
  readonly #result: Promise<RunResult>

  constructor(made: Promise<MadeJob>) {
    this.#made = made
    this.#result = made.then(async ({ job, done, close }) => {
      try {
        const result = await job
        await done(result)
        return result
      } finally {
        await close()
      }
    })
    // Who never asks for the result is not to be told of its failure either, as with a Job.
    this.#result.catch(() => {})
  }

  /** As `Job.stop`; before the start, it ends the run as soon as that has begun. */
  stop(drainMs?: number): void {
    this.#made.then(
      ({ job }) => job.stop(drainMs),
      () => {},
    )
  }

  // biome-ignore lint/suspicious/noThenProperty: a job is awaited for its result.
  then<A = RunResult, B = never>(
    fulfilled?: ((result: RunResult) => A | PromiseLike<A>) | null,
    rejected?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    return this.#result.then(fulfilled, rejected)
  }

  catch<B = never>(rejected: (reason: unknown) => B | PromiseLike<B>): Promise<RunResult | B> {
    return this.#result.catch(rejected)
  }

  finally(done: () => void): Promise<RunResult> {
    return this.#result.finally(done)
  }

  /** As a Job's: a run that fails ends it. */
  async *[Symbol.asyncIterator](): AsyncIterator<SecondSummary> {
    const made = await this.#made.catch(() => null)
    if (made !== null) yield* made.job
  }
}
