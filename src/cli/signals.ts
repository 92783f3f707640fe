/** Ctrl-C and its kin: the first asks for an orderly end, the second leaves at once. */
import { constants } from 'node:os'

const SIGNALS = ['SIGINT', 'SIGTERM'] as const

/** Listens from construction until `close`. */
export class Interrupts {
  readonly #controller = new AbortController()
  #first: number | null = null
  readonly #listener = (name: NodeJS.Signals) => this.#caught(constants.signals[name])

  constructor() {
    for (const name of SIGNALS) process.on(name, this.#listener)
  }

  /** Aborted by the first signal. */
  get signal(): AbortSignal {
    return this.#controller.signal
  }

  /** 128+n when a signal came, else null. */
  get exitStatus(): number | null {
    return this.#first === null ? null : 128 + this.#first
  }

  close(): void {
    for (const name of SIGNALS) process.off(name, this.#listener)
  }

  #caught(number: number): void {
    if (this.#first !== null) process.exit(128 + number)
    this.#first = number
    this.#controller.abort()
  }
}
