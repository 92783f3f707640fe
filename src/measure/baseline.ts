/** A run held against an earlier one. */
import type { BaselinePlan } from '../plan/baseline.js'
import type { Cell } from './cells.js'
import { COMPARE_DEFAULTS, type ComparedFigure, type CompareOptions, compareEstimates } from './compare.js'
import { estimate } from './estimate.js'

/** In the figures A is the baseline and B the run. */
export interface BaselineResult extends Omit<BaselinePlan, 'figures'>, CompareOptions {
  /** Whole seconds of the run that the figures are of. */
  readonly ownSeconds: number
  readonly figures: readonly ComparedFigure[]
}

/** `cells`: what is measured of the run. */
export function againstBaseline(baseline: BaselinePlan, cells: readonly Cell[]): BaselineResult {
  return {
    ...baseline,
    ...COMPARE_DEFAULTS,
    ownSeconds: Math.round(cells.reduce((sum, { ms }) => sum + ms, 0) / 1000),
    figures: compareEstimates(baseline.figures, estimate([cells])),
  }
}
