/**
 * Looks through a message's header, as it comes in, for its `Message-Id:` (RFC 5322 section 3.6.4; any case, folded or not) and for the empty
 * line behind which the body begins. Lines end at CR LF only, unless `lenient` says that lone LFs end them too.
 */

const LF = 10
const CR = 13
const TAB = 9
const SPACE = 32
const COLON = 58

/** In both cases: the hyphen has one. */
const LOWER = Buffer.from('message-id')
const UPPER = Buffer.from('MESSAGE-ID')

/** Octets of a value that are kept; an identifier fits into one line, and a line has at most 998 (RFC 5322 section 2.1.1). */
export const ID_LIMIT = 998

const Part = {
  /** The beginning of a line. */
  start: 0,
  name: 1,
  value: 2,
  /** The beginning of a line behind one with a value: more of it, if it is folded. */
  folded: 3,
  /** A line that does not matter. */
  other: 4,
} as const
type Part = (typeof Part)[keyof typeof Part]

export class HeaderScan {
  /** The header has come to its end. */
  done = false
  /** Octets of the value so far, one latin1 character each; null: no such header yet. */
  #value: string | null = null
  #part: Part = Part.start
  /** Octets of the name that are right so far. */
  #matched = 0
  /** Octets of the line so far. */
  #column = 0
  /** The last octet was a CR, of which is not known yet what it is. */
  #cr = false
  readonly #lenient: boolean

  constructor(lenient = false) {
    this.#lenient = lenient
  }

  /** The value without the blanks around it; null: there is none. */
  get id(): string | null {
    return this.#value === null ? null : this.#value.replace(/^[ \t]+|[ \t]+$/g, '')
  }

  /** Takes `buffer[from..to)`; the position of the body's first octet, or `to` where it has not begun. Not to be called once it is done. */
  push(buffer: Uint8Array, from: number, to: number): number {
    for (let i = from; i < to; i++) {
      const octet = buffer[i]!
      const behindCr = this.#cr
      this.#cr = octet === CR
      if (octet === LF && (behindCr || this.#lenient)) {
        if (this.#column === 0) {
          this.done = true
          return i + 1
        }
        this.#column = 0
        this.#part = this.#part === Part.value ? Part.folded : Part.start
        continue
      }
      if (behindCr) this.#text(CR)
      if (octet !== CR) this.#text(octet)
    }
    return to
  }

  #text(octet: number): void {
    if (this.#column++ === 0) this.#part = this.#begin(octet)
    switch (this.#part) {
      case Part.name:
        this.#part = this.#named(octet)
        if (this.#part === Part.value) this.#value = ''
        return
      case Part.value:
        this.#keep(octet)
    }
  }

  /** What a line is that begins with this octet. */
  #begin(octet: number): Part {
    if (this.#part === Part.folded && (octet === SPACE || octet === TAB)) return Part.value
    this.#matched = 0
    // Of several the first one counts.
    return this.#value === null ? Part.name : Part.other
  }

  /** What a line is of which the name goes on with this octet. */
  #named(octet: number): Part {
    if (this.#matched < LOWER.length) {
      if (octet !== LOWER[this.#matched] && octet !== UPPER[this.#matched]) return Part.other
      this.#matched++
      return Part.name
    }
    if (octet === COLON) return Part.value
    return octet === SPACE || octet === TAB ? Part.name : Part.other
  }

  #keep(octet: number): void {
    if (this.#value!.length < ID_LIMIT) this.#value += String.fromCharCode(octet)
  }
}
