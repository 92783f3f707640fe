/** Ctrl-C and its kin: the first asks for an orderly end, the second for an immediate one. */
import { constants } from 'node:os'

const SIGNALS = ['SIGINT', 'SIGTERM'] as const
/** What an immediate end may take before the process is ended without it. */
const PATIENCE_MS = 1000

/** Listens from construction until `close`. */
export class Interrupts {
  readonly #drain = new AbortController()
  readonly #now = new AbortController()
  #last: number | null = null
  #count = 0
  readonly #names: NodeJS.Signals[] = [...SIGNALS]
  readonly #listener = (name: NodeJS.Signals) => this.#caught(constants.signals[name])

  constructor() {
    for (const name of SIGNALS) process.on(name, this.#listener)
  }

  /** Listens to this one as well. */
  also(name: NodeJS.Signals): void {
    this.#names.push(name)
    process.on(name, this.#listener)
  }

  /** Aborted by the first signal. */
  get signal(): AbortSignal {
    return this.#drain.signal
  }

  /** Aborted by the second. */
  get now(): AbortSignal {
    return this.#now.signal
  }

  /** 128+n when a signal came, else null. */
  get exitStatus(): number | null {
    return this.#last === null ? null : 128 + this.#last
  }

  close(): void {
    for (const name of this.#names) process.off(name, this.#listener)
  }

  #caught(number: number): void {
    this.#last = number
    this.#count++
    if (this.#count === 1) this.#drain.abort()
    else if (this.#count > 2) process.exit(128 + number)
    else {
      this.#now.abort()
      setTimeout(() => process.exit(128 + number), PATIENCE_MS).unref()
    }
  }
}
