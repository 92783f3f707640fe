/** The public door of the library. */
import { parseDuration } from './base/units.js'
import { againLine } from './cli/again.js'
import { planOfSink, planOfSource, type SinkOptions, type SourceOptions } from './cli/library.js'
import { jobOfPlan } from './cli/plan-job.js'
import type { PlanSource } from './cli/plan-types.js'
import { recordingOf } from './cli/recording-source.js'
import { watchNamed } from './cli/watch-named.js'
import { COMPARE_DEFAULTS, type CompareOptions } from './measure/compare.js'
import { type ComparisonDocument, comparisonDocument } from './measure/comparison.js'
import type { RunResult } from './measure/result.js'
import type { SecondSummary } from './measure/timeline.js'
import { compareRecordings } from './report/compare.js'
import { Job } from './run/job.js'
import { LaterJob } from './run/later-job.js'
import { type SinkHandle, startSink } from './run/sink.js'

export { RunError, StampedeError, UsageError } from './base/errors.js'
export type { SinkOptions, SourceOptions } from './cli/library.js'
export type { PlanFile, PlanPart, PlanSource, PlanStage } from './cli/plan-types.js'
export type { ComparisonDocument } from './measure/comparison.js'
export type { Result, RunResult } from './measure/result.js'
export type { SecondSummary } from './measure/timeline.js'
export type { SourcePlan } from './plan/plan.js'
export type { Policy } from './plan/policy.js'
export type { SinkPlan } from './plan/sink-plan.js'
export type { SinkHandle, SinkTotals } from './run/sink.js'
export { policyFrom } from './smtp/profiles.js'

/** A run: awaitable for its Result, iterable for its seconds. */
export interface SourceJob extends PromiseLike<RunResult>, AsyncIterable<SecondSummary> {
  /** Starts nothing new and ends when what is under way is done, or after `drain` (such as `2s`; `0s` ends at once). */
  stop(how?: { readonly drain?: string }): void
  catch<B>(rejected: (reason: unknown) => B | PromiseLike<B>): Promise<RunResult | B>
  finally(done: () => void): Promise<RunResult>
}

/**
 * Sends mail. Options are those of `stampede source` by their long names. Throws UsageError for options that are wrong; the job
 * rejects with RunError when nothing could be measured. Refused and failed mail is no error: it stands in the Result.
 */
export function run(options: SourceOptions): SourceJob {
  const plan = planOfSource(options)
  const watch = options.watch === undefined ? null : watchNamed(String(options.watch), 'watch', plan.target)
  return sourceJob(new Job(plan, { again: againLine(plan), watch }))
}

/**
 * Runs a plan: the file of that name (.json, .yaml, .yml, .mjs, .js), or one that is at hand. The environment has no say. The job rejects
 * with UsageError for a plan that is wrong, and as `run` does. Files of its `out` are written before the result is given.
 */
export function runPlan(plan: string | PlanSource): SourceJob {
  return sourceJob(new LaterJob(jobOfPlan(plan)))
}

/** Gives the plan back as it is: for its type, in a module that exports it. */
export function definePlan<T extends PlanSource>(plan: T): T {
  return plan
}

function sourceJob(job: Job | LaterJob): SourceJob {
  const stop = job.stop.bind(job)
  return Object.assign(job, {
    stop: ({ drain }: { readonly drain?: string } = {}) =>
      drain === undefined ? stop() : stop(parseDuration(drain, 'drain', { min: 0 })),
  })
}

/** Receives mail and throws it away. Options are those of `stampede sink` by their long names. Resolves when it listens. */
export async function sink(options: SinkOptions = {}): Promise<SinkHandle> {
  return startSink(planOfSink(options))
}

/**
 * Compares recordings, figure by figure: what `stampede compare --as json` prints. Each side is a file, or several runs of the same thing.
 * Throws UsageError for a file that is no recording, and where one side counts messages and the other handshakes.
 */
export function compare(
  a: string | readonly string[],
  b: string | readonly string[],
  options: Partial<CompareOptions> = {},
): ComparisonDocument {
  const [one, other] = [a, b].map((side) => [side].flat().map(recordingOf))
  return comparisonDocument(compareRecordings(one!, other!, { ...COMPARE_DEFAULTS, ...options }))
}
