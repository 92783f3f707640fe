/** Student's t distribution, for differences whose noise is itself only estimated; and Holm's rule for many of them at once. */

const EPSILON = 1e-14
const TINY = 1e-300

/** How likely it is that chance alone gives `t` or more, in either direction; `freedom` (degrees of freedom) above 0, not necessarily whole. */
export function twoSided(t: number, freedom: number): number {
  if (Number.isNaN(t)) return 1
  if (!Number.isFinite(t)) return 0
  return incompleteBeta(freedom / (freedom + t * t), freedom / 2, 0.5)
}

/** The `t` that chance exceeds, in either direction, with this probability (0..1): 2.23 for 0.05 and 10 degrees of freedom. */
export function criticalT(probability: number, freedom: number): number {
  let low = 0
  let high = 1
  while (twoSided(high, freedom) > probability && high < 1e12) high *= 2
  for (let i = 0; i < 40; i++) {
    const middle = (low + high) / 2
    if (twoSided(middle, freedom) > probability) low = middle
    else high = middle
  }
  return (low + high) / 2
}

/**
 * Holm (1979): probabilities made greater so that, each held against the same level, all of them together are wrong no oftener than
 * that level allows one to be. The least is taken times their number, the next times one fewer, and none falls below the one before.
 */
export function holm(probabilities: readonly number[]): number[] {
  const order = probabilities.map((_, i) => i).sort((a, b) => probabilities[a]! - probabilities[b]!)
  const adjusted = new Array<number>(probabilities.length).fill(1)
  let least = 0
  order.forEach((at, rank) => {
    least = Math.max(least, Math.min(1, probabilities[at]! * (probabilities.length - rank)))
    adjusted[at] = least
  })
  return adjusted
}

/** The regularised incomplete beta function I_x(a, b), by its continued fraction (Abramowitz and Stegun 26.5.8). */
function incompleteBeta(x: number, a: number, b: number): number {
  if (x <= 0) return 0
  if (x >= 1) return 1
  // The fraction converges fast only below the mean; above it the other tail is taken.
  if (x > (a + 1) / (a + b + 2)) return 1 - incompleteBeta(1 - x, b, a)
  const front = Math.exp(logGamma(a + b) - logGamma(a) - logGamma(b) + a * Math.log(x) + b * Math.log1p(-x))
  return (front / a) * betaFraction(x, a, b)
}

/** By Lentz's method: numerator and denominator are kept as a ratio, so that neither overflows. */
function betaFraction(x: number, a: number, b: number): number {
  const away = (value: number) => (Math.abs(value) < TINY ? TINY : value)
  let c = 1
  let d = 1 / away(1 - ((a + b) * x) / (a + 1))
  let fraction = d
  for (let m = 1; m < 1000; m++) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m))
    d = 1 / away(1 + even * d)
    c = away(1 + even / c)
    fraction *= c * d
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1))
    d = 1 / away(1 + odd * d)
    c = away(1 + odd / c)
    fraction *= c * d
    if (Math.abs(c * d - 1) < EPSILON) break
  }
  return fraction
}

/** Stirling's series, above 7 where it is exact to 1e-13; smaller arguments are lifted there. */
function logGamma(x: number): number {
  let lift = 0
  while (x < 7) {
    lift += Math.log(x)
    x++
  }
  const square = x * x
  const series = (1 / 12 - (1 / 360 - (1 / 1260 - 1 / (1680 * square)) / square) / square) / x
  return (x - 0.5) * Math.log(x) - x + 0.5 * Math.log(2 * Math.PI) + series - lift
}
