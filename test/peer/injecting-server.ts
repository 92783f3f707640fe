import { once } from 'node:events'
import net from 'node:net'
import tls from 'node:tls'

/**
 * A server whose reply to STARTTLS has more behind it in the same write, as one in the middle would put there. After the handshake it follows
 * SMTP, one reply for each line.
 */
export class InjectingServer implements AsyncDisposable {
  /** Lines that came through TLS. */
  readonly lines: string[] = []
  readonly #server: net.Server
  readonly #sockets = new Set<net.Socket>()

  private constructor(identity: { cert: string; key: string }, behind: string) {
    this.#server = net.createServer((socket) => {
      this.#sockets.add(socket)
      socket.on('error', () => {})
      socket.write('220 mx\r\n')
      socket.on('data', (chunk: Buffer) => {
        if (!chunk.toString('latin1').startsWith('STARTTLS')) {
          socket.write('250-mx\r\n250 STARTTLS\r\n')
          return
        }
        socket.removeAllListeners('data')
        socket.write(`220 go\r\n${behind}`)
        const secure = new tls.TLSSocket(socket, { isServer: true, ...identity })
        secure.on('error', () => {})
        secure.on('data', (lines: Buffer) => this.#answer(secure, lines.toString('latin1')))
      })
    })
  }

  static async start(identity: { cert: string; key: string }, behind: string): Promise<InjectingServer> {
    const self = new InjectingServer(identity, behind)
    self.#server.listen(0, '127.0.0.1')
    await once(self.#server, 'listening')
    return self
  }

  get address(): string {
    return `127.0.0.1:${(this.#server.address() as net.AddressInfo).port}`
  }

  #answer(socket: tls.TLSSocket, text: string): void {
    for (const line of text.split('\r\n').slice(0, -1)) {
      this.lines.push(line)
      if (/^(EHLO|MAIL|RCPT|\.$)/.test(line)) socket.write('250 ok\r\n')
      else if (line === 'DATA') socket.write('354 go\r\n')
      else if (line === 'QUIT') socket.write('221 bye\r\n')
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy()
    this.#server.close()
    await once(this.#server, 'close')
  }
}
