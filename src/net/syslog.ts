/**
 * Lines for syslog(3) at facility mail, priority info, as datagrams to the logger's socket in the form of the C library (RFC 3164 section 4.1
 * without a host name). The socket is opened with the first line, as the C library does it, so behind chroot it is the new root's.
 */

import { RunError } from '../base/errors.js'
import { type Libc, libc, NO_LIBC } from './libc.js'

const SOCKET = '/dev/log'
/** Facility 2 (mail), severity 6 (informational): RFC 3164 section 4.1.1. */
const PRIORITY = (2 << 3) | 6
const MONTHS = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ')

export class Syslog {
  readonly #c: Libc
  readonly #tag: string
  readonly #path: string
  #fd = -1

  /** `tag` is the program's bare name. Throws RunError where there is no C library to ask. */
  constructor(tag: string, path = SOCKET, c: Libc | null = libc()) {
    if (c === null) throw new RunError(`-s: the system's logger cannot be reached: ${NO_LIBC}`)
    this.#c = c
    this.#tag = `${tag}[${process.pid}]`
    this.#path = path
  }

  /** Tells one line, octets as latin1. Where nobody listens it is lost, as with syslog(3); a logger that is behind is waited for. */
  write(line: string): void {
    const datagram = Buffer.from(`<${PRIORITY}>${stamp(new Date())} ${this.#tag}: ${line}`, 'latin1')
    // A logger that was started anew has another socket: once more, with a new connection.
    if (!this.#send(datagram)) this.#send(datagram)
  }

  close(): void {
    if (this.#fd >= 0) this.#c.close(this.#fd)
    this.#fd = -1
  }

  #send(datagram: Uint8Array): boolean {
    try {
      if (this.#fd < 0) {
        this.#fd = this.#c.datagramSocket()
        this.#c.connectPath(this.#fd, this.#path)
      }
      this.#c.send(this.#fd, datagram)
      return true
    } catch {
      this.close()
      return false
    }
  }
}

/** `Nov 22 19:04:05`, local time. */
export function stamp(time: Date): string {
  const two = (n: number): string => String(n).padStart(2, '0')
  const clock = [time.getHours(), time.getMinutes(), time.getSeconds()].map(two).join(':')
  return `${MONTHS[time.getMonth()]} ${String(time.getDate()).padStart(2)} ${clock}`
}
