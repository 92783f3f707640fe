/**
 * What a transaction looked like, and how often the same octets follow: a load generator says MAIL, RCPT and BDAT in the same words over and
 * over, and comparing words of 32 bits with those of the last time costs a fifth of parsing them.
 */

/** Octets of the three lines that can be remembered; with longer ones nothing is gained. */
const LIMIT = 256

export class TransactionMemo {
  /** Octets of the lines, 4 or more; 0: nothing is remembered. */
  length = 0
  /** Octets of content behind them. */
  content = 0
  /** The lines from each fourth octet on, and last their final four octets, which may overlap. */
  words = new Int32Array(LIMIT / 4 + 1)
  count = 0
  buffer: Buffer | null = null
  view: DataView = new DataView(new ArrayBuffer(0))

  /** Keeps `buffer[at..stop)`, at least 4 octets, and that `content` octets follow it. False: they are too many. */
  remember(buffer: Buffer, at: number, stop: number, content: number): boolean {
    const length = stop - at
    if (length > LIMIT) return false
    const view = this.viewOf(buffer)
    const count = length >> 2
    for (let i = 0; i < count; i++) this.words[i] = view.getInt32(at + i * 4, true)
    this.words[count] = view.getInt32(stop - 4, true)
    this.count = count
    this.length = length
    this.content = content
    return true
  }

  /** How many transactions like the one remembered `buffer[at..end)` begins with, each with all its content; at most `limit`. */
  repeats(buffer: Buffer, at: number, end: number, limit: number): number {
    const { length, content, words, count } = this
    if (length === 0) return 0
    const view = this.viewOf(buffer)
    const step = length + content
    const tail = length - 4
    let times = 0
    for (let from = at; times < limit && from + step <= end; from += step) {
      if (view.getInt32(from + tail, true) !== words[count]) return times
      for (let i = 0; i < count; i++) {
        if (view.getInt32(from + i * 4, true) !== words[i]) return times
      }
      times++
    }
    return times
  }

  /** Nearly always the thread's one read buffer. */
  viewOf(buffer: Buffer): DataView {
    if (buffer !== this.buffer) {
      this.buffer = buffer
      this.view = new DataView(buffer.buffer, buffer.byteOffset, buffer.length)
    }
    return this.view
  }
}
