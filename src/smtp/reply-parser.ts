/**
 * Replies as bytes (RFC 5321 section 4.2): one pass, integers only, any split. `next` is called until it says that the octets are used up; the code
 * of a finished reply is in `code`. Text is never made here: `replyStart` says where the reply's octets begin in the given
 * buffer, and what came in earlier reads is kept in `carried`, because a reply cut in two is rare and short.
 */

/** A reply that grows past this many octets is an attack or a bug, not SMTP. */
export const REPLY_LIMIT = 64 * 1024
/** Octets kept of a reply that is spread over several reads. */
const CARRY_LIMIT = 10 * 1024

/** What `next` found, besides a position. */
export const NextReply = { incomplete: -1, notSmtp: -2, tooLong: -3 } as const

const LF = 10
const CR = 13
const DASH = 45
const SPACE = 32

export class ReplyParser {
  /** Code of the reply that ended last: 200..599. */
  code = 0
  /** Where in the buffer the reply that ended last begins; less than the true begin when it began in an earlier read. */
  replyStart = 0
  /** Octets of the current reply from earlier reads. */
  carried: Buffer | null = null
  /** Octets seen of the current line, up to 4; then the rest is text. */
  private column = 0
  private digits = 0
  private more = false
  private length = 0

  /** Forgets an unfinished reply: a new connection begins. */
  reset(): void {
    this.code = 0
    this.carried = null
    this.column = 0
    this.digits = 0
    this.more = false
    this.length = 0
  }

  /** Whether a reply has begun and not ended. */
  get midReply(): boolean {
    return this.length > 0
  }

  /**
   * Reads from `at` up to `end`. Returns the position after a finished reply (its code is in `code`), or a negative `NextReply`.
   */
  next(buffer: Buffer, at: number, end: number): number {
    const start = at
    if (this.length === 0) this.carried = null
    while (at < end) {
      if (this.column < 4) {
        const byte = buffer[at]!
        if (this.column < 3) {
          const digit = byte - 48
          if (digit < 0 || digit > 9) return NextReply.notSmtp
          if (this.column === 0 && (digit < 2 || digit > 5)) return NextReply.notSmtp
          this.digits = this.digits * 10 + digit
          this.column++
          at++
          continue
        }
        // Fourth octet: `-` goes on, a space (or the line's end at once) is the last line.
        if (byte === DASH) this.more = true
        else if (byte === SPACE || byte === CR || byte === LF) this.more = false
        else return NextReply.notSmtp
        this.column = 4
        if (byte !== LF) {
          at++
          continue
        }
      }
      // A loop, not indexOf: replies are short, and indexOf would search on past `end` through what older reads left.
      while (at < end && buffer[at] !== LF) at++
      if (at === end) break
      at++
      const code = this.digits
      this.column = 0
      this.digits = 0
      if (this.more) continue
      // Also of a reply that ends in this read, or the limit would depend on how the octets were cut.
      if (this.length + (at - start) > REPLY_LIMIT) return NextReply.tooLong
      this.code = code
      this.replyStart = start
      this.length = 0
      return at
    }
    return this.keep(buffer, start, end)
  }

  private keep(buffer: Buffer, start: number, end: number): number {
    this.length += end - start
    if (this.length > REPLY_LIMIT) return NextReply.tooLong
    const kept = this.carried?.length ?? 0
    if (end > start && kept < CARRY_LIMIT) {
      const piece = Buffer.from(buffer.subarray(start, Math.min(end, start + CARRY_LIMIT - kept)))
      this.carried = this.carried === null ? piece : Buffer.concat([this.carried, piece])
    }
    return NextReply.incomplete
  }

  /** The octets of the reply that ended last at `end`, as one Latin-1 text with its line ends. */
  text(buffer: Buffer, end: number): string {
    const rest = buffer.toString('latin1', this.replyStart, end)
    return this.carried === null ? rest : this.carried.toString('latin1') + rest
  }
}
