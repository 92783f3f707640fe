/** How a receiver presents itself: what it is called, which extensions it has, and the replies that say so. */

/** The part of a plan that shapes a receiver's replies. */
export interface Presence {
  readonly protocol: 'smtp' | 'lmtp'
  readonly hostname: string
  /** Announced by SIZE and enforced; null: no limit. */
  readonly maxSize: number | null
  /** Extension keywords not to announce. */
  readonly without: readonly string[]
  /** `plain` and `masked` know no EHLO, and `masked` greets with asterisks; left out: `esmtp`. */
  readonly greeting?: 'esmtp' | 'plain' | 'masked'
}

/** What else a receiver can offer, besides what it always has. */
export interface Offers {
  /** AUTH, with these mechanisms; none: not offered. */
  readonly mechanisms: readonly string[]
  /** Whether TLS can be begun. */
  readonly starttls: boolean
}

/** Keywords that a receiver can announce, in the order of the EHLO reply. */
export const SERVER_EXTENSIONS = [
  'PIPELINING',
  'CHUNKING',
  'BINARYMIME',
  '8BITMIME',
  'SIZE',
  'SMTPUTF8',
  'DSN',
  'STARTTLS',
  'AUTH',
  'ENHANCEDSTATUSCODES',
] as const
export type ServerExtension = (typeof SERVER_EXTENSIONS)[number]

/** Whether `keyword` may be announced. */
export function announces(presence: Presence, keyword: ServerExtension): boolean {
  // Binary content cannot come by DATA, and it is eight-bit (RFC 3030 section 3).
  if (keyword === 'BINARYMIME' && !(announces(presence, 'CHUNKING') && announces(presence, '8BITMIME'))) return false
  return !presence.without.some((word) => word.toUpperCase() === keyword)
}

/** The lines of the EHLO (LHLO) reply, without code and line ends. */
export function helloLines(presence: Presence, offers: Offers): string[] {
  const lines = [presence.hostname]
  for (const keyword of SERVER_EXTENSIONS) {
    if (announces(presence, keyword)) lines.push(...announcement(keyword, presence, offers))
  }
  return lines
}

function announcement(keyword: ServerExtension, presence: Presence, offers: Offers): string[] {
  switch (keyword) {
    case 'SIZE':
      return [presence.maxSize === null ? keyword : `${keyword} ${presence.maxSize}`]
    case 'STARTTLS':
      return offers.starttls ? [keyword] : []
    case 'AUTH':
      return offers.mechanisms.length > 0 ? [`${keyword} ${offers.mechanisms.join(' ')}`] : []
    default:
      return [keyword]
  }
}

/** What follows 220. */
export function greetingText({ greeting, hostname, protocol }: Presence): string {
  if (greeting === 'masked') return '********'
  return greeting === 'plain' ? hostname : `${hostname} ${protocol === 'lmtp' ? 'LMTP' : 'ESMTP'}`
}

/** Whether EHLO is understood. */
export function knowsEhlo({ greeting, protocol }: Presence): boolean {
  return protocol === 'smtp' && (greeting ?? 'esmtp') === 'esmtp'
}

/** What HELP says: the verbs that are understood. */
export function helpText(presence: Presence, offers: Offers): string {
  const verbs = presence.protocol === 'lmtp' ? ['LHLO'] : knowsEhlo(presence) ? ['HELO', 'EHLO'] : ['HELO']
  verbs.push('MAIL', 'RCPT', 'DATA')
  if (announces(presence, 'CHUNKING')) verbs.push('BDAT')
  verbs.push('RSET', 'NOOP', 'VRFY', 'HELP', 'QUIT')
  if (offers.starttls && announces(presence, 'STARTTLS')) verbs.push('STARTTLS')
  if (offers.mechanisms.length > 0 && announces(presence, 'AUTH')) verbs.push('AUTH')
  return `Commands: ${verbs.join(' ')}`
}
