/**
 * TLS on connections that were dialled, by STARTTLS (RFC 3207) or from the first octet (RFC 8314). One secure context serves a whole thread:
 * a new one for each connection costs a quarter more. No certificate is made into a JavaScript object unless it is to be looked at, and
 * sessions are kept without theirs.
 */
import net from 'node:net'
import tls from 'node:tls'
import { ErrorKind } from '../measure/series.js'
import type { ClientTlsPlan } from '../plan/client-tls-plan.js'
import type { CallerSocket } from './dialer.js'
import { certificateProblem, handshakeProblem } from './tls-problems.js'
import { TlsSessions } from './tls-sessions.js'
import type { SecureWay } from './write-request.js'

/** The owner of a connection, as TLS sees it. */
export interface SecureCaller {
  /** What `begin` gave; events of any other are of a connection that has gone. */
  readonly secure: SecureSocket | null
  secured(resumed: boolean): void
  /** TLS failed, or the server is not to be trusted; the connection is still to be closed. */
  unsecured(kind: ErrorKind, text: string): void
  /** Octets in the clear lie in the shared buffer until this returns. */
  read(buffer: Buffer, length: number): void
  ended(): void
  broken(error: NodeJS.ErrnoException): void
}

/** Node's own, partly undocumented: `_wrapHandle` makes the TLS handle over another one, `_start` begins the handshake. */
interface Internals {
  connecting: boolean
  readonly _handle: SecureHandle | null
  _wrapHandle(wrap: net.Socket | null, handle: unknown, writing: boolean): unknown
  _releaseControl(): void
  setSession(session: Buffer): void
  setServername(name: string): void
  _start(): void
}

interface SecureHandle {
  onnewsession: (id: Buffer, session: Buffer) => void
  enableSessionCallbacks(): void
  verifyError(): (Error & { code?: string }) | null
}

const internals = tls.TLSSocket.prototype as unknown as Internals

interface Options extends tls.TLSSocketOptions {
  readonly plain: CallerSocket
  readonly onread: net.OnReadOpts
  readonly allowHalfOpen: boolean
}

/**
 * TLS over a connected socket that reads into a given buffer. Node does so only for sockets that it makes itself, so this one is told to
 * make itself, and when it asks for a handle it gets that of the connection.
 */
export class SecureSocket extends tls.TLSSocket {
  readonly plain: CallerSocket
  readonly caller: SecureCaller
  readonly security: ClientTls
  /** The session that was offered; one that came before it was known who the server is. */
  offered: Buffer | null = null
  early: Buffer | null = null
  trusted = false
  /** The Writer's. */
  output: SecureWay | null = null

  constructor(options: Options, security: ClientTls) {
    super(undefined as unknown as net.Socket, options)
    this.plain = options.plain
    this.caller = options.plain.caller as unknown as SecureCaller
    this.security = security
    const self = this as unknown as Internals
    self.connecting = false
    self._releaseControl()
    this.on('secure', onSecure)
    this.on('end', onEnd)
    this.on('error', onError)
  }

  /** Called by the constructor of TLSSocket. */
  _wrapHandle(): unknown {
    const { plain } = (this as unknown as { _tlsOptions: Options })._tlsOptions
    return internals._wrapHandle.call(this, plain, (plain as unknown as Internals)._handle, false)
  }
}

export interface ClientTlsOptions {
  readonly plan: ClientTlsPlan
  /** Whom the certificate is to name where the plan does not say: the target's host; null: a unix socket. */
  readonly host: string | null
}

/** One for a thread. */
export class ClientTls {
  readonly plan: ClientTlsPlan
  readonly name: string
  readonly sessions: TlsSessions
  private readonly context: tls.SecureContext
  private readonly onread: net.OnReadOpts
  private readonly serverName: string | null
  private connections = 0

