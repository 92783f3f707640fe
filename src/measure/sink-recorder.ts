/**
 * What a sink worker times and sizes, into its row of the Board: for each kind of command the time from the read that brought it to the write of its
 * reply, and the sizes of messages. Counts are stores of this worker alone; the main thread reads them at any moment.
 */
import { type BoardRow, bucketOf } from './board.js'

/** Histograms of a sink worker's row: message sizes in octets, then one for each verb in microseconds. */
export const SIZES = 0
export const FIRST_DURATION = 1

export class SinkRecorder {
  /** By verb, answers since the last `settle`; and the verbs that have some, each once. */
  readonly answers: Uint32Array
  readonly verbs: Uint8Array
  length = 0
  private readonly histograms: readonly Uint32Array[]

  /** `row` has `FIRST_DURATION` histograms and one for each verb that `answered` is told. */
  constructor(row: BoardRow) {
    this.histograms = row.histograms
    const verbs = row.histograms.length - FIRST_DURATION
    this.answers = new Uint32Array(verbs)
    this.verbs = new Uint8Array(verbs)
  }

  /** So many replies to commands with `verb` have been put together. */
  answered(verb: number, times: number): void {
    const before = this.answers[verb]!
    if (before === 0) this.verbs[this.length++] = verb
    this.answers[verb] = before + times
  }

  /** The replies since the last call have left, so many microseconds after what they answer was read. */
  settle(us: number): void {
    const bucket = 1 + bucketOf(us)
    for (let i = 0; i < this.length; i++) {
      const verb = this.verbs[i]!
      const answers = this.answers[verb]!
      const histogram = this.histograms[FIRST_DURATION + verb]!
      histogram[bucket]! += answers
      histogram[0]! += answers
      this.answers[verb] = 0
    }
    this.length = 0
  }

  /** The replies since the last call never leave. */
  discard(): void {
    this.answers.fill(0)
    this.length = 0
  }

  /** A message of so many octets was received whole. */
  message(octets: number): void {
    const histogram = this.histograms[SIZES]!
    histogram[1 + bucketOf(octets)]!++
    histogram[0]!++
  }
}
