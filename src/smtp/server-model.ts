/**
 * What a receiver model decides, in the words of the machine: `server.ts` asks before a command takes effect and does as told. The model itself
 * (`plan/policy.ts` says what it may be, `smtp/receiver-model.ts` does it) knows no socket, and no clock but the one it is given.
 */
import type { Manner, Peer } from './server-machine.js'
import type { ReplyText } from './server-replies.js'

/** The moments at which a model is asked. */
export const Stage = {
  /** Before the greeting. */
  connect: 0,
  /** HELO, EHLO, LHLO. */
  hello: 1,
  starttls: 2,
  auth: 3,
  mail: 4,
  rcpt: 5,
  data: 6,
  /** The whole content has come, by DATA or BDAT LAST. */
  dot: 7,
  rset: 8,
  noop: 9,
  vrfy: 10,
  quit: 11,
  /** HELP and whatever is unknown, or not offered. */
  other: 12,
} as const
export type Stage = (typeof Stage)[keyof typeof Stage]
export const STAGES = Object.keys(Stage) as (keyof typeof Stage)[]

export const Act = {
  /** As if there were no model (after `delayMs`). */
  pass: 0,
  /** `reply` is said instead, and the command has no effect. A conversation goes on even if this was its greeting. */
  reply: 1,
  /** `reply` is said (421), then the connection is closed. */
  replyAndClose: 2,
  /** The connection is closed without a word. */
  close: 3,
  /** It is reset. */
  reset: 4,
  /** DATA and BDAT only: passes, and the connection is reset when `cutAfter` octets of the content have come; one that is complete by then is not cut. */
  cut: 5,
  /** The command takes effect and `reply` is said in place of the right answer (wrong and malformed replies). */
  instead: 6,
} as const
export type Act = (typeof Act)[keyof typeof Act]

/** An answer of a model; the object is the model's and is used again at its next answer. */
export interface Verdict {
  act: Act
  /** Milliseconds before any reply is said. */
  delayMs: number
  reply: ReplyText | null
  cutAfter: number
}

/** What a model keeps of one connection, if anything: the machine keeps it in the session and hands it back. */
export type ModelState = object | null

export interface Model {
  /** A new connection: its state, and how slowly it is served. */
  open(peer: Peer): { readonly state: ModelState; readonly manner: Manner | null }
  /**
   * `buffer[at..stop)` is the argument of the command (`FROM:<a@b> SIZE=1`), empty at `connect` and `dot`; at `mail`, `rcpt` it has passed the
   * machine's own checks of order and syntax. `recipients` is how many the transaction has.
   */
  judge(state: ModelState, stage: Stage, buffer: Buffer, at: number, stop: number, recipients: number): Verdict
  /** A transaction was accepted whole. */
  delivered(state: ModelState): void
  closed(state: ModelState): void
}
