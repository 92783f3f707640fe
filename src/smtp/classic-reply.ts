/**
 * Replies as smtp-source reads them, for the drop-in door: any text up to LF is a line, three leading digits are its code and anything else is
 * code 0, `-` after the digits goes on. Slow and exact; the engine's own way is `reply-parser.ts`.
 */

/** Octets kept of a line, and of a whole reply's text. */
const KEEP = 10240

/** One reply: the code of its last line, and the texts of all lines after their codes, joined by newlines. */
export interface ClassicReply {
  readonly code: number
  readonly text: string
  /** The lines as `-v` shows them. */
  readonly lines: readonly string[]
}

export class ClassicReplies {
  #pending = Buffer.alloc(0)
  #lines: string[] = []

  /** Octets have come. */
  add(bytes: Uint8Array): void {
    this.#pending = this.#pending.length === 0 ? Buffer.from(bytes) : Buffer.concat([this.#pending, bytes])
  }

  /** Whether a reply has begun and not ended: smtp-source would now wait for the rest, with a time limit. */
  get begun(): boolean {
    return this.#lines.length > 0 || this.#pending.length > 0
  }

  /** Takes the next whole reply out, or null. */
  take(): ClassicReply | null {
    for (;;) {
      const newline = this.#pending.indexOf(10)
      if (newline < 0) {
        // Only the first KEEP octets of a line count; the rest is skipped as it comes.
        if (this.#pending.length > KEEP) this.#pending = this.#pending.subarray(0, KEEP)
        return null
      }
      const line = clean(this.#pending.subarray(0, Math.min(newline, KEEP)))
      this.#pending = this.#pending.subarray(newline + 1)
      this.#lines.push(line)
      if (LINE.exec(line)![2] === '-') continue
      const lines = this.#lines
      this.#lines = []
      return { code: codeOf(line), text: join(lines), lines }
    }
  }
}

/** Leading digits, `-` right behind them (more lines follow), the text without leading white space. */
const LINE = /^(\d*)(-?)\s*(.*)$/s

function codeOf(line: string): number {
  const digits = LINE.exec(line)![1]!
  return digits.length === 3 ? Number(digits) : 0
}

/** What `warning: … rejected: CODE TEXT` says: the lines without their codes. */
function join(lines: readonly string[]): string {
  let text = ''
  for (const [i, line] of lines.entries()) {
    if (text.length >= KEEP) break
    text += (i === 0 ? '' : '\n') + LINE.exec(line)![3]
  }
  return text
}

/** A line as text: trailing CRs cut, a NUL ends it, what can't be printed becomes `?`. */
function clean(line: Buffer): string {
  let text = line.toString('latin1').replace(/\r+$/, '')
  const nul = text.indexOf('\0')
  if (nul >= 0) text = text.slice(0, nul)
  return text.replace(/[^\x20-\x7e\t\n\v\f\r]/g, '?')
}
