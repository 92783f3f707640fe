/** What a source run is told, and what can be asked of it while it goes. */
import type { Judgement } from '../measure/judgement.js'
import type { LiveRun } from '../measure/live.js'
import type { TraceBatch } from '../measure/protocol.js'
import type { RunResult } from '../measure/result.js'
import type { SecondSummary, Timeline } from '../measure/timeline.js'
import type { Watched } from '../measure/watched.js'
import type { TracePlan } from '../plan/trace-plan.js'
import type { Profiling } from '../pool/profiling.js'
import type { SourcePool } from '../pool/source-pool.js'
import type { RunWatch } from '../watch/run-watch.js'
import type { RateControls } from './rate-knob.js'
import type { RecordingTarget } from './recording.js'

export interface RunOptions {
  /** Aborted: start nothing new, finish what is under way within the plan's drain, then end. */
  readonly signal?: AbortSignal
  /** Aborted: end at once; what was measured is still returned. */
  readonly now?: AbortSignal
  /** Called once a second of the run, and once more for its last part. */
  readonly onSecond?: (second: SecondSummary) => void
  /** Called with the pool once it is made: tests reach its threads by it. */
  readonly onPool?: (pool: SourcePool) => void
  /** Called with the run once it has been set up, before it is awaited. */
  readonly onStart?: (running: RunningSource) => void
  /** Connections to follow step by step. */
  readonly tracing?: TracePlan
  /** Called with what a worker wrote down of them; `startAt` is the common start on the clock of `monotonicMs`. */
  readonly onTraces?: (batch: TraceBatch, startAt: number) => void
  /** The command line that repeats the run. */
  readonly again?: string
  /** Takes CPU profiles of the threads meanwhile. */
  readonly profiling?: Profiling
  /** Looks at the server's processes once a second; closed by the run. */
  readonly watch?: RunWatch | null
  /** Where it is written down while it goes, and the plan as `--print-plan` shows it. */
  readonly recording?: { readonly target: RecordingTarget; readonly plan: object }
}

/** A run under way. */
export interface RunningSource extends RateControls {
  /** Rejects with UsageError for a target that must not be loaded, with RunError when nothing could be measured. */
  readonly result: Promise<RunResult>
  /** Starts nothing new, waits up to `drainMs` for what is under way, and ends; 0 ends at once. */
  stop(drainMs: number): void
  /** The figures at any moment of it. */
  readonly live: LiveRun
  /** What has been seen of the server's processes so far; null: nobody watches. */
  watched(): Watched | null
  /** How its thresholds stood at the end of the last second. */
  readonly judgement: Judgement
  /** Its seconds so far; once the warm-up is over, those after it. */
  readonly timeline: Timeline
  /** Milliseconds since the common start; 0 before it. */
  readonly elapsedMs: number
}
