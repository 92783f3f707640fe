/**
 * Recognises a whole transaction in the form in which programs send it: `MAIL FROM:<…>`, `RCPT TO:<…>` and `BDAT n LAST` in capitals with single
 * blanks and no parameters, and all n octets. It looks at four octets at a time, which is several times as fast as taking the lines
 * apart; what it does not recognise may be the same thing written differently.
 */
import { isBarePath, LINE_LIMIT } from './command-parser.js'

/** Four letters as a little-endian word. */
function word(letters: string): number {
  return Buffer.from(letters, 'latin1').readInt32LE()
}

const MAIL = word('MAIL')
const FROM = word(' FRO')
const RCPT = word('RCPT')
const TO = word(' TO:')
const BDAT = word('BDAT')
const LAST = word(' LAS')
const LETTER_M = 77
const LETTER_T = 84
const COLON = 58
const SPACE = 32
const CR = 13
const LF = 10

/** Octets of `MAIL FROM:`, `RCPT TO:`, `BDAT `, and ` LAST` with its line end. */
const MAIL_LENGTH = 10
const RCPT_LENGTH = 8
const BDAT_LENGTH = 5
const LAST_LENGTH = 7
/** Octets from `BDAT 0 LAST`, from `RCPT TO:<a>` and from `MAIL FROM:<a>` to the end, each line with its own: with fewer there is no transaction. */
const FROM_BDAT = 13
const FROM_RCPT = 13 + FROM_BDAT
const FROM_MAIL = 15 + FROM_RCPT
/** Octets of the longest path of MAIL that a line has room for. */
const PATH_LIMIT = LINE_LIMIT - MAIL_LENGTH - 2
/** More digits are left to others, so that the size is a small integer. */
const MAX_DIGITS = 9

const CRS = 0x0d0d0d0d
const ONES = 0x01010101
const HIGHS = 0x80808080

export class TransactionGlance {
  /** Octets of content of the transaction found last. */
  octets = 0
  buffer: Buffer | null = null
  view: DataView = new DataView(new ArrayBuffer(0))

  /** Position of the content when `buffer[at..end)` begins with a whole transaction; else -1. */
  find(buffer: Buffer, at: number, end: number): number {
    if (end - at < FROM_MAIL) return -1
    // Nearly always it is the thread's one read buffer.
    if (buffer !== this.buffer) this.lookInto(buffer)
    const view = this.view
    if (view.getInt32(at, true) !== MAIL || view.getInt32(at + 4, true) !== FROM) return -1
    if (buffer[at + 8] !== LETTER_M || buffer[at + 9] !== COLON) return -1
    const rcpt = behindPath(view, buffer, at + MAIL_LENGTH, end)
    if (rcpt < 0 || end - rcpt < FROM_RCPT) return -1
    if (view.getInt32(rcpt, true) !== RCPT || view.getInt32(rcpt + 4, true) !== TO) return -1
    const bdat = behindPath(view, buffer, rcpt + RCPT_LENGTH, end)
    if (bdat < 0 || end - bdat < FROM_BDAT || view.getInt32(bdat, true) !== BDAT) return -1
    return buffer[bdat + 4] === SPACE ? this.size(view, buffer, bdat + BDAT_LENGTH, end) : -1
  }

  /** Position behind `n LAST` and its line end when the octets are there that it announces; else -1. */
  size(view: DataView, buffer: Buffer, at: number, end: number): number {
    let octets = 0
    let i = at
    for (const stop = Math.min(at + MAX_DIGITS, end - LAST_LENGTH); i < stop; i++) {
      const digit = buffer[i]! - 48
      if (digit < 0 || digit > 9) break
      octets = octets * 10 + digit
    }
    const content = i + LAST_LENGTH
    if (i === at || content + octets > end || view.getInt32(i, true) !== LAST) return -1
    if (buffer[i + 4] !== LETTER_T || buffer[i + 5] !== CR || buffer[i + 6] !== LF) return -1
    this.octets = octets
    return content
  }

  lookInto(buffer: Buffer): void {
    this.buffer = buffer
    this.view = new DataView(buffer.buffer, buffer.byteOffset, buffer.length)
  }
}

/** Position of the next line when the one of which the path begins at `at` ends with it; else -1. */
function behindPath(view: DataView, buffer: Buffer, at: number, end: number): number {
  const cr = findCr(view, at, end)
  if (cr < 0 || buffer[cr + 1] !== LF) return -1
  return cr - at <= PATH_LIMIT && isBarePath(buffer, at, cr) ? cr + 2 : -1
}

/** Position of the first CR in `view[at..end)`, as far as whole words go and an octet follows; else -1. */
function findCr(view: DataView, at: number, end: number): number {
  for (let i = at; i + 4 < end; i += 4) {
    // An octet of `other` is zero where there is a CR; the lowest high bit that is then left is that of the first one.
    const other = view.getInt32(i, true) ^ CRS
    const found = (other - ONES) & ~other & HIGHS
    if (found !== 0) return i + ((31 - Math.clz32(found & -found)) >> 3)
  }
  return -1
}
