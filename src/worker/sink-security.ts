import type net from 'node:net'

/** What makes TLS of a plain connection; `ServerTls` of net/server-tls.ts is one. */
export interface SocketSecurity {
  /**
   * Begins a handshake on `plain`. The socket returned takes its place at once, and is destroyed when the handshake fails; `onSecure` is called
   * when it has succeeded, and before anything is read.
   * @throws Error when `plain` cannot be used any more
   */
  secure(plain: net.Socket, onSecure: (socket: net.Socket) => void): net.Socket
}
