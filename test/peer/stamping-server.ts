import { once } from 'node:events'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { performance } from 'node:perf_hooks'

/** One connection as the server saw it; times by performance.now(). */
export interface Stamped {
  readonly openedAt: number
  closedAt: number
  /** When each MAIL was read. */
  readonly mailAt: number[]
  quit: boolean
}

export interface Manner {
  /** Milliseconds from the end of a message to its reply. */
  readonly slow?: number
}

const MAIL = Buffer.from('MAIL FROM')
const END = Buffer.from('\r\n.\r\n')

/** A receiver that does little more than note when what arrived: for many messages a second, or few that have to be timed well. */
export class StampingServer implements AsyncDisposable {
  readonly connections: Stamped[] = []
  readonly #server: Server
  readonly #sockets = new Set<Socket>()
  readonly #slow: number

  private constructor({ slow = 0 }: Manner) {
    this.#slow = slow
    this.#server = createServer({ noDelay: true }, (socket) => this.#accept(socket))
  }

  static async start(manner: Manner = {}): Promise<StampingServer> {
    const self = new StampingServer(manner)
    self.#server.listen({ host: '127.0.0.1', port: 0, backlog: 1024 })
    await once(self.#server, 'listening')
    return self
  }

  get address(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  /** When each MAIL of any connection was read, in order. */
  get mailAt(): number[] {
    return this.connections.flatMap(({ mailAt }) => mailAt).sort((a, b) => a - b)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy()
    this.#server.close()
    await once(this.#server, 'close')
  }

  #accept(socket: Socket): void {
    const seen: Stamped = { openedAt: performance.now(), closedAt: Number.POSITIVE_INFINITY, mailAt: [], quit: false }
    this.connections.push(seen)
    this.#sockets.add(socket)
    let content = false
    let left: Buffer = Buffer.alloc(0)
    const say = (text: string) => socket.writable && socket.write(text, 'latin1')
    const command = (line: Buffer): string => {
      const verb = line.toString('latin1', 0, 4).toUpperCase()
      if (verb === 'EHLO') return '250-mx.example\r\n250 PIPELINING\r\n'
      if (verb === 'DATA') {
        content = true
        return '354 go\r\n'
      }
      if (verb === 'QUIT') {
        seen.quit = true
        return '221 bye\r\n'
      }
      if (verb === 'MAIL' && line.subarray(0, 9).equals(MAIL)) seen.mailAt.push(performance.now())
      return '250 ok\r\n'
    }
    const work = (chunk: Buffer): void => {
      left = left.length === 0 ? chunk : Buffer.concat([left, chunk])
      let replies = ''
      for (;;) {
        const end = left.indexOf(content ? END : '\n')
        if (end < 0) break
        if (!content) {
          replies += command(left.subarray(0, end))
          left = left.subarray(end + 1)
          continue
        }
        content = false
        left = left.subarray(end + END.length)
        if (this.#slow === 0) replies += '250 ok\r\n'
        else {
          if (replies !== '') say(replies)
          replies = ''
          // What follows is answered after it, as a server does that is busy with the message.
          const rest = left
          left = Buffer.alloc(0)
          socket.pause()
          setTimeout(() => {
            say('250 ok\r\n')
            socket.resume()
            work(rest)
          }, this.#slow)
          return
        }
      }
      if (replies !== '') say(replies)
    }
    socket.on('data', work)
    socket.on('error', () => {})
    socket.once('close', () => {
      seen.closedAt = performance.now()
      this.#sockets.delete(socket)
    })
    say('220 mx.example\r\n')
  }
}
