/**
 * All connections of one sink worker: accepts, reads, answers, times out, ends. The conversation itself is the machine's; this knows
 * sockets and time. What is not answered at once is the matter of `Delays`.
 */
import type net from 'node:net'
import { performance } from 'node:perf_hooks'
import { Control } from '../measure/board.js'
import { SinkCounter } from '../measure/series.js'
import type { SinkRecorder } from '../measure/sink-recorder.js'
import { Writer } from '../net/writer.js'
import { type Conversation, Ending, type Machine, type Peer, Wait } from '../smtp/server-machine.js'
import { Mode } from '../smtp/server-session.js'
import { Delays } from './sink-delays.js'
import { Apart, type LinkOwner, onDrain, SinkLink } from './sink-link.js'
import { SinkOutput } from './sink-output.js'
import type { SocketSecurity } from './sink-security.js'
import { Waits } from './sink-waits.js'
import { Watch } from './sink-watch.js'

const NOTHING = Buffer.alloc(0)
const LOCAL: Peer = { address: 'local', family: 0 }

export interface ReceiverOptions {
  readonly machine: Machine
  readonly control: Int32Array
  readonly counters: Float64Array
  readonly idleTimeoutMs: number
  /** Ends when `Control.messagesLeft` or `quitsLeft` has come to nothing. */
  readonly limited: boolean
  /** Connections come by a unix socket. */
  readonly unix: boolean
  /** TCP connections that did not inherit TCP_NODELAY get it one by one. */
  readonly setNoDelay: boolean
  /** For conversations that ask for TLS; null: none does. */
  readonly security: SocketSecurity | null
  /** Every connection begins with a handshake (RFC 8314); then there is a `security`. */
  readonly implicitTls: boolean
  /** Times commands; null: nobody does. */
  readonly recorder: SinkRecorder | null
  /** Stops new connections. */
  readonly close: () => void
}

export class Receiver implements LinkOwner {
  machine: Machine
  control: Int32Array
  counters: Float64Array
  limited: boolean
  options: ReceiverOptions
  security: SocketSecurity | null
  waits: Waits<SinkLink>
  out: SinkOutput
  delays: Delays
  links: SinkLink[] = []
  /** Accepted, not yet greeted: all seats are taken. */
  waiting: SinkLink[] = []
  nowMs = performance.now()
  watch: Watch
  recorder: SinkRecorder | null

  constructor(options: ReceiverOptions) {
    this.options = options
    this.machine = options.machine
    this.control = options.control
    this.counters = options.counters
    this.limited = options.limited
    this.security = options.security
    this.waits = new Waits((alarm) => this.delays.ring(alarm))
    this.recorder = options.recorder
    this.out = new SinkOutput(new Writer(onDrain), options.counters, this.waits, options.recorder)
    this.delays = new Delays(this)
    this.watch = new Watch(this, options)
  }

  /** Resolves when stopped and the last connection is gone. */
  get done(): Promise<void> {
    return this.watch.done
  }

  /** A connection has been accepted. */
  accept(socket: net.Socket): void {
    const link = new SinkLink(socket, this, this.nowMs)
    this.counters[SinkCounter.connections]!++
    if (this.options.setNoDelay) socket.setNoDelay(true)
    if (this.watch.stopping) {
      socket.destroy()
    } else if (this.takeSeat()) {
      this.seat(link)
    } else {
      socket.pause()
      this.waiting.push(link)
    }
  }

  takeSeat(): boolean {
    if (Atomics.sub(this.control, Control.seats, 1) > 0) return true
    Atomics.add(this.control, Control.seats, 1)
    return false
  }

  /** Begins a conversation: with its greeting, or with the handshake before it. */
  seat(link: SinkLink): void {
    link.place = this.links.length
    this.links.push(link)
    this.counters[SinkCounter.active]!++
    link.seenMs = this.nowMs
    if (this.recorder !== null) link.readMs = performance.now()
    const { machine, out, delays } = this
    const peer = machine.wantsPeer ? peerOf(link.socket, this.options.unix) : null
    if (machine.wantsPeer && peer === null) {
      // Reset before it was looked at: there is nobody to speak to.
      link.socket.destroy()
      return
    }
    const conversation = machine.open(peer)
    link.conversation = conversation
    if (conversation.manner !== null) delays.slowDown(link, conversation.manner)
    if (this.options.implicitTls) {
      link.apart |= Apart.ungreeted
      delays.secure(link)
      return
    }
    out.link = link
    machine.greet(conversation, out)
    if (conversation.wait === Wait.none && conversation.mode !== Mode.closed) out.flush()
    else delays.settle(link, NOTHING, 0, 0)
  }

