/** A flood of connections within bounds: so many a second, and so many open at once. Each says nothing; the oldest leaves for a new one. */
import net from 'node:net'
import type { MischiefEnd } from '../../measure/mischief.js'
import type { Endpoint } from '../../net/endpoint.js'

export interface FloodOptions {
  readonly endpoint: Endpoint
  /** The next source address; null: the kernel's choice. */
  readonly localAddress: () => string | null
  readonly perSecond: number
  readonly open: number
  readonly onEnd: (end: MischiefEnd) => void
  readonly onOpen: () => void
  readonly onClose: () => void
}

/** Longest between two looks at the clock; what is missed beyond is not made up for. */
const TICK_MS = 10

export class Flood {
  readonly #options: FloodOptions
  /** In the order in which they were made. */
  readonly #open = new Set<FloodConnection>()
  readonly #timer: NodeJS.Timeout
  #credit = 0
  #at: number
  readonly #now: () => number

  constructor(options: FloodOptions, now: () => number) {
    this.#options = options
    this.#now = now
    this.#at = now()
    this.#timer = setInterval(() => this.#tick(), Math.max(TICK_MS, Math.min(1000, 1000 / options.perSecond)))
    this.#tick()
  }

  stop(): void {
    clearInterval(this.#timer)
    for (const one of this.#open) one.leave('stopped')
  }

  #tick(): void {
    const now = this.#now()
    const { perSecond, open } = this.#options
    // At most what one late look has missed, and never more than may be open.
    const most = Math.min(open, Math.max(1, (perSecond * 10 * TICK_MS) / 1000))
    this.#credit = Math.min(most, this.#credit + ((now - this.#at) * perSecond) / 1000)
    this.#at = now
    while (this.#credit >= 1) {
      this.#credit--
      const [oldest] = this.#open
      if (this.#open.size >= open && oldest !== undefined) oldest.leave('left')
      this.#open.add(new FloodConnection(this.#options, (one) => this.#open.delete(one)))
    }
  }
}

class FloodConnection {
  readonly #socket: net.Socket
  readonly #options: FloodOptions
  readonly #gone: (one: FloodConnection) => void
  #connected = false
  /** The class of the greeting, once it has come. */
  #greeting: MischiefEnd | null = null
  #over = false

  constructor(options: FloodOptions, gone: (one: FloodConnection) => void) {
    this.#options = options
    this.#gone = gone
    this.#socket = new net.Socket()
    this.#socket.on('connect', () => {
      this.#connected = true
      options.onOpen()
    })
    this.#socket.on('data', (chunk: Buffer) => {
      const digit = chunk[0]! - 48
      this.#greeting ??= digit >= 2 && digit <= 5 ? (`${digit}xx` as MischiefEnd) : 'not SMTP'
    })
    this.#socket.on('error', (error: NodeJS.ErrnoException) => {
      this.#end(!this.#connected ? 'unreached' : error.code === 'ECONNRESET' ? 'reset' : 'closed')
    })
    this.#socket.on('close', () => {
      this.#end('closed')
      if (this.#connected) options.onClose()
    })
    const { endpoint } = options
    const localAddress = options.localAddress()
    if (endpoint.kind === 'unix') this.#socket.connect({ path: endpoint.path })
    else {
      const { address, port, family } = endpoint
      const base = { host: address, port, family, autoSelectFamily: false }
      this.#socket.connect(localAddress === null ? base : { ...base, localAddress })
    }
  }

  /** By reset: no port is kept waiting. */
  leave(why: 'left' | 'stopped'): void {
    this.#end(why)
    if (this.#connected && this.#options.endpoint.kind === 'tcp') this.#socket.resetAndDestroy()
    else this.#socket.destroy()
  }

  /** A connection that was greeted counts by its greeting, however it went on. */
  #end(end: MischiefEnd): void {
    if (this.#over) return
    this.#over = true
    this.#gone(this)
    this.#options.onEnd(this.#greeting ?? (end === 'left' ? 'timeout' : end))
  }
}
