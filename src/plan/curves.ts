/**
 * Expected counts as functions of time, and back: closed forms where there are any, else Newton's steps held between bounds. Milliseconds and
 * messages; nothing is made per call.
 */
import type { BurstPlan, RateStage } from './arrivals.js'

/** Messages due by a moment, and the moment by which so many are due. */
export interface Curve {
  /** Messages due in the first `ms` milliseconds; never falls. */
  dueBy(ms: number): number
  /** The latest moment by which no more than `count` are due, so that nobody starts in a pause; Infinity: there are never more. */
  momentOf(count: number): number
}

/** A curve with a rate (messages per millisecond) at every moment. */
export interface SmoothCurve extends Curve {
  rateAt(ms: number): number
}

/** Sums of products come out a little above or below the whole number that they stand for. */
const DUST = 1e-9
/** A moment is good when it is right to a nanosecond. */
const GRAIN_MS = 1e-6
const STEPS_MOST = 100

/** Where `curve` reaches `count`, known to be between `low` and `high`. */
function solve(curve: SmoothCurve, count: number, low: number, high: number): number {
  let at = low
  for (let i = 0; i < STEPS_MOST; i++) {
    const over = curve.dueBy(at) - count
    if (over > 0) high = at
    else low = at
    const step = over / curve.rateAt(at)
    if (Math.abs(step) <= GRAIN_MS || Math.abs(over) <= DUST || high - low <= GRAIN_MS) break
    const next = at - step
    at = next > low && next < high ? next : (low + high) / 2
  }
  return at
}

export class ConstantCurve implements SmoothCurve {
  private readonly perSecond: number

  constructor(perSecond: number) {
    this.perSecond = perSecond
  }

  rateAt(): number {
    return this.perSecond / 1000
  }

  dueBy(ms: number): number {
    return (this.perSecond * ms) / 1000
  }

  momentOf(count: number): number {
    return (count * 1000) / this.perSecond
  }
}

/** Straight lines one after the other; the last value stands after the last. */
export class StagesCurve implements SmoothCurve {
  /** By stage, with one for what comes after the last: its beginning, what was due before it, its rate at first, and the rate's growth. */
  private readonly fromMs: Float64Array
  private readonly before: Float64Array
  private readonly rate: Float64Array
  private readonly growth: Float64Array

  constructor(stages: readonly RateStage[]) {
    const length = stages.length + 1
    this.fromMs = new Float64Array(length)
    this.before = new Float64Array(length)
    this.rate = new Float64Array(length)
    this.growth = new Float64Array(length)
    stages.forEach(({ from, to, ms }, i) => {
      this.rate[i] = from / 1000
      this.growth[i] = (to - from) / 1000 / ms
      this.fromMs[i + 1] = this.fromMs[i]! + ms
      this.before[i + 1] = this.before[i]! + ((from + to) / 2000) * ms
    })
    this.rate[length - 1] = (stages.at(-1)?.to ?? 0) / 1000
  }

  rateAt(ms: number): number {
    const i = lastUpTo(this.fromMs, ms)
    return this.rate[i]! + this.growth[i]! * (ms - this.fromMs[i]!)
  }

  dueBy(ms: number): number {
    const i = lastUpTo(this.fromMs, ms)
    const t = ms - this.fromMs[i]!
    return this.before[i]! + (this.rate[i]! + (this.growth[i]! * t) / 2) * t
  }

  momentOf(count: number): number {
    const i = lastUpTo(this.before, count + DUST * (1 + count))
    const more = Math.max(0, count - this.before[i]!)
    const rate = this.rate[i]!
    const growth = this.growth[i]!
    // rate·t + growth·t²/2 = more, by the form of the root that loses no digits; a falling rate may end below it by rounding.
    const twice = rate + Math.sqrt(Math.max(0, rate * rate + 2 * growth * more))
    const at = this.fromMs[i]! + (twice > 0 ? (2 * more) / twice : 0)
    if (i + 1 < this.fromMs.length) return Math.min(at, this.fromMs[i + 1]!)
    return rate > 0 ? at : Number.POSITIVE_INFINITY
  }
}

