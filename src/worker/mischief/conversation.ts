/** Proper SMTP and LMTP for clients that misbehave later on. */
import type { MischiefEnd } from '../../measure/mischief.js'
import { type CaseWords, isOffered, octetsOf } from '../../smtp/malformed/case.js'
import { type Reply, type Wire, WireEnd } from './wire.js'

/** How a server is talked to. */
export interface Manners {
  readonly hello: 'EHLO' | 'HELO' | 'LHLO' | null
  /** STARTTLS is used where it is offered. */
  readonly startTls: boolean
  readonly words: CaseWords
}

/** How octets leave: at once, or slowly. */
export type Say = (wire: Wire, octets: Buffer) => Promise<void>

export const sayAtOnce: Say = (wire, octets) => wire.send(octets)

/** The end that a reply code stands for. */
export function endOf(code: number): MischiefEnd {
  return `${Math.floor(code / 100)}xx` as MischiefEnd
}

/** The next reply, whose first digit must be `digit`. @throws WireEnd */
export async function expected(wire: Wire, digit: 2 | 3): Promise<Reply> {
  const reply = await wire.reply()
  if (Math.floor(reply.code / 100) !== digit) throw new WireEnd(endOf(reply.code))
  return reply
}

/** Sends one command and takes its reply. @throws WireEnd */
export async function command(
  wire: Wire,
  line: string,
  digit: 2 | 3,
  { words }: Manners,
  say: Say = sayAtOnce,
): Promise<Reply> {
  await say(wire, octetsOf(`${line}\r\n`, words))
  return expected(wire, digit)
}

/** Greeting and hello, with STARTTLS if that is the manner; what was offered at last. @throws WireEnd */
export async function introduce(wire: Wire, manners: Manners, say: Say = sayAtOnce): Promise<readonly string[]> {
  await expected(wire, 2)
  const offered = await hello(wire, manners, say)
  if (!manners.startTls || !isOffered(['STARTTLS'], offered)) return offered
  await command(wire, 'STARTTLS', 2, manners, say)
  await wire.secure()
  return hello(wire, manners, say)
}

async function hello(wire: Wire, manners: Manners, say: Say): Promise<readonly string[]> {
  if (manners.hello === null) return []
  const reply = await command(wire, `${manners.hello} {helo}`, 2, manners, say)
  return manners.hello === 'HELO' ? [] : reply.lines.slice(1)
}

/** MAIL, RCPT and DATA. @throws WireEnd */
export async function envelope(wire: Wire, manners: Manners, say: Say = sayAtOnce): Promise<void> {
  await command(wire, 'MAIL FROM:<{from}>', 2, manners, say)
  await command(wire, 'RCPT TO:<{to}>', 2, manners, say)
  await command(wire, 'DATA', 3, manners, say)
}

/** A message of about so many octets, with its end. */
export function content(octets: number): Buffer {
  const line = `${'Slowly, or not to the end. '.repeat(2).trim()}\r\n`
  const body = line.repeat(Math.max(1, Math.ceil(octets / line.length)))
  return Buffer.from(`Subject: stampede\r\n\r\n${body}.\r\n`, 'latin1')
}
