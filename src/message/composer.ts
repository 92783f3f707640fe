/**
 * Puts each write of a run with many mails together in memory of its own: the content of one mail, and behind it the envelope of another.
 * Contents up to `COPY_LIMIT` are copied between them, so that a write is one Buffer; larger bodies stay where they are and
 * the write is a list. Where all messages of a run are one text, `Renderer` does it without copying.
 */
import { type Content, Slot } from './contents.js'
import type { Deck } from './deck.js'
import { hexadecimalWidth, writeDecimal, writeHexadecimal } from './digits.js'
import type { MailType } from './mail-type.js'
import { COPY_LIMIT, QUIT, type Wire } from './renderer.js'
import { Flight } from './scratch.js'

/** What was drawn for the transactions under way, by their slots. */
export interface DrawnMail {
  readonly variants: Uint32Array
  readonly counts: Uint32Array
  /** What each needs the server to offer, as `Need`. */
  readonly needs: Uint8Array
  readonly serials: Uint32Array
  readonly numbers: Float64Array
}

const MAIL = Buffer.from('MAIL FROM:<', 'latin1')
const RCPT = Buffer.from('RCPT TO:<', 'latin1')
const CLOSE = Buffer.from('>\r\n', 'latin1')
const DATA = Buffer.from('DATA\r\n', 'latin1')
const BDAT = Buffer.from('BDAT ', 'latin1')
const LAST = Buffer.from(' LAST\r\n', 'latin1')
const LINE_END = Buffer.from('\r\n', 'latin1')
const SIZE = Buffer.from(' SIZE=', 'latin1')
/** Behind the sender, by `Need`. */
const PARAMETERS = ['>', '> BODY=8BITMIME', '> SMTPUTF8', '> BODY=8BITMIME SMTPUTF8'].map((text) =>
  Buffer.from(text, 'latin1'),
)
/** Octets that an envelope's lines have at most besides their addresses. */
const MAIL_FRAME = 80
const RCPT_FRAME = 16
const BDAT_LINE = 24
/** A group of BDAT transactions is written when it has come to this size: larger writes gain nothing more. */
const GROUP_SIZE = 128 * 1024

/** Least digits of the two hexadecimal numbers in a Message-Id. */
const SESSION_DIGITS = 6
const SERIAL_DIGITS = 8
const HEXADECIMAL_MAX = 8

export class Composer {
  private readonly deck: Deck
  private readonly mail: DrawnMail
  private readonly frontSize: number
  private readonly backSize: number
  private readonly groupSize: number
  private readonly spareLines: Flight[] = []
  private readonly spareGroups: Flight[] = []
  private line: Flight
  private group: Flight | null = null
  /** Which memory the last wire came from. */
  private lentGroup = false
  private filled = 0
  // Of the transaction selected last.
  private type: MailType
  private content: Content
  private session = 0
  private slot = 0
  private count = 0
  private start = 0
  private stride = 1

  constructor(deck: Deck, mail: DrawnMail, depth: number) {
    this.deck = deck
    this.mail = mail
    this.type = deck.types[0]!
    this.content = deck.contents[0]!
    const envelope = Math.max(...deck.types.map(longestEnvelope))
    const content = deck.contents.reduce((most, one, i) => {
      const type = deck.types[deck.typeOf[i]!]!
      return Math.max(most, longestHead(type, one) + Math.min(COPY_LIMIT, one.dataLength))
    }, 0)
    this.frontSize = content + envelope
    this.backSize = envelope
    this.groupSize = Math.max(this.frontSize, Math.min(depth * this.frontSize, GROUP_SIZE))
    this.line = this.newLine()
  }

  /** Begins a write other than a group. */
  begin(): void {
    this.lentGroup = false
    this.line.begin()
  }

  /** What was put together since `begin` or `groupBegin`. */
  wire(): Wire {
    return (this.lentGroup ? this.group! : this.line).wire()
  }

  /** The MAIL line of a transaction, and the parameters that it needs where SIZE is offered or not. */
  addMail(session: number, slot: number, sizeOffered: boolean): void {
    this.select(session, slot)
    const flight = this.line
    if (flight.body === null) flight.at = this.writeMail(flight.front.buffer, flight.at, sizeOffered)
    else flight.backAt = this.writeMail(flight.back.buffer, flight.backAt, sizeOffered)
  }

  /** RCPT number `index` of a transaction. */
  addRcpt(session: number, slot: number, index: number): void {
    this.select(session, slot)
    this.line.at = this.writeRcpt(this.line.front.buffer, this.line.at, index)
  }

  /** MAIL, all RCPT and DATA of a transaction. */
  addEnvelope(session: number, slot: number, sizeOffered: boolean): void {
    this.addMail(session, slot, sizeOffered)
    const flight = this.line
    const buffer = (flight.body === null ? flight.front : flight.back).buffer
    let at = flight.body === null ? flight.at : flight.backAt
    for (let i = 0; i < this.count; i++) at = this.writeRcpt(buffer, at, i)
    at = put(buffer, at, DATA)
    if (flight.body === null) flight.at = at
    else flight.backAt = at
  }

  /** Headers, body and final dot of a transaction. */
  addContent(session: number, slot: number): void {
    this.select(session, slot)
    const flight = this.line
    const { content } = this
    const { buffer } = flight.front
    let at = this.writeHead(buffer, flight.at)
    if (content.dataLength > COPY_LIMIT) flight.body = content.data
    else for (let i = 0; i < content.data.length; i++) at = put(buffer, at, content.data[i]!)
    flight.at = at
  }

