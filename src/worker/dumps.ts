/**
 * `-d` and `-D`: messages as they came in, in files. The format is that of smtp-sink, byte for byte.
 *
 * With `-d` each message is a file of its own, made at MAIL and gone again when the transaction is not finished. O_EXCL decides whose
 * an id is, so workers and other sinks can use one directory. With `-D` a message is appended when it is complete,
 * by one write(2) (see SharedFile), so nothing of an unfinished one is ever seen. A transaction holds at most 64 KiB in memory; a
 * message of up to that size costs three system calls in either case: open, write, close.
 *
 * A file that cannot be made or written is told to `fatal` once, in the words of smtp-sink; after that nothing is dumped.
 */

import { closeSync } from 'node:fs'
import { strftime } from '../base/strftime.js'
import type { ContentTap, Envelope, MessageTap } from '../smtp/content-tap.js'
import { DUMP_DATE, dumpHeader } from '../smtp/dump-header.js'
import { ClassicUndot } from '../smtp/undot.js'
import { DumpFailure, type DumpFile, OwnFile, openNew, openUnlinked, SharedFile } from './dump-files.js'

/** Octets of a message that wait in memory before they are written. */
const HELD_MAX = 64 * 1024
const HELD_FIRST = 2048
/** Octets converted at a time. */
const SLICE = 16 * 1024
/** Ids tried before a directory is given up. */
const TRIES = 100

const LF = Buffer.from('\n')
const NONE = Buffer.alloc(0)

export interface DumpOptions {
  /** `each`: `-d`. `all`: `-D`. */
  readonly kind: 'each' | 'all'
  /** For strftime(3), expanded with the time of MAIL; `-d` appends the id. */
  readonly template: string
  /** Put before each message. */
  readonly prefix: Uint8Array
  readonly hostname: string
  /** Lone LFs end lines too. */
  readonly lenient: boolean
  /** Milliseconds since 1970. */
  readonly now: () => number
  /** From 0 up to, not including, 1; ids come from it. */
  readonly random: () => number
  readonly zoneName: (when: Date) => string
  /** Called at most once, with `open PATH: No such file or directory` and the like. */
  readonly fatal: (text: string) => void
}

/** A message that nobody keeps. */
const FORGOTTEN: MessageTap = { content() {}, end() {}, abort() {} }

export class Dumps implements ContentTap {
  readonly options: DumpOptions
  /** Where conversions are put, for the length of a call. */
  readonly scratch = Buffer.allocUnsafeSlow(SLICE + 1)
  #failed = false
  /** The second for which the template and the date were expanded last, and what they gave. */
  #second = Number.NaN
  #path = ''
  #date = ''
  /** The last path of `-D` beside which a temporary file could be made. */
  #proven: string | null = null
  readonly #zones = new Map<number, string>()

  constructor(options: DumpOptions) {
    this.options = options
  }

  begin(envelope: Envelope): MessageTap {
    if (this.#failed) return FORGOTTEN
    try {
      this.#expand()
      return this.#open(envelope)
    } catch (error) {
      this.fail(error)
      return FORGOTTEN
    }
  }

  /** Tells a failure of ours, and throws every other. */
  fail(error: unknown): void {
    if (!(error instanceof DumpFailure)) throw error
    if (this.#failed) return
    this.#failed = true
    this.options.fatal(error.message)
  }

  #open(envelope: Envelope): MessageTap {
    const path = this.#path
    const date = this.#date
    for (let tries = 0; tries < TRIES; tries++) {
      const id = this.#newId()
      if (this.options.kind === 'all') {
        return new DumpTap(this, envelope, id, date, this.#shared(path, path + id))
      }
      const fd = openNew(path + id)
      if (fd !== null) return new DumpTap(this, envelope, id, date, new OwnFile(path + id, fd))
    }
    throw new DumpFailure(`open ${path}: File exists`)
  }

  /** smtp-sink makes a temporary file for each message; one for each name shows as well at MAIL that nothing can be written there. */
  #shared(path: string, temporary: string): SharedFile {
    if (this.#proven !== path) {
      closeSync(openUnlinked(temporary))
      this.#proven = path
    }
    return new SharedFile(path, temporary)
  }

  #newId(): string {
    return Math.floor(this.options.random() * 0x8000_0000)
      .toString(16)
      .padStart(8, '0')
  }

