/**
 * Writing to TLS past the stream. The handle enciphers at once, so the buffer is free when the call returns, but it takes one write at a time
 * (at a second one it aborts the process) and is through with it when the loop turns. As a rule nobody waits for that, and then it is not
 * even told: the request says whether it is still in use.
 */
import type net from 'node:net'
import { writeError } from './failures.js'
import type { SecureWay, StreamHandle, WriteRequest } from './write-request.js'

/** What is used of the Writer whose sockets these are. */
interface Owner {
  onDrain(socket: net.Socket, error: Error | null): void
  newRequest(): WriteRequest
}

interface Handle extends StreamHandle {
  /** The handle that the enciphered octets go to. */
  readonly _parent: { readonly writeQueueSize: number }
}

interface Internals {
  readonly _handle: Handle | null
}

/** The way out of one TLS socket, which from the first write on leaves by no other. */
export class SecureOutput implements SecureWay {
  readonly owner: Owner
  readonly socket: net.Socket
  readonly handle: Handle
  readonly transport: Handle['_parent']
  readonly complete: (status: number) => void
  /** One for all writes, as long as nobody has to be told of their end. */
  request: WriteRequest
  /** What waits behind the write that is under way. */
  readonly waiting: Buffer[] = []
  /** Writes that are owed an `onDrain`. */
  owed = 0

  constructor(owner: Owner, socket: net.Socket) {
    this.owner = owner
    this.socket = socket
    this.handle = (socket as unknown as Internals)._handle!
    this.transport = this.handle._parent
    this.request = owner.newRequest()
    this.complete = (status) => this.completed(status)
  }

  /**
   * As `Writer.write`: true when the octets are with the kernel, or lost with the socket; else `onDrain` is called once, but not after the
   * socket was destroyed.
   */
  write(wire: Buffer | readonly Buffer[]): boolean {
    if ((this.socket as unknown as Internals)._handle === null) return true
    const { waiting } = this
    const busy = this.request.getAsyncId() >= 0
    let first: Buffer | undefined
    if (!Array.isArray(wire)) {
      if (busy) waiting.push(wire as Buffer)
      else first = wire as Buffer
    } else {
      for (let i = 0; i < wire.length; i++) waiting.push(wire[i]!)
      if (!busy) first = waiting.shift()
    }
    if (first === undefined) this.request.oncomplete = this.complete
    else if (this.start(first)) return true
    this.owed++
    return false
  }

  /** True: all is with the kernel, or lost. */
  start(buffer: Buffer): boolean {
    const { request } = this
    // That a write has failed is told before the call returns.
    request.oncomplete = this.complete
    const status = this.handle.writeBuffer(request, buffer)
    if (status !== 0) {
      this.socket.destroy(writeError(status))
      return true
    }
    if (this.waiting.length > 0 || this.transport.writeQueueSize > 0) return this.socket.destroyed
    request.oncomplete = null
    return true
  }

  completed(status: number): void {
    const { owner, socket } = this
    if (socket.destroyed) return
    if (status !== 0) {
      socket.destroy(writeError(status))
      return
    }
    // The old one is in use until this returns.
    this.request = owner.newRequest()
    const next = this.waiting.shift()
    if (next !== undefined && (!this.start(next) || socket.destroyed)) return
    for (; this.owed > 0; this.owed--) owner.onDrain(socket, null)
  }
}
