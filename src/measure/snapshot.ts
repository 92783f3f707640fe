/** The main thread's reading of the Board: how it stands at one moment, and what its histograms gained since the last reading. */
import { type Board, HISTOGRAM_LENGTH } from './board.js'
import type { Counts } from './counts.js'

/** One worker's counters and slots, copied. */
export interface RowSnapshot {
  readonly counters: Float64Array
  /** Three per slot: count, first and last time. */
  readonly slots: Float64Array
  /** The thread is gone: its counts stand, its gauges mean nothing any more. */
  readonly lost: boolean
}

/** The Board at one moment. */
export interface Snapshot {
  readonly role: 'source' | 'sink'
  /** 0 for the empty Board, then one more with every reading of a sampler. */
  readonly sequence: number
  /** Milliseconds since the common start. */
  readonly atMs: number
  readonly rows: readonly RowSnapshot[]
  /** By series, all workers together: counts gained since the reading before; null where there were none. */
  readonly gained: readonly (Counts | null)[]
}

/** Counters of all workers, added. */
export function totalsOf(rows: readonly RowSnapshot[]): Float64Array {
  const totals = new Float64Array(rows[0]?.counters.length ?? 0)
  for (const { counters } of rows) for (let i = 0; i < totals.length; i++) totals[i]! += counters[i]!
  return totals
}

/** What was last read of one series of one worker. */
interface Seen {
  readonly counts: Uint32Array
  /** Their sum, going round at 2^32 as the Board's own total does. */
  total: number
}

/** Reads the Board once a second; a series that was not touched since costs one comparison. */
export class Sampler {
  /** The empty Board at time 0: what the first reading is compared with. */
  readonly start: Snapshot
  readonly #board: Board
  readonly #role: 'source' | 'sink'
  readonly #seen: (Seen | null)[][]
  readonly #gain = new Uint32Array(HISTOGRAM_LENGTH)
  readonly #lost = new Set<number>()
  #sequence = 0

  constructor(board: Board, role: 'source' | 'sink') {
    this.#board = board
    this.#role = role
    const { workers, counters, slots, histograms } = board.shape
    this.#seen = Array.from({ length: workers }, () => new Array<Seen | null>(histograms).fill(null))
    const empty = () => ({ counters: new Float64Array(counters), slots: new Float64Array(slots * 3), lost: false })
    this.start = {
      role,
      sequence: 0,
      atMs: 0,
      rows: Array.from({ length: workers }, empty),
      gained: new Array<Counts | null>(histograms).fill(null),
    }
  }

  /** A worker that died keeps what it counted and has no gauges from now on. */
  lose(worker: number): void {
    this.#lost.add(worker)
  }

  /** Reads everything. `nowMs` is milliseconds since the common start, and never less than the time before. */
  take(nowMs: number): Snapshot {
    const gained: (Counts | null)[] = []
    for (let series = 0; series < this.#board.shape.histograms; series++) gained.push(this.#gainOf(series))
    return {
      role: this.#role,
      sequence: ++this.#sequence,
      atMs: nowMs,
      rows: this.#board.rows.map((row, worker) => ({
        counters: row.counters.slice(),
        slots: row.slots.slice(),
        lost: this.#lost.has(worker),
      })),
      gained,
    }
  }

  /** Counts of one series of one worker, as they were last read. */
  read(worker: number, series: number): number {
    return this.#seen[worker]![series]?.total ?? 0
  }

  #gainOf(series: number): Counts | null {
    const gain = this.#gain
    let low = HISTOGRAM_LENGTH
    let high = -1
    let total = 0
    for (let worker = 0; worker < this.#seen.length; worker++) {
      const counts = this.#board.rows[worker]!.histograms[series]!
      let seen = this.#seen[worker]![series]!
      // Compared with the sum of the counts that were really read, not with the total read beside them: the worker goes on writing
      // meanwhile, and a count that was missed must make the next reading look again.
      if (counts[0] === (seen?.total ?? 0)) continue
      if (seen === null) {
        seen = { counts: new Uint32Array(HISTOGRAM_LENGTH), total: 0 }
        this.#seen[worker]![series] = seen
      }
      for (let i = 0; i < HISTOGRAM_LENGTH; i++) {
        const now = counts[i + 1]!
        const more = (now - seen.counts[i]!) >>> 0
        if (more === 0) continue
        seen.counts[i] = now
        seen.total = (seen.total + more) >>> 0
        gain[i] = gain[i]! + more
        total += more
        if (i < low) low = i
        if (i > high) high = i
      }
    }
    if (high < 0) return null
    let length = 0
    for (let i = low; i <= high; i++) if (gain[i] !== 0) length++
    const buckets = new Uint16Array(length)
    const counts = new Uint32Array(length)
    for (let i = low, at = 0; i <= high; i++) {
      if (gain[i] === 0) continue
      buckets[at] = i
      counts[at++] = gain[i]!
      gain[i] = 0
    }
    return { buckets, counts, total }
  }
}
