/**
 * The files behind one message that is dumped, written with as few system calls as its size allows. Every call may throw a
 * DumpFailure.
 */
import { closeSync, constants, existsSync, mkdirSync, openSync, readSync, unlinkSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'
import { errnoText } from '../base/errno.js'

const FILE_MODE = 0o644
const DIRECTORY_MODE = 0o755

const { O_APPEND, O_CREAT, O_EXCL, O_RDWR, O_WRONLY } = constants

/** Nothing more can be dumped, and the message says why: `open /x/y: Permission denied`. */
export class DumpFailure extends Error {}

/** Where the octets of one message go. */
export interface DumpFile {
  /** Takes what is ready of a message that is not complete, to be out of memory. */
  spill(octets: Buffer, length: number): void
  /** Takes the rest; the message is kept. */
  keep(octets: Buffer, length: number): void
  /** It is not kept: it was not completed, or one of the others failed. */
  drop(): void
}

/** `-d`: a file of its own, there from MAIL on. */
export class OwnFile implements DumpFile {
  readonly #path: string
  #fd: number

  constructor(path: string, fd: number) {
    this.#path = path
    this.#fd = fd
  }

  spill(octets: Buffer, length: number): void {
    writeAll(this.#path, this.#fd, octets, length)
  }

  keep(octets: Buffer, length: number): void {
    writeAll(this.#path, this.#fd, octets, length)
    this.#close()
  }

  drop(): void {
    this.#close()
    try {
      unlinkSync(this.#path)
    } catch {
      // Somebody has taken it away already.
    }
  }

  #close(): void {
    closeSync(this.#fd)
    this.#fd = -1
  }
}

/**
 * `-D`: one file for all. A message is put into memory, and from its first spill on into a temporary file, which nobody else
 * sees: it is unlinked as soon as it is open. When complete it is appended by a single write(2) with O_APPEND, whatever its size (read back
 * first, so one such message at a time is wholly in memory), which is what keeps messages apart that several workers or programs append.
 */
export class SharedFile implements DumpFile {
  readonly #path: string
  readonly #temporary: string
  #fd = -1
  #spilled = 0

  /** `temporary` is a path of which no file exists. */
  constructor(path: string, temporary: string) {
    this.#path = path
    this.#temporary = temporary
  }

  spill(octets: Buffer, length: number): void {
    if (this.#fd < 0) this.#fd = openUnlinked(this.#temporary)
    writeAll(this.#temporary, this.#fd, octets, length)
    this.#spilled += length
  }

  keep(octets: Buffer, length: number): void {
    if (this.#fd < 0) {
      append(this.#path, octets, length)
      return
    }
    const whole = Buffer.allocUnsafeSlow(this.#spilled + length)
    readAll(this.#temporary, this.#fd, whole, this.#spilled)
    octets.copy(whole, this.#spilled, 0, length)
    this.drop()
    append(this.#path, whole, whole.length)
  }

  drop(): void {
    if (this.#fd >= 0) closeSync(this.#fd)
    this.#fd = -1
  }
}

/** Opens a new file, and makes the directories above it where they are missing; null: there is a file already. */
export function openNew(path: string): number | null {
  try {
    return open(path, O_WRONLY | O_CREAT | O_EXCL)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return null
    throw failure('open', path, error)
  }
}

/** Opens a new file that has no name any more. */
export function openUnlinked(path: string): number {
  try {
    const fd = open(path, O_RDWR | O_CREAT | O_EXCL)
    unlinkSync(path)
    return fd
  } catch (error) {
    throw failure('open', path, error)
  }
}

function append(path: string, octets: Buffer, length: number): void {
  let fd: number
  try {
    fd = open(path, O_WRONLY | O_APPEND | O_CREAT)
  } catch (error) {
    throw failure('open', path, error)
  }
  try {
    writeAll(path, fd, octets, length)
  } finally {
    closeSync(fd)
  }
}

/** As open(2); a directory that is missing is made. */
function open(path: string, flags: number): number {
  try {
    return openSync(path, flags, FILE_MODE)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    makeDirectory(dirname(path))
    return openSync(path, flags, FILE_MODE)
  }
}

/** As mkdir -p. Not by mkdirSync's own `recursive`, which never returns where a directory exists and nothing can be made in it (procfs). */
function makeDirectory(path: string): void {
  try {
    mkdirSync(path, DIRECTORY_MODE)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    // Another worker was faster.
    if (code === 'EEXIST') return
    const above = dirname(path)
    if (code !== 'ENOENT' || above === path || existsSync(above)) throw failure('mkdir', path, error)
    makeDirectory(above)
    makeDirectory(path)
  }
}

function writeAll(path: string, fd: number, octets: Buffer, length: number): void {
  try {
    // More than one turn only where a disk is full or a write is greater than the system allows.
    for (let at = 0; at < length; ) at += writeSync(fd, octets, at, length - at)
  } catch (error) {
    throw failure('write', path, error)
  }
}

function readAll(path: string, fd: number, into: Buffer, length: number): void {
  try {
    for (let at = 0; at < length; ) {
      const count = readSync(fd, into, at, length - at, at)
      if (count === 0) throw new Error('file too short')
      at += count
    }
  } catch (error) {
    throw failure('read', path, error)
  }
}

function failure(call: string, path: string, error: unknown): DumpFailure {
  return error instanceof DumpFailure
    ? error
    : new DumpFailure(`${call} ${path}: ${errnoText(error as NodeJS.ErrnoException)}`)
}
