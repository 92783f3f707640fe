import type { ArrivalPlan } from '#src/plan/arrivals.js'
import { shares } from '#src/plan/shares.js'
import { startsOf } from '#src/plan/starts.js'
import { planOf } from './source-plan.js'

/** The starts of a run before its end, in order: what its workers have among them. */
export function intendedStarts(
  arrivals: ArrivalPlan,
  endMs: number,
  { workers = 1, sessions = 1, seed = 'abcd' }: { workers?: number; sessions?: number; seed?: string } = {},
): number[] {
  const all: number[] = []
  for (const share of shares({ ...planOf({ load: { arrivals, sessions }, workers }), seed })) {
    const starts = startsOf(share)!
    for (; starts.next[0]! < endMs; starts.advance()) all.push(starts.next[0]!)
  }
  return all.sort((a, b) => a - b)
}

/**
 * What was seen on another clock, on that of the run: the one that came soonest after its moment came at it. Nothing comes before its moment,
 * so this is off by no more than the quickest way from a start to the one who saw it.
 */
export function onClockOf(intended: readonly number[], seen: readonly number[]): number[] {
  const both = seen.slice(0, intended.length)
  const origin = both.reduce((least, at, i) => Math.min(least, at - intended[i]!), Number.POSITIVE_INFINITY)
  return seen.map((at) => at - origin)
}
