/**
 * `--ledger`: a line of JSON for each accepted message, by which a source's own list can be compared with what arrived. Lines are
 * appended whole and up to a second late, each write(2) carrying whole lines only, so several workers can share the file.
 */
import { createHash, type Hash } from 'node:crypto'
import { closeSync, openSync, writeSync } from 'node:fs'
import { errnoText } from '../base/errno.js'
import type { ContentTap, Envelope, MessageTap } from '../smtp/content-tap.js'
import { HeaderScan } from '../smtp/message-id.js'
import { pathOf } from '../smtp/path-text.js'
import { Undot } from '../smtp/undot.js'

/** Characters that wait before they are written. */
const PENDING_MAX = 64 * 1024
const FLUSH_MS = 1000
/** Octets looked at in one go. */
const SLICE = 64 * 1024

/** The hash of a message that has no body. */
const NOTHING = createHash('sha256').digest('hex')

/** One line. */
export interface LedgerLine {
  /** When it was accepted: ISO 8601, UTC, milliseconds. */
  readonly time: string
  /** The value of its first Message-Id header, unfolded; null: it has none. */
  readonly messageId: string | null
  /** SHA-256 of the body, which is what follows the first empty line: without doubled dots, with its CR LFs. Lower-case hexadecimal. */
  readonly sha256: string
  /** Octets of the content, header included, without doubled dots and the terminator. */
  readonly octets: number
  /** Addresses without angle brackets and parameters; '' is the null sender. */
  readonly from: string
  readonly to: readonly string[]
  /** `127.0.0.1`, `::1` or `local`. */
  readonly peer: string
  readonly protocol: Envelope['protocol']
}

export interface LedgerOptions {
  /** Appended to; made where it is missing. */
  readonly path: string
  /** Lone LFs end lines too. */
  readonly lenient: boolean
  /** Milliseconds since 1970. */
  readonly now: () => number
  /** Called at most once, with `write PATH: No space left on device` and the like; nothing is written after that. */
  readonly fatal: (text: string) => void
}

export class Ledger implements ContentTap {
  readonly options: LedgerOptions
  /** Where content is put without its dots, for the length of a call. */
  readonly scratch = Buffer.allocUnsafeSlow(SLICE + 1)
  #fd = -1
  #pending = ''
  readonly #timer: NodeJS.Timeout

  constructor(options: LedgerOptions) {
    this.options = options
    this.#timer = setInterval(() => this.flush(), FLUSH_MS)
    this.#timer.unref()
    try {
      this.#fd = openSync(options.path, 'a', 0o644)
    } catch (error) {
      this.#fail('open', error)
    }
  }

  begin(envelope: Envelope): MessageTap {
    return new LedgerTap(this, envelope)
  }

  /** Puts a line down. */
  add(line: LedgerLine): void {
    if (this.#fd < 0) return
    this.#pending += `${JSON.stringify(line)}\n`
    if (this.#pending.length >= PENDING_MAX) this.flush()
  }

  /** Writes what has come since the last time. */
  flush(): void {
    if (this.#fd < 0 || this.#pending === '') return
    const lines = Buffer.from(this.#pending)
    this.#pending = ''
    try {
      for (let at = 0; at < lines.length; ) at += writeSync(this.#fd, lines, at)
    } catch (error) {
      closeSync(this.#fd)
      this.#fail('write', error)
    }
  }

  close(): void {
    clearInterval(this.#timer)
    this.flush()
    if (this.#fd >= 0) closeSync(this.#fd)
    this.#fd = -1
  }

  #fail(call: string, error: unknown): void {
    this.#fd = -1
    clearInterval(this.#timer)
    this.options.fatal(`${call} ${this.options.path}: ${errnoText(error as NodeJS.ErrnoException)}`)
  }
}

class LedgerTap implements MessageTap {
  readonly #ledger: Ledger
  readonly #envelope: Envelope
  readonly #undot: Undot
  readonly #header: HeaderScan
  #hash: Hash | null = null
  #octets = 0

  constructor(ledger: Ledger, envelope: Envelope) {
    this.#ledger = ledger
    this.#envelope = envelope
    this.#undot = new Undot(ledger.options.lenient)
    this.#header = new HeaderScan(ledger.options.lenient)
  }

  content(buffer: Buffer, from: number, to: number, dotted: boolean): void {
    if (!dotted) {
      this.#take(buffer, from, to)
      return
    }
    const { scratch } = this.#ledger
    for (let at = from; at < to; at += SLICE) {
      this.#take(scratch, 0, this.#undot.push(buffer, at, Math.min(at + SLICE, to), scratch))
    }
  }

  /** Octets as they were meant. */
  #take(octets: Buffer, from: number, to: number): void {
    this.#octets += to - from
    const body = this.#header.done ? from : this.#header.push(octets, from, to)
    if (body === to) return
    this.#hash ??= createHash('sha256')
    this.#hash.update(octets.subarray(body, to))
  }

  end(_dotted: boolean, accepted: boolean): void {
    if (!accepted) return
    const { mail, rcpt, peer, protocol } = this.#envelope
    const { id } = this.#header
    this.#ledger.add({
      time: new Date(this.#ledger.options.now()).toISOString(),
      messageId: id === null ? null : readable(id),
      sha256: this.#hash?.digest('hex') ?? NOTHING,
      octets: this.#octets,
      from: readable(pathOf(mail)),
      to: rcpt.map((text) => readable(pathOf(text))),
      peer,
      protocol,
    })
  }

  abort(): void {}
}

/** Octets, one latin1 character each, as the UTF-8 they are; as latin1 where they are none. */
function readable(octets: string): string {
  if (!/[\x80-\xff]/.test(octets)) return octets
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(Buffer.from(octets, 'latin1'))
  } catch {
    return octets
  }
}
