import type net from 'node:net'
import { ServerSession } from '../smtp/server-session.js'
import type { ReplyBuffer } from './reply-buffer.js'

/** Who serves a connection: what its socket's events come to. */
export interface LinkOwner {
  read(link: SinkLink, length: number, buffer: Buffer): boolean
  drained(link: SinkLink): void
  closed(link: SinkLink): void
}

/** One accepted connection joined to one conversation. */
export class SinkLink {
  socket: LinkedSocket
  receiver: LinkOwner
  session = new ServerSession()
  /** Reply buffers that the kernel has not taken yet, oldest first; while there are any, nothing is read. */
  held: ReplyBuffer[] = []
  /** The receiver's time when something was last read. */
  seenMs: number
  /** Position in the receiver's list; -1: waiting for a seat, or gone. */
  place = -1

  constructor(socket: LinkedSocket, receiver: LinkOwner, nowMs: number) {
    this.socket = socket
    this.receiver = receiver
    this.seenMs = nowMs
  }
}

/** State hangs on the socket, so that listeners can be shared by all of them. */
export interface LinkedSocket extends net.Socket {
  link: SinkLink
}
