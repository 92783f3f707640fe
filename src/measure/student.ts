/** Quantiles of Student's distribution, as confidence intervals of few values need them. */

/**
 * The value that a share `confidence` of all draws lies below in size (two-sided), with so many degrees of freedom: 1 gives the widest interval. By the
 * expansion of Abramowitz and Stegun 26.7.5 from four degrees on, by the closed forms below.
 */
export function studentQuantile(confidence: number, degrees: number): number {
  const p = (1 + confidence) / 2
  if (degrees < 2) return Math.tan(Math.PI * (p - 0.5))
  const a = 4 * p * (1 - p)
  if (degrees < 3) return (2 * (p - 0.5)) / Math.sqrt(a / 2)
  if (degrees < 4) return threeDegrees(p)
  if (degrees < 5) {
    const q = Math.cos(Math.acos(Math.sqrt(a)) / 3) / Math.sqrt(a)
    return 2 * Math.sqrt(q - 1)
  }
  const x = normalQuantile(p)
  const n = degrees
  const x2 = x * x
  const g1 = (x * (x2 + 1)) / 4
  const g2 = (x * ((5 * x2 + 16) * x2 + 3)) / 96
  const g3 = (x * (((3 * x2 + 19) * x2 + 17) * x2 - 15)) / 384
  const g4 = (x * ((((79 * x2 + 776) * x2 + 1482) * x2 - 1920) * x2 - 945)) / 92_160
  return x + g1 / n + g2 / n ** 2 + g3 / n ** 3 + g4 / n ** 4
}

/** No closed form: found between bounds by the distribution itself. */
function threeDegrees(p: number): number {
  const cdf = (t: number) => {
    const s = t / Math.sqrt(3)
    return 0.5 + (s / (1 + s * s) + Math.atan(s)) / Math.PI
  }
  let low = 0
  let high = 1e4
  for (let i = 0; i < 80; i++) {
    const middle = (low + high) / 2
    if (cdf(middle) < p) low = middle
    else high = middle
  }
  return (low + high) / 2
}

/** Of the normal distribution, p above one half; Abramowitz and Stegun 26.2.23, off by less than 0.00045. */
function normalQuantile(p: number): number {
  const t = Math.sqrt(-2 * Math.log(1 - p))
  return t - (2.515517 + 0.802853 * t + 0.010328 * t * t) / (1 + 1.432788 * t + 0.189269 * t * t + 0.001308 * t ** 3)
}
