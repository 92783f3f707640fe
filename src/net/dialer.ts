/**
 * Opens connections for one worker, a few at a time (`--connect-burst`; as smtp-source does, one unless told otherwise), so that a burst of
 * SYNs does not spoil the measurement. Listeners are shared functions; who a socket belongs to hangs on the socket. A socket object
 * is used again for its owner's next connection, which saves a tenth of the CPU of a connection per message.
 */
import net from 'node:net'
import type { Endpoint } from './endpoint.js'

/** The owner of a connection: one session. All calls come from the socket's events. */
export interface Caller {
  socket: CallerSocket | null
  /** connect() is about to be called. */
  dialing(): void
  connected(): void
  /** Octets lie in the shared buffer until this returns. */
  read(buffer: Buffer, length: number): void
  /** The peer has sent FIN. */
  ended(): void
  /** The connection could not be made, or broke; `closed` follows. */
  broken(error: NodeJS.ErrnoException): void
  /** The socket is closed, for whatever reason; it may dial again. */
  closed(): void
}

export interface CallerSocket extends net.Socket {
  caller: Caller
  dialer: Dialer
  /** Whether a place in the queue of handshakes is held. */
  outstanding: boolean
}

export interface DialerOptions {
  readonly endpoint: Endpoint
  /** Taken in turn; empty: the kernel's choice. */
  readonly sourceIps: readonly string[]
  /** Handshakes outstanding at once. */
  readonly burst: number
  readonly noDelay: boolean
  /** Makes an unconnected descriptor with its options set (`-T`); null: Node makes it. */
  readonly makeSocket: (() => number) | null
}

/** Octets read at once, by whatever socket: replies are short, and what is longer comes in pieces. */
const READ_SIZE = 64 * 1024

export class Dialer {
  readonly unix: boolean
  private readonly options: readonly net.NetConnectOpts[]
  private readonly makeSocket: (() => number) | null
  private readonly onread: net.OnReadOpts
  private readonly queue: Caller[] = []
  private readonly burst: number
  private at = 0
  private turn = 0
  private outstanding = 0

  constructor(options: DialerOptions) {
    const { endpoint } = options
    this.unix = endpoint.kind === 'unix'
    this.burst = options.burst
    this.makeSocket = options.makeSocket
    this.onread = { buffer: Buffer.allocUnsafeSlow(READ_SIZE), callback: onRead }
    if (endpoint.kind === 'unix') {
      this.options = [{ path: endpoint.path }]
    } else {
      // An address and its family given: no look-up, no second family tried.
      const { address, port, family, name } = endpoint
      const base = { host: name ?? address, port, family: name === undefined ? family : 0, autoSelectFamily: false }
      const sources = options.sourceIps.filter((ip) => net.isIP(ip) === endpoint.family)
      const noDelay = options.noDelay
      this.options =
        sources.length === 0
          ? [{ ...base, noDelay }]
          : sources.map((localAddress) => ({ ...base, noDelay, localAddress }))
    }
  }

  /** Queues a connection for `caller`. */
  dial(caller: Caller): void {
    this.queue.push(caller)
    this.pump()
  }

  /** Takes everyone whose turn has not come out of the queue. */
  clear(): Caller[] {
    const waiting = this.queue.slice(this.at)
    this.queue.length = 0
    this.at = 0
    return waiting
  }

  private pump(): void {
    while (this.outstanding < this.burst && this.at < this.queue.length) {
      const caller = this.queue[this.at++]!
      if (this.at === this.queue.length) {
        this.queue.length = 0
        this.at = 0
      } else if (this.at > 1024) {
        this.queue.splice(0, this.at)
        this.at = 0
      }
      this.connect(caller)
    }
  }

  private connect(caller: Caller): void {
    caller.dialing()
    const socket = this.socketOf(caller)
    this.outstanding++
    socket.outstanding = true
    socket.connect(this.options[this.turn]!)
    if (++this.turn === this.options.length) this.turn = 0
  }

  private socketOf(caller: Caller): CallerSocket {
    if (caller.socket !== null && this.makeSocket === null) return caller.socket
    const base = { onread: this.onread, allowHalfOpen: true }
    const options = this.makeSocket === null ? base : { ...base, fd: this.makeSocket(), manualStart: true }
    const socket = new net.Socket(options as net.SocketConstructorOpts) as CallerSocket
    socket.caller = caller
    socket.dialer = this
    socket.outstanding = false
    socket.on('connect', onConnect)
    socket.on('end', onEnd)
    socket.on('error', onError)
    socket.on('close', onClose)
    caller.socket = socket
    return socket
  }

  /** A handshake ended, well or not: the next may begin. */
  settled(socket: CallerSocket): void {
    if (!socket.outstanding) return
    socket.outstanding = false
    this.outstanding--
    this.pump()
  }
}

/** Ends a connection by reset, as smtp-source does: no TIME_WAIT, so that a long run does not use up the ports. */
export function resetConnection(socket: CallerSocket): void {
  // Only TCP knows resets, and resetAndDestroy() would wait for a handshake to succeed first.
  if (socket.dialer.unix || socket.connecting) socket.destroy()
  else socket.resetAndDestroy()
}

function onRead(this: unknown, length: number, buffer: Uint8Array): boolean {
  // Node calls this with the socket as `this` (lib/internal/stream_base_commons.js); the typings do not say so.
  ;(this as CallerSocket).caller.read(buffer as Buffer, length)
  return true
}

function onConnect(this: CallerSocket): void {
  this.dialer.settled(this)
  this.caller.connected()
}

function onEnd(this: CallerSocket): void {
  this.caller.ended()
}

function onError(this: CallerSocket, error: NodeJS.ErrnoException): void {
  this.caller.broken(error)
}

function onClose(this: CallerSocket): void {
  this.dialer.settled(this)
  this.caller.closed()
}