  /** Takes one read; false: read no more until the socket is resumed. */
  read(link: SinkLink, length: number, buffer: Buffer): boolean {
    this.counters[SinkCounter.bytesIn]! += length
    if (link.apart !== 0) return this.delays.read(link, length, buffer)
    link.seenMs = this.nowMs
    if (this.recorder !== null) link.readMs = performance.now()
    const conversation = link.conversation!
    const out = this.out
    out.link = link
    const came = this.machine.consume(conversation, buffer, 0, length, out)
    if (conversation.wait !== Wait.none || conversation.mode === Mode.closed) {
      this.delays.settle(link, buffer, came, length)
      return this.delays.reads(link)
    }
    out.flush()
    if (this.limited) this.watch.checkLimits()
    return link.held.length === 0
  }

  drained(link: SinkLink): void {
    this.out.release(link)
    if (!this.out.isOut(link)) return
    if (link.apart === 0) link.socket.resume()
    else this.delays.isOut(link)
  }

  secured(link: SinkLink): void {
    this.delays.secured(link)
  }

  /** The client has said all it will; with no reply under way there is nothing to wait for. */
  ended(link: SinkLink): void {
    if (link.apart !== 0 && this.delays.outlives(link)) return
    if (link.held.length > 0) link.socket.end()
    else link.socket.destroy()
  }

  /** What a link has waited for with `Wait.other` has happened. */
  go(link: SinkLink): void {
    this.delays.go(link)
  }

  /** The same, by its conversation. */
  goOn(conversation: Conversation): void {
    this.delays.goOn(conversation)
  }

  /** Ends a conversation whose last reply has been given. */
  hangUp(link: SinkLink): void {
    const { socket } = link
    if (socket.writableEnded || socket.destroyed) return
    link.apart |= Apart.over
    link.forget()
    const { ending } = link.conversation!
    if (ending === Ending.silent) {
      socket.destroy()
    } else if (ending === Ending.reset) {
      this.reset(link)
    } else if (link.drip === null || link.drip.done) {
      // With everything in the kernel's hands and nothing unread, closing is as safe as shutting down first, and cheaper.
      const safe = link.held.length === 0 && !this.watch.stopping && !(link.apart & Apart.unread)
      if (safe) socket.destroy()
      else socket.end().resume()
    }
  }

  reset(link: SinkLink): void {
    const plain = link.plain ?? link.socket
    // Only TCP knows resets.
    if (this.options.unix) plain.destroy()
    else plain.resetAndDestroy()
  }

  closed(link: SinkLink): void {
    this.counters[SinkCounter.closed]!++
    link.apart |= Apart.over
    this.delays.forget(link)
    if (link.conversation !== null) this.machine.closed(link.conversation)
    if (link.place < 0) {
      const place = this.waiting.indexOf(link)
      if (place >= 0) this.waiting.splice(place, 1)
    } else {
      const last = this.links.pop()!
      if (last !== link) {
        this.links[link.place] = last
        last.place = link.place
      }
      link.place = -1
      this.counters[SinkCounter.active]!--
      Atomics.add(this.control, Control.seats, 1)
      this.admit()
    }
    this.watch.left()
  }

  /** Greets those who waited, as far as there are seats. */
  admit(): void {
    while (this.waiting.length > 0 && !this.watch.stopping && this.takeSeat()) {
      const link = this.waiting.shift()!
      this.seat(link)
      this.delays.steer(link)
    }
  }

  turned(): void {
    if (this.limited) this.watch.checkLimits()
  }

  /** Nothing of a message or of a command line is under way, and no reply is owed. */
  isIdle(link: SinkLink): boolean {
    if (link.apart & (Apart.waiting | Apart.over)) return false
    return link.conversation?.idle() ?? false
  }
}

/** Null: the connection is gone already. */
function peerOf(socket: net.Socket, unix: boolean): Peer | null {
  if (unix) return LOCAL
  const { remoteAddress } = socket
  if (remoteAddress === undefined) return null
  return { address: remoteAddress, family: remoteAddress.includes(':') ? 6 : 4 }
}