  #expand(): void {
    const now = this.options.now()
    const second = Math.floor(now / 1000)
    if (second === this.#second) return
    this.#second = second
    const when = new Date(now)
    const zoneName = (): string => this.#zoneName(when)
    this.#path = strftime(this.options.template, when, zoneName)
    this.#date = strftime(DUMP_DATE, when, zoneName)
  }

  /** Asked for once for each offset from UTC. */
  #zoneName(when: Date): string {
    const offset = when.getTimezoneOffset()
    const known = this.#zones.get(offset)
    if (known !== undefined) return known
    const name = this.options.zoneName(when)
    this.#zones.set(offset, name)
    return name
  }
}

class DumpTap implements MessageTap {
  readonly #dumps: Dumps
  readonly #envelope: Envelope
  readonly #id: string
  readonly #date: string
  readonly #file: DumpFile
  /** Null until the envelope is complete, which is when content begins. */
  #conversion: ClassicUndot | null = null
  #held = NONE
  #length = 0
  #over = false

  constructor(dumps: Dumps, envelope: Envelope, id: string, date: string, file: DumpFile) {
    this.#dumps = dumps
    this.#envelope = envelope
    this.#id = id
    this.#date = date
    this.#file = file
  }

  content(buffer: Buffer, from: number, to: number, dotted: boolean): void {
    if (this.#over) return
    try {
      const conversion = this.#conversion ?? this.#start(dotted)
      const { scratch } = this.#dumps
      for (let at = from; at < to; at += SLICE) {
        const length = conversion.push(buffer, at, Math.min(at + SLICE, to), scratch)
        this.#add(scratch, length)
      }
    } catch (error) {
      this.#fail(error)
    }
  }

  end(dotted: boolean): void {
    if (this.#over) return
    try {
      const conversion = this.#conversion ?? this.#start(dotted)
      // As the terminator leaves one, so that a message gives the same file whichever way it came.
      if (!conversion.ended) this.#add(LF, 1)
      this.#file.keep(this.#held, this.#length)
      this.#over = true
    } catch (error) {
      this.#fail(error)
    }
  }

  abort(): void {
    if (this.#over) return
    this.#over = true
    this.#file.drop()
  }

  #start(dotted: boolean): ClassicUndot {
    const { hostname, prefix, lenient } = this.#dumps.options
    this.#conversion = new ClassicUndot(dotted, lenient)
    const header = dumpHeader(this.#envelope, { hostname, id: this.#id, date: this.#date })
    this.#add(prefix, prefix.length)
    const octets = Buffer.from(header, 'latin1')
    this.#add(octets, octets.length)
    return this.#conversion
  }

  #add(octets: Uint8Array, length: number): void {
    if (this.#length + length > HELD_MAX) {
      this.#file.spill(this.#held, this.#length)
      this.#length = 0
      if (length > HELD_MAX) {
        const whole = Buffer.from(octets.buffer, octets.byteOffset, length)
        this.#file.spill(whole, length)
        return
      }
    }
    this.#grow(this.#length + length)
    this.#held.set(length === octets.length ? octets : octets.subarray(0, length), this.#length)
    this.#length += length
  }

  #grow(wanted: number): void {
    if (wanted <= this.#held.length) return
    let size = Math.max(HELD_FIRST, this.#held.length)
    while (size < wanted) size *= 2
    const larger = Buffer.allocUnsafeSlow(size)
    this.#held.copy(larger, 0, 0, this.#length)
    this.#held = larger
  }

  /** A part of a message is not kept either. */
  #fail(error: unknown): void {
    this.abort()
    this.#dumps.fail(error)
  }
}
