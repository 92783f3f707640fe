/**
 * TLS on accepted connections, by STARTTLS (RFC 3207) or from the first octet (RFC 8314): a plain socket, however it reads, becomes a
 * TLS one that gives what it deciphers to the same `OnRead` and the same buffer as plain ones do.
 */
import type net from 'node:net'
import tls from 'node:tls'
import type { SinkTlsPlan } from '../plan/sink-plan.js'
import type { OnRead } from './accepted.js'

/** What all workers of a sink share, as plain data. */
export interface TlsIdentity {
  /** PEM: the certificate, and those above it. */
  readonly cert: string
  readonly key: string
  /** 48 random octets: a session that one worker's ticket stands for can be resumed with any other. */
  readonly ticketKeys: Uint8Array
}

/** How a handshake ended. */
export type Handshake = 'full' | 'resumed' | 'failed'

export interface ServerTlsOptions {
  readonly plan: SinkTlsPlan
  readonly identity: TlsIdentity
  readonly handshakeTimeoutMs: number
  readonly buffer: Buffer
  readonly onRead: OnRead
  /** Called once for each `secure`, before its `onSecure` or with the end of its connection. */
  readonly onHandshake: (handshake: Handshake) => void
}

/** Session ids are this context's own (and OpenSSL asks for one where client certificates are asked for). */
const SESSION_CONTEXT = 'stampede'

/** One for a thread: the context is made once, not for every connection. */
export class ServerTls {
  readonly #options: ServerTlsOptions
  readonly #tls: tls.TLSSocketOptions

  /** @throws Error of OpenSSL when the identity or the plan's ciphers cannot be used */
  constructor(options: ServerTlsOptions) {
    this.#options = options
    const certificates = options.plan.clientCa !== null
    this.#tls = {
      isServer: true,
      secureContext: tls.createSecureContext(contextOptions(options.plan, options.identity)),
      requestCert: certificates,
      rejectUnauthorized: certificates,
    }
  }

  /**
   * Begins a handshake on `plain`, to which everything has been written that is to be readable; what it has read already is not part of it.
   * The socket returned takes the place of `plain`: it reads through `onRead` and closes what it stands on. `onSecure` is called when
   * the handshake is over and before anything is read. A handshake that fails, or does not end in time, destroys
   * the socket.
   * @throws Error when `plain` has gone
   */
  secure(plain: net.Socket, onSecure: (socket: net.Socket) => void): net.Socket {
    const { buffer, onRead, onHandshake, handshakeTimeoutMs } = this.#options
    if (plain.destroyed) throw new Error('the connection has gone')
    const socket = new tls.TLSSocket(plain, this.#tls)
    let pending = true
    const timer = setTimeout(() => socket.destroy(), handshakeTimeoutMs)
    const settle = (handshake: Handshake): void => {
      if (!pending) return
      pending = false
      clearTimeout(timer)
      onHandshake(handshake)
    }
    socket.once('secure', () => {
      if (!pending) return
      if (!this.#trusted(socket)) {
        socket.destroy()
        return
      }
      settle(socket.isSessionReused() ? 'resumed' : 'full')
      onSecure(socket)
    })
    // Without a tls.Server Node does not turn these into 'error', neither before nor after the handshake.
    socket.on('_tlsError', () => socket.destroy())
    socket.on('close', () => settle('failed'))
    socket.on('data', function onData(this: net.Socket, chunk: Buffer): void {
      passOn(this, chunk, buffer, onRead)
    })
    return socket
  }

  /** Where client certificates are asked for, OpenSSL lets bad ones pass and leaves it to Node's tls.Server, and so to us, to look. */
  #trusted(socket: tls.TLSSocket): boolean {
    if (this.#options.plan.clientCa === null) return true
    const { ssl } = socket as unknown as { ssl: { verifyError?(): Error | null | undefined } | null }
    return typeof ssl?.verifyError === 'function' && !ssl.verifyError()
  }
}

/** What `tls.createSecureContext` takes for a plan. */
export function contextOptions(
  plan: SinkTlsPlan,
  identity: { readonly cert: string; readonly key: string; readonly ticketKeys?: Uint8Array } | null,
): tls.SecureContextOptions {
  return {
    sessionIdContext: SESSION_CONTEXT,
    honorCipherOrder: true,
    ...(identity === null ? {} : { cert: identity.cert, key: identity.key }),
    ...(identity?.ticketKeys === undefined ? {} : { ticketKeys: Buffer.from(identity.ticketKeys) }),
    ...(plan.minVersion === null ? {} : { minVersion: plan.minVersion }),
    ...(plan.maxVersion === null ? {} : { maxVersion: plan.maxVersion }),
    ...(plan.ciphers === null ? {} : { ciphers: plan.ciphers }),
    ...(plan.clientCa === null ? {} : { ca: plan.clientCa }),
  }
}

/** Hands a chunk to `onRead` by way of the shared buffer; what it does not want yet goes back to the stream. */
function passOn(socket: net.Socket, chunk: Buffer, buffer: Buffer, onRead: OnRead): void {
  for (let at = 0; at < chunk.length; ) {
    const length = chunk.copy(buffer, 0, at)
    at += length
    if (onRead.call(socket, length, buffer)) continue
    socket.pause()
    if (at < chunk.length) socket.unshift(chunk.subarray(at))
    return
  }
}
