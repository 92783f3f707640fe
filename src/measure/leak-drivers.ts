/** Which drivers of a search can be told apart: two that always come in the same proportion are one. */
import { fitLevels } from './leak-fit.js'
import type { LeakCounts, LeakDriver, LeakFinding } from './leaks.js'

/** What a driver's running total must have of its own, as a share of the whole of it. */
const OWN_LEAST = 0.02

export interface Told {
  readonly drivers: readonly LeakDriver[]
  readonly together: LeakFinding['together']
}

/** Of the candidates, in this order, those that occurred and do not follow from the ones before them. */
export function toldApart(candidates: readonly LeakDriver[], cycles: readonly LeakCounts[]): Told {
  const drivers: LeakDriver[] = []
  const together: { driver: LeakDriver; with: readonly LeakDriver[] }[] = []
  for (const driver of candidates) {
    const total = runningTotals(driver, cycles)
    const whole = total.at(-1)!
    if (whole <= 0) continue
    const fit =
      drivers.length === 0
        ? null
        : fitLevels(
            total,
            drivers.map((one) => runningTotals(one, cycles)),
            1e-6,
          )
    const own = fit === null ? whole : Math.sqrt(fit.residuals.reduce((sum, one) => sum + one * one, 0) / total.length)
    if (drivers.length > 0 && (fit === null || own < OWN_LEAST * whole)) {
      together.push({ driver, with: [...drivers] })
    } else drivers.push(driver)
  }
  return { drivers, together }
}

/** How many so far: 0 before the first cycle, then one value after each. */
export function runningTotals(driver: LeakDriver, cycles: readonly LeakCounts[]): number[] {
  const totals = [0]
  for (const counts of cycles) totals.push(totals.at(-1)! + (counts[driver] ?? 0))
  return totals
}
