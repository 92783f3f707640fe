/**
 * All connections of one sink worker: accepts, reads, answers, times out, ends. The conversation itself is the Server's; this knows
 * sockets and time. One timer serves every deadline.
 */
import type net from 'node:net'
import { Control, Stop } from '../measure/board.js'
import { SinkCounter } from '../measure/series.js'
import { Writer } from '../net/writer.js'
import type { Server } from '../smtp/server.js'
import { Mode, Transaction } from '../smtp/server-session.js'
import { type LinkedSocket, type LinkOwner, SinkLink } from './sink-link.js'
import { SinkOutput } from './sink-output.js'

/** How often control words are looked at and idle connections searched for. */
const TICK_MS = 25
/** How long a stopped sink lets clients without a transaction say QUIT, and waits for transactions under way. */
const GRACE_MS = 200
const DRAIN_MS = 1000
const SCAN_MS = 250

export interface ReceiverOptions {
  readonly server: Server
  readonly control: Int32Array
  readonly counters: Float64Array
  readonly idleTimeoutMs: number
  /** Ends when `Control.messagesLeft` or `quitsLeft` has come to nothing. */
  readonly limited: boolean
  /** TCP connections that did not inherit TCP_NODELAY get it one by one. */
  readonly setNoDelay: boolean
  /** Stops new connections. */
  readonly close: () => void
}

export class Receiver implements LinkOwner {
  server: Server
  control: Int32Array
  counters: Float64Array
  limited: boolean
  options: ReceiverOptions
  out: SinkOutput
  links: SinkLink[] = []
  /** Accepted, not yet greeted: all seats are taken. */
  waiting: SinkLink[] = []
  nowMs = performance.now()
  scanMs = 0
  stop: Stop = Stop.none
  stopMs = 0
  ended = false
  timer: NodeJS.Timeout
  /** Resolves when stopped and the last connection is gone. */
  done: Promise<void>
  finish: () => void = () => {}

  constructor(options: ReceiverOptions) {
    this.options = options
    this.server = options.server
    this.control = options.control
    this.counters = options.counters
    this.limited = options.limited
    this.out = new SinkOutput(new Writer(onDrain), options.counters)
    this.done = new Promise((resolve) => {
      this.finish = resolve
    })
    this.timer = setInterval(() => this.tick(), TICK_MS)
  }

  /** A connection has been accepted. */
  accept(plain: net.Socket): void {
    const socket = plain as LinkedSocket
    const link = new SinkLink(socket, this, this.nowMs)
    socket.link = link
    socket.on('error', onError)
    socket.on('end', onEnd)
    socket.on('close', onClose)
    this.counters[SinkCounter.connections]!++
    if (this.options.setNoDelay) socket.setNoDelay(true)
    if (this.stop !== Stop.none) {
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

  seat(link: SinkLink): void {
    link.place = this.links.length
    this.links.push(link)
    this.counters[SinkCounter.active]!++
    link.seenMs = this.nowMs
    this.out.link = link
    this.server.greet(this.out)
    this.out.flush()
  }

  /** Takes one read; false: read no more until the replies have drained. */
  read(link: SinkLink, length: number, buffer: Buffer): boolean {
    const session = link.session
    this.counters[SinkCounter.bytesIn]! += length
    link.seenMs = this.nowMs
    // What follows the last reply is read and forgotten: closing over unread input would reset the connection.
    if (session.mode === Mode.closed) return true
    const out = this.out
    out.link = link
    this.server.consume(session, buffer, 0, length, out)
    out.flush()
    if (this.limited) this.checkLimits()
    const over = (session.mode as Mode) === Mode.closed
    if (over) this.hangUp(link)
    return over || link.held.length === 0
  }

  /** Ends a conversation whose last reply has been given. */
  hangUp(link: SinkLink): void {
    if (link.socket.writableEnded || link.socket.destroyed) return
    link.session.mode = Mode.closed
    // With everything in the kernel's hands and nothing unread, closing is as safe as shutting down first, and cheaper.
    if (link.held.length === 0 && this.stop === Stop.none) link.socket.destroy()
    else link.socket.end()
  }

  drained(link: SinkLink): void {
    this.out.release(link)
    if (link.held.length === 0 && link.session.mode !== Mode.closed) link.socket.resume()
  }

  closed(link: SinkLink): void {
    this.counters[SinkCounter.closed]!++
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
    if (this.stop !== Stop.none) this.endWhenEmpty()
  }

  /** Greets those who waited, as far as there are seats. */
  admit(): void {
    while (this.waiting.length > 0 && this.stop === Stop.none && this.takeSeat()) {
      const link = this.waiting.shift()!
      this.seat(link)
      if (link.held.length === 0) link.socket.resume()
    }
  }

  /** After the reply to the last message or QUIT that was asked for, all workers stop. */
  checkLimits(): void {
    const control = this.control
    if (Atomics.load(control, Control.messagesLeft) > 0 && Atomics.load(control, Control.quitsLeft) > 0) return
    Atomics.compareExchange(control, Control.stop, Stop.none, Stop.drain)
    this.obey()
  }

  tick(): void {
    this.nowMs = performance.now()
    this.obey()
    if (this.waiting.length > 0) this.admit()
    if (this.nowMs - this.scanMs < SCAN_MS) return
    this.scanMs = this.nowMs
    const limit = this.nowMs - this.options.idleTimeoutMs
    // From the end, because a link that goes gives its place to the last one.
    for (let i = this.links.length - 1; i >= 0; i--) {
      const link = this.links[i]!
      if (link.seenMs > limit || link.socket.destroyed) continue
      this.counters[SinkCounter.timeouts]!++
      link.socket.destroy()
    }
  }

  /** Does what the control word asks: drain, then now. */
  obey(): void {
    const stop = Atomics.load(this.control, Control.stop) as Stop
    if (stop === Stop.none) return
    if (this.stop === Stop.none) {
      this.stopMs = this.nowMs
      this.options.close()
      this.server.draining = true
      for (const link of [...this.waiting]) link.socket.destroy()
    }
    this.stop = stop
    const sinceMs = this.nowMs - this.stopMs
    if (stop === Stop.now || sinceMs >= DRAIN_MS) {
      for (const link of [...this.links]) link.socket.destroy()
    } else if (sinceMs >= GRACE_MS) {
      for (const link of [...this.links]) if (isIdle(link)) this.hangUp(link)
    }
    this.endWhenEmpty()
  }

  endWhenEmpty(): void {
    if (this.ended || this.links.length > 0 || this.waiting.length > 0) return
    this.ended = true
    clearInterval(this.timer)
    this.finish()
  }
}

/** What every socket of the thread calls with what it read. */
export function onRead(this: net.Socket, length: number, buffer: Buffer): boolean {
  const link = (this as LinkedSocket).link
  return link.receiver.read(link, length, buffer)
}

/** Nothing of a message or of a command line is under way. */
function isIdle(link: SinkLink): boolean {
  const { mode, transaction, carried } = link.session
  return mode === Mode.closed || (mode === Mode.line && transaction === Transaction.none && carried === 0)
}

function onDrain(socket: net.Socket): void {
  const link = (socket as LinkedSocket).link
  link.receiver.drained(link)
}

/** The client has said all it will; with no reply under way there is nothing to wait for. */
function onEnd(this: net.Socket): void {
  if ((this as LinkedSocket).link.held.length === 0) this.destroy()
}

/** Resets and failed writes are a client's right; 'close' follows. */
function onError(): void {}

function onClose(this: net.Socket): void {
  const link = (this as LinkedSocket).link
  link.receiver.closed(link)
}
