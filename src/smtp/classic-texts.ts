/** What the drop-in smtp-sink says, octet for octet, and how a reply of any length gets into an output. */
import type { SinkDoorPlan } from '../plan/sink-door-plan.js'
import type { Output } from './server-output.js'

/** A reply with its CR LF, as little-endian 32-bit words, the last one filled up with zeros (why: `ReplyText`). */
export interface ClassicText {
  readonly words: Int32Array
  /** Octets. */
  readonly length: number
  /** It is a 4xx or 5xx. */
  readonly rejection: boolean
}

export type ClassicTexts = ReturnType<typeof makeTexts>

/** All replies of one door. */
export function makeTexts(door: SinkDoorPlan, hostname: string, lmtp: boolean) {
  return {
    greeting: text(door.maskedGreeting ? '220 ********' : `220 ${hostname}${door.esmtp ? ' ESMTP' : ''}`),
    helo: text(`250 ${hostname}`),
    ehlo: text(announcement(door, hostname)),
    mailOk: text('250 2.1.0 Ok'),
    rcptOk: text('250 2.1.5 Ok'),
    startMail: text('354 End data with <CR><LF>.<CR><LF>'),
    messageOk: text(lmtp ? '250 2.2.0 Ok' : '250 2.0.0 Ok'),
    rsetOk: text('250 2.1.0 Ok'),
    ok: text('250 2.0.0 Ok'),
    bye: text('221 Bye'),
    closing: text('421 4.0.0 Server closing connection'),
    unknown: text('500 5.5.1 Error: unknown command'),
    empty: text('500 5.5.2 Error: unknown command'),
    nestedMail: text('503 5.5.1 Error: nested MAIL command'),
    needMail: text('503 5.5.1 Error: need MAIL command'),
    needRcpt: text('503 5.5.1 Error: need RCPT command'),
    premature: text('550 This violates SMTP'),
    soft: text(door.softReply),
    hard: text(door.hardReply),
  } as const
}

function announcement({ announce }: SinkDoorPlan, hostname: string): string {
  const lines = [
    hostname,
    announce.pipelining && 'PIPELINING',
    announce.eightBitMime && '8BITMIME',
    announce.auth && 'AUTH PLAIN LOGIN',
    announce.xclient && 'XCLIENT NAME HELO',
    announce.xforward && 'XFORWARD NAME ADDR PROTO HELO',
    announce.enhancedStatusCodes && 'ENHANCEDSTATUSCODES',
    announce.dsn && 'DSN',
  ]
  const shown = lines.filter((line) => line !== false)
  return `${shown.map((line) => `250-${line}\r\n`).join('')}250 `
}

function text(line: string): ClassicText {
  const octets = Buffer.from(`${line}\r\n`, 'latin1')
  const padded = Buffer.alloc(Math.ceil(octets.length / 4) * 4)
  octets.copy(padded)
  return {
    words: Int32Array.from({ length: padded.length / 4 }, (_, i) => padded.readInt32LE(i * 4)),
    length: octets.length,
    rejection: line.startsWith('4') || line.startsWith('5'),
  }
}

/** Appends a reply. Texts of an option may be longer than an output is; they go through it in pieces. */
export function putText(out: Output, { words, length }: ClassicText): void {
  const count = words.length
  if (out.length + count * 4 > out.size) out.flush()
  if (count * 4 > out.size) {
    putLong(out, words, length)
    return
  }
  const view = out.view
  let at = out.length
  out.length = at + length
  for (let i = 0; i < count; i++) {
    view.setInt32(at, words[i]!, true)
    at += 4
  }
}

function putLong(out: Output, words: Int32Array, length: number): void {
  const room = Math.floor(out.size / 4)
  for (let from = 0; from < words.length; from += room) {
    const piece = words.subarray(from, from + room)
    for (let i = 0; i < piece.length; i++) out.view.setInt32(i * 4, piece[i]!, true)
    out.length = Math.min(piece.length * 4, length - from * 4)
    out.flush()
  }
}
