/**
 * Writing past the stream: `socket.write()` keeps a queue, a state and a callback for every write, which costs about one
 * microsecond of CPU; the handle below it takes a request object and a buffer, and when the kernel took all bytes at once
 * (nearly always) the request was not even looked at and serves again. Node has no public door to it, so what is used
 * here is learnt from the first ordinary write of a socket, and where it looks different `socket.write()` is used.
 */
import type net from 'node:net'
import { SecureSocket } from './client-tls.js'
import { writeError } from './failures.js'
import { SecureOutput } from './secure-writes.js'
import type { SecureWay, StreamHandle, WriteRequest } from './write-request.js'

type RequestConstructor = new () => WriteRequest

/** The constructor of write requests; undefined: not learnt yet; null: this Node is different. One per thread. */
let Request: RequestConstructor | null | undefined

/**
 * Writes buffers to sockets and says who owns them afterwards. One for a thread; every socket may use it.
 * Failures end the socket as they would anyway: 'error', then 'close'.
 */
export class Writer {
  onDrain: (socket: net.Socket, error: Error | null) => void
  request: WriteRequest | null
  complete: (this: WriteRequest, status: number) => void

  /** `onDrain` is called, later, once for each `write` that returned false; with the error if its bytes were lost. */
  constructor(onDrain: (socket: net.Socket, error: Error | null) => void) {
    this.onDrain = onDrain
    this.request = null
    const writer = this
    this.complete = function complete(status) {
      writer.completed(this, status)
    }
  }

  /**
   * Writes all of `buffer` (a view of a larger one is fine). True: the bytes are with the kernel, or lost with the
   * socket, and the buffer may be reused. False: the socket still owns it, until `onDrain`. Order is kept in either case.
   */
  write(socket: net.Socket, buffer: Buffer): boolean {
    if (socket instanceof SecureSocket && socket.output !== null) return socket.output.write(buffer)
    const handle = (socket as unknown as { _handle: StreamHandle | null })._handle
    // What the stream itself still holds must go first, and before the connection is up only the stream can wait.
    if (!handle || socket.writableLength > 0 || socket.connecting) return this.writeByStream(socket, buffer)
    if (socket instanceof SecureSocket) {
      if (Request) return this.outputOf(socket).write(buffer)
    } else if ('encrypted' in socket) {
      // The handle of any other TLS socket, a server's, takes one write at a time and aborts the process at a second.
      return this.writeByStream(socket, buffer)
    }
    let request = this.request
    if (request === null) {
      if (Request === undefined) return this.learn(socket, handle, buffer)
      if (Request === null) return this.writeByStream(socket, buffer)
      this.request = request = this.newRequest()
    }
    const status = handle.writeBuffer(request, buffer)
    if (status !== 0) {
      socket.destroy(writeError(status))
      return true
    }
    // Asked of the request and not of handle.writeQueueSize: a second try inside the same call can empty the queue while
    // the request stays in use until the loop turns.
    if (request.getAsyncId() < 0) return true
    request.buffer = buffer
    request.socket = socket
    this.request = this.newRequest()
    return false
  }

  /** The same for several buffers in one gathered write: for large bodies, where the stream's price is nothing beside the copy's. */
  writeList(socket: net.Socket, list: readonly Buffer[]): boolean {
    if (socket instanceof SecureSocket && Request && socket.writableLength === 0) {
      return this.outputOf(socket).write(list)
    }
    let owned = false
    socket.cork()
    const last = list.length - 1
    for (let i = 0; i < last; i++) socket.write(list[i]!)
    socket.write(list[last]!, (error) => {
      if (owned) this.onDrain(socket, error ?? null)
    })
    socket.uncork()
    owned = socket.writableLength > 0
    return !owned
  }

  outputOf(socket: SecureSocket): SecureWay {
    socket.output ??= new SecureOutput(this, socket)
    return socket.output
  }

  newRequest(): WriteRequest {
    const request = new Request!()
    request.oncomplete = this.complete
    request.buffer = null
    request.socket = null
    return request
  }

  completed(request: WriteRequest, status: number): void {
    const socket = request.socket!
    request.buffer = null
    request.socket = null
    if (status === 0) {
      this.onDrain(socket, null)
      return
    }
    const error = writeError(status)
    socket.destroy(error)
    this.onDrain(socket, error)
  }

  /** One ordinary write, during which the handle shows what kind of request it is given. */
  learn(socket: net.Socket, handle: StreamHandle, buffer: Buffer): boolean {
    if (socket.writableCorked > 0) return this.writeByStream(socket, buffer)
    Request = null
    handle.writeBuffer = function writeBuffer(this: StreamHandle, request: WriteRequest, data: Buffer): number {
      Reflect.deleteProperty(handle, 'writeBuffer')
      Request = usable(request)
      return handle.writeBuffer(request, data)
    }
    const written = this.writeByStream(socket, buffer)
    Reflect.deleteProperty(handle, 'writeBuffer')
    return written
  }

  writeByStream(socket: net.Socket, buffer: Buffer): boolean {
    let owned = false
    socket.write(buffer, (error) => {
      if (owned) this.onDrain(socket, error ?? null)
    })
    owned = socket.writableLength > 0
    return !owned
  }
}

/** The constructor behind a request that Node made, if it behaves as this file needs it to. */
function usable(request: WriteRequest): RequestConstructor | null {
  const candidate = request?.constructor as RequestConstructor | undefined
  if (typeof candidate !== 'function' || typeof request.getAsyncId !== 'function') return null
  try {
    return new candidate().getAsyncId() < 0 ? candidate : null
  } catch {
    return null
  }
}
