import net from 'node:net'
import tls from 'node:tls'
import { RawClient } from '../peer/raw-client.js'
import type { Conversation } from './conversation.js'

/** What a server said to one conversation, and whether it had the last word: false, when the connection was lost before its FIN. */
export interface Heard {
  readonly said: string
  readonly whole: boolean
}

/** A conversation that has not ended by then never will. */
const PATIENCE_MS = 20_000

/**
 * Plays a conversation over a socket of its own. Resolves when the connection is gone; one that stays, when all is sent, and then `gone`
 * closes it. Never rejects for what the server does, only when it takes no end. `secure`: TLS first, and all of it inside.
 */
export async function play(port: number, what: Conversation, gone: Promise<unknown>, secure = false): Promise<Heard> {
  const where = { host: '127.0.0.1', port, noDelay: true, allowHalfOpen: true }
  const socket = secure ? tls.connect({ ...where, rejectUnauthorized: false }) : net.connect(where)
  const leave = (): void => {
    socket.destroy()
  }
  const parts: Buffer[] = []
  let whole = false
  let late = false
  socket.on('error', () => {})
  socket.on('end', () => {
    whole = true
    // It has said all, and so have we as soon as what is under way has left.
    socket.end()
  })
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()))
  const timer = setTimeout(() => {
    late = true
    leave()
  }, PATIENCE_MS)
  if (!what.deaf) socket.on('data', (octets: Buffer) => parts.push(octets))
  await send(socket, what, closed)
  if (what.end === 'half') socket.end()
  else if (what.end === 'reset' && !secure) socket.resetAndDestroy()
  else if (what.end === 'vanish' || what.end === 'reset') leave()
  else void gone.then(() => leave())
  if (what.end === 'stay') clearTimeout(timer)
  else await closed
  clearTimeout(timer)
  if (what.end !== 'stay') leave()
  if (late)
    throw new Error(`no end after ${PATIENCE_MS} ms: ${JSON.stringify(what.octets.toString('latin1').slice(0, 2000))}`)
  return { said: Buffer.concat(parts).toString('latin1'), whole }
}

/** Sends it in its pieces, for as long as anybody takes them; a server that reads no more is not waited for. */
async function send(socket: net.Socket, { octets, cuts, deaf }: Conversation, closed: Promise<void>): Promise<void> {
  let at = 0
  for (let i = 0; at < octets.length && !socket.destroyed; i++) {
    const next = Math.min(octets.length, at + cuts[i % cuts.length]!)
    const taken = new Promise((resolve) => socket.write(octets.subarray(at, next), resolve))
    if (!deaf) await Promise.race([taken, closed])
    at = next
  }
}

/** One line of a reply: RFC 5321 section 4.2. */
const REPLY = /^[2-5]\d\d(?:[ -][\t\x20-\x7e]*)?$/

/**
 * Whether the server may have closed the connection before all of `octets` was there. What comes to a closed socket is answered by a reset, which
 * may take replies along that were under way; it is then no fault that the end is missing.
 */
export function mayBeCut({ octets }: Conversation, said: string): boolean {
  if (/quit|starttls/i.test(octets.toString('latin1'))) return true
  return said.split('\r\n').filter((line) => line.startsWith('5')).length >= MANY_FAULTS
}

/** Far fewer than a receiver puts up with. */
const MANY_FAULTS = 10

/** What is wrong with `said` as a row of replies; null: nothing. Behind the go-ahead for TLS comes what is not text. */
export function fault(what: Conversation, said: string): string | null {
  const text = untilTls(said)
  const lines = text.split('\r\n')
  const rest = lines.pop()
  if (rest !== '' && !mayBeCut(what, said)) return `ends in the middle of a line: ${JSON.stringify(text.slice(-200))}`
  const bad = lines.find((line) => !REPLY.test(line))
  return bad === undefined ? null : `no reply: ${JSON.stringify(bad.slice(0, 200))}`
}

/** Up to and with the second reply of 220: the first is the greeting. */
function untilTls(said: string): string {
  const at = said.indexOf('\r\n220 ', said.indexOf('\r\n') + 2)
  return at < 0 ? said : said.slice(0, said.indexOf('\r\n', at + 2) + 2)
}

/** A client that does everything right; throws when it is not served as it should be. */
export async function healthy(port: number, { lmtp = false, chunking = true, secure = false } = {}): Promise<void> {
  const client = await RawClient.greeted({ port, secure })
  const hello = lmtp ? 'LHLO' : 'EHLO'
  const mail = 'MAIL FROM:<a@b.test>\r\nRCPT TO:<c@d.test>\r\n'
  const first = await client.say(`${hello} c.test\r\n${mail}DATA\r\nhello\r\n.\r\n`, 5)
  const second = chunking ? await client.say(`${mail}BDAT 5 LAST\r\nhello`, 3) : '250 250 250'
  const codes = `${first} ${second} ${await client.say('NOOP\r\nQUIT\r\n', 2)}`
  client.destroy()
  if (codes !== '250 250 250 354 250 250 250 250 250 221') throw new Error(`a healthy client was answered ${codes}`)
}
