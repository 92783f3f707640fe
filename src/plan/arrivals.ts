/** When messages are due in an open loop: the plan. What it means as a function of time is in `rate-shape.ts`. */

/** Messages per second, from one value to another in a straight line, over so many milliseconds. */
export interface RateStage {
  readonly from: number
  readonly to: number
  readonly ms: number
}

/** Messages per second as a function of time. */
export type RateShape =
  | { readonly kind: 'constant'; readonly rate: number }
  /** One after the other; the last value stands after the last stage. */
  | { readonly kind: 'stages'; readonly stages: readonly RateStage[] }
  /** mean + amplitude × sin(2π t / period); the amplitude is at most the mean. */
  | { readonly kind: 'sine'; readonly mean: number; readonly amplitude: number; readonly periodMs: number }
  /** Each message's own moment, milliseconds of the run, ascending; read from `file`. */
  | { readonly kind: 'offsets'; readonly offsetsMs: Float64Array; readonly file: string }

/** So many messages per second more, for `forMs` at the beginning of every `everyMs`. */
export interface BurstPlan {
  readonly rate: number
  readonly everyMs: number
  readonly forMs: number
}

export interface ArrivalPlan {
  readonly shape: RateShape
  readonly burst: BurstPlan | null
  /** Evenly spaced, or at random with that mean (a Poisson process, seeded). */
  readonly process: 'even' | 'poisson'
  /** A message whose moment has come while no session is free: waits for one, or is given up and counted as dropped. */
  readonly late: 'queue' | 'drop'
  /** How exactly a start is met: to the microsecond, by watching the clock while one is near, or with the timers' millisecond. */
  readonly pace: 'exact' | 'timer'
}
