/** What smtp-sink puts before the content in a dump file. All texts are latin1: a character an octet. */
import type { Envelope } from './content-tap.js'

/** What the envelope does not say. */
export interface DumpFacts {
  /** Name of the receiver, as it came on the command line. */
  readonly hostname: string
  /** Eight hexadecimal digits. */
  readonly id: string
  /** The time of MAIL: `Sun,  1 Nov 2026 13:14:45 +0000 (UTC)`. */
  readonly date: string
}

/** The template of `DumpFacts.date` for strftime. */
export const DUMP_DATE = '%a, %e %b %Y %H:%M:%S %z (%Z)'

/** The header block, with LF line ends. */
export function dumpHeader(envelope: Envelope, { hostname, id, date }: DumpFacts): string {
  const client = envelope.peer.includes(':') ? `ipv6:${envelope.peer}` : envelope.peer
  const helo = envelope.helo === null ? null : mask(envelope.helo)
  const lines = [`X-Client-Addr: ${client}`, `X-Client-Proto: ${envelope.protocol}`]
  if (helo !== null) lines.push(`X-Helo-Args: ${helo}`)
  lines.push(`X-Mail-Args: ${argument(envelope.mail)}`)
  for (const recipient of envelope.rcpt) lines.push(`X-Rcpt-Args: ${argument(recipient)}`)
  lines.push(
    `Received: from ${helo ?? `[${client}]`} ([${client}])`,
    `\tby ${hostname} (smtp-sink) with ${envelope.protocol} id ${id};`,
    `\t${date}`,
    '',
  )
  return lines.join('\n')
}

/**
 * What smtp-sink takes for the argument of MAIL and RCPT, whatever was said: the text behind the first colons and the blanks that follow
 * them; nothing where there is no colon.
 */
export function classicArgument(rest: string): string {
  return /:+ *(.*)/s.exec(rest)?.[1] ?? ''
}

function argument(text: string): string {
  return mask(text).replace(/^ +/, '')
}

/** Octets that cannot be shown are `?`. */
function mask(text: string): string {
  return text.replace(/[^\x20-\x7e]/g, '?')
}
