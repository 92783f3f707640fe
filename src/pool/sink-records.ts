/** What a sink has timed, sized and counted by verb and code, read off the Board. */
import type { Board, SeriesCounts } from '../measure/board.js'
import { maxOf, percentileOf, sparse } from '../measure/counts.js'
import { SINK_COUNTERS } from '../measure/series.js'
import { FIRST_DURATION, SIZES } from '../measure/sink-recorder.js'
import { TALLY_LENGTH, TALLY_VERBS, type TallyFigure, tallyFigures } from '../smtp/server-tally.js'

/** A distribution in few figures: µs for durations, octets for sizes. */
export interface Spread {
  readonly count: number
  readonly p50: number
  readonly p90: number
  readonly p99: number
  readonly max: number
}

export type SinkVerb = (typeof TALLY_VERBS)[number]

/** Everything recorded so far; empty where nothing is. */
export class SinkRecords {
  readonly #board: Board

  constructor(board: Board) {
    this.#board = board
  }

  /** Replies by verb and code, in the order of the conversation. */
  replies(): TallyFigure[] {
    const sum = new Float64Array(TALLY_LENGTH)
    for (const { counters } of this.#board.rows) {
      const tally = counters.subarray(SINK_COUNTERS.length)
      for (let i = 0; i < tally.length; i++) sum[i]! += tally[i]!
    }
    return tallyFigures(sum)
  }

  /** From the read that brought a command to the write of its reply: whole counts by HdrHistogram bucket, for each verb that was answered. */
  durations(): { readonly verb: SinkVerb; readonly counts: Float64Array }[] {
    return TALLY_VERBS.flatMap((verb, i) => {
      const counts = this.#board.series(FIRST_DURATION + i)
      return counts === null ? [] : [{ verb, counts }]
    })
  }

  /** The same as the workers have it, not copied. */
  durationRows(): { readonly verb: SinkVerb; readonly counts: SeriesCounts }[] {
    return TALLY_VERBS.flatMap((verb, i) => {
      const counts = this.#board.rowsOf(FIRST_DURATION + i)
      return counts.rows.length === 0 ? [] : [{ verb, counts }]
    })
  }

  sizeRows(): SeriesCounts {
    return this.#board.rowsOf(SIZES)
  }

  /** Octets of received messages, by bucket; null: none was received, or nothing is recorded. */
  sizes(): Float64Array | null {
    return this.#board.series(SIZES)
  }
}

/** A distribution in few figures. */
export function spreadOf(counts: Float64Array): Spread {
  const few = sparse(counts)
  return {
    count: few.total,
    p50: percentileOf(few, 50),
    p90: percentileOf(few, 90),
    p99: percentileOf(few, 99),
    max: maxOf(few),
  }
}
