/** Whether a run keeps its thresholds: once a second while it goes, and at its end. */
import type { Threshold } from '../plan/threshold.js'
import type { ThresholdResult } from './figures.js'
import { type Figures, figureOf, unitOfThreshold } from './threshold-metrics.js'

/** At the end of a run. Where nothing was measured, nothing was kept: such a threshold has not held. */
export function judgeThreshold(threshold: Threshold, figures: Figures): ThresholdResult {
  const value = figureOf(threshold, figures)
  return {
    text: threshold.text,
    value,
    unit: unitOfThreshold(threshold),
    ...(threshold.ofBaseline && { bound: threshold.value }),
    ok: value !== null && holds(threshold, value),
    abortedMs: null,
  }
}

/**
 * Whether a threshold has to end a run that is still going. It is looked at with the figures of the whole run so far, never before `after`.
 * What can only grow (a count, a max) or fall (a min) ends it once no later figure could mend it: `accepted.count >= 1000` never does.
 * Shares, percentiles, means and rates end it when they are broken at that moment, though they might have recovered.
 */
export function isBroken(threshold: Threshold, figures: Figures): boolean {
  if (figures.atMs < threshold.afterMs) return false
  const value = figureOf(threshold, figures)
  return value !== null && !holds(threshold, value) && !canMend(threshold, value)
}

function canMend({ aggregate, comparison, value: bound }: Threshold, value: number): boolean {
  const grows = aggregate === 'count' || aggregate === 'max' || aggregate === 'p100'
  const falls = aggregate === 'min' || aggregate === 'p0'
  if (!grows && !falls) return false
  if (comparison === '!=') return true
  if (comparison === '==') return grows ? value < bound : value > bound
  return grows ? comparison.startsWith('>') : comparison.startsWith('<')
}

function holds({ comparison, value: bound }: Threshold, value: number): boolean {
  switch (comparison) {
    case '<':
      return value < bound
    case '<=':
      return value <= bound
    case '>':
      return value > bound
    case '>=':
      return value >= bound
    case '==':
      return value === bound
    case '!=':
      return value !== bound
  }
}

/** The threshold that ended a run, by its place, and how it stood then. */
export interface Ended {
  readonly by: number
  readonly result: ThresholdResult
}

/** Follows the thresholds of one run. */
export class Judgement {
  readonly #thresholds: readonly Threshold[]
  #results: readonly ThresholdResult[] = []
  #ended: Ended | null

  /** `ended`: what has ended the run already, where it is read back. */
  constructor(thresholds: readonly Threshold[], ended: Ended | null = null) {
    this.#thresholds = thresholds
    this.#ended = ended
  }

  /** There is something to look at. */
  get wanted(): boolean {
    return this.#thresholds.length > 0
  }

  /** How they stood when they were last looked at; empty before that. */
  get results(): readonly ThresholdResult[] {
    return this.#results
  }

  /** Null: none has ended the run. */
  get ended(): Ended | null {
    return this.#ended
  }

  /** Looks at all of them; gives the first that has to end the run, once. */
  look(figures: Figures): ThresholdResult | null {
    const now = this.#thresholds.map((threshold) => judgeThreshold(threshold, figures))
    const by = this.#ended === null ? this.#thresholds.findIndex((one) => one.abort && isBroken(one, figures)) : -1
    if (by >= 0) this.#ended = { by, result: { ...now[by]!, abortedMs: figures.atMs } }
    // What has ended the run stays broken, though its figure may recover while the last mail is answered.
    this.#results = now.map((result, i) => (this.#ended?.by === i ? this.#ended.result : result))
    return by >= 0 ? this.#ended!.result : null
  }
}
