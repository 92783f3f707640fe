/**
 * What the two receiving machines (the `stampede sink` of `server.ts` and the drop-in of `classic-server.ts`) have in common, and so all
 * that the owner of the sockets knows of them: octets in, replies out, and now and then a wait or an end.
 */
import type { Output } from './server-output.js'

/** What a conversation waits for before it takes another octet. */
export const Wait = {
  none: 0,
  /** `waitMs` milliseconds, counted from when its replies so far were flushed; then `resume`. */
  time: 1,
  /** A TLS handshake, after its replies so far were flushed; then `secured`. Octets not consumed yet are discarded (RFC 3207 section 4.2). */
  tls: 2,
  /** Something that is not finished yet (a dump that is being written); whoever finishes it calls the owner's `go`. */
  other: 3,
} as const
export type Wait = (typeof Wait)[keyof typeof Wait]

/** How a conversation that is over is closed. */
export const Ending = {
  /** Replies first, then FIN. */
  polite: 0,
  /** At once, without the replies that were not written yet. */
  silent: 1,
  /** At once, by RST. */
  reset: 2,
} as const
export type Ending = (typeof Ending)[keyof typeof Ending]

/** How slowly octets go and come on a connection; only a receiver model sets one. */
export interface Manner {
  /** Replies leave in pieces of so many octets, so many milliseconds apart; 0: in one write. */
  readonly dripOctets: number
  readonly dripMs: number
  /** After each read nothing is read for so long, in milliseconds; 0: as fast as it comes. */
  readonly readPauseMs: number
}

/** Who is at the other end. */
export interface Peer {
  /** `127.0.0.1`, `::1`, or `local` on a unix socket. */
  readonly address: string
  /** 4 or 6; 0 on a unix socket. */
  readonly family: 0 | 4 | 6
}

/** One connection's side of it, made by the machine's `open`. */
export interface Conversation {
  /** `Mode.closed` (4): over; what still comes is ignored, and the connection is closed as `ending` says. */
  mode: number
  ending: Ending
  wait: Wait
  waitMs: number
  manner: Manner | null
  /** Octets of a command line that was begun in an earlier read. */
  carried: number
  /** Neither a message nor a command is under way, so that a stopped sink may close it. */
  idle(): boolean
}

/** One for a thread; it serves every connection of the thread. */
export interface Machine<C extends Conversation = Conversation> {
  /** Whether `open` wants to know the peer: asking costs a system call. */
  readonly wantsPeer: boolean
  /** Set when the sink is about to end: transactions under way may be finished, no other is begun. */
  draining: boolean
  open(peer: Peer | null): C
  /** The greeting of a new connection; it may set `wait` or end it. */
  greet(conversation: C, out: Output): void
  /**
   * Takes `buffer[start..end)` and puts the replies it calls for into `out`, in order. Gives how far it came: `end`, or less when `wait`
   * was set, and then the rest is given again later. Cut the octets anywhere, the replies are the same. What `buffer`
   * holds behind `end` is scratch.
   */
  consume(conversation: C, buffer: Buffer, start: number, end: number, out: Output): number
  /** The wait of `Wait.time` or `Wait.other` is over: what was held back is said. May set another wait. */
  resume(conversation: C, out: Output): void
  /** The TLS handshake succeeded: the conversation begins anew, without a greeting. */
  secured(conversation: C): void
  /** Told before `closed` when the idle limit is what ends the connection. */
  timedOut?(conversation: C): void
  /** The connection has gone, whoever closed it. */
  closed(conversation: C): void
}
