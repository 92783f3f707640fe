import { chmodSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { libc } from '#src/net/libc.js'

/** A logger's socket (a unix datagram one, which Node has no door to): keeps what programs tell syslog. */
export class LogSocket {
  readonly #path: string
  readonly #fd: number
  readonly #receive: (fd: number, into: Buffer, length: number, flags: number) => number

  constructor(path: string) {
    const c = libc()
    if (c === null) throw new Error('the logger of the tests needs koffi')
    this.#path = path
    this.#fd = c.datagramSocket()
    c.bindPath(this.#fd, path)
    chmodSync(path, 0o666)
    const koffi = createRequire(import.meta.url)('koffi')
    this.#receive = koffi.load(null).func('int64_t recv(int fd, _Out_ uint8_t *into, uint64_t length, int flags)')
  }

  /** Everything told since the last call, a line each; latin1. */
  lines(): string[] {
    const MSG_DONTWAIT = 0x40
    const lines: string[] = []
    const buffer = Buffer.alloc(2048)
    for (;;) {
      const length = Number(this.#receive(this.#fd, buffer, buffer.length, MSG_DONTWAIT))
      if (length < 0) return lines
      lines.push(buffer.toString('latin1', 0, length))
    }
  }

  close(): void {
    libc()!.close(this.#fd)
    rmSync(this.#path, { force: true })
  }
}
