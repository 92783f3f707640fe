import { once } from 'node:events'
import { SMTPServer, type SMTPServerAuthentication, type SMTPServerOptions } from 'smtp-server'

/** One AUTH that was decided. */
export interface Login {
  readonly method: string
  readonly user: string
  readonly accepted: boolean
}

/** nodemailer's smtp-server on a free port of loopback: whoever is in `users` gets in and may send. */
export class MailServer implements AsyncDisposable {
  /** In their order. */
  readonly logins: Login[] = []
  /** By whom each message was sent. */
  readonly senders: string[] = []
  readonly #server: SMTPServer

  private constructor(users: ReadonlyMap<string, string>, options: SMTPServerOptions) {
    this.#server = new SMTPServer({
      authMethods: ['PLAIN', 'LOGIN', 'CRAM-MD5', 'XOAUTH2'],
      // It would have AUTH after STARTTLS only.
      disabledCommands: ['STARTTLS'],
      disableReverseLookup: true,
      onAuth: (auth, _session, done) => {
        const user = auth.username ?? ''
        const accepted = knows(auth, users.get(user))
        this.logins.push({ method: auth.method, user, accepted })
        done(null, accepted ? { user } : {})
      },
      onData: (stream, session, done) => {
        stream.resume()
        stream.once('end', () => {
          this.senders.push(String(session.user))
          done()
        })
      },
      ...options,
    })
    this.#server.on('error', () => {})
  }

  static async start(users: ReadonlyMap<string, string>, options: SMTPServerOptions = {}): Promise<MailServer> {
    const self = new MailServer(users, options)
    self.#server.listen(0, '127.0.0.1')
    await once(self.#server.server, 'listening')
    return self
  }

  get address(): string {
    const address = listening(this.#server.server.address())
    return `127.0.0.1:${address.port}`
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await new Promise<void>((resolve) => this.#server.close(() => resolve()))
  }
}

function knows(auth: SMTPServerAuthentication, secret: string | undefined): boolean {
  if (secret === undefined) return false
  if (auth.method === 'CRAM-MD5') return auth.validatePassword(secret)
  return (auth.method === 'XOAUTH2' ? auth.accessToken : auth.password) === secret
}

function listening(address: ReturnType<SMTPServer['server']['address']>): { readonly port: number } {
  if (address === null || typeof address === 'string') throw new Error('not listening')
  return address
}
