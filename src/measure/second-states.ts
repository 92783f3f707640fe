/** Was it the generator, second by second? The rules of `judge`, as far as a second can be told from its figures. */
import type { SecondDetail } from './seconds.js'
import { Counter, Outcome, Series } from './series.js'
import {
  CLEAR_START_LAG_US,
  SATURATED_SECONDS,
  SATURATED_UTILISATION,
  STRETCHED_LAG_SHARE,
  STRETCHED_UTILISATION,
} from './verdict.js'

/** 0 clear, 1 stretched, 2 saturated. */
export type SecondState = 0 | 1 | 2

/** Takes the seconds in order. */
export class SecondStates {
  readonly #openLoop: boolean
  /** Seconds in a row that each worker has been above the limit. */
  readonly #hot = new Map<number, { readonly second: number; readonly run: number }>()

  /** In a closed loop no start is late. */
  constructor(openLoop: boolean) {
    this.#openLoop = openLoop
  }

  /**
   * The state of the second, and how many seconds before it turn out to have been saturated, too: a worker has to stand above the limit for
   * `SATURATED_SECONDS` before it counts.
   */
  next(second: SecondDetail): { readonly state: SecondState; readonly before: number } {
    let run = 0
    for (const { worker, utilisation } of second.health) {
      const old = this.#hot.get(worker)
      const hot = utilisation <= SATURATED_UTILISATION ? 0 : old?.second === second.second - 1 ? old.run + 1 : 1
      this.#hot.set(worker, { second: second.second, run: hot })
      run = Math.max(run, hot)
    }
    if (run >= SATURATED_SECONDS) return { state: 2, before: run === SATURATED_SECONDS ? SATURATED_SECONDS - 1 : 0 }
    return { state: this.#stretched(second) ? 1 : 0, before: 0 }
  }

  #stretched({ health, counters, series }: SecondDetail): boolean {
    if (health.some(({ utilisation }) => utilisation >= STRETCHED_UTILISATION)) return true
    if (!this.#openLoop) return false
    if (counters[Counter.dropped]! > 0) return true
    const lag = series.find((row) => row.series === Series.startLag)?.p99 ?? 0
    const p50 = series.find((row) => row.series === Series.response + Outcome.accepted)?.p50 ?? 0
    return lag >= CLEAR_START_LAG_US && lag > STRETCHED_LAG_SHARE * p50
  }
}