/** mean + amplitude × sin(2π t / period). */
export class SineCurve implements SmoothCurve {
  private readonly mean: number
  private readonly amplitude: number
  private readonly periodMs: number

  /** Rates per second; the amplitude is at most the mean. */
  constructor(mean: number, amplitude: number, periodMs: number) {
    this.mean = mean / 1000
    this.amplitude = amplitude / 1000
    this.periodMs = periodMs
  }

  rateAt(ms: number): number {
    return this.mean + this.amplitude * Math.sin((2 * Math.PI * ms) / this.periodMs)
  }

  dueBy(ms: number): number {
    const swing = (this.amplitude * this.periodMs) / (2 * Math.PI)
    return this.mean * ms + swing * (1 - Math.cos((2 * Math.PI * ms) / this.periodMs))
  }

  momentOf(count: number): number {
    const perPeriod = this.mean * this.periodMs
    const periods = Math.floor(count / perPeriod)
    const rest = Math.max(0, count - periods * perPeriod)
    const most = rest / this.mean
    const least = Math.max(0, most - (this.amplitude * this.periodMs) / Math.PI / this.mean)
    return periods * this.periodMs + solve(this, rest, least, most)
  }
}

/** So much more at the beginning of every period. */
export class BurstCurve implements SmoothCurve {
  private readonly base: SmoothCurve
  private readonly rate: number
  private readonly everyMs: number
  private readonly forMs: number

  constructor(base: SmoothCurve, { rate, everyMs, forMs }: BurstPlan) {
    this.base = base
    this.rate = rate / 1000
    this.everyMs = everyMs
    this.forMs = forMs
  }

  rateAt(ms: number): number {
    const within = ms - Math.floor(ms / this.everyMs) * this.everyMs
    return this.base.rateAt(ms) + (within < this.forMs ? this.rate : 0)
  }

  dueBy(ms: number): number {
    const bursts = Math.floor(ms / this.everyMs)
    const within = Math.min(ms - bursts * this.everyMs, this.forMs)
    return this.base.dueBy(ms) + this.rate * (bursts * this.forMs + within)
  }

  momentOf(count: number): number {
    const limit = count + DUST * (1 + count)
    const perBurst = this.rate * this.forMs
    // The period in which it lies: the last one that does not begin with more.
    let low = 0
    let high = Math.floor(limit / perBurst)
    while (low < high) {
      const middle = Math.ceil((low + high) / 2)
      if (this.dueBy(middle * this.everyMs) <= limit) low = middle
      else high = middle - 1
    }
    const begin = low * this.everyMs
    const edge = begin + this.forMs
    if (this.dueBy(edge) > limit) return solve(this, count, begin, edge)
    const at = this.base.momentOf(Math.max(0, count - (low + 1) * perBurst))
    return Math.min(Math.max(at, edge), begin + this.everyMs)
  }
}

/** Each message at its own moment. */
export class OffsetsCurve implements Curve {
  private readonly offsetsMs: Float64Array

  constructor(offsetsMs: Float64Array) {
    this.offsetsMs = offsetsMs
  }

  dueBy(ms: number): number {
    let low = 0
    let high = this.offsetsMs.length
    while (low < high) {
      const middle = (low + high) >> 1
      if (this.offsetsMs[middle]! < ms) low = middle + 1
      else high = middle
    }
    return low
  }

  momentOf(count: number): number {
    return this.offsetsMs[Math.floor(count)] ?? Number.POSITIVE_INFINITY
  }
}

/** The last position of an ascending array whose value is at most `limit`; 0 when none is. */
function lastUpTo(values: Float64Array, limit: number): number {
  let low = 0
  let high = values.length - 1
  while (low < high) {
    const middle = (low + high + 1) >> 1
    if (values[middle]! <= limit) low = middle
    else high = middle - 1
  }
  return low
}
