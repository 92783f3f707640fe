/**
 * The one address of the drop-in smtp-sink, with the original's habits and words: the port is shared with whoever else asks for that (SO_REUSEPORT), and
 * whatever stands at a unix socket's path is removed. With koffi the socket listens at once, on the main thread and before
 * privileges are dropped; without it the worker makes it.
 */
import { chmodSync, unlinkSync } from 'node:fs'
import { errnoText } from '../base/errno.js'
import { RunError } from '../base/errors.js'
import type { Endpoint } from './endpoint.js'
import { AF_INET, AF_INET6, AF_UNIX, type Libc, libc, NO_LIBC, SocketOption } from './libc.js'
import type { Listeners } from './listener.js'

const SOCKET_MODE = 0o666

/** How the address is opened. */
export interface DoorListenOptions {
  readonly backlog: number
  /** Octets of SO_SNDBUF and SO_RCVBUF; null: the system's. */
  readonly tcpWindow: number | null
}

/** Opens the address. Throws RunError. */
export function openDoorListener(endpoint: Endpoint, options: DoorListenOptions, c: Libc | null = libc()): Listeners {
  if (endpoint.kind === 'unix') removeFile(endpoint.path)
  const port = endpoint.kind === 'tcp' ? endpoint.port : 0
  if (c === null) {
    if (options.tcpWindow !== null) throw new RunError(`-T needs socket options that Node does not offer: ${NO_LIBC}`)
    return { places: [endpoint], endpoint, port, note: null }
  }
  const fd = endpoint.kind === 'unix' ? openUnix(c, endpoint.path) : openTcp(c, endpoint, options.tcpWindow)
  attempt(c, fd, 'listen', () => c.listen(fd, options.backlog))
  if (endpoint.kind === 'unix') return { places: [{ kind: 'fd', fd }], endpoint, port, note: null }
  const chosen = { ...endpoint, port: c.port(fd) }
  return { places: [{ kind: 'fd', fd }], endpoint: chosen, port: chosen.port, note: null }
}

function openTcp(c: Libc, endpoint: Endpoint & { kind: 'tcp' }, tcpWindow: number | null): number {
  const family = endpoint.family === 6 ? AF_INET6 : AF_INET
  const fd = c.socket(family)
  attempt(c, fd, 'setsockopt', () => {
    c.setOption(fd, SocketOption.reuseAddress, 1)
    c.setOption(fd, SocketOption.reusePort, 1)
    if (family === AF_INET6) c.setOption(fd, SocketOption.v6Only, 1)
    // Accepted sockets inherit these. Replies to successive reads of a pipelining client must not wait for its ACKs.
    c.setOption(fd, SocketOption.noDelay, 1)
    if (tcpWindow !== null) {
      c.setOption(fd, SocketOption.sendBuffer, tcpWindow)
      c.setOption(fd, SocketOption.receiveBuffer, tcpWindow)
    }
  })
  attempt(c, fd, `bind ${endpoint.address} port ${endpoint.port}`, () =>
    c.bind(fd, family, endpoint.address, endpoint.port),
  )
  return fd
}

function openUnix(c: Libc, path: string): number {
  const fd = c.socket(AF_UNIX)
  attempt(c, fd, `bind: ${path}`, () => c.bindPath(fd, path))
  attempt(c, fd, `chmod socket ${path}`, () => chmodSync(path, SOCKET_MODE))
  return fd
}

function removeFile(path: string): void {
  try {
    unlinkSync(path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw failure(`remove ${path}`, error)
  }
}

/** Closes `fd` when the step fails. */
function attempt(c: Libc, fd: number, what: string, step: () => void): void {
  try {
    step()
  } catch (error) {
    c.close(fd)
    throw failure(what, error)
  }
}

function failure(what: string, error: unknown): RunError {
  return new RunError(`${what}: ${errnoText(error as NodeJS.ErrnoException)}`)
}
