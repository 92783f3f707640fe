/**
 * Everything a source ever writes, rendered before the run. What changes from message to message is patched in place; a body is one shared Buffer.
 *
 * Small messages lie in one buffer so that a write is one Buffer: `| content . | MAIL RCPT… DATA |` lets the same memory
 * serve for content alone, for content and the next envelope in one write (glued), and for content and QUIT. Above
 * `COPY_LIMIT` the body stays where it is and the write is a list of three.
 *
 * A write that did not complete at once still owns its memory: `detach` takes that memory out of use, `attach` gives it back.
 */

import { Value } from './recipients.js'
import { lengthOf, type Part, Stencil } from './stencil.js'
import type { MessageText } from './text.js'

/** Octets of body up to which copying it beside its envelope is cheaper than a gathered write. */
export const COPY_LIMIT = 16 * 1024

/** What follows a content in the same write. */
export const Tail = { none: 0, envelope: 1, quit: 2 } as const
export type Tail = (typeof Tail)[keyof typeof Tail]

/** One Buffer, or a list to be gathered. */
export type Wire = Buffer | Buffer[]

export const QUIT = Buffer.from('QUIT\r\n', 'latin1')

/** Content and what follows it, ready to be patched. */
class ContentFlight {
  readonly head: Stencil
  readonly envelope: Stencil
  readonly quitEnd: number
  readonly wires: Wire[]
  tail: Tail = Tail.envelope

  constructor(text: MessageText, values: Float64Array) {
    const headLength = lengthOf(text.head, values)
    const envelopeLength = Math.max(lengthOf(text.envelope, values), QUIT.length)
    const body = text.bodyWithDot
    const inline = body.length <= COPY_LIMIT
    const contentEnd = headLength + (inline ? body.length : 0)
    const buffer = Buffer.allocUnsafeSlow(contentEnd + envelopeLength)
    this.head = new Stencil(text.head, values, buffer, 0)
    if (inline) body.copy(buffer, headLength)
    this.envelope = new Stencil(text.envelope, values, buffer, contentEnd)
    this.quitEnd = contentEnd + QUIT.length
    this.wires = [contentEnd, this.envelope.end, this.quitEnd].map((end): Wire => {
      if (inline) return buffer.subarray(0, end)
      const pieces = [buffer.subarray(0, headLength), body]
      return end > contentEnd ? [...pieces, buffer.subarray(contentEnd, end)] : pieces
    })
  }

  /** Makes the tail ready; false when a number needs another width. */
  setTail(tail: Tail, text: MessageText, values: Float64Array): boolean {
    if (tail === Tail.quit) {
      if (this.tail !== Tail.quit) QUIT.copy(this.head.buffer, this.envelope.start)
      this.tail = Tail.quit
      return true
    }
    if (tail === Tail.none) return true
    if (this.tail === Tail.envelope) return this.envelope.fill(values)
    // QUIT has overwritten the envelope's literals: lay it out again in the same place if it still fits.
    if (lengthOf(text.envelope, values) !== this.envelope.end - this.envelope.start) return false
    new Stencil(text.envelope, values, this.head.buffer, this.envelope.start)
    this.tail = Tail.envelope
    return true
  }
}

/** Up to `depth` whole transactions MAIL RCPT… BDAT LAST, back to back (RFC 3030). */
class BdatFlight {
  readonly stencils: Stencil[] = []
  /** The write that carries transactions 0..k-1, at [k]. */
  readonly wires: Wire[]

  constructor(text: MessageText, values: Float64Array, depth: number) {
    const body = text.body
    const inline = body.length <= COPY_LIMIT
    const parts: Part[] = [...text.bdatEnvelope(lengthOf(text.head, values) + body.length), ...text.head]
    const stride = lengthOf(parts, values) + (inline ? body.length : 0)
    const buffer = Buffer.allocUnsafeSlow(stride * depth)
    for (let i = 0; i < depth; i++) {
      const stencil = new Stencil(parts, values, buffer, i * stride)
      this.stencils.push(stencil)
      if (inline) body.copy(buffer, stencil.end)
    }
    this.wires = Array.from({ length: depth + 1 }, (_, k): Wire => {
      if (inline) return buffer.subarray(0, k * stride)
      return this.stencils.slice(0, k).flatMap((stencil) => [buffer.subarray(stencil.start, stencil.end), body])
    })
  }
}

