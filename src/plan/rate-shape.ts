/** What an ArrivalPlan means as a function of time. */
import type { ArrivalPlan } from './arrivals.js'

/** Messages due in the first `ms` milliseconds, as a real number; never falls. */
export function dueBy({ shape }: ArrivalPlan, ms: number): number {
  if (shape.kind !== 'constant') throw new RangeError(`no such rate: ${shape.kind}`)
  return (shape.rate * ms) / 1000
}
