import { once } from 'node:events'
import { SMTPServer, type SMTPServerOptions } from 'smtp-server'

/** A message as nodemailer's smtp-server took it. */
export interface ReceivedLetter {
  readonly from: string
  /** Parameters of MAIL by their names; without a value: true. */
  readonly parameters: Readonly<Record<string, string | true>>
  readonly to: readonly string[]
  /** One character an octet. */
  readonly content: string
}

/** nodemailer's smtp-server on a free port of loopback, keeping every message. */
export class LetterServer implements AsyncDisposable {
  readonly letters: ReceivedLetter[] = []
  /** MAIL commands that were begun. */
  mails = 0
  readonly #server: SMTPServer

  private constructor(options: SMTPServerOptions) {
    this.#server = new SMTPServer({
      authOptional: true,
      disabledCommands: ['STARTTLS', 'AUTH'],
      disableReverseLookup: true,
      onMailFrom: (_address, _session, done) => {
        this.mails++
        done()
      },
      onData: (stream, { envelope: { mailFrom, rcptTo } }, done) => {
        const chunks: Buffer[] = []
        stream.on('data', (chunk: Buffer) => chunks.push(chunk))
        stream.once('end', () => {
          const { address, args } = mailFrom as { address: string; args: ReceivedLetter['parameters'] | false }
          this.letters.push({
            from: address,
            parameters: args === false ? {} : { ...args },
            to: rcptTo.map((one) => one.address),
            content: Buffer.concat(chunks).toString('latin1'),
          })
          done()
        })
      },
      ...options,
    })
    this.#server.on('error', () => {})
  }

  static async start(options: SMTPServerOptions = {}): Promise<LetterServer> {
    const self = new LetterServer(options)
    self.#server.listen(0, '127.0.0.1')
    await once(self.#server.server, 'listening')
    return self
  }

  get address(): string {
    const address = this.#server.server.address()
    if (address === null || typeof address === 'string') throw new Error('not listening')
    return `127.0.0.1:${address.port}`
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await new Promise<void>((resolve) => this.#server.close(() => resolve()))
  }
}
