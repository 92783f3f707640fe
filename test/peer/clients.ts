import nodemailer from 'nodemailer'
import { type Program, type Ran, run } from './run-program.js'

/** Mail programs that others wrote, each asked to deliver to 127.0.0.1:PORT. */

const SWAKS: Program = { name: 'swaks', command: ['/usr/bin/swaks'] }
const CURL: Program = { name: 'curl', command: ['/usr/bin/curl'] }

export const FROM = 'sender@client.test'
export const TO = 'rcpt@sink.test'

/** swaks delivers one message; its transcript is in `stdout`, its status says what went wrong. */
export function swaks(port: number, options: readonly string[], to: readonly string[] = [TO]): Promise<Ran> {
  const words = ['--server', '127.0.0.1', '--port', `${port}`, '--helo', 'client.test', '--from', FROM]
  return run(SWAKS, [...words, '--to', to.join(','), '--timeout', '10', ...options])
}

/** curl uploads a file as one message, declaring its size where that is announced; it doubles dots and ends the content itself. */
export function curl(
  url: string,
  file: string,
  options: readonly string[],
  to: readonly string[] = [TO],
): Promise<Ran> {
  const words = ['--silent', '--show-error', '--insecure', '--max-time', '15', '--mail-from', FROM]
  const recipients = to.flatMap((address) => ['--mail-rcpt', address])
  return run(CURL, [...words, ...recipients, ...options, '--upload-file', file, url])
}

/** How nodemailer is told to connect. */
export interface MailerOptions {
  readonly lmtp?: boolean
  readonly secure?: boolean
  readonly requireTLS?: boolean
  readonly ignoreTLS?: boolean
  readonly authMethod?: string
  readonly auth?:
    | { readonly user: string; readonly pass: string }
    | { readonly type: 'OAuth2'; readonly user: string; readonly accessToken: string }
}

/** A mail for nodemailer to send as it is, but for doubled dots and a line end at its end. */
export interface Letter {
  readonly to: readonly string[]
  readonly raw: Buffer
}

/**
 * nodemailer's pool sends all letters over at most `connections`; rejects when one of them was not accepted for every
 * recipient. Gives the replies to their contents.
 */
export async function mailerPool(
  port: number,
  letters: readonly Letter[],
  connections: number,
  options: MailerOptions = {},
): Promise<string[]> {
  const transport = nodemailer.createTransport({
    pool: true,
    maxConnections: connections,
    maxMessages: Number.POSITIVE_INFINITY,
    host: '127.0.0.1',
    port,
    name: 'client.test',
    tls: { rejectUnauthorized: false },
    ...options,
  } as object)
  try {
    return await Promise.all(
      letters.map(async (letter) => {
        const envelope = { from: FROM, to: [...letter.to] }
        const info = (await transport.sendMail({ envelope, raw: letter.raw })) as unknown as {
          accepted: string[]
          response: string
        }
        if (info.accepted.length !== letter.to.length) throw new Error(`not all accepted: ${info.response}`)
        return info.response
      }),
    )
  } finally {
    transport.close()
  }
}
