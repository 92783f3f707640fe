/**
 * Where message content after DATA ends: at CR LF . CR LF and at nothing else, the place right after DATA counting as the
 * start of a line (RFC 5321 section 4.1.1.4). Bare LF, bare CR and mixtures of them end nothing, so no two receivers can be made
 * to disagree about it. Content is searched in place and never copied.
 *
 * What was seen of a terminator at the end of one read is kept as a small integer, the length of the part already there:
 *
 *     0 ──CR──▶ 1 ──LF──▶ 2 ──.──▶ 3 ──CR──▶ 4 ──LF──▶ end        any CR out of place: 1; anything else: 0
 */

/** The state right after DATA: as behind a CR LF. */
export const START_OF_CONTENT = 2

/** Octets of the terminator that are not content: the dot and its CR LF. */
export const TERMINATOR_LENGTH = 3

const LF = 10
const CR = 13
const DOT = 46
const END = 5

/** Looked for by its dot, which is rarer in mail than a line end. */
const DOT_CRLF = Buffer.from('.\r\n')

function step(state: number, octet: number): number {
  if (octet === CR) return state === 3 ? 4 : 1
  if (octet === LF) return state === 1 ? 2 : state === 4 ? END : 0
  return octet === DOT && state === 2 ? 3 : 0
}

/**
 * Position just behind the terminator in `buffer[at..end)`, of which `state` has been seen before, or -1. What `buffer` holds
 * behind `end` is scratch and may be overwritten: a copy of the searched word there keeps the search from running on.
 */
export function findDataEnd(buffer: Buffer, at: number, end: number, state: number): number {
  let i = at
  let seen = state
  while (seen !== 0) {
    if (i === end) return -1
    seen = step(seen, buffer[i++]!)
    if (seen === END) return i
  }
  if (end - i < END) return -1
  let place = i + 2
  let subject = buffer
  if (buffer.length - end >= 3) {
    buffer[end] = DOT
    buffer[end + 1] = CR
    buffer[end + 2] = LF
  } else {
    subject = buffer.subarray(0, end)
  }
  for (;;) {
    place = subject.indexOf(DOT_CRLF, place)
    if (place < 0 || place >= end) return -1
    if (buffer[place - 1] === LF && buffer[place - 2] === CR) return place + 3
    place++
  }
}

/** The state after `buffer[at..end)` in which `findDataEnd` found no terminator. */
export function stateAfter(buffer: Uint8Array, at: number, end: number, state: number): number {
  // Four octets are the longest part of a terminator, so they decide alone.
  const short = end - at < 4
  let seen = short ? state : 0
  for (let i = short ? at : end - 4; i < end; i++) seen = step(seen, buffer[i]!)
  return seen
}
