/** Progress on stderr: one line that is rewritten on a terminal, else a line now and then. */
import type { SecondSummary } from '../measure/timeline.js'
import { toLine } from '../report/line.js'
import type { Companion } from './company.js'

/** Seconds between lines where they pile up. */
const EVERY = 5

/** Where the line goes: stderr, or a test's stand-in. */
export interface Screen {
  readonly isTTY?: boolean
  readonly columns?: number
  write(text: string): unknown
}

export class Progress implements Companion {
  readonly #screen: Screen
  readonly #unit: 'messages' | 'handshakes'
  readonly #every: number
  readonly #totals = { accepted: 0, deferred: 0, refused: 0, failed: 0 }
  #drawn = false

  /** `eager` shows every second also where the screen is no terminal. */
  constructor(screen: Screen, unit: 'messages' | 'handshakes', eager: boolean) {
    this.#screen = screen
    this.#unit = unit
    this.#every = eager || screen.isTTY ? 1 : EVERY
  }

  second(second: SecondSummary): void {
    for (const name of ['accepted', 'deferred', 'refused', 'failed'] as const) this.#totals[name] += second[name]
    if (second.durationMs <= 0 || (second.second + 1) % this.#every !== 0) return
    const { isTTY = false, columns } = this.#screen
    const elapsedMs = second.second * 1000 + second.durationMs
    const line = toLine({
      second,
      unit: this.#unit,
      elapsedMs,
      ...this.#totals,
      ...(isTTY && columns ? { columns } : { columns: 120 }),
    })
    this.#screen.write(isTTY ? `\r\x1b[K${line}` : `${line}\n`)
    this.#drawn = isTTY
  }

  ended(): void {
    this.close()
  }

  /** Clears the line, so that what is printed next starts on an empty one. */
  close(): void {
    if (this.#drawn) this.#screen.write('\r\x1b[K')
    this.#drawn = false
  }
}
