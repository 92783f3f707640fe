import { once } from 'node:events'
import net from 'node:net'
import type { Duplex } from 'node:stream'
import tls from 'node:tls'

/** A client that sends what it is told, in the clear or through TLS, and hands back whole replies. */
export class TlsClient {
  socket: net.Socket
  /** Set once TLS has begun. */
  tls: tls.TLSSocket | null = null
  #text = ''
  #ended = false
  #wake = (): void => {}

  constructor(socket: net.Socket) {
    this.socket = socket
    this.#listen(socket)
  }

  /** Connected; nothing was said yet. */
  static async connect(port: number): Promise<TlsClient> {
    const socket = net.connect({ port, host: '127.0.0.1', noDelay: true })
    socket.on('error', () => {})
    await once(socket, 'connect')
    return new TlsClient(socket)
  }

  #listen(socket: Duplex): void {
    socket.on('data', (chunk: Buffer) => {
      this.#text += chunk.toString('latin1')
      this.#wake()
    })
    socket.on('error', () => {})
    for (const event of ['end', 'close']) {
      socket.on(event, () => {
        this.#ended = true
        this.#wake()
      })
    }
  }

  /** Begins TLS; rejects when the handshake fails. Certificates are not looked at unless `options` say so. */
  async secure(options: tls.ConnectionOptions = {}): Promise<tls.TLSSocket> {
    this.socket.removeAllListeners('data')
    const session = tls.connect({ socket: this.socket, rejectUnauthorized: false, ...options })
    this.#listen(session)
    await once(session, 'secureConnect')
    this.socket = session
    this.tls = session
    return session
  }

  /** Sends, and waits for so many replies; their texts, of several lines the last. */
  async say(octets: string | Buffer, replies: number): Promise<string[]> {
    this.socket.write(typeof octets === 'string' ? Buffer.from(octets, 'latin1') : octets)
    return this.hear(replies)
  }

  /** The codes of the replies. */
  async codes(octets: string | Buffer, replies: number): Promise<string> {
    return (await this.say(octets, replies)).map((line) => line.slice(0, 3)).join(' ')
  }

  async hear(replies: number): Promise<string[]> {
    const lines: string[] = []
    while (lines.length < replies) {
      const line = await this.#line()
      if (line === null) break
      if (line[3] !== '-') lines.push(line)
    }
    return lines
  }

  /** The keywords of the EHLO reply, each with its parameters. */
  async hello(): Promise<string[]> {
    this.socket.write('EHLO client.example\r\n')
    const lines: string[] = []
    for (;;) {
      const line = await this.#line()
      if (line === null) return lines
      lines.push(line.slice(4))
      if (line[3] === ' ') return lines.slice(1)
    }
  }

  /** Waits for the server to close; what came before and was not asked for. */
  async end(): Promise<string> {
    while (!this.#ended) await this.#next()
    this.socket.destroy()
    return this.#text
  }

  destroy(): void {
    this.socket.destroy()
  }

  /** Null: the server has closed. */
  async #line(): Promise<string | null> {
    for (;;) {
      const end = this.#text.indexOf('\r\n')
      if (end >= 0) {
        const line = this.#text.slice(0, end)
        this.#text = this.#text.slice(end + 2)
        return line
      }
      if (this.#ended) return null
      await this.#next()
    }
  }

  #next(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve
    })
  }
}
