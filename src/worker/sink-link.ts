/** One accepted connection joined to one conversation, and what its socket's events come to. */
import type net from 'node:net'
import type { Conversation } from '../smtp/server-machine.js'
import type { ReplyBuffer } from './reply-buffer.js'
import type { Drip } from './sink-drip.js'
import type { Alarm } from './sink-waits.js'

/** Who serves a connection. */
export interface LinkOwner {
  /** False: read no more until the socket is resumed. */
  read(link: SinkLink, length: number, buffer: Buffer): boolean
  /** The kernel has taken what it had not taken at once. */
  drained(link: SinkLink): void
  /** The handshake has succeeded. */
  secured(link: SinkLink): void
  /** The client has sent its FIN. */
  ended(link: SinkLink): void
  closed(link: SinkLink): void
}

/** Why a link is not served in the ordinary way: bits of `SinkLink.apart`. With none of them, what is read goes straight to the machine. */
export const Apart = {
  /** The conversation is over; what still comes is forgotten. */
  over: 1,
  /** The conversation waits; what comes is kept. */
  waiting: 2,
  /** A handshake is under way (and `waiting` is set). */
  securing: 4,
  /** It was not greeted yet, because the handshake comes first. */
  ungreeted: 8,
  /** It has a Manner. */
  manner: 16,
  /** Nothing is read, because its Manner says so. */
  paused: 32,
  /** The client has sent its FIN, and is still owed replies. */
  ended: 64,
  /** Reading was stopped, or stopped short: the kernel may hold octets that nobody has read. */
  unread: 128,
} as const

export class SinkLink {
  socket: LinkedSocket
  owner: LinkOwner
  /** Null until it has a seat. */
  conversation: Conversation | null = null
  /** Bits of `Apart`. */
  apart = 0
  /** Reply buffers that the kernel has not taken yet, oldest first; while there are any, nothing is read. */
  held: ReplyBuffer[] = []
  /** The receiver's time when something was last read, or when the sink itself last let the client wait. */
  seenMs: number
  /** When what is being answered was read, exactly; kept where commands are timed. */
  readMs = 0
  /** Position in the receiver's list; -1: waiting for a seat, or gone. */
  place = -1
  /** What a wait left unconsumed: `rest[restAt..]`. */
  rest: Buffer | null = null
  restAt = 0
  /** The plain socket under `socket`, once that is a TLS one. */
  plain: net.Socket | null = null
  waitAlarm: Alarm<SinkLink> | null = null
  pauseAlarm: Alarm<SinkLink> | null = null
  drip: Drip<SinkLink> | null = null

  constructor(socket: net.Socket, owner: LinkOwner, nowMs: number) {
    this.owner = owner
    this.seenMs = nowMs
    this.socket = socket as LinkedSocket
    this.take(socket)
  }

  /** Goes on with `socket`; its events are this link's from now on. */
  take(socket: net.Socket): void {
    this.socket = socket as LinkedSocket
    this.socket.link = this
    socket.on('error', onError)
    socket.on('end', onEnd)
    socket.on('close', onClose)
  }

  /** The plain socket becomes what another one stands on. */
  stepUp(socket: net.Socket): void {
    const plain = this.socket
    plain.off('end', onEnd)
    plain.off('close', onClose)
    this.plain = plain
    this.take(socket)
  }

  /** Keeps a copy of what cannot be consumed now. */
  keep(buffer: Buffer, from: number, to: number): void {
    const more = buffer.subarray(from, to)
    this.rest = Buffer.concat(this.rest === null ? [more] : [this.rest.subarray(this.restAt), more])
    this.restAt = 0
  }

  forget(): void {
    this.rest = null
    this.restAt = 0
  }
}

/** State hangs on the socket, so that listeners can be shared by all of them. */
export interface LinkedSocket extends net.Socket {
  link: SinkLink
}

/** What every socket of the thread calls with what it read. */
export function onRead(this: net.Socket, length: number, buffer: Buffer): boolean {
  const link = (this as LinkedSocket).link
  return link.owner.read(link, length, buffer)
}

export function onDrain(socket: net.Socket): void {
  const link = (socket as LinkedSocket).link
  link.owner.drained(link)
}

export function onSecure(socket: net.Socket): void {
  const link = (socket as LinkedSocket).link
  link.owner.secured(link)
}

function onEnd(this: net.Socket): void {
  const link = (this as LinkedSocket).link
  link.owner.ended(link)
}

/** Resets and failed writes are a client's right; 'close' follows. */
function onError(): void {}

function onClose(this: net.Socket): void {
  const link = (this as LinkedSocket).link
  link.owner.closed(link)
}
