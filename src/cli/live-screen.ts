/** A full screen of lines: only those that changed are written, and the terminal can be put back at any moment. */
import type { Terminal } from './terminal.js'

const CSI = '\x1b['
/** xterm's private modes: alternate screen (1049), cursor (25), lines that go on (7), synchronized output (2026); unknown ones are passed over. */
const ALTERNATE = { on: `${CSI}?1049h`, off: `${CSI}?1049l` }
const ENTER = `${CSI}?25l${CSI}?7l${CSI}2J`
const LEAVE = `${CSI}?2026l${CSI}0m${CSI}?7h${CSI}?25h`
const BEGIN = `${CSI}?2026h`
const END = `${CSI}?2026l`

export class LiveScreen {
  readonly #terminal: Terminal
  readonly #alternate: boolean
  #shown: readonly string[] = []
  #entered = false

  /** Without an alternate screen (Linux's own console) it is cleared on leaving. */
  constructor(terminal: Terminal, alternate: boolean) {
    this.#terminal = terminal
    this.#alternate = alternate
  }

  get entered(): boolean {
    return this.#entered
  }

  /** Shows these lines, which fit; false: the terminal is behind, and the picture is skipped. */
  draw(lines: readonly string[]): boolean {
    let text = this.#entered ? '' : `${this.#alternate ? ALTERNATE.on : ''}${ENTER}`
    const height = Math.max(lines.length, this.#shown.length)
    for (let row = 0; row < height; row++) {
      const line = lines[row] ?? ''
      // Cleared first: at the end of a full line the cursor stands on its last character.
      if (line !== (this.#shown[row] ?? '')) text += `${CSI}${row + 1};1H${CSI}2K${line}`
    }
    if (text === '') return true
    // From here on it may be that the terminal has to be put back.
    const took = this.#terminal.write(`${BEGIN}${text}${END}`)
    if (took) {
      this.#entered = true
      this.#shown = lines
    }
    return took
  }

  /** The next picture is drawn whole: the terminal was resized, or somebody else has written on it. */
  forget(): void {
    if (this.#entered && this.#terminal.write(`${CSI}0m${CSI}2J`)) this.#shown = []
  }

  /** Puts the terminal back as it was. May be called at any time, more than once. */
  leave(): void {
    if (!this.#entered) return
    this.#entered = false
    this.#shown = []
    this.#terminal.finish(`${LEAVE}${this.#alternate ? ALTERNATE.off : `${CSI}2J${CSI}H`}`)
  }
}
