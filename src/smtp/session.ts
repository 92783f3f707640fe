import type { AuthExchange } from './client-auth-hook.js'
import type { SessionTrace } from './trace-hook.js'

/** What must be written next, or done, by the owner of the socket. */
export const Step = {
  none: 0,
  /** EHLO or LHLO (or HELO where the plan says so). */
  hello: 1,
  /** HELO, after EHLO was refused. */
  helo: 2,
  mail: 3,
  rcpt: 4,
  data: 5,
  /** MAIL, all RCPT and DATA in one write. */
  envelope: 6,
  content: 7,
  /** Content and the next envelope in one write. */
  contentEnvelope: 8,
  /** Content and QUIT in one write. */
  contentQuit: 9,
  /** A group of BDAT transactions. */
  bdat: 10,
  /** A lone dot: the server said 354 though it took no recipient (RFC 2920 section 3.1). */
  dot: 11,
  rset: 12,
  quit: 13,
  /** Close now. */
  close: 14,
  /** Nothing to do until more mail is due. */
  idle: 15,
  /** Wait as long as the plan's delay says, then ask again. */
  pause: 16,
  /** Stay here as long as `--hold` says, then leave. */
  hold: 17,
  starttls: 18,
  /** Begin TLS on this connection, and say `secured` when it is done. */
  handshake: 19,
  /** A line of an AUTH exchange: `session.line`. */
  auth: 20,
} as const
export type Step = (typeof Step)[keyof typeof Step]

/**
 * One connection's side of the conversation: integers only, all set here. Which transaction is which: `head` is the oldest one not yet
 * answered, `tail` the next one to be written; both only grow, and index the client's rings modulo its window.
 */
export class Session {
  /** Number in the worker (ring index) and in the run (Message-Id). */
  readonly index: number
  readonly number: number
  /** Replies still to come for what was written. */
  pending = 0
  /** Phase of the next reply. */
  expect = 0
  /** Step to take when nothing is pending. */
  todo: Step = Step.none
  /** Extension bits, 0 until EHLO was answered. */
  extensions = 0
  /** Whether the hello was answered and transactions may begin. */
  ready = false
  pipelining = false
  /** Transactions in flight by BDAT; 0 with DATA. */
  depth = 0
  head = 0
  tail = 0
  /** Transactions begun on this connection, and messages begun by this session over all connections. */
  onConnection = 0
  serial = 0
  /** Of the head transaction: RCPT replies seen, recipients accepted, replies to its content still to come, whether MAIL was accepted. */
  rcptSeen = 0
  rcptAccepted = 0
  contentReplies = 0
  mailAccepted = false
  /** Of the head transaction: worst class of reply so far that decides it (0 none, 1 4xx, 2 5xx); LMTP: content replies accepted. */
  badClass = 0
  contentAccepted = 0
  /** The head transaction was spoiled by the failure before it in the same flight and will be sent again. */
  cascaded = false
  /** The transaction before the head one failed after MAIL. */
  afterFailure = false
  /** This connection is to use TLS; it does. */
  wantsTls = false
  encrypted = false
  /** The AUTH under way: what it says next, the text of the 334 that this answers, how many there were, and when it began. */
  exchange: AuthExchange | null = null
  line: Buffer | null = null
  challenge = ''
  challenges = 0
  authAt = 0
  /** The server ended this connection: turned away before any mail, or 421. */
  turnedAway = false
  /** A message was accepted on this connection. */
  served = false
  /** The session takes no more messages, and leaves. */
  retired = false
  /** RSET is due before the next BDAT group. */
  needsReset = false
  /** When the last write began; milliseconds of the run. */
  wroteAt = 0
  /** When this connection's connect() was called. */
  connectAt = 0
  /** Who writes down what happens on this connection; null: nobody, as on nearly all of them. */
  trace: SessionTrace | null = null

  constructor(index: number, number: number) {
    this.index = index
    this.number = number
  }

  /** A new connection: everything but the serial, and a transaction that is already taken (`tail` − `head`), begins anew. */
  connecting(now: number): void {
    this.pending = 1
    this.todo = Step.none
    this.extensions = 0
    this.wantsTls = false
    this.encrypted = false
    this.exchange = null
    this.ready = false
    this.pipelining = false
    this.depth = 0
    this.onConnection = this.tail - this.head
    this.needsReset = false
    this.turnedAway = false
    this.served = false
    this.afterFailure = false
    this.connectAt = now
    this.wroteAt = now
    this.beginHead()
  }

  /** Clears what belongs to the head transaction. */
  beginHead(): void {
    this.rcptSeen = 0
    this.rcptAccepted = 0
    this.contentReplies = 0
    this.contentAccepted = 0
    this.mailAccepted = false
    this.badClass = 0
    this.cascaded = false
  }
}
