/** The server and this host, watched on the clock of a run. */
import type { Watched, WatchedHost, WatchSample } from '../measure/watched.js'
import { HostWatch } from './host.js'
import type { ServerWatch } from './server-watch.js'

/** How often those that lead are looked for between two samples: a death is timed to within this many milliseconds. */
const CHECK_MS = 100
/** Samples that come sooner after the last one are left out: the end of a run may follow upon a second. */
const LEAST_MS = 50
/** The host's CPU over less time than this says nothing. */
const LEAST_HOST_MS = 500

export class RunWatch {
  readonly #server: ServerWatch
  readonly #host = new HostWatch()
  readonly #samples: WatchSample[] = []
  readonly #about: string
  #hostLast: WatchedHost | null = null
  #hostMs = Number.NEGATIVE_INFINITY
  #timer: NodeJS.Timeout | undefined

  constructor(server: ServerWatch) {
    this.#server = server
    this.#about = server.about
    // How it stood before anything was asked of it.
    this.look(0)
  }

  /** The run begins: `now` gives its milliseconds. */
  start(now: () => number): void {
    if (this.#timer !== undefined) return
    this.#timer = setInterval(() => this.#server.check(Math.max(0, now())), CHECK_MS)
    this.#timer.unref()
  }

  /** Takes a sample; the newest one. */
  look(atMs: number): WatchSample {
    const last = this.#samples.at(-1)
    if (last !== undefined && atMs - last.atMs < LEAST_MS) return last
    const sample = { atMs, server: this.#server.sample(atMs), host: this.#hostAt(atMs) }
    this.#samples.push(sample)
    return sample
  }

  /** All so far. */
  get watched(): Watched {
    const { target, cores, events } = this.#server
    return { target: target.text, about: this.#about, cores, samples: this.#samples, events }
  }

  /** Who is watched now. */
  get about(): string {
    return this.#server.about
  }

  get notes(): readonly string[] {
    return this.#server.notes
  }

  close(): void {
    clearInterval(this.#timer)
  }

  #hostAt(atMs: number): WatchedHost {
    if (this.#hostLast !== null && atMs - this.#hostMs < LEAST_HOST_MS) return this.#hostLast
    const { cpu, memoryUsed, memoryTotal, load, receivedPerSecond, sentPerSecond } = this.#host.look()
    this.#hostMs = atMs
    this.#hostLast = { cpu, memoryUsed, memoryTotal, load: load[0], receivedPerSecond, sentPerSecond }
    return this.#hostLast
  }
}
