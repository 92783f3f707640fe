import type { MailPlan, WirePlan } from '../plan/plan.js'
import { defaultPayload, filePayload, sizedPayload } from './payload.js'
import { headerRecipient, recipientParts, Value } from './recipients.js'
import type { Part } from './stencil.js'

/** The words of one run's conversation: literal text (one character an octet) with fields where numbers change. */
export interface MessageText {
  readonly hello: string
  /** HELO, for servers that refuse EHLO. */
  readonly helo: string
  readonly mail: string
  /** MAIL, RCPT… and DATA. */
  readonly envelope: readonly Part[]
  readonly recipients: readonly (readonly Part[])[]
  /** RCPT number `index`. */
  rcpt(index: number): readonly Part[]
  /** MAIL, RCPT… and BDAT LAST for a content of that many octets. */
  bdatEnvelope(octets: number): readonly Part[]
  /** Header block and the empty line; nothing without headers. */
  readonly head: readonly Part[]
  /** What follows the headers, as BDAT sends it, and with dots doubled and the final dot, as DATA does. */
  readonly body: Buffer
  readonly bodyWithDot: Buffer
}

/** How Message-Id is made: its parts between `<` and `@`. */
export type IdParts = readonly Part[]

/**
 * An id unique over runs (by seed), sessions and messages: `seed.session.serial`, hexadecimal. The same seed gives a session the same ids.
 */
export function uniqueId(seed: string): IdParts {
  return [
    `${seed}.`,
    { value: Value.session, radix: 16, digits: 6 },
    '.',
    { value: Value.serial, radix: 16, digits: 8 },
  ]
}

/**
 * The generated header block with the empty line behind it; nothing where headers are not generated. `T` stands for what changes from message
 * to message; texts are octets, one character each.
 */
export function headerBlock<T>(
  mail: MailPlan,
  helloName: string,
  date: string,
  from: readonly (string | T)[],
  to: readonly (string | T)[],
  id: readonly (string | T)[],
): (string | T)[] {
  if (!mail.headers) return []
  let rest = `@${octets(helloName)}>\r\n`
  if (mail.subject !== null) rest += `Subject: ${octets(mail.subject)}\r\n`
  for (const line of mail.extraHeaders) rest += `${octets(line)}\r\n`
  if (mail.mime?.composed) rest += mail.mime.composed.headers
  return ['From: <', ...from, '>\r\nTo: <', ...to, `>\r\nDate: ${date}\r\nMessage-Id: <`, ...id, `${rest}\r\n`]
}

/** The commands that are the same for every mail of a run. */
export function helloLines(wire: WirePlan): Pick<MessageText, 'hello' | 'helo'> {
  const hello = wire.protocol === 'lmtp' ? 'LHLO' : wire.hello === 'helo' ? 'HELO' : 'EHLO'
  const name = octets(wire.helloName)
  return { hello: `${hello} ${name}\r\n`, helo: `HELO ${name}\r\n` }
}

/** Renders the plan's words. `date` is the `Date:` of every message of the run. */
export function messageText(mail: MailPlan, wire: WirePlan, date: string, id: IdParts): MessageText {
  const plan: MailPlan = { ...mail, from: octets(mail.from), to: octets(mail.to) }
  const addresses = recipientParts(plan)
  const mailLine = `MAIL FROM:<${plan.from}>\r\n`
  const rcpts: Part[][] = addresses.map((address) => ['RCPT TO:<', ...address, '>\r\n'])
  const envelope = (last: string) => merge([mailLine, ...rcpts.flat(), last])
  const payload = (stuff: boolean): Buffer => {
    if (plan.file !== null) return filePayload(plan.file, stuff)
    return plan.size === null ? defaultPayload() : sizedPayload(plan.size)
  }
  return {
    ...helloLines(wire),
    mail: mailLine,
    envelope: envelope('DATA\r\n'),
    recipients: addresses,
    rcpt: (index) => rcpts[index]!,
    bdatEnvelope: (size) => envelope(`BDAT ${size} LAST\r\n`),
    head: merge(headerBlock(plan, wire.helloName, date, [plan.from], headerRecipient(plan), id)),
    body: payload(false),
    bodyWithDot: Buffer.concat([payload(true), Buffer.from('.\r\n', 'latin1')]),
  }
}

/** Arguments arrive as text; the wire carries their UTF-8 octets, one character each from here on. */
export function octets(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1')
}

function merge(parts: readonly Part[]): Part[] {
  const merged: Part[] = []
  for (const part of parts) {
    const last = merged.at(-1)
    if (typeof part === 'string' && typeof last === 'string') merged[merged.length - 1] = last + part
    else merged.push(part)
  }
  return merged
}
