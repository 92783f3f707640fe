/**
 * What a sink worker times and sizes, into its row of the Board: for each kind of command the time from the read that brought it to the write of its
 * reply, and the sizes of messages. Counts are stores of this worker alone; the main thread reads them at any moment.
 */
import { type BoardRow, bucketOf } from './board.js'

/** Commands of one read that are timed; what a burst has beyond is counted elsewhere and not timed. */
const LOG = 1024

/** Histograms of a sink worker's row: message sizes in octets, then one for each verb in microseconds. */
export const SIZES = 0
export const FIRST_DURATION = 1

export class SinkRecorder {
  /** Verbs answered since the last `settle`, in order. */
  readonly verbs = new Uint8Array(LOG)
  length = 0
  private readonly histograms: readonly Uint32Array[]

  /** `row` has `FIRST_DURATION` histograms and one for each verb that `answered` is told. */
  constructor(row: BoardRow) {
    this.histograms = row.histograms
  }

  /** A command's reply, or the first of them, has been put together. */
  answered(verb: number): void {
    if (this.length < LOG) this.verbs[this.length++] = verb
  }

  /** The replies since the last call have left, so many microseconds after what they answer was read. */
  settle(us: number): void {
    const bucket = 1 + bucketOf(us)
    for (let i = 0; i < this.length; i++) {
      const histogram = this.histograms[FIRST_DURATION + this.verbs[i]!]!
      histogram[bucket]!++
      histogram[0]!++
    }
    this.length = 0
  }

  /** The replies since the last call never leave. */
  discard(): void {
    this.length = 0
  }

  /** A message of so many octets was received whole. */
  message(octets: number): void {
    const histogram = this.histograms[SIZES]!
    histogram[1 + bucketOf(octets)]!++
    histogram[0]!++
  }
}
