/**
 * A receiver's side of one conversation: integers, the part of a command line that a read left over, and what the hooks (model, tap, AUTH)
 * keep of it, which is nothing when there are none.
 */
import type { MessageTap } from './content-tap.js'
import type { AuthServer } from './server-auth-hook.js'
import { type Conversation, Ending, type Manner, Wait } from './server-machine.js'
import type { ModelState } from './server-model.js'
import type { ReplyText } from './server-replies.js'
import type { GrowingEnvelope } from './server-tap.js'

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
  /** Not to be looked at yet: a reply is held back, or TLS is about to begin. */
  held: 5,
  /** A line that answers a challenge of AUTH. */
  auth: 6,
  /** As `data` and `chunk`, but somebody watches, or ends it early, or its end is found more leniently. */
  watchedData: 7,
  watchedChunk: 8,
  /** The LF, if there is one, behind a terminator that ended with CR. */
  lineFeed: 9,
  /** The rest of an answer to a challenge that was too long. */
  overlongAnswer: 10,
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

/** The last hello. */
export const Hello = { none: 0, helo: 1, extended: 2 } as const
export type Hello = (typeof Hello)[keyof typeof Hello]

/** A reply that is said later, and how the conversation goes on behind it. */
export interface Held {
  /** null: nothing is said. */
  readonly text: ReplyText | null
  readonly verb: number
  readonly times: number
  readonly mode: Mode
  readonly wait: Wait
  readonly waitMs: number
  /** What is held back until that wait is over. */
  readonly next: Held | null
}

export class ServerSession implements Conversation {
  mode: Mode = Mode.line
  ending: Ending = Ending.polite
  wait: Wait = Wait.none
  /** Milliseconds, fractions allowed. */
  waitMs = 0
  manner: Manner | null = null
  held: Held | null = null
  transaction: Transaction = Transaction.none
  recipients = 0
  /** Content octets of the message so far; dots that were doubled for the wire count. */
  octets = 0
  /** Octets of the chunk that are still to come. */
  left = 0
  /** What the chunk is answered with when it is over (a `Reply`), and whether it is the last. */
  owed = 0
  last = false
  /** What a model wants said in its place, and how much later. */
  owedText: ReplyText | null = null
  owedMs = 0
  /** Octets of content that may still come before the connection is reset; -1: all. */
  cutLeft = -1
  /** Part of the terminator seen (`data-end.ts`), or in an overlong line whether a CR was the last octet. */
  seen = 0
  /** The content is not lines: only BDAT can bring it. */
  binary = false
  /** Commands in a row that were a client's own fault. */
  faults = 0
  hello: Hello = Hello.none
  secured = false
  authenticated = false
  exchange: AuthServer | null = null
  /** The beginning of a command line whose end has not come yet. */
  carry: Buffer | null = null
  carried = 0
  model: ModelState = null
  /** For the tap: who and what is known of the message under way, and who watches it. */
  peer = 'local'
  helo: string | null = null
  envelope: GrowingEnvelope | null = null
  watch: MessageTap | null = null

  idle(): boolean {
    if (this.mode === Mode.closed) return true
    const between = this.mode === Mode.line || this.mode === Mode.lineFeed
    return between && this.transaction === Transaction.none && this.carried === 0
  }
}

/** No transaction is under way any more; whoever watched its content hears of it. */
export function reset(session: ServerSession): void {
  session.transaction = Transaction.none
  session.recipients = 0
  session.octets = 0
  session.binary = false
  session.cutLeft = -1
  if (session.envelope !== null) unwatch(session)
}

/** The message under way will not be complete. */
export function unwatch(session: ServerSession): void {
  const watch = session.watch
  session.watch = null
  session.envelope = null
  watch?.abort()
}
