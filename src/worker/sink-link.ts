import type net from 'node:net'
import { ServerSession } from '../smtp/server-session.js'
import type { ReplyBuffer } from './sink-output.js'
import type { Receiver } from './sink-receiver.js'

/** One accepted connection joined to one conversation. */
export class SinkLink {
  socket: LinkedSocket
  receiver: Receiver
  session = new ServerSession()
  /** Reply buffers that the kernel has not taken yet, oldest first; while there are any, nothing is read. */
  held: ReplyBuffer[] = []
  /** The receiver's time when something was last read. */
  seenMs: number
  /** Position in the receiver's list; -1: waiting for a seat, or gone. */
  place = -1

  constructor(socket: LinkedSocket, receiver: Receiver, nowMs: number) {
    this.socket = socket
    this.receiver = receiver
    this.seenMs = nowMs
  }
}

/** State hangs on the socket, so that listeners can be shared by all of them. */
export interface LinkedSocket extends net.Socket {
  link: SinkLink
}