  addQuit(): void {
    const flight = this.line
    if (flight.body === null) flight.at = put(flight.front.buffer, flight.at, QUIT)
    else flight.backAt = put(flight.back.buffer, flight.backAt, QUIT)
  }

  /** Begins a group of BDAT transactions. */
  groupBegin(): void {
    this.lentGroup = true
    this.group ??= this.spareGroups.pop() ?? new Flight(this.groupSize, 0)
    this.group.begin()
    this.filled = 0
  }

  /** Adds a transaction MAIL RCPT… BDAT LAST; false when the group must be written first. A large body is the end of its group. */
  groupAdd(session: number, slot: number, sizeOffered: boolean): boolean {
    const flight = this.group!
    if (this.filled > 0 && (flight.body !== null || flight.at + this.frontSize > this.groupSize)) return false
    this.select(session, slot)
    const { content } = this
    const { buffer } = flight.front
    let at = this.writeMail(buffer, flight.at, sizeOffered)
    for (let i = 0; i < this.count; i++) at = this.writeRcpt(buffer, at, i)
    at = put(buffer, at, BDAT)
    at = writeDecimal(buffer, at, this.contentLength(), 1)
    at = put(buffer, at, LAST)
    at = this.writeHead(buffer, at)
    if (content.bodyLength > COPY_LIMIT) flight.body = content.body
    else for (let i = 0; i < content.body.length; i++) at = put(buffer, at, content.body[i]!)
    flight.at = at
    this.filled++
    return true
  }

  /** The last write still owns its memory: the next one gets other memory. Returns what `attach` takes back. */
  detach(): object {
    if (this.lentGroup) {
      const flight = this.group!
      this.group = null
      return flight
    }
    const flight = this.line
    this.line = this.spareLines.pop() ?? this.newLine()
    return flight
  }

  attach(memory: object): void {
    const flight = memory as Flight
    if (flight.back.buffer.length > 0) this.spareLines.push(flight)
    else this.spareGroups.push(flight)
  }

  private newLine(): Flight {
    return new Flight(this.frontSize, this.backSize)
  }

  private select(session: number, slot: number): void {
    const { deck, mail } = this
    const variant = mail.variants[slot]!
    const type = deck.types[deck.typeOf[variant]!]!
    const serial = mail.serials[slot]!
    this.type = type
    this.content = deck.contents[variant]!
    this.session = session
    this.slot = slot
    this.count = mail.counts[slot]!
    this.start = type.start(session, serial, mail.numbers[slot]!)
    this.stride = type.stride(session, serial)
  }

  private writeMail(buffer: Buffer, from: number, sizeOffered: boolean): number {
    const { type } = this
    const needs = this.mail.needs[this.slot]!
    let at = put(buffer, from, MAIL)
    at = type.from.write(buffer, at, this.senderNumber())
    at = put(buffer, at, PARAMETERS[needs]!)
    if (type.declareSize && sizeOffered) {
      at = put(buffer, at, SIZE)
      at = writeDecimal(buffer, at, this.contentLength(), 1)
    }
    return put(buffer, at, LINE_END)
  }

  private writeRcpt(buffer: Buffer, from: number, index: number): number {
    const at = put(buffer, from, RCPT)
    return put(buffer, this.type.to.write(buffer, at, this.recipientNumber(index)), CLOSE)
  }

  private writeHead(buffer: Buffer, from: number): number {
    const { literals, slots } = this.content.head
    let at = put(buffer, from, literals[0]!)
    for (let i = 0; i < slots.length; i++) {
      switch (slots[i]) {
        case Slot.from:
          at = this.type.from.write(buffer, at, this.senderNumber())
          break
        case Slot.to:
          at = this.type.to.write(buffer, at, this.headerNumber())
          break
        case Slot.session:
          at = writeHexadecimal(buffer, at, this.session, SESSION_DIGITS)
          break
        default:
          at = writeHexadecimal(buffer, at, this.mail.serials[this.slot]!, SERIAL_DIGITS)
      }
      at = put(buffer, at, literals[i + 1]!)
    }
    return at
  }

  /** Octets of the content as BDAT sends it. */
  private contentLength(): number {
    const { type, content } = this
    const { head } = content
    let length = head.literalLength + content.bodyLength
    if (head.slots.length > 0) {
      length += type.from.lengthOf(this.senderNumber()) + type.to.lengthOf(this.headerNumber())
      length += hexadecimalWidth(this.session, SESSION_DIGITS)
      length += hexadecimalWidth(this.mail.serials[this.slot]!, SERIAL_DIGITS)
    }
    return length
  }

  private senderNumber(): number {
    return this.type.sender(this.session, this.mail.serials[this.slot]!)
  }

  private recipientNumber(index: number): number {
    return this.type.recipient(index, this.count, this.mail.numbers[this.slot]!, this.start, this.stride)
  }

  private headerNumber(): number {
    return this.type.inHeader(this.count, this.mail.numbers[this.slot]!, this.start, this.stride)
  }
}

/** Copies a literal; where it ends. */
function put(buffer: Buffer, at: number, literal: Buffer): number {
  buffer.set(literal, at)
  return at + literal.length
}

/** Octets that MAIL, all RCPT and BDAT or DATA of one transaction can have. */
function longestEnvelope({ from, to, recipientsMost }: MailType): number {
  return MAIL_FRAME + from.maxLength + recipientsMost * (RCPT_FRAME + to.maxLength) + BDAT_LINE
}

function longestHead({ from, to }: MailType, { head }: Content): number {
  return head.slots.length === 0 ? 0 : head.literalLength + from.maxLength + to.maxLength + 2 * HEXADECIMAL_MAX
}
