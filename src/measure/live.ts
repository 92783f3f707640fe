/** A run's figures at this moment, read straight off the Board: for whoever asks while it goes. */
import type { Board, SeriesCounts } from './board.js'
import type { ErrorRow, ReplyRow } from './figures.js'
import type { ErrorSighted, ReplySighted } from './protocol.js'
import { COUNTERS, Counter } from './series.js'
import { mergeTables } from './tables.js'

/** Gauges and clocks of one worker. */
export interface LiveWorker {
  readonly utilisation: number
  readonly loopDelayP99Us: number
  readonly cpuUserNs: number
  readonly cpuSystemNs: number
}

/** What else of a worker its verdict needs. */
export interface LiveSigns extends LiveWorker {
  readonly active: number
  readonly draining: number
  readonly backlog: number
  readonly watchingUs: number
}

/** What of a run can be shown, while it goes or when it is over. */
export type LiveFigures = Pick<LiveRun, 'counters' | 'rows' | 'tables'> & { workers(): LiveWorker[] }

export class LiveRun {
  readonly #board: Board
  readonly #sightings: readonly (ReplySighted | ErrorSighted)[]

  /** `sightings` may grow: what the workers said of their slots so far. */
  constructor(board: Board, sightings: readonly (ReplySighted | ErrorSighted)[]) {
    this.#board = board
    this.#sightings = sightings
  }

  /** All sums by name. */
  counters(): Record<keyof typeof Counter, number> {
    return Object.fromEntries(COUNTERS.map((name, i) => [name, this.#board.total(i)])) as Record<
      keyof typeof Counter,
      number
    >
  }

  /** Counts of one histogram, one for each bucket, all workers together; empty where nobody touched it. */
  series(series: number): ArrayLike<number> {
    return this.#board.series(series) ?? []
  }

  /** The same as each worker has it. */
  rows(series: number): SeriesCounts {
    return this.#board.rowsOf(series)
  }

  tables(): { readonly replies: readonly ReplyRow[]; readonly errors: readonly ErrorRow[] } {
    return mergeTables(
      this.#board.rows.map(({ slots }) => slots.slice()),
      this.#sightings,
    )
  }

  workers(): LiveSigns[] {
    return this.#board.rows.map(({ counters }) => ({
      utilisation: counters[Counter.utilisation]!,
      loopDelayP99Us: counters[Counter.loopDelayP99Us]!,
      cpuUserNs: counters[Counter.cpuUserNs]!,
      cpuSystemNs: counters[Counter.cpuSystemNs]!,
      active: counters[Counter.active]!,
      draining: counters[Counter.draining]!,
      backlog: counters[Counter.backlog]!,
      watchingUs: counters[Counter.watchingUs]!,
    }))
  }
}
