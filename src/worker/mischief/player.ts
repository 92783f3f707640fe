/** Plays a case of the catalogue against a server, and looks whether the server serves afterwards. */
import { isOffered, type MalformedCase, octetsOf } from '../../smtp/malformed/case.js'
import type { Observation } from '../../smtp/malformed/judge.js'
import { command, content, endOf, expected, type Manners } from './conversation.js'
import { type Reply, type Wire, WireEnd } from './wire.js'

/** A case, and what was seen of it or why it was not tried. */
export type Played =
  | { readonly one: MalformedCase; readonly seen: Observation; readonly skipped: null; readonly why: '' }
  | {
      readonly one: MalformedCase
      readonly seen: null
      readonly skipped: 'not offered' | 'not reached'
      readonly why: string
    }

export interface Stage {
  open(): Promise<Wire>
  readonly manners: Manners
}

/** How a healthy message fares at this server: what cases are held against. */
export interface Baseline {
  /** The reply to EHLO: by it another one is known again. */
  readonly hello: Reply
  /** First digits of the replies to MAIL, RCPT, DATA and the content, as far as it got. */
  readonly digits: string
}

const HEALTHY_OCTETS = 100

/** One healthy message on a connection of its own. @throws WireEnd when a reply does not come */
export async function playHealthy({ open, manners }: Stage): Promise<Baseline> {
  const wire = await open()
  try {
    await expected(wire, 2)
    const hello = await command(wire, 'EHLO {helo}', 2, manners)
    const digits = await message(wire, manners)
    await wire.send(Buffer.from('QUIT\r\n'))
    await wire.reply()
    return { hello, digits }
  } finally {
    wire.leave()
  }
}

/** Plays one case. @throws WireEnd when no connection can be made, or the run is over */
export async function playCase(one: MalformedCase, stage: Stage, baseline: Baseline): Promise<Played> {
  const wire = await stage.open()
  try {
    const hello = await opened(one, wire, stage.manners)
    if (hello !== null && !isOffered(one.needs, hello.lines.slice(1))) return skip(one, 'not offered', '')
    const seen = await played(one, wire, stage.manners, hello ?? baseline.hello, baseline)
    return typeof seen === 'string' ? skip(one, 'not reached', seen) : { one, seen, skipped: null, why: '' }
  } catch (error) {
    if (!(error instanceof WireEnd) || error.end === 'stopped') throw error
    return skip(one, 'not reached', error.end)
  } finally {
    wire.leave()
  }
}

/** Plays one case, then a healthy message on a new connection: a server that does not answer that any more has crashed. */
export async function playChecked(one: MalformedCase, stage: Stage, baseline: Baseline): Promise<Played> {
  const played = await playCase(one, stage, baseline)
  if (played.seen === null) return played
  return { ...played, seen: { ...played.seen, serves: await serves(stage) } }
}

async function serves(stage: Stage): Promise<boolean> {
  try {
    await playHealthy(stage)
    return true
  } catch (error) {
    if (!(error instanceof WireEnd) || error.end === 'stopped') throw error
    // A refusal is an answer.
    return /^[2-5]xx$/.test(error.end)
  }
}

function skip(one: MalformedCase, skipped: 'not offered' | 'not reached', why: string): Played {
  return { one, seen: null, skipped, why }
}

/** What comes before the steps; the last reply to EHLO if there was one. */
async function opened({ opening }: MalformedCase, wire: Wire, manners: Manners): Promise<Reply | null> {
  if (opening === 'silent') return null
  await expected(wire, 2)
  if (opening === 'greeted') return null
  const hello = await command(wire, 'EHLO {helo}', 2, manners)
  if (opening !== 'tls' || !isOffered(['STARTTLS'], hello.lines.slice(1))) return hello
  await command(wire, 'STARTTLS', 2, manners)
  await wire.secure()
  const secured = await command(wire, 'EHLO {helo}', 2, manners)
  // What is needed was offered before; a server does not offer STARTTLS twice.
  return { ...secured, lines: [...secured.lines, 'STARTTLS'] }
}

