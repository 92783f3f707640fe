/** The values of DSN parameters (RFC 3461 section 4), looked at in place. */
import { equals, findOctet } from './command-parser.js'

const PLUS = 43
const COMMA = 44
const SEMICOLON = 59
const EQUALS = 61
/** The least and the greatest octet of printable ASCII that is no blank. */
const FIRST = 33
const LAST = 126

/** RFC 3461 section 4.2: octets of ORCPT. */
const ORCPT_LIMIT = 500

const NEVER = Buffer.from('never')
const EVENTS = [Buffer.from('success'), Buffer.from('failure'), Buffer.from('delay')]
const UTF8 = Buffer.from('utf-8')
/** What an atom may not hold, besides blanks, controls and eight-bit octets (RFC 5322 section 3.2.3). */
const SPECIALS = new Set(Buffer.from('()<>[]:;@\\,."'))

/** Whether `buffer[at..end)` is xtext and not empty: printable, `+` only before two upper-case hexadecimal digits, no `=`. */
export function isXtext(buffer: Uint8Array, at: number, end: number): boolean {
  return at < end && isEncoded(buffer, at, end, LAST)
}

/** `NEVER`, or a list of `SUCCESS`, `FAILURE` and `DELAY`. */
export function isNotifyList(buffer: Uint8Array, at: number, end: number): boolean {
  if (equals(buffer, at, end, NEVER)) return true
  for (let from = at; ; ) {
    const comma = findOctet(buffer, from, end, COMMA)
    const to = comma < 0 ? end : comma
    if (!EVENTS.some((word) => equals(buffer, from, to, word))) return false
    if (comma < 0) return true
    from = comma + 1
  }
}

/** `type;xtext`, as ORCPT has it. With the type `utf-8` the address may hold UTF-8 as it is (RFC 6533 section 3). */
export function isDsnAddress(buffer: Uint8Array, at: number, end: number): boolean {
  const semicolon = findOctet(buffer, at, end, SEMICOLON)
  if (semicolon < 0 || end - at > ORCPT_LIMIT || !isAtom(buffer, at, semicolon)) return false
  const address = semicolon + 1
  return address < end && isEncoded(buffer, address, end, equals(buffer, at, semicolon, UTF8) ? 255 : LAST)
}

function isEncoded(buffer: Uint8Array, at: number, end: number, greatest: number): boolean {
  for (let i = at; i < end; i++) {
    const octet = buffer[i]!
    if (octet < FIRST || octet > greatest || octet === LAST + 1 || octet === EQUALS) return false
    if (octet !== PLUS) continue
    if (i + 2 >= end || !isUpperHex(buffer[i + 1]!) || !isUpperHex(buffer[i + 2]!)) return false
    i += 2
  }
  return true
}

function isUpperHex(octet: number): boolean {
  return (octet >= 48 && octet <= 57) || (octet >= 65 && octet <= 70)
}

function isAtom(buffer: Uint8Array, at: number, end: number): boolean {
  for (let i = at; i < end; i++) {
    const octet = buffer[i]!
    if (octet < FIRST || octet > LAST || SPECIALS.has(octet)) return false
  }
  return at < end
}
