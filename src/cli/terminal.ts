/**
 * The terminal behind stderr, written to without ever waiting for it: one that was stopped (Ctrl-S), or is at the other end of a slow line, must not hold
 * up the main thread. Node writes to terminals with blocking calls, so this opens the terminal anew for itself.
 */
import { closeSync, constants, openSync, readFileSync, writeSync } from 'node:fs'
import { isatty } from 'node:tty'

/** What the live view draws on; tests have one of their own. */
export interface Terminal {
  readonly columns: number
  readonly rows: number
  /** Takes all of the text, or nothing when what was given before is not through yet: then false. */
  write(text: string): boolean
  /** Writes what is left and this, and waits a moment for it where it must: for putting the terminal back. */
  finish(text: string): void
  onResize(changed: () => void): void
  close(): void
}

/** Of a terminal that does not say. */
const COLUMNS = 80
const ROWS = 24
const STDERR = 2
/** How long a terminal that takes nothing is waited for at the end. */
const PATIENCE_MS = 1000
const NAP_MS = 10

export class StderrTerminal implements Terminal {
  readonly #fd: number
  #rest: Buffer = Buffer.alloc(0)
  #listener: (() => void) | null = null

  constructor() {
    this.#fd = openAnew()
  }

  get columns(): number {
    return process.stderr.columns || COLUMNS
  }

  get rows(): number {
    return process.stderr.rows || ROWS
  }

  write(text: string): boolean {
    // Without a way of our own Node's has to do; it says itself when it is behind.
    if (this.#fd < 0) {
      if (process.stderr.writableNeedDrain) return false
      process.stderr.write(text)
      return true
    }
    if (!this.#push()) return false
    this.#rest = Buffer.from(text)
    this.#push()
    return true
  }

  finish(text: string): void {
    if (this.#fd < 0) {
      try {
        writeSync(STDERR, text)
      } catch {
        // It is gone, and there is nothing to put back.
      }
      return
    }
    this.#rest = Buffer.concat([this.#rest, Buffer.from(text)])
    // This may be the last that the program does, so there is no later; but nor may a terminal that stands still keep it from ending.
    const nap = new Int32Array(new SharedArrayBuffer(4))
    for (let waited = 0; !this.#push() && waited < PATIENCE_MS; waited += NAP_MS) Atomics.wait(nap, 0, 0, NAP_MS)
    this.#rest = Buffer.alloc(0)
  }

  onResize(changed: () => void): void {
    this.#listener = changed
    process.stderr.on('resize', changed)
  }

  close(): void {
    if (this.#listener !== null) process.stderr.off('resize', this.#listener)
    if (this.#fd >= 0) closeSync(this.#fd)
  }

  /** As much as the terminal takes now; true when nothing is left. */
  #push(): boolean {
    try {
      while (this.#rest.length > 0) this.#rest = this.#rest.subarray(writeSync(this.#fd, this.#rest))
    } catch (error) {
      // Full (EAGAIN): later. Anything else means that there is no terminal any more, and nobody to see it.
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') this.#rest = Buffer.alloc(0)
    }
    return this.#rest.length === 0
  }
}

/** A descriptor of its own, which alone does not block; -1: not to be had (another user's terminal, say). */
function openAnew(): number {
  for (const path of [`/proc/self/fd/${STDERR}`, '/dev/tty']) {
    try {
      const fd = openSync(path, constants.O_WRONLY | constants.O_NONBLOCK | constants.O_NOCTTY)
      if (isatty(fd)) return fd
      closeSync(fd)
    } catch {}
  }
  return -1
}

/** Whether the terminal is ours to draw on: not that of a shell that has us in the background. True where nobody can tell. */
export function inForeground(): boolean {
  try {
    const stat = readFileSync('/proc/self/stat', 'latin1')
    // Behind the command name, which may hold anything: state, parent, group, session, terminal, the terminal's group (proc(5)).
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return fields[5] === '-1' || fields[5] === fields[2]
  } catch {
    return true
  }
}
