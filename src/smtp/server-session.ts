/** A receiver's side of one conversation: integers only, besides the part of a command line that a read left over. */

/** What the next octets are. */
export const Mode = {
  /** A command line. */
  line: 0,
  /** Content up to the terminator (DATA). */
  data: 1,
  /** `left` octets of content (BDAT). */
  chunk: 2,
  /** The rest of a line that was too long. */
  overlong: 3,
  /** Nothing more: the last reply has been given, and what still comes is ignored. */
  closed: 4,
} as const
export type Mode = (typeof Mode)[keyof typeof Mode]

/** How far a transaction is. */
export const Transaction = {
  none: 0,
  /** MAIL accepted; recipients may come. */
  mail: 1,
  /** A BDAT has been accepted: only BDAT and RSET may follow. */
  chunks: 2,
  /** A BDAT failed; the rest up to LAST fails too. */
  failed: 3,
} as const
export type Transaction = (typeof Transaction)[keyof typeof Transaction]

export class ServerSession {
  mode: Mode = Mode.line
  transaction: Transaction = Transaction.none
  recipients = 0
  /** Content octets of the message so far; dots that were doubled for the wire count. */
  octets = 0
  /** Octets of the chunk that are still to come. */
  left = 0
  /** What the chunk is answered with when it is over, and whether it is the last. */
  owed = 0
  last = false
  /** Part of the terminator seen (`data-end.ts`), or in an overlong line whether a CR was the last octet. */
  seen = 0
  /** The beginning of a command line whose end has not come yet. */
  carry: Buffer | null = null
  carried = 0
}
