import { once } from 'node:events'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'

/** What is wrong with it. */
export interface Faults {
  /** Another end of content than <CRLF>.<CRLF>. */
  readonly end?: RegExp
  /** It dies of a NUL: no connection is served any more. */
  readonly diesOfNul?: boolean
  /** Verbs that it never answers, leaves at, or answers twice. */
  readonly silent?: RegExp
  readonly leaves?: RegExp
  readonly twice?: RegExp
  /** Commands after which it takes no MAIL any more. */
  readonly spoiled?: RegExp
  /** Answers for commands, instead of the proper ones. */
  readonly answers?: readonly (readonly [command: RegExp, reply: string])[]
  readonly extensions?: readonly string[]
  /** It does not leave when the client has, and waits for it to be gone altogether. */
  readonly holds?: boolean
}

/** A small mail server that is proper SMTP but for the faults that it is given. */
export class WrongServer implements AsyncDisposable {
  /** Messages that it took. */
  messages = 0
  readonly #faults: Faults
  readonly #server: Server
  readonly #sockets = new Set<Socket>()

  private constructor(faults: Faults) {
    this.#faults = faults
    this.#server = createServer({ allowHalfOpen: faults.holds ?? false }, (socket) => this.#serve(socket))
  }

  static async start(faults: Faults): Promise<WrongServer> {
    const self = new WrongServer(faults)
    self.#server.listen(0, '127.0.0.1')
    await once(self.#server, 'listening')
    return self
  }

  get address(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#die()
  }

  #die(): void {
    this.#server.close()
    for (const socket of this.#sockets) socket.destroy()
  }

  #serve(socket: Socket): void {
    const { end = /\r\n\.\r\n/, ...faults } = this.#faults
    let input = '\r\n'
    let content = false
    let mail = false
    let recipients = 0
    let spoiled = false
    const say = (text: string) => socket.write(`${text}\r\n`)
    const step = (): boolean => {
      if (content) {
        const found = end.exec(input)
        if (found === null) return false
        input = input.slice(found.index + found[0].length)
        content = false
        mail = false
        recipients = 0
        this.messages++
        say('250 taken')
        return true
      }
      const at = input.indexOf('\r\n')
      if (at < 0) return false
      const line = input.slice(0, at)
      input = input.slice(at + 2)
      if (faults.silent?.test(line)) return true
      if (faults.leaves?.test(line)) {
        socket.destroy()
        return false
      }
      spoiled ||= faults.spoiled?.test(line) ?? false
      const answer = faults.answers?.find(([command]) => command.test(line))
      if (answer !== undefined) say(answer[1])
      else reply(line)
      if (faults.twice?.test(line)) say('250 again')
      return true
    }
    const reply = (line: string) => {
      const verb = line.slice(0, 4).toUpperCase()
      if (/^EHLO \S/i.test(line)) {
        mail = false
        say(
          ['250-wrong.example', ...(faults.extensions ?? ['PIPELINING'])].join('\r\n250-').replace(/-(?=[^-]*$)/, ' '),
        )
      } else if (/^MAIL FROM:<[^<>]*>$/i.test(line) && !mail && !spoiled) {
        mail = true
        recipients = 0
        say('250 sender')
      } else if (/^RCPT TO:<[^<>]+>$/i.test(line) && mail) {
        recipients++
        say('250 recipient')
      } else if (line.toUpperCase() === 'DATA' && recipients > 0) {
        content = true
        // The end may come at once.
        input = `\r\n${input}`
        say('354 go on')
      } else if (verb === 'QUIT') socket.end('221 bye\r\n')
      else if (verb === 'NOOP' || verb === 'RSET' || /^HELO \S/i.test(line)) {
        mail &&= verb === 'NOOP'
        say('250 ok')
      } else say(/^(MAIL|RCPT|DATA)\b/i.test(line) ? '503 not so' : '500 what')
    }
    this.#sockets.add(socket)
    socket.setEncoding('latin1')
    socket.on('error', () => {})
    socket.on('close', () => this.#sockets.delete(socket))
    socket.on('data', (chunk: string) => {
      if (faults.diesOfNul && chunk.includes('\0')) return this.#die()
      input += chunk
      while (!socket.destroyed && step());
    })
    input = ''
    say('220 wrong.example ESMTP')
  }
}
