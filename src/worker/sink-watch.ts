/** What time and the control words ask of a sink worker: idle connections are closed, and at the end all of them. */
import { Control, Stop } from '../measure/board.js'
import { SinkCounter } from '../measure/series.js'
import type { Machine } from '../smtp/server-machine.js'
import type { Delays } from './sink-delays.js'
import type { SinkLink } from './sink-link.js'
import type { Waits } from './sink-waits.js'

/** How often control words are looked at and idle connections searched for. */
const TICK_MS = 25
/** How long a stopped sink lets clients without a transaction say QUIT, and waits for transactions under way. */
const GRACE_MS = 200
const DRAIN_MS = 1000
const SCAN_MS = 250

export interface WatchOptions {
  readonly control: Int32Array
  readonly counters: Float64Array
  readonly idleTimeoutMs: number
  /** Stops new connections. */
  readonly close: () => void
}

/** Whose connections they are. */
export interface WatchHost {
  readonly machine: Machine
  readonly delays: Delays
  readonly waits: Waits<SinkLink>
  readonly links: readonly SinkLink[]
  /** Those without a seat. */
  readonly waiting: readonly SinkLink[]
  /** The time, as exact as it has to be for idle connections. */
  nowMs: number
  admit(): void
  hangUp(link: SinkLink): void
  isIdle(link: SinkLink): boolean
}

export class Watch {
  /** Resolves when stopped and the last connection is gone. */
  readonly done: Promise<void>
  readonly #host: WatchHost
  readonly #options: WatchOptions
  readonly #timer: NodeJS.Timeout
  #finish: () => void = () => {}
  #scanMs = 0
  #stop: Stop = Stop.none
  #stopMs = 0
  #over = false

  constructor(host: WatchHost, options: WatchOptions) {
    this.#host = host
    this.#options = options
    this.done = new Promise((resolve) => {
      this.#finish = resolve
    })
    this.#timer = setInterval(() => this.#tick(), TICK_MS)
  }

  get stopping(): boolean {
    return this.#stop !== Stop.none
  }

  /** After the reply to the last message or QUIT that was asked for, all workers stop. */
  checkLimits(): void {
    const { control } = this.#options
    if (Atomics.load(control, Control.messagesLeft) > 0 && Atomics.load(control, Control.quitsLeft) > 0) return
    Atomics.compareExchange(control, Control.stop, Stop.none, Stop.finish)
    this.#obey()
  }

  /** A connection has gone. */
  left(): void {
    if (this.stopping) this.#endWhenEmpty()
  }

  #tick(): void {
    const host = this.#host
    host.nowMs = performance.now()
    this.#obey()
    if (host.waiting.length > 0) host.admit()
    if (host.nowMs - this.#scanMs < SCAN_MS) return
    this.#scanMs = host.nowMs
    this.#closeIdle(host.nowMs - this.#options.idleTimeoutMs)
  }

  /** Closes those that have let us wait since `limitMs`. */
  #closeIdle(limitMs: number): void {
    const { links, delays, machine, nowMs } = this.#host
    // From the end, because a link that goes gives its place to the last one.
    for (let i = links.length - 1; i >= 0; i--) {
      const link = links[i]!
      if (link.seenMs > limitMs || link.socket.destroyed) continue
      if (link.apart !== 0 && delays.delays(link)) {
        link.seenMs = nowMs
        continue
      }
      this.#options.counters[SinkCounter.timeouts]!++
      if (link.conversation !== null) machine.timedOut?.(link.conversation)
      link.socket.destroy()
    }
  }

  /** Does what the control word asks: drain or finish, then now. */
  #obey(): void {
    const stop = Atomics.load(this.#options.control, Control.stop) as Stop
    if (stop === Stop.none) return
    const { links, waiting, machine, delays, nowMs } = this.#host
    if (this.#stop !== stop) this.#stopMs = nowMs
    if (this.#stop === Stop.none) {
      this.#options.close()
      machine.draining = true
      for (const link of [...waiting]) link.socket.destroy()
    }
    this.#stop = stop
    const sinceMs = nowMs - this.#stopMs
    if (stop === Stop.now || sinceMs >= DRAIN_MS) {
      for (const link of [...links]) if (stop !== Stop.finish || !delays.delays(link)) link.socket.destroy()
    } else if (sinceMs >= GRACE_MS) {
      for (const link of [...links]) if (this.#host.isIdle(link)) this.#host.hangUp(link)
    }
    this.#endWhenEmpty()
  }

  #endWhenEmpty(): void {
    if (this.#over || this.#host.links.length > 0 || this.#host.waiting.length > 0) return
    this.#over = true
    clearInterval(this.#timer)
    this.#host.waits.stop()
    this.#finish()
  }
}
