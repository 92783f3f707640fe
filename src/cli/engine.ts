/** The use cases, loaded when a verb is about to run: `--help` and a bad option need no engine. */

import type { Result } from '../measure/result.js'
import type { SecondSummary } from '../measure/timeline.js'
import type { SinkPlan, SourcePlan } from '../plan/plan.js'

export type RunSource = (
  plan: SourcePlan,
  options: { readonly signal?: AbortSignal; readonly onSecond?: (second: SecondSummary) => void },
) => Promise<Result>

/** A running sink, as far as the command line needs it. */
export interface RunningSink {
  readonly address: string
  readonly port: number
  /** Resolves when the sink ended by itself. */
  readonly done: Promise<object>
  totals(): object
  stop(): Promise<object>
}
export type StartSink = (plan: SinkPlan) => Promise<RunningSink>

export async function loadRunSource(): Promise<RunSource> {
  const path = '../run/source.js'
  return ((await import(path)) as { runSource: RunSource }).runSource
}

export async function loadStartSink(): Promise<StartSink> {
  const path = '../run/sink.js'
  return ((await import(path)) as { startSink: StartSink }).startSink
}
