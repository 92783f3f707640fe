import net from 'node:net'
import tls from 'node:tls'

/** Where a client goes; `secure`: with TLS from the first octet, whatever the certificate. */
export type Where =
  | { readonly port: number; readonly host?: string; readonly secure?: boolean }
  | { readonly path: string }

/** A client that sends the octets it is told and hands back replies, for conversations that no mail program would hold. */
export class RawClient {
  readonly socket: net.Socket
  #text = ''
  #ended = false
  #wake = (): void => {}

  constructor(where: Where) {
    const options = 'path' in where ? { path: where.path } : { host: where.host ?? '127.0.0.1', port: where.port }
    const all = { ...options, allowHalfOpen: true, noDelay: true } as net.NetConnectOpts
    const secure = 'secure' in where && where.secure === true
    this.socket = secure
      ? tls.connect({ ...all, rejectUnauthorized: false } as tls.ConnectionOptions)
      : net.connect(all)
    this.socket.on('data', (chunk: Buffer) => {
      this.#text += chunk.toString('latin1')
      this.#wake()
    })
    this.socket.on('error', () => {})
    for (const event of ['end', 'close']) {
      this.socket.on(event, () => {
        this.#ended = true
        this.#wake()
      })
    }
  }

  /** Connected and greeted. */
  static async greeted(where: Where): Promise<RawClient> {
    const client = new RawClient(where)
    const code = await client.hear(1)
    if (code !== '220') throw new Error(`greeted with ${JSON.stringify(code)}`)
    return client
  }

  /** Sends, and waits for so many whole replies; their codes. Fewer when the server closed before. */
  async say(octets: string | Buffer, replies: number): Promise<string> {
    this.send(octets)
    return this.hear(replies)
  }

  /** Sends; text is latin1. */
  send(octets: string | Buffer): void {
    this.socket.write(typeof octets === 'string' ? Buffer.from(octets, 'latin1') : octets)
  }

  /** Sends in pieces of so many octets, each handed to the kernel before the next: with Nagle off, a segment each. */
  async sendCut(octets: Buffer, size: number): Promise<void> {
    for (let at = 0; at < octets.length; at += size) {
      await new Promise((sent) => this.socket.write(octets.subarray(at, at + size), sent))
    }
  }

  /** Waits for so many whole replies; their codes, with a blank between. */
  async hear(replies: number): Promise<string> {
    const codes: string[] = []
    while (codes.length < replies) {
      const end = this.#text.indexOf('\r\n')
      if (end >= 0) {
        const line = this.#text.slice(0, end)
        this.#text = this.#text.slice(end + 2)
        if (line[3] !== '-') codes.push(line.slice(0, 3))
      } else if (this.#ended) {
        break
      } else {
        await new Promise<void>((resolve) => {
          this.#wake = resolve
        })
      }
    }
    return codes.join(' ')
  }

  /** Waits for the server to close, and gives what came before and was not asked for. */
  async end(): Promise<string> {
    while (!this.#ended) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
    this.destroy()
    return this.#text
  }

  destroy(): void {
    this.socket.destroy()
  }
}
