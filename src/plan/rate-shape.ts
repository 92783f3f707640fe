/** What an ArrivalPlan means as a function of time. */
import type { ArrivalPlan, RateShape } from './arrivals.js'
import {
  BurstCurve,
  ConstantCurve,
  type Curve,
  OffsetsCurve,
  SineCurve,
  type SmoothCurve,
  StagesCurve,
} from './curves.js'

/** The plan's expected count as a function of time, ready to be asked often. */
export function curveOf({ shape, burst }: ArrivalPlan): Curve {
  if (shape.kind === 'offsets') return new OffsetsCurve(shape.offsetsMs)
  const base = smoothCurve(shape)
  return burst === null ? base : new BurstCurve(base, burst)
}

function smoothCurve(shape: Exclude<RateShape, { kind: 'offsets' }>): SmoothCurve {
  switch (shape.kind) {
    case 'constant':
      return new ConstantCurve(shape.rate)
    case 'stages':
      return new StagesCurve(shape.stages)
    case 'sine':
      return new SineCurve(shape.mean, shape.amplitude, shape.periodMs)
  }
}

/** Messages due in the first `ms` milliseconds, as a real number; never falls. */
export function dueBy(plan: ArrivalPlan, ms: number): number {
  return curveOf(plan).dueBy(ms)
}

/** The moment in milliseconds at which the expected count reaches `count`, or passes it after a pause; Infinity: it never does. */
export function momentOf(plan: ArrivalPlan, count: number): number {
  return curveOf(plan).momentOf(count)
}

/** Messages per second at the plan's busiest moment; of single moments (offsets) there is none. */
export function peakOf({ shape, burst }: ArrivalPlan): number {
  const more = burst?.rate ?? 0
  switch (shape.kind) {
    case 'constant':
      return shape.rate + more
    case 'stages':
      return shape.stages.reduce((most, { from, to }) => Math.max(most, from, to), 0) + more
    case 'sine':
      return shape.mean + shape.amplitude + more
    case 'offsets':
      return 0
  }
}
