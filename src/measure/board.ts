/**
 * The Board: one SharedArrayBuffer for all workers of a run. Control words are Int32 and touched with Atomics; each worker owns a
 * cache-line-aligned row that only it writes, with plain stores, so the main thread may read totals at any moment
 * and the message path pays one addition. Histogram counts live here too: a thread that dies takes nothing with it.
 *
 *     | control 16 × i32 | times 8 × f64 | row 0 | row 1 | …
 *     row: counters f64 | slots (count, firstMs, lastMs) f64 | per histogram: total, then counts, all u32
 */

const LINE = 64

/** Positions in `Board.control`. */
export const Control = {
  /** 0 preparing, 1 go. */
  go: 0,
  /** A `Stop` value. */
  stop: 1,
  /** Workers that are ready to start. */
  ready: 2,
  /** Source, open loop: how many thousandths of the plan's rate are asked for; 1000 at the start. */
  rateScale: 3,
  /** Sink: connections that may still be served at once, over all workers. */
  seats: 4,
  /** Sink: messages, and QUITs, that may still be taken (`-M`, `-n`). */
  messagesLeft: 5,
  quitsLeft: 6,
  /** Source: whether it is known when the misbehaving clients begin. */
  mischief: 7,
  /** Source: grows by two with each change of the rate; odd while one is being written down. */
  rateRound: 8,
} as const

/** What the main thread asks of the workers through `Control.stop`. */
export const Stop = {
  /** Go on. */
  none: 0,
  /** Start nothing new, finish what is under way. */
  drain: 1,
  /** End now; what is under way is counted as it stands. */
  now: 2,
  /** As `drain`, of a sink that has had all that it was to have: replies that are owed are given, however late they are. */
  finish: 3,
} as const
export type Stop = (typeof Stop)[keyof typeof Stop]

/**
 * Positions in `Board.times`: milliseconds of the monotonic clock shared by all threads (`base/clock.ts`); `mischiefAt` and `rateAt` (when the last
 * change of the rate takes effect) count from the start of the run, `ratePlan` is the planned time of that moment.
 */
export const Time = { startAt: 0, endAt: 1, mischiefAt: 2, rateAt: 3, ratePlan: 4 } as const

/** Thousandths, in which `Control.rateScale` counts. */
export const RATE_UNIT = 1000

/** States of `Control.mischief`. */
export const MischiefState = { unknown: 0, deciding: 1, known: 2 } as const

/** When the misbehaving clients began, or will, in milliseconds of the run; null: not known yet. */
export function mischiefAt({ control, times }: Board): number | null {
  return Atomics.load(control, Control.mischief) === MischiefState.known ? times[Time.mischiefAt]! : null
}

/** Significant decimal digits kept by every histogram. */
export const HISTOGRAM_DIGITS = 3
/** Greatest value a histogram tells apart, in microseconds: one hour. Greater ones are filed there. */
export const HISTOGRAM_MAX_US = 3_600_000_000
/** Length of a histogram's counts: bucket 0 has 2048 entries, each doubling up to an hour another 1024. */
export const HISTOGRAM_LENGTH = 23 * 1024

/** How many of each a row holds. */
export interface BoardShape {
  readonly workers: number
  readonly counters: number
  readonly slots: number
  readonly histograms: number
}

/** Reply and error slots of a source worker: one per (verb, code) or (kind, verb); the last one takes what overflows. */
export const SLOTS = 256

/** One worker's part of the Board. */
export class BoardRow {
  /** Indexed by Counter or SinkCounter. */
  readonly counters: Float64Array
  /** Three per slot: count, first and last time in milliseconds since the start of the run. */
  readonly slots: Float64Array
  /** `histograms[i][0]` is the total count of series i, the rest its counts; see `bucketOf`. */
  readonly histograms: readonly Uint32Array[]

