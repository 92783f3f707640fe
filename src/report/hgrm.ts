/** A percentile distribution as HdrHistogram's own plotters read it (`.hgrm`), in milliseconds. */
import type { Result } from '../measure/result.js'

/** Points per half of the distance that is left to 100 %. */
const TICKS = 5
const US_PER_MS = 1000

/** The distribution of one row of the latency table; null when the run has no such row. */
export function toHgrm(result: Pick<Result, 'latency'>, name = 'response', outcome = 'accepted'): string | null {
  const row = result.latency.find((one) => one.name === name && one.outcome === outcome)
  return row === undefined ? null : row.histogram.outputPercentileDistribution(TICKS, US_PER_MS)
}
