import { covariance, noiseOf } from './leak-noise.js'
import { apply, dot, invert, sandwich, transpose, weighted } from './matrix.js'

/**
 * Levels as a straight function of what has been done so far, robustly: y = c + Σ slope × so many. Residuals beyond what is usual weigh less (Huber's
 * weights), and the errors of the slopes allow for two kinds of noise at once: one that each level has by itself (garbage that waits), and steps that
 * stay (memory that the allocator keeps).
 */

/** Huber's constant: 95 % as good as least squares where the noise is normal. */
const HUBER = 1.345
const ROUNDS = 25
/** From the median of absolute deviations to the standard deviation of normal noise. */
const MAD = 1.4826
/** Residuals beyond so many of their standard deviations do not count as noise of the others. */
const CLIP = 3

export interface Fit {
  readonly intercept: number
  /** By driver, in the order given. */
  readonly slopes: readonly number[]
  /** Standard errors of the slopes. */
  readonly errors: readonly number[]
  readonly degrees: number
  readonly residuals: readonly number[]
  /** Standard deviation of one level around the line. */
  readonly noise: number
}

/**
 * Fits levels (one before the first cycle and one after each) to the running totals of each driver, of the same length. `grain` is the least noise that
 * is believed, in units of the level. Null: too few levels, or drivers that cannot be told apart.
 */
export function fitLevels(
  levels: readonly number[],
  totals: readonly (readonly number[])[],
  grain: number,
): Fit | null {
  const n = levels.length
  const k = totals.length + 1
  const degrees = n - k
  if (degrees < 1) return null
  // Columns of about the same size: totals reach from units to millions.
  const scales = totals.map((column) => Math.max(...column.map(Math.abs)) || 1)
  const rows = levels.map((_, i) => [1, ...totals.map((column, j) => column[i]! / scales[j]!)])
  let weights = levels.map(() => 1)
  let beta: number[] | null = null
  let residuals: number[] = []
  for (let round = 0; round < ROUNDS; round++) {
    const gram = invert(weighted(rows, weights))
    if (gram === null) return null
    const columns = transpose(rows)
    const moments = columns.map((column) => column.reduce((sum, one, i) => sum + weights[i]! * one * levels[i]!, 0))
    const next = apply(gram.inverse, moments)
    residuals = rows.map((row, i) => levels[i]! - dot(row, next))
    const done = beta?.every((one, j) => Math.abs(one - next[j]!) <= 1e-9 * (Math.abs(next[j]!) + grain)) ?? false
    beta = next
    if (done) break
    const limit = HUBER * Math.max(grain, MAD * median(residuals.map(Math.abs)))
    weights = residuals.map((one) => (Math.abs(one) <= limit ? 1 : limit / Math.abs(one)))
  }
  if (beta === null) return null
  const scale = Math.max(grain, MAD * median(residuals.map(Math.abs)))
  const clipped = levels.map((level, i) => {
    const residual = residuals[i]!
    return level - residual + Math.max(-CLIP * scale, Math.min(CLIP * scale, residual))
  })
  // Of the residuals, not of the levels: those are large beside them, and would cost digits.
  const centre = clipped[0]!
  const found = noiseOf(
    rows,
    clipped.map((one) => one - centre),
  )
  const noise = { own: Math.max(found.own, (grain * grain) / 12), steps: found.steps }
  const gram = invert(weighted(rows, weights))
  if (gram === null) return null
  const hat = rows.map((row, i) => apply(gram.inverse, row).map((one) => one * weights[i]!))
  const errors = sandwich(hat, covariance(noise, n)).map((row, j) => Math.sqrt(Math.max(0, row[j]!)))
  return {
    intercept: beta[0]!,
    slopes: beta.slice(1).map((one, j) => one / scales[j]!),
    errors: errors.slice(1).map((one, j) => one / scales[j]!),
    degrees,
    residuals,
    noise: Math.sqrt(noise.own + noise.steps),
  }
}

/** The middle value; 0 of none. */
export function median(values: readonly number[]): number {
  if (values.length === 0) return 0
  const sorted = [...values].sort((a, b) => a - b)
  const half = Math.floor(sorted.length / 2)
  return sorted.length % 2 === 1 ? sorted[half]! : (sorted[half - 1]! + sorted[half]!) / 2
}