  constructor(buffer: SharedArrayBuffer, offset: number, shape: BoardShape) {
    this.counters = new Float64Array(buffer, offset, shape.counters)
    const slotsAt = offset + align(shape.counters * 8)
    this.slots = new Float64Array(buffer, slotsAt, shape.slots * 3)
    let at = slotsAt + align(shape.slots * 24)
    const histograms: Uint32Array[] = []
    for (let i = 0; i < shape.histograms; i++) {
      histograms.push(new Uint32Array(buffer, at, 1 + HISTOGRAM_LENGTH))
      at += align((1 + HISTOGRAM_LENGTH) * 4)
    }
    this.histograms = histograms
  }
}

/** One histogram as its workers have it. */
export interface SeriesCounts {
  /** How many were counted, as far as the workers have told. */
  readonly total: number
  /** Counts by bucket, of each worker that counted. */
  readonly rows: readonly ArrayLike<number>[]
}

/** The shared memory of one run; `attach` gives another thread the same view. */
export class Board {
  readonly shape: BoardShape
  readonly buffer: SharedArrayBuffer
  readonly control: Int32Array
  readonly times: Float64Array
  readonly rows: readonly BoardRow[]

  private constructor(shape: BoardShape, buffer: SharedArrayBuffer) {
    this.shape = shape
    this.buffer = buffer
    this.control = new Int32Array(buffer, 0, 16)
    this.times = new Float64Array(buffer, LINE, 8)
    const rows: BoardRow[] = []
    for (let i = 0; i < shape.workers; i++) rows.push(new BoardRow(buffer, 2 * LINE + i * rowBytes(shape), shape))
    this.rows = rows
  }

  static create(shape: BoardShape): Board {
    const board = new Board(shape, new SharedArrayBuffer(2 * LINE + shape.workers * rowBytes(shape)))
    board.control[Control.rateScale] = RATE_UNIT
    return board
  }

  static attach(shape: BoardShape, buffer: SharedArrayBuffer): Board {
    return new Board(shape, buffer)
  }

  /** Counts of one histogram by bucket, all workers together; null where nothing was counted or the Board has none. */
  series(series: number): Float64Array | null {
    let sum: Float64Array | null = null
    for (const { histograms } of this.rows) {
      const counts = histograms[series]
      // Position 0 is the total.
      if (counts === undefined || counts[0] === 0) continue
      sum ??= new Float64Array(HISTOGRAM_LENGTH)
      for (let i = 0; i < HISTOGRAM_LENGTH; i++) sum[i]! += counts[i + 1]!
    }
    return sum
  }

  /** The same without adding or copying: the rows go on counting. */
  rowsOf(series: number): SeriesCounts {
    let total = 0
    const rows: Uint32Array[] = []
    for (const { histograms } of this.rows) {
      const counts = histograms[series]
      if (counts === undefined || counts[0] === 0) continue
      total += counts[0]!
      rows.push(counts.subarray(1))
    }
    return { total, rows }
  }

  /** The sum of one counter over all workers. */
  total(counter: number): number {
    let sum = 0
    for (const row of this.rows) sum += row.counters[counter]!
    return sum
  }
}

/**
 * Where HdrHistogram keeps a value: position in its counts array for 3 significant digits and a lowest discernible value of 1
 * (bucket and sub-bucket of Gil Tene's design). Written out here because the library's way through log2 and pow costs more
 * than all the rest of recording; a test holds it against the library.
 */
export function bucketOf(us: number): number {
  if (us < 2048) return us < 0 ? 0 : us | 0
  // A return, not a choice between the two numbers: choosing would box the value (16 bytes) at each call.
  if (us > HISTOGRAM_MAX_US) return bucketOf(HISTOGRAM_MAX_US)
  const value = us >>> 0
  const shift = 21 - Math.clz32(value)
  return (shift << 10) + (value >>> shift)
}

function align(bytes: number): number {
  return Math.ceil(bytes / LINE) * LINE
}

function rowBytes(shape: BoardShape): number {
  return align(shape.counters * 8) + align(shape.slots * 24) + shape.histograms * align((1 + HISTOGRAM_LENGTH) * 4)
}
