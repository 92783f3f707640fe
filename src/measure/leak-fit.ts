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
/** At least this share of the variance of differences is taken for steps that stay: few values cannot rule it out. */
const STEPS_LEAST = 0.05

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
    const inverse = invert(normal(rows, weights))
    if (inverse === null) return null
    const next = apply(inverse, weightedSums(rows, weights, levels))
    residuals = rows.map((row, i) => levels[i]! - dot(row, next))
    const done = beta?.every((one, j) => Math.abs(one - next[j]!) <= 1e-9 * (Math.abs(next[j]!) + grain)) ?? false
    beta = next
    if (done) break
    const limit = HUBER * Math.max(grain, MAD * median(residuals.map(Math.abs)))
    weights = residuals.map((one) => (Math.abs(one) <= limit ? 1 : limit / Math.abs(one)))
  }
  const { own, steps } = noiseOf(residuals, degrees, grain)
  const errors = errorsOf(rows, weights, own, steps)
  if (beta === null || errors === null) return null
  return {
    intercept: beta[0]!,
    slopes: beta.slice(1).map((one, j) => one / scales[j]!),
    errors: errors.slice(1).map((one, j) => one / scales[j]!),
    degrees,
    residuals,
    noise: Math.sqrt(own + steps),
  }
}

/** Variances of the two kinds of noise, from the differences of neighbouring residuals: what one level has by itself turns round in the next one. */
function noiseOf(residuals: readonly number[], degrees: number, grain: number): { own: number; steps: number } {
  const raw = residuals.slice(1).map((one, i) => one - residuals[i]!)
  const limit = 3 * Math.max(grain, MAD * median(raw.map(Math.abs)))
  const differences = raw.map((one) => Math.max(-limit, Math.min(limit, one)))
  const inflate = residuals.length / degrees
  const variance = mean(differences.map((one) => one * one)) * inflate
  const neighbours = mean(differences.slice(1).map((one, i) => one * differences[i]!)) * inflate
  const steps = Math.min(variance, Math.max(STEPS_LEAST * variance, variance + 2 * neighbours))
  return { own: Math.max((grain * grain) / 12, (variance - steps) / 2), steps }
}

/** Standard errors of all coefficients: (X'WX)⁻¹ X'W C W X (X'WX)⁻¹ with C of both kinds of noise. Null: singular. */
function errorsOf(
  rows: readonly (readonly number[])[],
  weights: readonly number[],
  own: number,
  steps: number,
): number[] | null {
  const inverse = invert(normal(rows, weights))
  if (inverse === null) return null
  const hat = rows.map((row, i) => apply(inverse, row).map((one) => one * weights[i]!))
  const n = rows.length
  return inverse.map((_, j) => {
    let variance = 0
    for (let a = 0; a < n; a++) {
      for (let b = 0; b < n; b++) {
        const covariance = (a === b ? own : 0) + steps * Math.min(a, b)
        variance += hat[a]![j]! * covariance * hat[b]![j]!
      }
    }
    return Math.sqrt(Math.max(0, variance))
  })
}

function normal(rows: readonly (readonly number[])[], weights: readonly number[]): number[][] {
  return rows[0]!.map((_, a) =>
    rows[0]!.map((_, b) => rows.reduce((sum, row, i) => sum + weights[i]! * row[a]! * row[b]!, 0)),
  )
}

function weightedSums(rows: readonly (readonly number[])[], weights: readonly number[], levels: readonly number[]) {
  return rows[0]!.map((_, j) => rows.reduce((sum, row, i) => sum + weights[i]! * row[j]! * levels[i]!, 0))
}

/** Gauss and Jordan with pivots; null for what is as good as singular. */
function invert(matrix: readonly (readonly number[])[]): number[][] | null {
  const n = matrix.length
  const work = matrix.map((row, i) => [...row, ...row.map((_, j) => (i === j ? 1 : 0))])
  for (let at = 0; at < n; at++) {
    let pivot = at
    for (let row = at + 1; row < n; row++) if (Math.abs(work[row]![at]!) > Math.abs(work[pivot]![at]!)) pivot = row
    const head = work[pivot]![at]!
    if (Math.abs(head) < 1e-9) return null
    ;[work[at], work[pivot]] = [work[pivot]!, work[at]!]
    work[at] = work[at]!.map((one) => one / head)
    for (let row = 0; row < n; row++) {
      if (row === at) continue
      const factor = work[row]![at]!
      work[row] = work[row]!.map((one, j) => one - factor * work[at]![j]!)
    }
  }
  return work.map((row) => row.slice(n))
}

function apply(matrix: readonly (readonly number[])[], vector: readonly number[]): number[] {
  return matrix.map((row) => dot(row, vector))
}

function dot(a: readonly number[], b: readonly number[]): number {
  return a.reduce((sum, one, i) => sum + one * b[i]!, 0)
}

function mean(values: readonly number[]): number {
  return values.length === 0 ? 0 : values.reduce((sum, one) => sum + one, 0) / values.length
}

/** The middle value; 0 of none. */
export function median(values: readonly number[]): number {
  if (values.length === 0) return 0
  const sorted = [...values].sort((a, b) => a - b)
  const half = Math.floor(sorted.length / 2)
  return sorted.length % 2 === 1 ? sorted[half]! : (sorted[half - 1]! + sorted[half]!) / 2
}
