/**
 * A rate that is changed while the run goes: the plan has a time of its own, which goes faster or slower than the run's. Planned time never jumps and
 * never stands, so every message of the plan keeps its turn and has one intended start.
 */
import type { ArrivalPlan } from './arrivals.js'
import type { Curve } from './curves.js'
import { curveOf } from './rate-shape.js'

/** From that millisecond of the run on, planned time goes so many times as fast as the run's. */
export interface RateChange {
  readonly atMs: number
  readonly factor: number
}

/** A change together with what planned time it was then: enough for who has missed the changes before it. */
export interface TempoChange extends RateChange {
  readonly planMs: number
}

/** Planned time as a function of the run's, and back; straight lines one after the other. */
export class Tempo {
  private readonly fromMs: number[] = [0]
  private readonly planMs: number[] = [0]
  private readonly factors: number[] = [1]

  /** `changes` in the order of their times. */
  constructor(changes: readonly RateChange[] = []) {
    for (const change of changes) this.change(change)
  }

  /**
   * Another pace from then on, which is not before the change before it; the same moment again replaces that one. `planMs` is given where changes
   * may have been missed: until then planned time goes as was known, but no further than that.
   */
  change({ atMs, factor, planMs = this.planOf(atMs) }: RateChange & { readonly planMs?: number }): void {
    if (atMs <= this.fromMs.at(-1)! && this.fromMs.length > 0) this.drop()
    this.fromMs.push(Math.max(atMs, this.fromMs.at(-1) ?? 0))
    this.planMs.push(planMs)
    this.factors.push(factor)
  }

  /** Milliseconds of planned time at a millisecond of the run. */
  planOf(ms: number): number {
    let i = this.fromMs.length - 1
    while (i > 0 && this.fromMs[i]! > ms) i--
    const plan = this.planMs[i]! + (ms - this.fromMs[i]!) * this.factors[i]!
    return i + 1 < this.planMs.length ? Math.min(plan, this.planMs[i + 1]!) : plan
  }

  /** The millisecond of the run at which planned time gets there. */
  runOf(planMs: number): number {
    let i = this.planMs.length - 1
    while (i > 0 && this.planMs[i]! > planMs) i--
    const at = this.fromMs[i]! + (planMs - this.planMs[i]!) / this.factors[i]!
    return i + 1 < this.fromMs.length ? Math.min(at, this.fromMs[i + 1]!) : at
  }

  private drop(): void {
    this.fromMs.pop()
    this.planMs.pop()
    this.factors.pop()
  }
}

/** A curve at another tempo. */
export class TempoCurve implements Curve {
  private readonly curve: Curve
  private readonly tempo: Tempo

  constructor(curve: Curve, tempo: Tempo) {
    this.curve = curve
    this.tempo = tempo
  }

  dueBy(ms: number): number {
    return this.curve.dueBy(this.tempo.planOf(ms))
  }

  momentOf(count: number): number {
    return this.tempo.runOf(this.curve.momentOf(count))
  }
}

/** The plan's expected count over the run, with what was changed while it went. */
export function askedCurve(arrivals: ArrivalPlan, changes: readonly RateChange[]): Curve {
  const curve = curveOf(arrivals)
  return changes.length === 0 ? curve : new TempoCurve(curve, new Tempo(changes))
}
