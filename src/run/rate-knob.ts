/**
 * The main thread's side of a rate that is changed while the run goes. A change is written on the Board a little before it takes effect, so that
 * all workers change at the same moment of the run and what was asked for is known exactly; changes that follow each other faster than
 * that are put together.
 */
import { UsageError } from '../base/errors.js'
import { type Board, Control, RATE_UNIT, Time } from '../measure/board.js'
import { type RateChange, Tempo } from '../plan/tempo.js'

/** Limits of the factor. */
export const RATE_SCALE_LEAST = 0.01
export const RATE_SCALE_MOST = 100

/** Workers look every 50 ms; twice that, and what a busy loop is late. */
const LEAD_MS = 120
/** From one change on the Board to the next: every worker has seen the first. */
const APART_MS = LEAD_MS + 80

/** What a run lets be done with its rate. */
export interface RateControls {
  /**
   * An open loop goes at so many times the plan's rate, 0.01 to 100, a moment after this is called; said again, only the last one counts. Planned
   * time as a whole goes faster or slower, ramps and bursts too; `--duration` and numbers of messages hold as ever.
   * @throws UsageError for a closed loop, which has no rate, and for a factor that is out of range
   */
  scaleRate(factor: number): void
  /** What was last asked for by `scaleRate`; 1 before. */
  readonly rateScale: number
  /** The changes so far. */
  readonly rateChanges: readonly RateChange[]
}

export class RateKnob {
  readonly #board: Board
  readonly #open: boolean
  readonly #now: () => number
  readonly #written: (change: RateChange) => void
  readonly #tempo = new Tempo()
  readonly #changes: RateChange[] = []
  #wanted = 1
  #writtenAt = Number.NEGATIVE_INFINITY
  #timer: NodeJS.Timeout | undefined

  /** `open`: there is a rate. `now` gives milliseconds of the run, 0 before it has begun; `written` is told of each change. */
  constructor(board: Board, open: boolean, now: () => number, written: (change: RateChange) => void) {
    this.#board = board
    this.#open = open
    this.#now = now
    this.#written = written
  }

  /** What is wanted of the plan's rate. */
  get scale(): number {
    return this.#wanted
  }

  /** What was changed so far. */
  get changes(): readonly RateChange[] {
    return this.#changes
  }

  /** See `RateControls.scaleRate`. */
  turn(factor: number): void {
    if (!this.#open) throw new UsageError('this run is a closed loop and has no rate to change; start it with --rate.')
    if (!(factor >= RATE_SCALE_LEAST && factor <= RATE_SCALE_MOST))
      throw new UsageError(`rate scale ${factor} is out of range; give ${RATE_SCALE_LEAST} to ${RATE_SCALE_MOST}.`)
    const wanted = Math.round(factor * RATE_UNIT) / RATE_UNIT
    if (wanted === this.#wanted) return
    this.#wanted = wanted
    if (this.#timer !== undefined) return
    const wait = this.#writtenAt + APART_MS - this.#now()
    if (wait <= 0) this.#write()
    else this.#timer = setTimeout(() => this.#write(), wait)
  }

  /** The run is over: nothing is changed any more. */
  stop(): void {
    clearTimeout(this.#timer)
  }

  #write(): void {
    this.#timer = undefined
    const factor = this.#wanted
    if (factor === (this.#changes.at(-1)?.factor ?? 1)) return
    const now = this.#now()
    const atMs = now <= 0 ? 0 : now + LEAD_MS
    const { control, times } = this.#board
    const planMs = this.#tempo.planOf(atMs)
    Atomics.add(control, Control.rateRound, 1)
    times[Time.rateAt] = atMs
    times[Time.ratePlan] = planMs
    Atomics.store(control, Control.rateScale, Math.round(factor * RATE_UNIT))
    Atomics.add(control, Control.rateRound, 1)
    this.#writtenAt = now
    const change = { atMs, factor }
    this.#tempo.change(change)
    this.#changes.push(change)
    this.#written(change)
  }
}
