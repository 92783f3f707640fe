/**
 * From content as DATA carries it to the content itself: a dot that begins a line was put there for the wire and goes, and so does the line
 * with nothing else that ends it all (RFC 5321 section 4.5.2). Cut the octets anywhere, the result is the same. `out` must have
 * room for one octet more than goes in.
 *
 * What was seen of a line's beginning is kept between calls:
 *
 *     0 ──CR──▶ 1 ──LF──▶ 2 ──dot, dropped──▶ 3 ──CR, held back──▶ 4 ──LF──▶ end, both dropped
 */
import { START_OF_CONTENT } from './data-end.js'

const LF = 10
const CR = 13
const DOT = 46
/** Behind a lone CR and a dot, which is held back too (lenient only). */
const CR_DOT = 5
const END = 6

const LF_DOT = Buffer.from('\n.')
const CR_DOT_WORD = Buffer.from('\r.')

/** One message's content; what is given is to end with the terminator. */
export class Undot {
  /** Lone LFs end lines too, and CR . CR ends it all, as `watched-end.ts` has it. */
  lenient: boolean
  seen = START_OF_CONTENT

  constructor(lenient = false) {
    this.lenient = lenient
  }

  /** Puts what `buffer[from..to)` means into `out` from 0 on; how many octets that are. */
  push(buffer: Buffer, from: number, to: number, out: Buffer): number {
    let at = from
    let length = 0
    for (;;) {
      // Octet by octet near the beginning of a line, by searching everywhere else.
      while (this.seen !== 0) {
        if (at === to) return length
        length = this.step(buffer[at++]!, out, length)
      }
      const next = this.nextDot(buffer, at, to)
      length += buffer.copy(out, length, at, next)
      at = next
      this.seen = this.tail(buffer, from, at)
      if (at === to) return length
    }
  }

  /** One octet in a state other than 0. */
  step(octet: number, out: Buffer, at: number): number {
    let length = at
    switch (this.seen) {
      case START_OF_CONTENT:
        if (octet === DOT) {
          this.seen = 3
          return length
        }
        break
      case 3:
        if (octet === CR) {
          this.seen = 4
          return length
        }
        if (octet === LF && this.lenient) {
          this.seen = END
          return length
        }
        break
      case 4:
        if (octet === LF) {
          this.seen = END
          return length
        }
        // No terminator after all: the CR was content.
        out[length++] = CR
        if (octet === DOT && this.lenient) {
          this.seen = CR_DOT
          return length
        }
        break
      case 1:
        if (octet === DOT && this.lenient) {
          this.seen = CR_DOT
          return length
        }
        break
      case CR_DOT:
        if (octet === CR) {
          this.seen = END
          return length
        }
        out[length++] = DOT
        break
      case END:
        return length
    }
    out[length++] = octet
    if (octet === CR) this.seen = 1
    else if (octet === LF && (this.seen === 1 || this.lenient)) this.seen = START_OF_CONTENT
    else this.seen = 0
    return length
  }

  /** Where the search has to stop: at a dot behind a line end, or at `to`. */
  nextDot(buffer: Buffer, at: number, to: number): number {
    const subject = buffer.subarray(at, to)
    const behindLf = subject.indexOf(LF_DOT)
    const behindCr = this.lenient ? subject.indexOf(CR_DOT_WORD) : -1
    if (behindLf < 0 && behindCr < 0) return to
    return at + 1 + (behindLf < 0 || (behindCr >= 0 && behindCr < behindLf) ? behindCr : behindLf)
  }

  /** The state behind `buffer[from..at)`, which was copied as it stands: how much of a CR LF it ends with. */
  tail(buffer: Buffer, from: number, at: number): number {
    const last = at > from ? buffer[at - 1] : 0
    if (last === CR) return 1
    if (last !== LF) return 0
    return this.lenient || (at - 2 >= from && buffer[at - 2] === CR) ? START_OF_CONTENT : 0
  }
}

/**
 * The conversion of smtp-sink's dump files: every CR is dropped, and with DATA a dot that is the first octet after CR LF. A terminator
 * leaves its LF.
 */
export class ClassicUndot {
  dotted: boolean
  /** 1 behind CR, 2 behind CR LF. */
  seen = START_OF_CONTENT
  /** With lenient ends of data, whose terminators differ, they are dropped whole first. */
  first: Undot | null

  constructor(dotted: boolean, lenient = false) {
    this.first = dotted && lenient ? new Undot(true) : null
    this.dotted = dotted && !lenient
  }

  /** Whether there was a terminator and its LF is what the message ends with. */
  get ended(): boolean {
    return this.dotted
  }

  /** As `Undot.push`. */
  push(buffer: Buffer, from: number, to: number, out: Buffer): number {
    if (this.first !== null) return this.convert(out, 0, this.first.push(buffer, from, to, out), out)
    return this.convert(buffer, from, to, out)
  }

  /** `out` may be `buffer` itself, where `from` is 0. */
  convert(buffer: Buffer, from: number, to: number, out: Buffer): number {
    const { dotted } = this
    let seen = this.seen
    let length = 0
    for (let i = from; i < to; i++) {
      const octet = buffer[i]!
      if (octet === CR) {
        seen = 1
        continue
      }
      if (octet === DOT && seen === START_OF_CONTENT && dotted) {
        seen = 0
        continue
      }
      seen = octet === LF && seen === 1 ? START_OF_CONTENT : 0
      out[length++] = octet
    }
    this.seen = seen
    return length
  }
}
