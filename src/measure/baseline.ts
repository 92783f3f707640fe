/** A run held against an earlier one. */
import type { BaselinePlan } from '../plan/baseline.js'
import type { LoadPlan, SourcePlan } from '../plan/plan.js'
import { askedCurve, type RateChange } from '../plan/tempo.js'
import type { Cell, Cells } from './cells.js'
import { COMPARE_DEFAULTS, type ComparedFigure, type CompareOptions, compareEstimates } from './compare.js'
import { estimate } from './estimate.js'
import type { WatchSample } from './watched.js'

/** In the figures A is the baseline and B the run. */
export interface BaselineResult extends Omit<BaselinePlan, 'figures'>, CompareOptions {
  /** Whole seconds of the run that the figures are of. */
  readonly ownSeconds: number
  readonly figures: readonly ComparedFigure[]
}

/** How the run stands against its baseline; null where there is none, or nothing was kept to compare. */
export function baselineOf(
  { baseline, load }: Pick<SourcePlan, 'baseline'> & { readonly load: Pick<LoadPlan, 'arrivals'> },
  cells: Cells | null,
  rates: readonly RateChange[],
  samples: readonly WatchSample[] = [],
): BaselineResult | null {
  return baseline === undefined || cells === null
    ? null
    : againstBaseline(baseline, cells.all(dueIn(load, rates), samples))
}

/** Messages due in the first so many milliseconds of the run; null in a closed loop. */
export function dueIn(
  { arrivals }: Pick<LoadPlan, 'arrivals'>,
  rates: readonly RateChange[],
): ((ms: number) => number) | null {
  if (arrivals === null) return null
  const curve = askedCurve(arrivals, rates)
  return (ms) => curve.dueBy(ms)
}

/** `cells`: what is measured of the run. */
function againstBaseline(baseline: BaselinePlan, cells: readonly Cell[]): BaselineResult {
  return {
    ...baseline,
    ...COMPARE_DEFAULTS,
    ownSeconds: Math.round(cells.reduce((sum, { ms }) => sum + ms, 0) / 1000),
    figures: compareEstimates(baseline.figures, estimate([cells])),
  }
}
