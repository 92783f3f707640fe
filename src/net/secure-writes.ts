/**
 * Writing to TLS past the stream. The handle enciphers at once, so the buffer is free when the call returns, but takes one write at a time
 * and reports it later: what comes meanwhile waits here.
 */
import type net from 'node:net'
import type { SecureSocket } from './client-tls.js'
import { writeError } from './failures.js'
import type { StreamHandle, WriteRequest } from './write-request.js'

/** What is used of the Writer whose sockets these are. */
interface Owner {
  onDrain(socket: net.Socket, error: Error | null): void
  newRequest(): WriteRequest
}

interface Internals {
  readonly _handle: (StreamHandle & { readonly _parent: { readonly writeQueueSize: number } }) | null
}

/**
 * As `Writer.write`: true when the octets are with the kernel, or lost with the socket; else `onDrain` is called once, but not after the
 * socket was destroyed.
 */
export function writeSecure(owner: Owner, socket: SecureSocket, wire: Buffer | readonly Buffer[]): boolean {
  const { _handle: handle } = socket as unknown as Internals
  if (!handle) return true
  if (Buffer.isBuffer(wire) && !socket.writing) start(owner, socket, handle, wire)
  else {
    if (Buffer.isBuffer(wire)) socket.waiting.push(wire)
    else for (let i = 0; i < wire.length; i++) socket.waiting.push(wire[i]!)
    if (!socket.writing) start(owner, socket, handle, socket.waiting.shift()!)
  }
  if (socket.destroyed || (socket.waiting.length === 0 && handle._parent.writeQueueSize === 0)) return true
  socket.owed++
  return false
}

function start(owner: Owner, socket: SecureSocket, handle: StreamHandle, buffer: Buffer): void {
  const request = owner.newRequest()
  request.oncomplete = (status) => completed(owner, socket, status)
  socket.writing = true
  const status = handle.writeBuffer(request, buffer)
  if (status !== 0) socket.destroy(writeError(status))
}

function completed(owner: Owner, socket: SecureSocket, status: number): void {
  socket.writing = false
  const { _handle: handle } = socket as unknown as Internals
  if (!handle || socket.destroyed) return
  if (status !== 0) {
    socket.destroy(writeError(status))
    return
  }
  const next = socket.waiting.shift()
  if (next !== undefined) {
    start(owner, socket, handle, next)
    return
  }
  for (; socket.owed > 0; socket.owed--) owner.onDrain(socket, null)
}
