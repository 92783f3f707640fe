/** Times drawn from a distribution. */
import type { Rng } from '../base/rng.js'
import type { Distribution } from '../plan/policy.js'

/** Nothing waits longer, in milliseconds. */
export const DRAW_MAX_MS = 3_600_000

/** Standard deviations from the median to the 99th percentile of a normal distribution. */
const P99_DEVIATIONS = 2.3263478740408408

/** Milliseconds with a fraction, from 0 to an hour. */
export function drawMs(time: Distribution, rng: Rng): number {
  const ms = unbounded(time, rng)
  return ms > 0 ? Math.min(ms, DRAW_MAX_MS) : 0
}

function unbounded(time: Distribution, rng: Rng): number {
  switch (time.kind) {
    case 'fixed':
      return time.ms
    case 'uniform':
      return time.minMs + (time.maxMs - time.minMs) * rng.next()
    case 'exp':
      return -time.meanMs * Math.log(1 - rng.next())
    case 'normal':
      return time.meanMs + time.sdMs * normal(rng)
    case 'geometric':
      // One number says how long the row of draws is.
      return time.ms * Math.floor(Math.log(1 - rng.next()) / Math.log(time.odds))
    case 'lognormal': {
      const sigma = Math.log(time.p99Ms / time.medianMs) / P99_DEVIATIONS
      return time.medianMs * Math.exp(sigma * normal(rng))
    }
  }
}

/** Of mean 0 and deviation 1 (Box and Muller); always two numbers of the generator. */
function normal(rng: Rng): number {
  const radius = Math.sqrt(-2 * Math.log(1 - rng.next()))
  return radius * Math.cos(2 * Math.PI * rng.next())
}
