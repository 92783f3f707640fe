/**
 * One connection of a misbehaving client, in steps that are awaited: replies in order, octets out, and an end of a known kind. Not for the hot path: it
 * makes objects and promises as it likes. Everything has a deadline.
 */
import net from 'node:net'
import tls from 'node:tls'
import type { MischiefEnd } from '../../measure/mischief.js'
import type { Endpoint } from '../../net/endpoint.js'
import { NextReply, ReplyParser } from '../../smtp/reply-parser.js'

/** Longest life of a connection, whatever it does. */
const LIFE_MS = 600_000
/** Replies that nobody has asked for; a server that sends more is not waited for. */
const REPLIES_MAX = 10_000

/** The conversation is over; `end` says how. */
export class WireEnd extends Error {
  readonly end: MischiefEnd

  constructor(end: MischiefEnd) {
    super(end)
    this.name = 'WireEnd'
    this.end = end
  }
}

export interface Reply {
  readonly code: number
  /** Its lines without code and separator. */
  readonly lines: readonly string[]
}

export interface WireOptions {
  readonly endpoint: Endpoint
  readonly localAddress: string | null
  /** TLS from the first octet, whatever the certificate. */
  readonly secure: boolean
  /** How long a connection or a reply is waited for. */
  readonly patienceMs: number
  /** Aborted: every connection ends at once. */
  readonly signal: AbortSignal
  /** Reads only so many octets at a time, whenever `sip` is called; null: whatever comes. */
  readonly sipOctets?: number
  /** Makes the descriptor, with its options set; null: Node does. */
  readonly makeSocket?: (() => number) | null
  /** Called when the connection stands, and once when it is gone. */
  readonly onOpen?: () => void
  readonly onClose?: () => void
}

export class Wire {
  readonly #options: WireOptions
  readonly #raw: net.Socket
  #socket: net.Socket
  readonly #parser = new ReplyParser()
  readonly #replies: Reply[] = []
  #ended: MischiefEnd | null = null
  #connected = false
  #wake: () => void = () => {}
  readonly #life: NodeJS.Timeout
  readonly #stop = () => this.#end('stopped')

