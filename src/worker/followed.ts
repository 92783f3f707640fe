/**
 * Writes down one followed connection: its own block, and one for the message under way, both in arrays that are made once and used for one
 * connection after the other. Whether a message's block is kept is for the follower to say when it has its outcome.
 */
import { ERROR_KINDS, type ErrorKind, type Outcome, Phase } from '../measure/series.js'
import {
  BlockKind,
  EVENT,
  HEAD,
  Head,
  MessageHead,
  packEnhanced,
  SessionFlag,
  SessionHead,
  TLS_EVENT,
} from '../measure/trace-blocks.js'
import type { Client } from '../smtp/client.js'
import type { Session } from '../smtp/session.js'
import type { SessionTrace } from '../smtp/trace-hook.js'

/** Events of a connection that are kept: its opening, a long AUTH, QUIT, and every RSET between. */
const SESSION_EVENTS = 40
/** Events of a message that are kept. RCPT may not take the last places: what comes behind it tells more than one recipient among many. */
export const MESSAGE_EVENTS = 48
const RCPT_EVENTS = MESSAGE_EVENTS - 8
const DASH = 45
const SPACE = 32
const DOT = 46

/** Who decides what is kept of what was written down. */
export interface Follower {
  readonly client: Client
  /** The message's block is complete. */
  offer(followed: Followed, outcome: Outcome, now: number): void
  /** So is the connection's; the arrays may be used for another from now on. */
  left(followed: Followed, now: number): void
}

export class Followed implements SessionTrace {
  /** Of the connection, and of the message under way; see `trace-blocks.ts`. */
  readonly connection = new Float64Array(HEAD + SESSION_EVENTS * EVENT)
  readonly message = new Float64Array(HEAD + MESSAGE_EVENTS * EVENT)
  private readonly follower: Follower
  private session: Session | null = null

  constructor(follower: Follower) {
    this.follower = follower
  }

  /** A new connection, the session's `number`th. */
  begin(session: Session, number: number, now: number): void {
    this.session = session
    const { connection } = this
    connection.fill(0, 0, HEAD)
    connection[Head.length] = HEAD
    connection[Head.kind] = BlockKind.session
    connection[Head.session] = session.number
    connection[Head.connection] = number
    connection[Head.began] = now
    connection[Head.error] = -1
    connection[Head.phase] = -1
    this.clear()
  }

  connected(now: number, localPort: number): void {
    const { connection } = this
    connection[SessionHead.localPort] = localPort
    connection[SessionHead.flags]! |= SessionFlag.connected
    this.write(connection, Phase.connect, 0, 0, connection[Head.began]!, now)
  }

  secured(resumed: boolean, now: number): void {
    this.connection[SessionHead.flags]! |= SessionFlag.encrypted | (resumed ? SessionFlag.resumed : 0)
    this.write(this.connection, TLS_EVENT, 0, 0, this.session!.wroteAt, now)
  }

  replied(phase: Phase, code: number, buffer: Buffer, start: number, end: number, now: number): void {
    const session = this.session!
    const ofMessage = phase >= Phase.mail && phase <= Phase.bdat && session.head < session.tail
    const { client } = this.follower
    // As the client times it: from the write that carried the command.
    const from = ofMessage && session.depth > 0 ? client.sentAt[client.slot(session, session.head)]! : session.wroteAt
    this.write(ofMessage ? this.message : this.connection, phase, code, enhancedOf(code, buffer, start, end), from, now)
  }

  finished(slot: number, outcome: Outcome, again: boolean, now: number): void {
    const { message, follower } = this
    const session = this.session!
    const { client } = follower
    // Before the opening is done, and in handshakes that end before MAIL, nothing of a message is written.
    const written = session.ready && (client.until < 0 || client.until >= Phase.mail)
    message[MessageHead.serial] = client.serials[slot]!
    message[Head.began] = client.intendedAt[slot]!
    message[MessageHead.sent] = written ? client.sentAt[slot]! : -1
    message[Head.ended] = now
    message[Head.error] = this.connection[Head.error]!
    message[Head.phase] = this.connection[Head.phase]!
    message[MessageHead.outcome] = outcome
    message[MessageHead.recipients] = client.counts[slot]!
    message[MessageHead.again] = again ? 1 : 0
    this.connection[SessionHead.messages]!++
    follower.offer(this, outcome, now)
    this.clear()
  }

  gaveBack(): void {
    this.clear()
  }

  failed(kind: ErrorKind, phase: Phase): void {
    this.connection[Head.error] = ERROR_KINDS.indexOf(kind)
    this.connection[Head.phase] = phase
  }

  closed(lost: boolean, now: number): void {
    this.connection[Head.ended] = now
    if (lost) this.connection[SessionHead.flags]! |= SessionFlag.lost
    this.session = null
    this.follower.left(this, now)
  }

  /** The next message begins with no event. */
  private clear(): void {
    const { message, connection } = this
    message[Head.length] = HEAD
    message[Head.kind] = BlockKind.message
    message[Head.session] = connection[Head.session]!
    message[Head.connection] = connection[Head.connection]!
    message[Head.unheld] = 0
  }

  private write(block: Float64Array, phase: number, code: number, enhanced: number, from: number, at: number): void {
    const place = block[Head.length]!
    const last = block === this.message && phase === Phase.rcpt ? HEAD + RCPT_EVENTS * EVENT : block.length
    if (place + EVENT > last) {
      block[Head.unheld]!++
      return
    }
    block[place] = phase
    block[place + 1] = code
    block[place + 2] = enhanced
    block[place + 3] = from
    block[place + 4] = at
    block[Head.length] = place + EVENT
  }
}

/**
 * The enhanced code at the beginning of a reply's text (RFC 2034), packed; 0 where there is none, or where the reply's first octets came in an
 * earlier read and are gone.
 */
export function enhancedOf(code: number, buffer: Buffer, start: number, end: number): number {
  const replyClass = Math.floor(code / 100)
  const mark = buffer[start + 3]
  if (start + 9 > end || (mark !== SPACE && mark !== DASH) || buffer[start] !== 48 + replyClass) return 0
  if (buffer[start + 4] !== 48 + replyClass || buffer[start + 5] !== DOT) return 0
  let part = 0
  let subject = -1
  let digits = 0
  for (let at = start + 6; at < end; at++) {
    const octet = buffer[at]!
    if (octet >= 48 && octet <= 57) {
      part = part * 10 + octet - 48
      if (++digits > 3) return 0
    } else if (octet === DOT && digits > 0 && subject < 0) {
      subject = part
      part = 0
      digits = 0
    } else return digits > 0 && subject >= 0 && octet <= SPACE ? packEnhanced(replyClass, subject, part) : 0
  }
  return 0
}
