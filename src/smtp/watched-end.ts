/**
 * The end of content that is looked at octet for octet: by a lenient receiver, for which lone line ends end a message too, or up to a place where a
 * model ends it early. The strict and fast way is `data-end.ts`.
 *
 * A lenient receiver takes for an end, besides CR LF . CR LF: LF . LF, LF . CR LF, CR LF . LF and CR . CR, which is what SMTP smuggling is made
 * of. What was seen of one at the end of a read is a small integer:
 *
 *     any ──CR──▶ 1 ──.──▶ 5 ──CR──▶ end        any ──LF──▶ 2 ──.──▶ 3 ──LF──▶ end
 *                                                                    └──CR──▶ 4 ──LF──▶ end
 *
 * Two is `START_OF_CONTENT`, too.
 */
import { findDataEnd, stateAfter, TERMINATOR_LENGTH } from './data-end.js'
import type { ServerSession } from './server-session.js'

const LF = 10
const CR = 13
const DOT = 46

const Seen = { nothing: 0, cr: 1, lf: 2, dot: 3, dotCr: 4, crDot: 5 } as const

/** What of a conversation the search is kept in: what was seen or, behind the end, the octets of the terminator from the dot on. */
export type EndSeeker = Pick<ServerSession, 'seen'>

/** The end as lenient receivers see it: position behind it in `buffer[at..end)`, or -1. */
export function findLenientEnd(session: EndSeeker, buffer: Uint8Array, at: number, end: number): number {
  let seen = session.seen
  for (let i = at; i < end; i++) {
    const octet = buffer[i]!
    if (octet === DOT) {
      seen = seen === Seen.lf ? Seen.dot : seen === Seen.cr || seen === Seen.dotCr ? Seen.crDot : Seen.nothing
    } else if (octet === LF) {
      if (seen === Seen.dot || seen === Seen.dotCr) return found(session, i, seen === Seen.dot ? 2 : 3)
      seen = Seen.lf
    } else if (octet === CR) {
      if (seen === Seen.crDot) return found(session, i, 2)
      seen = seen === Seen.dot ? Seen.dotCr : Seen.cr
    } else {
      seen = Seen.nothing
    }
  }
  session.seen = seen
  return -1
}

function found(session: EndSeeker, at: number, length: number): number {
  session.seen = length
  return at + 1
}

/** The strict end, in the same way. Unlike `findDataEnd` this overwrites nothing behind `end` where `whole` is false. */
export function findStrictEnd(session: EndSeeker, buffer: Buffer, at: number, end: number, whole: boolean): number {
  const subject = whole ? buffer : buffer.subarray(0, end)
  const next = findDataEnd(subject, at, end, session.seen)
  session.seen = next < 0 ? stateAfter(subject, at, end, session.seen) : TERMINATOR_LENGTH
  return next
}
