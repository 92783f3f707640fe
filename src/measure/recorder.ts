/**
 * A source worker's pen: writes counters, latencies, replies and errors into its row of the Board. On the message path it
 * allocates nothing and calls nothing; a name is told to the main thread once, when it is first seen.
 */
import { type BoardRow, bucketOf } from './board.js'
import type { ErrorSighted, ReplySighted } from './protocol.js'
import { ErrorKind, type Phase } from './series.js'

/** Codes 0..999 of each phase follow each other in the table of known replies. */
const CODES = 1000
const PHASE_COUNT = 12
const SAMPLE_LENGTH = 200

export class Recorder {
  /** Indexed by Counter; the caller adds to it directly. */
  readonly counters: Float64Array
  readonly #sight: (message: ReplySighted | ErrorSighted) => void
  // Plain fields from here: they are touched for every reply.
  private readonly histograms: readonly Uint32Array[]
  private readonly slots: Float64Array
  /** Slot plus one by phase * 1000 + code; 0 is a reply not seen yet. */
  private readonly replies: Int16Array
  /** Slot plus one by phase, for each kind of error seen. */
  private readonly errors: Map<ErrorKind, Int16Array>
  private readonly record: boolean
  private readonly worker: number
  /** Slots given out. The last two are kept back: for replies, and for errors, that find no slot of their own. */
  private used: number
  private readonly otherReplies: number
  private readonly otherErrors: number

  /** `record` false leaves the histograms alone (to measure what they cost); counters, replies and errors are always kept. */
  constructor(row: BoardRow, sight: (message: ReplySighted | ErrorSighted) => void, worker: number, record: boolean) {
    this.counters = row.counters
    this.#sight = sight
    this.histograms = row.histograms
    this.slots = row.slots
    this.replies = new Int16Array(PHASE_COUNT * CODES)
    this.errors = new Map()
    this.record = record
    this.worker = worker
    this.used = 0
    this.otherReplies = row.slots.length / 3 - 1
    this.otherErrors = row.slots.length / 3 - 2
  }

  /** Files a latency of so many microseconds (a fraction is cut off) under a series. */
  time(series: number, us: number): void {
    if (!this.record) return
    const counts = this.histograms[series]!
    const at = 1 + bucketOf(us)
    counts[at] = counts[at]! + 1
    counts[0] = counts[0]! + 1
  }

  /**
   * Counts a reply (code 0..999) to a verb at so many milliseconds since the start of the run. True: seen for the first
   * time, and the caller gives its text to `describeReply` at once.
   */
  reply(phase: Phase, code: number, nowMs: number): boolean {
    const known = this.replies[phase * CODES + code]!
    if (known === 0) return this.firstReply(phase, code, nowMs)
    const at = (known - 1) * 3
    this.slots[at] = this.slots[at]! + 1
    this.slots[at + 2] = nowMs
    return false
  }

  /** Tells the main thread the name and text of a reply that `reply` answered true for. */
  describeReply(phase: Phase, code: number, text: string | Uint8Array): void {
    const slot = this.replies[phase * CODES + code]! - 1
    const named = slot === this.otherReplies ? 0 : code
    this.#sight({ kind: 'reply', worker: this.worker, slot, phase, code: named, sample: cleanSample(text) })
  }

  /** Counts a failure at a stage. `sample` is what is known of it: a line received, an errno. */
  error(kind: ErrorKind, phase: Phase, nowMs: number, sample: string | Uint8Array): void {
    let byPhase = this.errors.get(kind)
    if (byPhase === undefined) {
      byPhase = new Int16Array(PHASE_COUNT)
      this.errors.set(kind, byPhase)
    }
    let slot = byPhase[phase]! - 1
    if (slot < 0) {
      slot = this.used < this.otherErrors ? this.used++ : this.otherErrors
      byPhase[phase] = slot + 1
    }
    const first = this.count(slot, nowMs)
    if (!first) return
    const error = slot === this.otherErrors ? ErrorKind.other : kind
    this.#sight({ kind: 'error', worker: this.worker, slot, phase, error, sample: cleanSample(sample) })
  }

  private firstReply(phase: Phase, code: number, nowMs: number): boolean {
    const slot = this.used < this.otherErrors ? this.used++ : this.otherReplies
    this.replies[phase * CODES + code] = slot + 1
    return this.count(slot, nowMs)
  }

  /** True when this is the first count in the slot. */
  private count(slot: number, nowMs: number): boolean {
    const at = slot * 3
    const before = this.slots[at]!
    this.slots[at] = before + 1
    if (before === 0) this.slots[at + 1] = nowMs
    this.slots[at + 2] = nowMs
    return before === 0
  }
}

/** A text fit to be shown: line ends cut off, control and 8-bit characters as `?`, at most 200 characters. */
export function cleanSample(text: string | Uint8Array): string {
  const raw =
    typeof text === 'string'
      ? text
      : Buffer.from(text.buffer, text.byteOffset, Math.min(text.length, 400)).toString('latin1')
  return raw
    .replace(/[\r\n]+$/, '')
    .slice(0, SAMPLE_LENGTH)
    .replace(/[^\x20-\x7e]/g, '?')
}
