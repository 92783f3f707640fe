/**
 * Command lines that do not end with the read they begin in: the part that came is kept with the session, unless the line is
 * already longer than any may be. Rare with ordinary clients; a stream of pipelined commands is cut like this at every full read.
 */
import { findLineEnd, LINE_LIMIT } from './command-parser.js'
import { Mode, type ServerSession } from './server-session.js'

const CR = 13
const LF = 10
/** A first guess at the length of such a line; most envelopes fit. */
const USUAL = 256

/** What of a conversation a line is kept in. */
export type LineCarrier = Pick<ServerSession, 'mode' | 'seen' | 'carry' | 'carried'>

/** Adds `buffer[at..end)` to what is kept of the line; one that can no longer end within `limit` octets is not kept. */
export function carryLine(session: LineCarrier, buffer: Buffer, at: number, end: number, limit = LINE_LIMIT): void {
  const length = session.carried + end - at
  if (length > limit) {
    session.mode = Mode.overlong
    session.seen = buffer[end - 1] === CR ? 1 : 0
    session.carried = 0
    return
  }
  let carry = session.carry
  if (carry === null || carry.length < length) {
    const larger = Buffer.allocUnsafeSlow(length <= USUAL ? USUAL : length <= LINE_LIMIT ? LINE_LIMIT : limit)
    if (carry !== null) carry.copy(larger, 0, 0, session.carried)
    session.carry = carry = larger
  }
  buffer.copy(carry, session.carried, at, end)
  session.carried = length
}

/** Position behind the end, in `buffer[at..end)`, of the line whose beginning is kept; or -1. */
export function findCarriedEnd(session: LineCarrier, buffer: Buffer, at: number, end: number): number {
  if (buffer[at] === LF && session.carry![session.carried - 1] === CR) return at + 1
  return findLineEnd(buffer, at, end)
}

/** The same for a line that was too long to keep. */
export function findOverlongEnd(session: LineCarrier, buffer: Buffer, at: number, end: number): number {
  const next = session.seen === 1 && buffer[at] === LF ? at + 1 : findLineEnd(buffer, at, end)
  if (next < 0) session.seen = buffer[end - 1] === CR ? 1 : 0
  return next
}