/** What was seen, or the step that could not be reached. */
async function played(
  one: MalformedCase,
  wire: Wire,
  manners: Manners,
  hello: Reply,
  baseline: Baseline,
): Promise<Observation | string> {
  const codes: number[] = []
  const seen = (ending: Observation['ending'], wentOn: boolean | null): Observation => ({
    codes,
    ending,
    wentOn,
    serves: null,
  })
  const take = async (replies: number) => {
    for (let i = 0; i < replies; i++) codes.push((await wire.reply()).code)
  }
  try {
    for (const step of one.steps) {
      if (step.kind === 'set-up') {
        await wire.send(octetsOf(step.octets, manners.words))
        const { code } = await wire.reply()
        if (endOf(code)[0] !== step.want) return `${verbOf(step.octets)} ${code}`
      } else if (step.kind === 'probe') {
        void wire.send(octetsOf(step.octets, manners.words))
        await take(step.replies)
      } else if (step.kind === 'tls') {
        // What was answered in plain text behind the 220 is part of the answer.
        await take(wire.waiting)
        await wire.secure()
      } else {
        wire.finish()
        for (;;) await take(1)
      }
    }
    await wayOut(wire, codes)
    if (!one.goesOn) return seen('open', null)
    await toMarker(wire, manners, hello, codes)
    const wentOn = (await message(wire, manners)) === baseline.digits
    return seen('open', wentOn)
  } catch (error) {
    if (!(error instanceof WireEnd) || error.end === 'stopped') throw error
    await take(wire.waiting)
    return seen(
      error.end === 'timeout' || error.end === 'not SMTP' ? 'silent' : error.end === 'reset' ? 'reset' : 'closed',
      null,
    )
  }
}

/** A server that asks for content or for a response, rightly or not, gets one that is empty, so that commands are commands again. */
async function wayOut(wire: Wire, codes: number[]): Promise<void> {
  const octets = codes.at(-1) === 354 ? '.\r\n' : codes.at(-1) === 334 ? '*\r\n' : null
  if (octets === null) return
  await wire.send(Buffer.from(octets))
  codes.push((await wire.reply()).code)
}

/**
 * EHLO, whose reply is known by its lines: every reply in front of it was to what the case sent, asked for or not. So a second answer to one command, or
 * to what was smuggled in, is seen without waiting for silence. It also ends any transaction.
 */
async function toMarker(wire: Wire, manners: Manners, hello: Reply, codes: number[]): Promise<void> {
  await wire.send(octetsOf('EHLO {helo}\r\n', manners.words))
  for (;;) {
    const reply = await wire.reply()
    if (isHello(reply, hello)) return
    codes.push(reply.code)
  }
}

/** Only EHLO is answered in several lines, or in one with the server's name; what is offered may be another thing inside TLS. */
function isHello(reply: Reply, hello: Reply): boolean {
  return reply.code === hello.code && (reply.lines.length > 1 || reply.lines[0] === hello.lines[0])
}

/** A healthy message; the first digits of its replies. A refusal ends it. @throws WireEnd when a reply does not come */
async function message(wire: Wire, { words }: Manners): Promise<string> {
  let digits = ''
  for (const [line, wanted] of [
    ['MAIL FROM:<{from}>', '2'],
    ['RCPT TO:<{to}>', '2'],
    ['DATA', '3'],
  ] as const) {
    await wire.send(octetsOf(`${line}\r\n`, words))
    const digit = endOf((await wire.reply()).code)[0]!
    digits += digit
    if (digit !== wanted) return digits
  }
  await wire.send(content(HEALTHY_OCTETS))
  return digits + endOf((await wire.reply()).code)[0]
}

function verbOf(octets: string): string {
  return /^\w+/.exec(octets)?.[0] ?? 'step'
}
