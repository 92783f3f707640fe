/** Whole messages laid side by side in shared memory, once, in the two forms that BDAT and DATA send them in. */
import { isUtf8 } from 'node:buffer'
import type { Corpus, CorpusMessage } from '../plan/mail-plan.js'
import { stuffed, type WireLines, wireLines } from './wire-lines.js'

/** Messages from one place, drawn so often in relation to other places; within it all are equal. */
export interface CorpusSource {
  readonly path: string
  readonly weight: number
  readonly messages: readonly Uint8Array[]
}

const FINAL_DOT = Buffer.from('.\r\n', 'latin1')

/** Makes the messages fit for the wire (see `wireLines`) and puts them into shared memory. */
export function corpusOf(sources: readonly CorpusSource[]): Corpus {
  const messages: CorpusMessage[] = []
  const pieces: Buffer[] = []
  let length = 0
  let withNul = 0
  let broken = 0
  for (const source of sources) {
    for (const message of source.messages) {
      const lines = wireLines(message)
      const start = length
      const end = start + lines.octets.length
      pieces.push(lines.octets, FINAL_DOT)
      length = end + FINAL_DOT.length
      const data = stuffed(lines.octets)
      let dataStart = start
      if (data !== null) {
        dataStart = length
        pieces.push(data, FINAL_DOT)
        length += data.length + FINAL_DOT.length
      }
      if (lines.nul) withNul++
      if (lines.broken) broken++
      messages.push({
        start,
        end,
        dataStart,
        dataEnd: length,
        eightBit: lines.eightBit,
        utf8Headers: lines.eightBit && hasUtf8Headers(lines),
        weight: source.weight / source.messages.length,
      })
    }
  }
  const octets = shared(length)
  let at = 0
  for (const piece of pieces) {
    octets.set(piece, at)
    at += piece.length
  }
  return { sources: sources.map(({ path, weight }) => ({ path, weight })), octets, messages, withNul, broken }
}

/** Octets that every thread sees where they lie. */
export function shared(length: number): Uint8Array {
  return new Uint8Array(new SharedArrayBuffer(length))
}

/** Header fields in UTF-8 are RFC 6532's and need SMTPUTF8; octets of some other set are nothing that a parameter could announce. */
function hasUtf8Headers({ octets, bodyAt }: WireLines): boolean {
  const head = octets.subarray(0, bodyAt)
  return head.some((octet) => octet > 127) && isUtf8(head)
}
