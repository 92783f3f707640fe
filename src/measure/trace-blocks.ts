/**
 * A followed conversation as numbers: how a worker writes it down and the main thread reads it. A block is one connection or one message:
 *
 *     head, 16 numbers | event | event | …          event: phase, code, enhanced code, from, at
 *
 * All times are milliseconds of the run with their fraction.
 */

/** What a block is about. */
export const BlockKind = { message: 1, session: 2 } as const

/** Numbers of a head. */
export const HEAD = 16
/** Numbers of an event. */
export const EVENT = 5

/** Positions in every head. */
export const Head = {
  /** Numbers of the block, head included. */
  length: 0,
  kind: 1,
  /** Number of the session in the run, and of the connection in the session. */
  session: 2,
  connection: 3,
  /** When it began and ended. Of a message: its intended start, and its outcome. */
  began: 4,
  ended: 5,
  /** Position in `ERROR_KINDS` of what it failed by, or -1; and the Phase that it failed at. */
  error: 6,
  phase: 7,
  /** Events that found no place. */
  unheld: 8,
} as const

/** Positions in the head of a message. */
export const MessageHead = {
  /** Number in the session. */
  serial: 9,
  /** When its first octet was written; -1: none was. */
  sent: 10,
  /** An Outcome. */
  outcome: 11,
  recipients: 12,
  /** A `Why`. */
  why: 13,
  /** 1: it was refused and will be sent again at the end (`--retry later`). */
  again: 14,
} as const

/** Positions in the head of a connection. */
export const SessionHead = {
  /** The port on this side; 0: never connected, or no TCP. */
  localPort: 9,
  /** Bits of `SessionFlag`. */
  flags: 10,
  /** Messages that ended on it, and those of them that were kept. */
  messages: 11,
  kept: 12,
} as const

export const SessionFlag = { connected: 1, encrypted: 2, resumed: 4, lost: 8 } as const

/** Why a message was kept. */
export const Why = {
  /** Its turn had come. */
  turn: 0,
  /** It was not accepted. */
  failure: 1,
  /** None of its second was slower, of those followed by its worker. */
  slowest: 2,
} as const
export type Why = (typeof Why)[keyof typeof Why]
/** Names by number, in the order of `Why`. */
export const WHYS = Object.keys(Why) as (keyof typeof Why)[]

/** An event that has no Phase of its own: the TLS handshake, without STARTTLS and its reply. */
export const TLS_EVENT = 12

/** An enhanced code (RFC 3463) as one number; 0: there was none. */
export function packEnhanced(replyClass: number, subject: number, detail: number): number {
  return replyClass * 1_000_000 + subject * 1000 + detail
}

/** `5.7.1`; null for 0. */
export function enhancedText(packed: number): string | null {
  if (packed === 0) return null
  return `${Math.floor(packed / 1_000_000)}.${Math.floor(packed / 1000) % 1000}.${packed % 1000}`
}

/** Calls `see` with each block's place in turn. A last one that is cut off is left out. */
export function eachBlock(records: Float64Array, see: (at: number, end: number) => void): void {
  for (let at = 0; at + HEAD <= records.length; ) {
    const length = records[at + Head.length]!
    if (!(length >= HEAD) || at + length > records.length) return
    see(at, at + length)
    at += length
  }
}
