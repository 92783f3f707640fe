/** One connection of the drop-in smtp-sink. */
import type { Envelope, MessageTap } from './content-tap.js'
import { type Conversation, Ending, type Manner, type Peer, Wait } from './server-machine.js'
import { Mode } from './server-session.js'

/** What `ClassicSession.pending` is besides a `Word` whose reply waits. */
export const Pending = {
  none: -1,
  /** Content may be read (`-H`). */
  content: -2,
  /** The premature 550 (`-A`). */
  premature: -3,
} as const

/** An envelope while it fills up. */
export interface GrowingEnvelope extends Envelope {
  readonly rcpt: string[]
}

export class ClassicSession implements Conversation {
  mode: Mode = Mode.line
  ending: Ending = Ending.polite
  wait: Wait = Wait.none
  waitMs = 0
  readonly manner: Manner | null = null
  /** The beginning of a command line whose end has not come yet. */
  carry: Buffer | null = null
  carried = 0
  /** Part of the terminator seen (`data-end.ts`). */
  seen = 0
  /** Between an accepted MAIL and the end of its content. */
  transaction = false
  /** RCPTs accepted in this transaction. */
  recipients = 0
  /** LMTP: recipients that the next dot is answered for. */
  owed = 0
  /** What is said when the wait is over: a `Word`, or one of `Pending`. */
  pending: number = Pending.none
  /** The argument of the pending word, kept only while content is tapped. */
  argument = ''
  readonly peer: Peer | null
  greeted = false
  /** The end of this connection gets no `disconnected`. */
  mute = false
  /** The last hello's argument and protocol, kept only while content is tapped. */
  helo: string | null = null
  protocol: 'SMTP' | 'ESMTP' | 'LMTP'
  envelope: GrowingEnvelope | null = null
  tap: MessageTap | null = null

  constructor(peer: Peer | null, lmtp: boolean) {
    this.peer = peer
    this.protocol = lmtp ? 'LMTP' : 'SMTP'
  }

  idle(): boolean {
    if (this.mode === Mode.closed) return true
    return this.mode === Mode.line && !this.transaction && this.carried === 0 && this.wait === Wait.none
  }
}
