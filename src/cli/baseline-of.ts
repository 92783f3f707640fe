/** `--baseline`: an earlier run's recording, for thresholds that speak of it and for the comparison at the end. */
import { UsageError } from '../base/errors.js'
import { version } from '../base/version.js'
import { encodeHistogram } from '../measure/histogram-codec.js'
import { COUNTERS } from '../measure/series.js'
import { figureOf } from '../measure/threshold-metrics.js'
import type { BaselinePlan, BaselineQuestion } from '../plan/baseline.js'
import type { SourcePlan } from '../plan/plan.js'
import type { Threshold } from '../plan/threshold.js'
import { describedRun, type ReadSide, readSide } from '../report/compare.js'
import { differencesOf } from '../report/differences.js'
import type { Recorded } from '../report/read.js'
import type { Given } from './given.js'
import type { Machine } from './machine.js'
import { shownPlan } from './print-plan.js'
import { recordingOf } from './recording-source.js'

/** A baseline as it was read. */
export interface Baseline {
  readonly file: string
  readonly label: string
  readonly side: ReadSide
  /** What thresholds ask. */
  readonly figure: BaselineQuestion
}

/** Reads it; null: none was given. Throws UsageError. */
export function baselineOf(given: Given): Baseline | null {
  const file = given.text('baseline')
  if (file === null) return null
  const label = given.label('baseline')
  const side = readLabelled(file, label)
  const [run] = side.runs as [Recorded]
  if (side.side.accepted === 0)
    throw new UsageError(
      `${label}: '${file}' has no message that was accepted; give the recording of a run that went well.`,
    )
  const figures = figuresOf(run)
  return { file, label, side, figure: (one) => figureOf(one as Threshold, figures) }
}

/** The plan with its baseline. Throws UsageError for one of another kind. */
export function withBaseline(
  plan: SourcePlan,
  baseline: Baseline | null,
  machine: Pick<Machine, 'hostname'>,
): SourcePlan {
  if (baseline === null) return plan
  const { file, label, side } = baseline
  const [run] = side.runs as [Recorded]
  const unit = plan.wire.until === null ? 'messages' : 'handshakes'
  if (unit !== run.result.unit)
    throw new UsageError(
      `${label}: '${file}' counts ${run.result.unit}, this run ${unit}; give the recording of a run of the same kind.`,
    )
  const { target, version: of, host, startedAt, seconds, generator, response, service } = side.side
  const own = {
    plan: plain(shownPlan(plan)),
    about: { host: machine.hostname, version: version(), node: process.version },
  }
  return {
    ...plan,
    baseline: {
      file,
      target,
      version: of,
      host,
      startedAt,
      seconds,
      generator: generator.state,
      figures: side.figures,
      response: encodeHistogram(response),
      service: encodeHistogram(service),
      differences: differencesOf(describedRun(run), own),
    } satisfies BaselinePlan,
  }
}

function readLabelled(file: string, label: string): ReadSide {
  try {
    return readSide([recordingOf(file)])
  } catch (error) {
    throw error instanceof UsageError ? new UsageError(`${label}: ${error.message}`) : error
  }
}

/** All that a threshold may ask of that run, whole. */
function figuresOf({ result, timeline, figures }: Recorded): Parameters<typeof figureOf>[1] {
  const all = figures.counters()
  return {
    counters: COUNTERS.map((name) => all[name]),
    histogram: (series) => timeline.histogram(series),
    replies: result.replies,
    errors: result.errors,
    elapsedMs: result.elapsedMs,
    atMs: result.elapsedMs,
  }
}

/** As it stands in a recording. */
function plain(value: object): object {
  return JSON.parse(JSON.stringify(value)) as object
}
