/** Who wants to see messages as they come in: dumps, hashes, the ledger. Without one, content is looked through for its end and forgotten. */

/** What is known of a message's envelope when its content begins. Texts are latin1, as they came. */
export interface Envelope {
  /** Arguments of MAIL and of each accepted RCPT, behind `FROM:` and `TO:`. */
  readonly mail: string
  readonly rcpt: readonly string[]
  /** The argument of the last hello, and which it was; null: none was said. */
  readonly helo: string | null
  readonly protocol: 'SMTP' | 'ESMTP' | 'LMTP'
  /** `127.0.0.1`, `::1` or `local`. */
  readonly peer: string
}

/** One message that is being watched. Octets are of the wire: behind DATA dots are still doubled, and its end comes with the terminator. */
export interface MessageTap {
  /** `buffer[from..to)` is valid during the call only. `dotted`: it comes by DATA; the same in every call for a message, and in `end`. */
  content(buffer: Buffer, from: number, to: number, dotted: boolean): void
  /** The content is complete. `dotted`: it came by DATA and ends with the terminator. `accepted`: it was answered with 250. */
  end(dotted: boolean, accepted: boolean): void
  /** It will never be complete: reset, refused, or the connection has gone. */
  abort(): void
}

export interface ContentTap {
  /** At MAIL, with what is known then: dump files appear at this moment. The envelope object fills up until `content`. */
  begin(envelope: Envelope): MessageTap
}
