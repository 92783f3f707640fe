/** The contents that one type of mail may have: header block and body, ready to be written. */
import type { MailPlan } from '../plan/mail-plan.js'
import { defaultPayload, filePayload, sizedPayload } from './payload.js'
import { sizeStrata } from './size-strata.js'
import { headerBlock } from './text.js'
import { stuffed } from './wire-lines.js'

/** What changes in a header block. */
export const Slot = { from: 0, to: 1, session: 2, serial: 3 } as const
export type Slot = (typeof Slot)[keyof typeof Slot]

/** A header block: literal octets with slots between them, in turn. */
export interface Head {
  readonly literals: readonly Buffer[]
  /** The slot before literal i, at i - 1. */
  readonly slots: readonly Slot[]
  readonly literalLength: number
}

/** One content. */
export interface Content {
  readonly head: Head
  /** Views one after the other: as BDAT sends it, and as DATA does with the final dot. */
  readonly body: readonly Buffer[]
  readonly bodyLength: number
  readonly data: readonly Buffer[]
  readonly dataLength: number
  /** Octets above 127 in it, wherever addresses do not bring them; header fields in UTF-8. */
  readonly eightBit: boolean
  readonly utf8Headers: boolean
  readonly weight: number
}

/** What header blocks are made from besides the mail's own words. */
export interface HeadWords {
  readonly helloName: string
  readonly date: string
  /** Seed of the run: the beginning of every Message-Id. */
  readonly seed: string
}

const DOT = Buffer.from('.\r\n', 'latin1')
/** Octets in a line of `sizedPayload`. */
const LINE = 80

/** All contents of a type of mail. Bodies are views of memory that they share. */
export function contentsOf(mail: MailPlan, words: HeadWords): Content[] {
  const head = headOf(mail, words)
  if (mail.corpus !== null) {
    const { octets, messages } = mail.corpus
    const view = (start: number, end: number) => [Buffer.from(octets.buffer, octets.byteOffset + start, end - start)]
    return messages.map(({ start, end, dataStart, dataEnd, eightBit, utf8Headers, weight }) => ({
      head,
      body: view(start, end),
      bodyLength: end - start,
      data: view(dataStart, dataEnd),
      dataLength: dataEnd - dataStart,
      eightBit,
      utf8Headers,
      weight,
    }))
  }
  if (mail.sizes !== null) return sizedContents(mail.sizes, head)
  const body = wholeBody(mail)
  const data = [stuffed(body) ?? body, DOT]
  return [
    {
      head,
      body: [body],
      bodyLength: body.length,
      data,
      dataLength: data[0]!.length + DOT.length,
      eightBit: body.some((octet) => octet > 127),
      utf8Headers: false,
      weight: 1,
    },
  ]
}

function wholeBody(mail: MailPlan): Buffer {
  if (mail.mime !== null) {
    const { buffer, byteOffset, byteLength } = mail.mime.composed!.body
    return Buffer.from(buffer, byteOffset, byteLength)
  }
  if (mail.file !== null) return filePayload(mail.file, false)
  return mail.size === null ? defaultPayload() : sizedPayload(mail.size)
}

/**
 * Payloads as `sizedPayload` makes them, all from one text as long as the longest: its full lines from the beginning, and the rest of `X` from its
 * last line, which ends with the final dot.
 */
function sizedContents(sizes: NonNullable<MailPlan['sizes']>, head: Head): Content[] {
  const strata = sizeStrata(sizes)
  const largest = strata.reduce((most, { size }) => Math.max(most, size), 0)
  const lines = sizedPayload(Math.max(largest, LINE))
  const tail = Buffer.concat([Buffer.alloc(LINE, 'X'), Buffer.from('\r\n', 'latin1'), DOT])
  return strata.map(({ size, weight }) => {
    const full = Math.floor((size - 1) / LINE) * LINE
    const from = LINE - (size - full)
    return {
      head,
      body: [lines.subarray(0, full), tail.subarray(from, LINE + 2)],
      bodyLength: size + 2,
      data: [lines.subarray(0, full), tail.subarray(from)],
      dataLength: size + 2 + DOT.length,
      eightBit: false,
      utf8Headers: false,
      weight,
    }
  })
}

function headOf(mail: MailPlan, { helloName, date, seed }: HeadWords): Head {
  const block = headerBlock<Slot>(
    mail,
    helloName,
    date,
    [Slot.from],
    [Slot.to],
    [`${seed}.`, Slot.session, '.', Slot.serial],
  )
  const literals: Buffer[] = []
  const slots: Slot[] = []
  let text = ''
  for (const part of block) {
    if (typeof part === 'string') text += part
    else {
      literals.push(Buffer.from(text, 'latin1'))
      slots.push(part)
      text = ''
    }
  }
  literals.push(Buffer.from(text, 'latin1'))
  return { literals, slots, literalLength: literals.reduce((sum, { length }) => sum + length, 0) }
}