/** One worker's renderer; all sessions of the worker share its memory. */
export class Renderer {
  readonly hello: Buffer
  readonly helo: Buffer
  readonly mail: Buffer
  readonly data = Buffer.from('DATA\r\n', 'latin1')
  readonly dot = Buffer.from('.\r\n', 'latin1')
  readonly rset = Buffer.from('RSET\r\n', 'latin1')
  readonly quit = QUIT
  readonly values: Float64Array
  readonly #text: MessageText
  readonly #depth: number
  readonly #rcpts: Buffer[] = []
  readonly #spareContents: ContentFlight[] = []
  readonly #spareBdats: BdatFlight[] = []
  #envelope: Stencil
  #envelopeWire: Buffer
  #content: ContentFlight
  #bdat: BdatFlight | null = null
  #filled = 0
  /** Which memory the last wire came from. */
  #lent: 'envelope' | 'content' | 'bdat' = 'content'

  constructor(text: MessageText, depth: number) {
    this.#text = text
    this.#depth = depth
    this.values = new Float64Array(Value.number + text.recipients.length)
    this.hello = Buffer.from(text.hello, 'latin1')
    this.helo = Buffer.from(text.helo, 'latin1')
    this.mail = Buffer.from(text.mail, 'latin1')
    this.#envelope = this.#layEnvelope()
    this.#envelopeWire = this.#envelope.buffer
    this.#content = new ContentFlight(text, this.values)
  }

  /** Sets the numbers of the transaction's recipients: first, first + step, … */
  setRecipients(first: number, step: number): void {
    const values = this.values
    for (let i = Value.number; i < values.length; i++) values[i] = first + (i - Value.number) * step
  }

  /** Sets the number of one recipient. */
  setRecipient(index: number, number: number): void {
    this.values[Value.number + index] = number
  }

  /** Sets the numbers that the content carries. `last` is the number of the transaction's last recipient. */
  setContent(session: number, serial: number, last: number): void {
    this.values[Value.session] = session
    this.values[Value.serial] = serial
    this.values[Value.last] = last
  }

  /** MAIL, all RCPT and DATA in one write. */
  envelope(): Buffer {
    this.#lent = 'envelope'
    if (!this.#envelope.fill(this.values)) {
      this.#envelope = this.#layEnvelope()
      this.#envelopeWire = this.#envelope.buffer
    }
    return this.#envelopeWire
  }

  /** One RCPT by itself (lock-step). Made once when it never changes, anew each time when it is numbered. */
  rcpt(index: number): Buffer {
    const known = this.#rcpts[index]
    if (known !== undefined) return known
    const parts = this.#text.rcpt(index)
    const buffer = Buffer.allocUnsafeSlow(lengthOf(parts, this.values))
    new Stencil(parts, this.values, buffer, 0)
    if (parts.every((part) => typeof part === 'string')) this.#rcpts[index] = buffer
    return buffer
  }

  /** Headers, body and final dot, and what follows them. */
  content(tail: Tail): Wire {
    this.#lent = 'content'
    let flight = this.#content
    if (!flight.head.fill(this.values) || !flight.setTail(tail, this.#text, this.values)) {
      flight = new ContentFlight(this.#text, this.values)
      flight.setTail(tail, this.#text, this.values)
      this.#content = flight
    }
    return flight.wires[tail]!
  }

  /** Starts a group of BDAT transactions. */
  bdatBegin(): void {
    this.#filled = 0
  }

  /** Adds a transaction with the numbers set by `setRecipients` and `setContent`; false when the group must be written first. */
  bdatAdd(): boolean {
    this.#bdat ??= this.#spareBdats.pop() ?? new BdatFlight(this.#text, this.values, this.#depth)
    if (!this.#bdat.stencils[this.#filled]!.fill(this.values)) {
      if (this.#filled > 0) return false
      this.#bdat = new BdatFlight(this.#text, this.values, this.#depth)
    }
    this.#filled++
    return true
  }

  bdatWire(): Wire {
    this.#lent = 'bdat'
    return this.#bdat!.wires[this.#filled]!
  }

  /** The last write still owns its memory: the next one gets other memory. Returns what `attach` takes back. */
  detach(): object {
    if (this.#lent === 'bdat') {
      const flight = this.#bdat!
      this.#bdat = null
      return flight
    }
    if (this.#lent === 'envelope') {
      const envelope = this.#envelope
      this.#envelope = this.#layEnvelope()
      this.#envelopeWire = this.#envelope.buffer
      return envelope
    }
    const flight = this.#content
    this.#content = this.#spareContents.pop() ?? new ContentFlight(this.#text, this.values)
    return flight
  }

  attach(flight: object): void {
    if (flight instanceof ContentFlight) this.#spareContents.push(flight)
    else if (flight instanceof BdatFlight) this.#spareBdats.push(flight)
  }

  #layEnvelope(): Stencil {
    const buffer = Buffer.allocUnsafeSlow(lengthOf(this.#text.envelope, this.values))
    return new Stencil(this.#text.envelope, this.values, buffer, 0)
  }
}
