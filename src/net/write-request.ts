/** What Node's own write path looks like from below; undocumented. */
import type net from 'node:net'

/** The request object of one write, as Node makes it. It belongs to the kernel's queue until `oncomplete`. */
export interface WriteRequest {
  /** Negative until the request has been put to use, that is until a write did not complete at once. */
  getAsyncId(): number
  oncomplete: ((this: WriteRequest, status: number) => void) | null
  /** Held here so that neither memory nor socket is collected while the write is under way. */
  buffer: Buffer | null
  socket: net.Socket | null
}

/** What a TLS socket's writes go by once it is known how; as `Writer.write` and `Writer.writeList`. */
export interface SecureWay {
  write(wire: Buffer | readonly Buffer[]): boolean
}

/** What of a socket's handle takes writes. */
export interface StreamHandle {
  writeBuffer(request: WriteRequest, buffer: Buffer): number
}
