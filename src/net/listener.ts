/**
 * One address for several workers to listen on. TCP: a socket for each, all bound to the port with SO_REUSEPORT, so that the kernel spreads
 * connections over them; unix sockets, where that does not exist: one socket, and a descriptor of it for each. Both are
 * made here, on the main thread and through koffi, so that a port in use is known before a worker is started, and handed
 * over as descriptor numbers. Without koffi one worker listens alone, in Node's own way.
 */
import { chmodSync, lstatSync, unlinkSync } from 'node:fs'
import type net from 'node:net'
import { errnoText } from '../base/errno.js'
import { RunError } from '../base/errors.js'
import type { Target } from '../plan/plan.js'
import { type Endpoint, ResolveError, resolveTarget } from './endpoint.js'
import { AF_INET, AF_INET6, AF_UNIX, type Libc, libc, NO_LIBC, SocketOption } from './libc.js'

/** What one worker listens on; plain data. */
export type Place = { readonly kind: 'fd'; readonly fd: number } | Endpoint

/** The endpoint of a sink, opened. */
export interface Listeners {
  /** One for each worker that can be used. */
  readonly places: readonly Place[]
  readonly endpoint: Endpoint
  /** The port in use; 0 with a unix socket, or when the worker must choose it first. */
  readonly port: number
  /** What could not be had, in a sentence; null when all is as asked. */
  readonly note: string | null
}

/** Sockets are shared by whoever asks, as smtp-sink has it. */
const SOCKET_MODE = 0o666

/**
 * Opens what `workers` threads will listen on. An empty host means every address: IPv4 unless `family` is 6. `tcpWindow`: octets of the buffers of
 * TCP sockets, both ways; null: the system's.
 * @throws RunError when the address can't be resolved or bound
 */
export async function openListeners(
  target: Target,
  family: 0 | 4 | 6,
  workers: number,
  c: Libc | null = libc(),
  tcpWindow: number | null = null,
): Promise<Listeners> {
  const endpoint = await resolveListen(target, family)
  if (endpoint.kind === 'unix') removeSocket(endpoint.path)
  if (c === null) {
    if (tcpWindow !== null) throw new RunError(`--tcp-window needs socket options that Node does not offer: ${NO_LIBC}`)
    const note =
      workers > 1 ? `one worker listens instead of ${workers}: sharing a port needs koffi, and ${NO_LIBC}` : null
    return { places: [endpoint], endpoint, port: endpoint.kind === 'tcp' ? endpoint.port : 0, note }
  }
  if (endpoint.kind === 'unix') return openUnix(c, endpoint, workers)
  return openTcp(c, endpoint, workers, tcpWindow)
}

function openTcp(c: Libc, endpoint: Endpoint & { kind: 'tcp' }, workers: number, tcpWindow: number | null): Listeners {
  const open: number[] = []
  let port = endpoint.port
  try {
    // SO_REUSEPORT would let two sinks share a port by accident; a bind without it finds that out.
    if (port !== 0) c.close(boundSocket(c, endpoint, port, false))
    for (let i = 0; i < workers; i++) {
      const fd = boundSocket(c, endpoint, port, true)
      open.push(fd)
      if (tcpWindow !== null) {
        // Accepted sockets inherit these; the window is agreed on with the first segment, so they come before listen.
        c.setOption(fd, SocketOption.sendBuffer, tcpWindow)
        c.setOption(fd, SocketOption.receiveBuffer, tcpWindow)
      }
      port = c.port(fd)
    }
  } catch (error) {
    for (const fd of open) c.close(fd)
    throw cannotListen(`bind ${endpoint.address} port ${port}`, error)
  }
  return { places: open.map((fd) => ({ kind: 'fd', fd })), endpoint: { ...endpoint, port }, port, note: null }
}

function boundSocket(c: Libc, endpoint: Endpoint & { kind: 'tcp' }, port: number, shared: boolean): number {
  const family = endpoint.family === 6 ? AF_INET6 : AF_INET
  const fd = c.socket(family)
  try {
    c.setOption(fd, SocketOption.reuseAddress, 1)
    if (shared) c.setOption(fd, SocketOption.reusePort, 1)
    if (family === AF_INET6) c.setOption(fd, SocketOption.v6Only, 1)
    // Accepted sockets inherit it. Replies to successive reads of a pipelining client must not wait for its ACKs.
    c.setOption(fd, SocketOption.noDelay, 1)
    c.bind(fd, family, endpoint.address, port)
    return fd
  } catch (error) {
    c.close(fd)
    throw error
  }
}

function openUnix(c: Libc, endpoint: Endpoint & { kind: 'unix' }, workers: number): Listeners {
  const open: number[] = []
  try {
    const fd = c.socket(AF_UNIX)
    open.push(fd)
    c.bindPath(fd, endpoint.path)
    chmodSync(endpoint.path, SOCKET_MODE)
    while (open.length < workers) open.push(c.dup(fd))
  } catch (error) {
    for (const fd of open) c.close(fd)
    throw cannotListen(`bind ${endpoint.path}`, error)
  }
  return { places: open.map((fd) => ({ kind: 'fd', fd })), endpoint, port: 0, note: null }
}

/** Starts listening there with `backlog` connections waiting at most; resolves when it does. */
export function listenOn(server: net.Server, place: Place, backlog: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.once('listening', () => {
      server.off('error', reject)
      resolve()
    })
    switch (place.kind) {
      case 'fd':
        // With a descriptor Node 20 takes the backlog from here alone, and would otherwise set it back to 511.
        server.listen({ fd: place.fd }, backlog)
        break
      case 'unix':
        server.listen({ path: place.path, backlog, readableAll: true, writableAll: true })
        break
      case 'tcp':
        server.listen({ host: place.address, port: place.port, backlog, ipv6Only: place.family === 6 })
        break
    }
  })
}

/** The endpoint in Postfix's form, as a target for a source. */
export function endpointText(endpoint: Endpoint): string {
  if (endpoint.kind === 'unix') return `unix:${endpoint.path}`
  return `inet:${endpoint.family === 6 ? `[${endpoint.address}]` : endpoint.address}:${endpoint.port}`
}

/** Removes a unix socket's file when nobody needs it any more. */
export function removePath(endpoint: Endpoint): void {
  if (endpoint.kind !== 'unix') return
  try {
    unlinkSync(endpoint.path)
  } catch {
    // Someone else removed it, or has put another in its place that we may not touch.
  }
}

async function resolveListen(target: Target, family: 0 | 4 | 6): Promise<Endpoint> {
  if (target.kind === 'inet' && target.host === '') {
    const version = family === 6 ? 6 : 4
    return { kind: 'tcp', address: version === 6 ? '::' : '0.0.0.0', port: target.port, family: version }
  }
  try {
    return await resolveTarget(target, family)
  } catch (error) {
    throw error instanceof ResolveError ? new RunError(`${target.text}: ${error.text}`) : error
  }
}

/** A socket left behind by an earlier run is in the way of bind; anything else is not ours to remove. */
function removeSocket(path: string): void {
  let found: ReturnType<typeof lstatSync> | undefined
  try {
    found = lstatSync(path)
  } catch {
    return
  }
  if (!found.isSocket()) throw new RunError(`bind ${path}: exists and is not a socket`)
  try {
    unlinkSync(path)
  } catch (error) {
    throw cannotListen(`remove ${path}`, error)
  }
}

/** What failed, with the reason in the words of strerror(3) where everyone knows them. */
export function cannotListen(what: string, error: unknown): RunError {
  return new RunError(`${what}: ${errnoText(error as NodeJS.ErrnoException)}`)
}
