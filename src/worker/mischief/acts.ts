/** What each kind of misbehaving client does on one connection. */
import type { MischiefEnd } from '../../measure/mischief.js'
import type { MischiefPlan } from '../../plan/mischief.js'
import { isOffered } from '../../smtp/malformed/case.js'
import { command, content, endOf, envelope, introduce, type Manners, type Say, sayAtOnce } from './conversation.js'
import { type Wire, WireEnd } from './wire.js'

type Of<Kind extends MischiefPlan['kind']> = Extract<MischiefPlan, { kind: Kind }>

/** What an act works with. */
export interface Company {
  readonly manners: Manners
  /** Connects; with `sipOctets`, through a small window and reading only by `sip`. @throws WireEnd */
  open(sipOctets?: number): Promise<Wire>
  /** @throws WireEnd when the run is over before */
  wait(ms: number): Promise<void>
  /** A half-open connection was held so long. */
  held(ms: number): void
  now(): number
}

/** Octets of a content that is sent slowly, and of one that breaks off: several segments, and a second or so at the usual pace. */
const SLOW_CONTENT = 1024
const ABORTED_CONTENT = 16 * 1024
/** EHLOs sent at once by a client that reads slowly: more replies than a small window takes. */
const UNREAD_HELLOS = 64
/** Between the last octet and a reset, which would overtake it. */
const BEFORE_RESET_MS = 20

/** Sends one message, slowly somewhere. @throws WireEnd */
export async function slow(plan: Of<'slow'>, company: Company): Promise<MischiefEnd> {
  const { manners } = company
  const drip: Say = (wire, octets) => dripped(wire, octets, plan, company)
  if (plan.where === 'read') return slowReader(plan, company)
  const wire = await company.open()
  try {
    const say = plan.where === 'commands' ? drip : sayAtOnce
    await introduce(wire, manners, say)
    await envelope(wire, manners, say)
    await (plan.where === 'data' ? drip : sayAtOnce)(wire, content(SLOW_CONTENT))
    const { code } = await wire.reply()
    await say(wire, Buffer.from('QUIT\r\n'))
    return endOf(code)
  } finally {
    wire.leave()
  }
}

/** So many octets every so often. A server that answers before the end has had enough. @throws WireEnd */
async function dripped(wire: Wire, octets: Buffer, plan: Of<'slow'>, company: Company): Promise<void> {
  for (let at = 0; at < octets.length; at += plan.octets) {
    if (at > 0) await company.wait(plan.everyMs)
    if (wire.waiting > 0) throw new WireEnd(endOf((await wire.reply()).code))
    if (wire.ended !== null) throw new WireEnd(wire.ended)
    await wire.send(octets.subarray(at, at + plan.octets))
  }
}

/** Asks much and reads the answers a few octets at a time, so that they pile up at the server. @throws WireEnd */
async function slowReader(plan: Of<'slow'>, company: Company): Promise<MischiefEnd> {
  const wire = await company.open(plan.octets)
  let over = false
  const sipping = (async () => {
    while (!over && wire.ended === null) {
      wire.sip()
      await company.wait(plan.everyMs)
    }
  })()
  // Its only failure is the end of the run, which ends the conversation too.
  sipping.catch(() => {})
  try {
    await introduce(wire, { ...company.manners, startTls: false })
    const hello = Buffer.from(`${company.manners.hello ?? 'EHLO'} ${company.manners.words.helo}\r\n`, 'latin1')
    await wire.send(Buffer.concat(Array.from({ length: UNREAD_HELLOS }, () => hello)))
    let code = 0
    for (let i = 0; i < UNREAD_HELLOS; i++) code = (await wire.reply()).code
    return endOf(code)
  } finally {
    over = true
    wire.leave()
  }
}

/** Goes as far as its stage, and leaves. @throws WireEnd */
export async function abort(plan: Of<'abort'>, company: Company): Promise<MischiefEnd> {
  const wire = await company.open()
  try {
    const there = await abortStage(plan, wire, company)
    if (!there) return 'not offered'
    if (plan.how === 'reset') {
      await company.wait(BEFORE_RESET_MS)
      wire.reset()
    }
    return 'left'
  } finally {
    wire.leave()
  }
}

/** False: the server does not offer what the stage is of. */
async function abortStage({ stage }: Of<'abort'>, wire: Wire, { manners }: Company): Promise<boolean> {
  if (stage === 'connect') return true
  if (stage === 'greeting') {
    await wire.reply()
    return true
  }
  // The handshake itself is what this stage leaves.
  const offered = await introduce(wire, stage === 'starttls' ? { ...manners, startTls: false } : manners)
  switch (stage) {
    case 'ehlo':
      return true
    case 'starttls':
      if (!isOffered(['STARTTLS'], offered)) return false
      await command(wire, 'STARTTLS', 2, manners)
      return true
    case 'auth': {
      const mechanism = ['PLAIN', 'LOGIN', 'CRAM-MD5'].find((one) => isOffered([`AUTH ${one}`], offered))
      if (mechanism === undefined) return false
      await command(wire, `AUTH ${mechanism}`, 3, manners)
      return true
    }
    case 'mail':
      await command(wire, 'MAIL FROM:<{from}>', 2, manners)
      return true
    case 'rcpt':
      await command(wire, 'MAIL FROM:<{from}>', 2, manners)
      await command(wire, 'RCPT TO:<{to}>', 2, manners)
      return true
    default: {
      await envelope(wire, manners)
      const octets = content(ABORTED_CONTENT)
      if (stage === 'body') await wire.send(octets.subarray(0, octets.length / 2))
      else if (stage === 'dot') await wire.send(octets)
      return true
    }
  }
}

/** Sends FIN after EHLO and waits for the server to leave too. @throws WireEnd */
export async function halfOpen(plan: Of<'half-open'>, company: Company): Promise<MischiefEnd> {
  const wire = await company.open()
  try {
    await introduce(wire, company.manners)
    wire.finish()
    const since = company.now()
    try {
      return await wire.goodbye(plan.holdMs)
    } catch (error) {
      if (!(error instanceof WireEnd) || error.end === 'stopped') throw error
      company.held(company.now() - since)
      // We have waited long enough, and leave.
      return error.end === 'timeout' ? 'left' : error.end
    }
  } finally {
    wire.leave()
  }
}