  private constructor(options: WireOptions) {
    this.#options = options
    this.#raw = new net.Socket(socketOptions(options, (buffer, length) => this.#read(buffer.subarray(0, length))))
    this.#socket = this.#raw
    this.#raw.on('connect', () => {
      this.#connected = true
      options.onOpen?.()
      this.#wake()
    })
    this.#raw.on('error', (error: NodeJS.ErrnoException) => this.#failed(error))
    this.#raw.on('close', () => this.#closed())
    this.#listen()
    this.#life = setTimeout(() => this.#end('timeout'), LIFE_MS)
    options.signal.addEventListener('abort', this.#stop, { once: true })
    if (options.signal.aborted) this.#stop()
  }

  /** Connects. @throws WireEnd */
  static async open(options: WireOptions): Promise<Wire> {
    const wire = new Wire(options)
    if (wire.#ended === null) wire.#raw.connect(connectOptions(options))
    try {
      await wire.#until(() => wire.#connected)
      if (options.secure) await wire.secure()
      return wire
    } catch (error) {
      wire.leave()
      throw error
    }
  }

  /** Replies that have come and were not asked for yet. */
  get waiting(): number {
    return this.#replies.length
  }

  /** How the connection ended; null: it stands. */
  get ended(): MischiefEnd | null {
    return this.#ended
  }

  /** The next reply. @throws WireEnd when the connection ends before, or nothing comes in time */
  async reply(patienceMs: number = this.#options.patienceMs): Promise<Reply> {
    await this.#until(() => this.#replies.length > 0, patienceMs)
    return this.#replies.shift()!
  }

  /** Waits for the server to leave. @throws WireEnd, always: how it went, or `timeout` */
  async goodbye(patienceMs: number): Promise<never> {
    await this.#until(() => false, patienceMs)
    throw new WireEnd('timeout')
  }

  /** Octets out; resolves when the kernel has them, or never will. */
  send(octets: Uint8Array): Promise<void> {
    if (this.#ended !== null || !this.#socket.writable) return Promise.resolve()
    return new Promise((resolve) => this.#socket.write(octets, () => resolve()))
  }

  /** FIN; replies are still read. */
  finish(): void {
    if (this.#ended === null) this.#socket.end()
  }

  /** Leaves by reset, or by FIN where there are none (unix sockets). */
  reset(): void {
    if (this.#options.endpoint.kind === 'tcp' && this.#connected) this.#raw.resetAndDestroy()
    this.leave()
  }

  /** Leaves. */
  leave(): void {
    this.#end('left')
  }

  /** Reads once more; see `sipOctets`. */
  sip(): void {
    if (this.#ended === null) this.#raw.resume()
  }

  /** A TLS handshake. @throws WireEnd */
  async secure(): Promise<void> {
    for (const event of ['data', 'end']) this.#raw.removeAllListeners(event)
    this.#socket = tls.connect({ socket: this.#raw, rejectUnauthorized: false })
    let secured = false
    this.#socket.once('secureConnect', () => {
      secured = true
      this.#wake()
    })
    // What breaks inside TLS breaks the connection.
    this.#socket.on('error', () => this.#end('closed'))
    this.#parser.reset()
    this.#listen()
    await this.#until(() => secured)
  }

  #listen(): void {
    const socket = this.#socket
    if (this.#options.sipOctets === undefined) socket.on('data', (chunk: Buffer) => this.#read(chunk))
    socket.on('end', () => this.#end('closed', false))
  }

  #read(chunk: Buffer): void {
    for (let at = 0; at < chunk.length; ) {
      const end = this.#parser.next(chunk, at, chunk.length)
      if (end === NextReply.incomplete) break
      if (end < 0 || this.#replies.length >= REPLIES_MAX) return this.#end('not SMTP')
      const text = this.#parser.text(chunk, end)
      const lines = text.split('\n').flatMap((line) => (line.length > 3 ? [line.slice(4).replace(/\r$/, '')] : []))
      this.#replies.push({ code: this.#parser.code, lines })
      at = end
    }
    this.#wake()
  }

  #failed(error: NodeJS.ErrnoException): void {
    const reset = error.code === 'ECONNRESET' || error.code === 'EPIPE'
    this.#end(!this.#connected ? 'unreached' : reset ? 'reset' : 'closed')
  }

  #closed(): void {
    this.#end('closed')
    clearTimeout(this.#life)
    this.#options.signal.removeEventListener('abort', this.#stop)
    if (this.#connected) this.#options.onClose?.()
  }

  /** The first end counts. A server's FIN leaves the socket open until we leave. */
  #end(end: MischiefEnd, destroy = true): void {
    this.#ended ??= end
    if (destroy) this.#raw.destroy()
    this.#wake()
  }

  async #until(ready: () => boolean, patienceMs: number = this.#options.patienceMs): Promise<void> {
    let late = false
    const timer = setTimeout(() => {
      late = true
      this.#wake()
    }, patienceMs)
    try {
      while (!ready()) {
        if (this.#ended !== null) throw new WireEnd(this.#ended)
        if (late) throw new WireEnd(this.#connected ? 'timeout' : 'unreached')
        await new Promise<void>((resolve) => {
          this.#wake = resolve
        })
      }
    } finally {
      clearTimeout(timer)
    }
  }
}

function socketOptions(
  { makeSocket, sipOctets }: WireOptions,
  read: (buffer: Buffer, length: number) => void,
): net.SocketConstructorOpts {
  const options = {
    allowHalfOpen: true,
    ...(makeSocket ? { fd: makeSocket(), manualStart: true } : {}),
    ...(sipOctets === undefined
      ? {}
      : {
          onread: {
            buffer: Buffer.alloc(sipOctets),
            callback: (length: number, buffer: Uint8Array) => {
              read(buffer as Buffer, length)
              return false
            },
          },
        }),
  }
  return options as net.SocketConstructorOpts
}

function connectOptions({ endpoint, localAddress }: WireOptions): net.NetConnectOpts {
  if (endpoint.kind === 'unix') return { path: endpoint.path }
  const { address, port, family } = endpoint
  const base = { host: address, port, family, autoSelectFamily: false, noDelay: true }
  return localAddress === null ? base : { ...base, localAddress }
}
