/**
 * A distribution of sizes as a short list of them. The range of probabilities is cut into 256 equal strata, and the middle of each gives one
 * size: bodies can then be laid out before the run, and the shares of small and large mail are right to within 1/256. What lies beyond
 * the middles of the outermost strata (the lowest and the highest 0.2 %) is not drawn.
 */
import type { SizeDraw } from '../plan/mail-plan.js'

export const STRATA = 256

/** A payload size in octets and how often it is drawn in relation to the others. */
export interface Stratum {
  readonly size: number
  readonly weight: number
}

/** At most `STRATA` sizes, ascending. Few values (a narrow range, a short histogram) are kept exactly. */
export function sizeStrata(draw: SizeDraw): Stratum[] {
  switch (draw.kind) {
    case 'uniform': {
      const range = draw.to - draw.from + 1
      const strata = Math.min(STRATA, range)
      return evenly(strata, (p) => draw.from + Math.floor(p * range))
    }
    case 'lognormal':
      return logNormal(draw)
    case 'histogram': {
      const rows = draw.rows.filter(({ count }) => count > 0).sort((a, b) => a.size - b.size)
      if (rows.length <= STRATA) return rows.map(({ size, count }) => ({ size, weight: count }))
      const all = rows.reduce((sum, { count }) => sum + count, 0)
      let row = 0
      let upTo = rows[0]!.count
      return evenly(STRATA, (p) => {
        while (upTo < p * all && row < rows.length - 1) upTo += rows[++row]!.count
        return rows[row]!.size
      })
    }
  }
}

/** The size at the middle of each of so many strata; equal ones are put together. */
function evenly(strata: number, sizeAt: (p: number) => number): Stratum[] {
  const found = new Map<number, number>()
  for (let i = 0; i < strata; i++) {
    const size = sizeAt((i + 0.5) / strata)
    found.set(size, (found.get(size) ?? 0) + 1)
  }
  return Array.from(found, ([size, weight]) => ({ size, weight }))
}

function logNormal({ median, sigma, from, to }: Extract<SizeDraw, { kind: 'lognormal' }>): Stratum[] {
  const standard = (size: number) => Math.log(size / median) / sigma
  const lowest = normalShare(standard(from))
  const highest = normalShare(standard(to))
  return evenly(STRATA, (p) => {
    const size = Math.round(median * Math.exp(sigma * normalQuantile(lowest + p * (highest - lowest))))
    return Math.min(to, Math.max(from, size))
  })
}

/** How much of the standard normal distribution lies below z: Marsaglia's series, exact to double precision where it matters. */
function normalShare(z: number): number {
  if (z < -8) return 0
  if (z > 8) return 1
  let term = z
  let sum = z
  for (let i = 3; sum + term !== sum; i += 2) {
    term *= (z * z) / i
    sum += term
  }
  return 0.5 + (sum * Math.exp(-(z * z) / 2)) / Math.sqrt(2 * Math.PI)
}

/** The inverse of `normalShare`, by halving. */
function normalQuantile(share: number): number {
  let low = -8
  let high = 8
  for (let i = 0; i < 60; i++) {
    const middle = (low + high) / 2
    if (normalShare(middle) < share) low = middle
    else high = middle
  }
  return (low + high) / 2
}
