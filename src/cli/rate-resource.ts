/** `/api/rate`: how fast an open loop is asked to go, and a hand on it. */
import { UsageError } from '../base/errors.js'
import { nearest } from '../base/nearest.js'
import { formatRate, parseRate } from '../base/units.js'
import type { ArrivalPlan } from '../plan/arrivals.js'
import { curveOf } from '../plan/rate-shape.js'
import { Tempo } from '../plan/tempo.js'
import { RATE_SCALE_LEAST, RATE_SCALE_MOST, type RateControls } from '../run/rate-knob.js'
import type { Resource } from '../serve/routes.js'

/** Over how long the plan's rate is taken, in milliseconds: single moments have none. */
const ABOUT_MS = 1000

export interface RateState {
  /** Messages per second by the plan at this moment; null in a closed loop. */
  readonly asked: number | null
  readonly scale: number
  /** `asked` times `scale`. */
  readonly perSecond: number | null
  /** Why it can't be changed; absent where it can. */
  readonly why?: string
}

const CLOSED =
  'This run is a closed loop: its sessions go as fast as they are answered. With --rate there is a rate to change.'

export class RateResource implements Resource {
  readonly #arrivals: ArrivalPlan | null
  #run: RateControls | null = null
  #planMs = 0

  constructor(arrivals: ArrivalPlan | null) {
    this.#arrivals = arrivals
  }

  started(run: RateControls): void {
    this.#run = run
  }

  /** How far the run is, in milliseconds; gives how far it is in the plan, which is not the same once the rate was changed. */
  at(ms: number): number {
    this.#planMs = new Tempo(this.#run?.rateChanges).planOf(ms)
    return this.#planMs
  }

  get(): RateState {
    const arrivals = this.#arrivals
    const scale = this.#run?.rateScale ?? 1
    if (arrivals === null) return { asked: null, scale, perSecond: null, why: CLOSED }
    const asked = rateAt(arrivals, this.#planMs)
    return { asked, scale, perSecond: asked * scale }
  }

  /** Takes `{"scale": 1.5}` or `{"rate": "2k/s"}`; throws UsageError. */
  put(body: unknown): RateState {
    if (this.#arrivals === null) throw new UsageError(CLOSED)
    if (this.#run === null) throw new UsageError('The run has not begun yet; try again in a moment.')
    this.#run.scaleRate(this.#scaleOf(body))
    return this.get()
  }

  #scaleOf(body: unknown): number {
    const { scale, rate, ...others } = objectOf(body)
    const [other] = Object.keys(others)
    if (other !== undefined) {
      const meant = nearest(other, ['scale', 'rate'])
      throw new UsageError(`rate: '${other}' is unknown; ${meant ? `did you mean ${meant}?` : 'give scale or rate.'}`)
    }
    if ((scale === undefined) === (rate === undefined)) {
      throw new UsageError('rate: give either scale or rate, as {"scale": 1.5} or {"rate": "2k/s"}.')
    }
    return rate === undefined ? checkedScale(scale) : this.#scaleFor(rate)
  }

  #scaleFor(rate: unknown): number {
    const wanted = parseRate(typeof rate === 'number' ? String(rate) : typeof rate === 'string' ? rate : '', 'rate')
    const asked = this.get().asked!
    if (!(asked > 0)) throw new UsageError('rate: the plan pauses at this moment; give a scale.')
    const scale = wanted / asked
    if (scale < RATE_SCALE_LEAST || scale > RATE_SCALE_MOST) {
      const [from, to] = [RATE_SCALE_LEAST, RATE_SCALE_MOST].map((bound) =>
        formatRate(Number((asked * bound).toPrecision(3))),
      )
      throw new UsageError(
        `rate: ${formatRate(wanted)} is out of reach; the plan has ${formatRate(Number(asked.toPrecision(3)))} now, so give ${from} to ${to}.`,
      )
    }
    return scale
  }
}

function objectOf(body: unknown): Record<string, unknown> {
  if (typeof body === 'object' && body !== null && !Array.isArray(body)) return body as Record<string, unknown>
  throw new UsageError('rate: give an object, {"scale": 1.5} or {"rate": "2k/s"}.')
}

function checkedScale(scale: unknown): number {
  if (typeof scale === 'number' && scale >= RATE_SCALE_LEAST && scale <= RATE_SCALE_MOST) return scale
  throw new UsageError(
    `rate: scale is a factor of the plan's rate; give a number from ${RATE_SCALE_LEAST} to ${RATE_SCALE_MOST}.`,
  )
}

/** Messages per second about that moment. */
function rateAt(arrivals: ArrivalPlan, ms: number): number {
  const curve = curveOf(arrivals)
  const from = Math.max(0, ms - ABOUT_MS / 2)
  const perSecond = ((curve.dueBy(from + ABOUT_MS) - curve.dueBy(from)) * 1000) / ABOUT_MS
  // Without the dust of a difference.
  return Number(perSecond.toPrecision(9))
}
