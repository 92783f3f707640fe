/** Hears on the Board that the rate was changed, and gives this worker's starts their new moments. Asked with every look at the deadlines. */
import { type Board, Control, RATE_UNIT, Time } from '../measure/board.js'
import type { Share } from '../plan/plan.js'
import { curveOf } from '../plan/rate-shape.js'
import { type Starts, startsOf } from '../plan/starts.js'
import { Tempo, TempoCurve } from '../plan/tempo.js'

export class RateEar {
  /** When the worker's messages are due; null in a closed loop, where there is nothing to hear. */
  readonly starts: Starts | null
  private readonly board: Board
  private readonly share: Share
  private readonly tempo = new Tempo()
  private curve: TempoCurve | null = null
  private round = 0

  constructor(board: Board, share: Share) {
    this.board = board
    this.share = share
    this.starts = startsOf(share)
  }

  /** True when there was a change that this worker goes by from now on. */
  changed(): boolean {
    const { control, times } = this.board
    const round = Atomics.load(control, Control.rateRound)
    // Odd: it is being written at this moment, and is there the next time.
    if (round === this.round || round % 2 === 1 || this.starts === null) return false
    const change = {
      atMs: times[Time.rateAt]!,
      planMs: times[Time.ratePlan]!,
      factor: Atomics.load(control, Control.rateScale) / RATE_UNIT,
    }
    if (Atomics.load(control, Control.rateRound) !== round) return false
    this.round = round
    this.tempo.change(change)
    this.curve ??= new TempoCurve(curveOf(this.share.plan.load.arrivals!), this.tempo)
    this.starts.follow(this.curve)
    return true
  }
}
