import { RunError } from '../base/errors.js'
import type { Endpoint } from '../net/endpoint.js'
import { AF_INET, AF_INET6, libc, NO_LIBC, SocketOption } from '../net/libc.js'

/**
 * `-T`: sockets whose buffers have that size before they connect, so that the TCP window is offered accordingly. Null when
 * no size is asked for, and on a unix socket, which has no window. Throws RunError without koffi.
 */
export function makeTunedSocket(octets: number | null, endpoint: Endpoint): (() => number) | null {
  if (octets === null || endpoint.kind === 'unix') return null
  const c = libc()
  if (c === null) throw new RunError(`-T (--tcp-window) needs socket options that Node does not offer: ${NO_LIBC}`)
  const family = endpoint.family === 6 ? AF_INET6 : AF_INET
  return () => {
    const descriptor = c.socket(family)
    c.setOption(descriptor, SocketOption.sendBuffer, octets)
    c.setOption(descriptor, SocketOption.receiveBuffer, octets)
    return descriptor
  }
}
