/** What `perf script -F comm,pid,tid,time,period,event,ip,sym,dso` prints, line by line. */

export interface PerfFrame {
  readonly symbol: string
  /** The file that holds it; `[kernel.kallsyms]` and the like for the kernel. */
  readonly dso: string
}

export interface PerfSample {
  readonly command: string
  readonly pid: number
  readonly tid: number
  /** What the sample stands for: of the clock events, nanoseconds on a core. */
  readonly period: number
  /** The innermost frame first. */
  readonly frames: readonly PerfFrame[]
}

/** `node  4722/4724   1519.115582:    1001001 cpu-clock:`; the command may hold blanks. */
const HEAD = /^(\S.*?)\s+(-?\d+)(?:\/(-?\d+))?\s+(?:\[\d+\]\s+)?\d+\.\d+:\s+(\d+)\s+\S+?:\s*$/
const FRAME = /^\s+[0-9a-f]+\s+(.*)$/
const OFFSET = /\+0x[0-9a-f]+$/
/** What Linux appends to the name of a file that is there no more. */
const DELETED = ' (deleted)'

/** Takes lines and gives each sample when it is complete. Lines that are neither head nor frame are passed over. */
export class PerfScript {
  readonly #give: (sample: PerfSample) => void
  #head: Omit<PerfSample, 'frames'> | null = null
  #frames: PerfFrame[] = []

  constructor(give: (sample: PerfSample) => void) {
    this.#give = give
  }

  line(text: string): void {
    if (text.trim() === '') return this.end()
    const frame = FRAME.exec(text)
    if (frame !== null && this.#head !== null) {
      this.#frames.push(frameIn(frame[1]!))
      return
    }
    const head = HEAD.exec(text)
    if (head === null) return
    this.end()
    const [, command = '', pid = '', tid = pid, period = ''] = head
    this.#head = { command, pid: Number(pid), tid: Number(tid), period: Number(period) }
  }

  /** The last sample ends with the text. */
  end(): void {
    if (this.#head !== null) this.#give({ ...this.#head, frames: this.#frames })
    this.#head = null
    this.#frames = []
  }
}

/** `symbol+0x1f (file)`; symbols of C++ hold parentheses and blanks themselves, and so may the file. */
function frameIn(text: string): PerfFrame {
  if (!text.endsWith(')')) return { symbol: text.replace(OFFSET, ''), dso: '' }
  const inside = text.slice(0, -1)
  const deleted = inside.endsWith(DELETED)
  const whole = deleted ? inside.slice(0, -DELETED.length) : inside
  const at = whole.lastIndexOf(' (')
  if (at < 0) return { symbol: text.replace(OFFSET, ''), dso: '' }
  return { symbol: whole.slice(0, at).trim().replace(OFFSET, ''), dso: whole.slice(at + 2) + (deleted ? DELETED : '') }
}