  /** @throws Error of OpenSSL when what the plan names cannot be used */
  constructor({ plan, host }: ClientTlsOptions) {
    this.plan = plan
    this.name = plan.serverName ?? host ?? 'localhost'
    // RFC 6066 section 3: a name, never an address.
    this.serverName = net.isIP(this.name) === 0 ? this.name : null
    this.sessions = new TlsSessions(plan.resume)
    this.context = tls.createSecureContext(contextOptions(plan))
    this.onread = { buffer: Buffer.allocUnsafeSlow(READ_SIZE), callback: onRead as net.OnReadOpts['callback'] }
  }

  /** Whether the connection that is now dialled uses TLS: exactly the plan's share of them, evenly. */
  wanted(): boolean {
    const { share } = this.plan
    const before = Math.floor(this.connections * share + 0.5)
    this.connections++
    return Math.floor(this.connections * share + 0.5) > before
  }

  /** Begins a handshake on a connected socket, whose own events but 'close' have an end with it. */
  begin(plain: CallerSocket): SecureSocket {
    const { plan, sessions } = this
    const options: Options = {
      isServer: false,
      secureContext: this.context,
      rejectUnauthorized: plan.verify,
      allowHalfOpen: true,
      onread: this.onread,
      plain,
    }
    const socket = new SecureSocket(options, this)
    const self = socket as unknown as Internals
    const handle = self._handle!
    if (sessions.wanted) {
      handle.onnewsession = (_, session) => {
        // Those of TLS 1.2 come with the handshake, those of 1.3 behind it.
        if (socket.trusted) sessions.keep(session)
        else socket.early = session
      }
      handle.enableSessionCallbacks()
    }
    socket.offered = sessions.next()
    if (socket.offered !== null) self.setSession(socket.offered)
    if (this.serverName !== null) self.setServername(this.serverName)
    self._start()
    return socket
  }

  /** What is wrong with the certificate that was shown; null: nothing, or nobody asks. */
  problem(socket: SecureSocket): string | null {
    if (!this.plan.verify) return null
    return certificateProblem(
      (socket as unknown as Internals)._handle!.verifyError(),
      socket.getPeerX509Certificate(),
      this.name,
    )
  }
}

/** Octets read at once; OpenSSL gives no more than a record has. */
const READ_SIZE = 16 * 1024

/** What `tls.createSecureContext` takes for a plan. X25519 is OpenSSL's first choice already, and the cheapest. */
export function contextOptions(plan: ClientTlsPlan): tls.SecureContextOptions {
  // Where nothing is looked at, there need not be any authorities to look at it with.
  const ca = plan.ca ?? (plan.verify ? null : [])
  return {
    ...(ca === null ? {} : { ca }),
    ...(plan.cert === null ? {} : { cert: plan.cert }),
    ...(plan.key === null ? {} : { key: plan.key }),
    ...(plan.minVersion === null ? {} : { minVersion: plan.minVersion }),
    ...(plan.maxVersion === null ? {} : { maxVersion: plan.maxVersion }),
    ...(plan.ciphers === null ? {} : { ciphers: plan.ciphers }),
    ...(plan.groups === null ? {} : { ecdhCurve: plan.groups }),
  }
}

function onSecure(this: SecureSocket): void {
  const { caller, security, offered, early } = this
  if (caller.secure !== this) return
  // Sessions are kept of trusted servers only, so that a resumed one needs no second look.
  const resumed = this.isSessionReused()
  if (offered !== null && !resumed) security.sessions.refused(offered)
  const problem = resumed ? null : security.problem(this)
  if (problem !== null) {
    caller.unsecured(ErrorKind.certificate, problem)
    return
  }
  this.trusted = true
  if (early !== null) security.sessions.keep(early)
  caller.secured(resumed)
}

function onRead(this: SecureSocket, length: number, buffer: Buffer): boolean {
  if (this.caller.secure === this) this.caller.read(buffer, length)
  return true
}

function onEnd(this: SecureSocket): void {
  if (this.caller.secure === this) this.caller.ended()
}

function onError(this: SecureSocket, error: NodeJS.ErrnoException): void {
  if (this.caller.secure !== this) return
  const problem = handshakeProblem(error)
  if (problem === null) this.caller.broken(error)
  else this.caller.unsecured(ErrorKind.tls, problem)
}
