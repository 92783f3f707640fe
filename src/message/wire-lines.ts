/** Text of any origin as SMTP may carry it: CRLF at the end of every line, no line over 998 octets, dots doubled where DATA wants it. */
import { LINE_LIMIT } from './header-text.js'

const CR = 13
const LF = 10
const DOT = 46

/** A text fit for the wire, and what had to be known or done about it. */
export interface WireLines {
  readonly octets: Buffer
  /** Where the body begins, behind the empty line; the whole length when there is none. */
  readonly bodyAt: number
  readonly eightBit: boolean
  readonly nul: boolean
  /** A line was over 998 octets and is two or more now. */
  readonly broken: boolean
}

/**
 * Ends every line (by CRLF, LF or a lone CR; the last one may lack it) with CRLF. Lines over 998 octets (RFC 5321 section 4.5.3.1.6) are broken:
 * header fields before a blank, which means the same; other lines as Postfix breaks them, by CR LF and a space.
 */
export function wireLines(text: Uint8Array): WireLines {
  // Each octet may be a line end of its own; each break adds three octets to at least 900.
  const out = Buffer.allocUnsafe(text.length * 2 + Math.ceil(text.length / 300) + 2)
  let length = 0
  let bodyAt = -1
  let high = 0
  let nul = false
  let broken = false
  for (let at = 0; at < text.length; ) {
    const lineAt = length
    let octet = text[at]!
    while (at < text.length && octet !== CR && octet !== LF) {
      high |= octet
      if (octet === 0) nul = true
      out[length++] = octet
      octet = text[++at]!
    }
    if (length - lineAt > LINE_LIMIT) {
      length = breakLine(out, lineAt, length, bodyAt < 0)
      broken = true
    }
    if (octet === CR && text[at + 1] === LF) at++
    at++
    if (length === lineAt && bodyAt < 0) bodyAt = length + 2
    out[length++] = CR
    out[length++] = LF
  }
  return { octets: out.subarray(0, length), bodyAt: bodyAt < 0 ? length : bodyAt, eightBit: high > 127, nul, broken }
}

/** Breaks the line in out[start..end) into lines of at most 998 octets; the new end. */
function breakLine(out: Buffer, start: number, end: number, header: boolean): number {
  let lineAt = start
  let last = end
  while (last - lineAt > LINE_LIMIT) {
    const blank = header ? lastBlank(out, lineAt + 1, lineAt + LINE_LIMIT) : -1
    let cut = blank
    if (cut < 0) {
      cut = lineAt + LINE_LIMIT
      // Not in the middle of a character of UTF-8.
      while (cut > lineAt + LINE_LIMIT - 4 && (out[cut]! & 0xc0) === 0x80) cut--
    }
    const more = blank < 0 ? 3 : 2
    out.copyWithin(cut + more, cut, last)
    out[cut] = CR
    out[cut + 1] = LF
    if (more === 3) out[cut + 2] = 32
    last += more
    lineAt = cut + 2
  }
  return last
}

/** The last blank in [from, to] with something before it on the line; -1: none. */
function lastBlank(out: Buffer, from: number, to: number): number {
  for (let i = to; i >= from; i--) {
    const blank = out[i] === 32 || out[i] === 9
    if (blank && out[i - 1] !== 32 && out[i - 1] !== 9) return i
  }
  return -1
}

/** The text with the first dot of every line doubled (RFC 5321 section 4.5.2); null when no line begins with one. */
export function stuffed(octets: Buffer): Buffer | null {
  const pieces: Buffer[] = []
  let from = 0
  for (let at = octets[0] === DOT ? 0 : octets.indexOf('\n.'); at >= 0; at = octets.indexOf('\n.', at)) {
    if (octets[at] === LF) at++
    pieces.push(octets.subarray(from, at + 1))
    from = at
  }
  if (pieces.length === 0) return null
  pieces.push(octets.subarray(from))
  return Buffer.concat(pieces)
}
