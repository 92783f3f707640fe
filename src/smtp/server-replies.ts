/**
 * What a receiver says, made once: every reply is a constant that is copied, never composed. Replies are known by number, so
 * that a session can remember which one it owes.
 */

/** Replies by number; the order has no meaning. */
export const Reply = {
  greeting: 0,
  helo: 1,
  ehlo: 2,
  mailOk: 3,
  rcptOk: 4,
  startMail: 5,
  chunkOk: 6,
  messageOk: 7,
  rsetOk: 8,
  noopOk: 9,
  cannotVerify: 10,
  help: 11,
  bye: 12,
  tooLarge: 13,
  unknown: 14,
  noCommand: 15,
  lineTooLong: 16,
  needDomain: 17,
  mailSyntax: 18,
  rcptSyntax: 19,
  noArgument: 20,
  bdatSyntax: 21,
  sizeSyntax: 22,
  notImplemented: 23,
  nestedMail: 24,
  needMail: 25,
  needRcpt: 26,
  chunksBegun: 27,
  chunkFailed: 28,
  enough: 29,
} as const
export type Reply = (typeof Reply)[keyof typeof Reply]

/** Replies from this number on are 4xx and 5xx. */
export const FIRST_REJECTION = Reply.tooLarge

/**
 * A reply as little-endian 32-bit words, the last one filled up with zeros: copied a word at a time (a third of the cost of octets, and
 * for so short a text less than the call of set()), so up to three octets behind it are overwritten.
 */
export interface ReplyText {
  readonly words: Int32Array
  /** Octets, CR LF included. */
  readonly length: number
}

/** What a receiver presents itself as; the part of a plan that shapes its replies. */
export interface Presence {
  readonly protocol: 'smtp' | 'lmtp'
  readonly hostname: string
  /** Announced by SIZE and enforced; null: no limit. */
  readonly maxSize: number | null
  /** Extension keywords not to announce. */
  readonly without: readonly string[]
}

/** Keywords that a receiver can announce, in the order of the EHLO reply. */
export const SERVER_EXTENSIONS = ['PIPELINING', 'CHUNKING', '8BITMIME', 'SIZE', 'ENHANCEDSTATUSCODES'] as const

/** Whether `keyword` is announced. */
export function announces(presence: Presence, keyword: (typeof SERVER_EXTENSIONS)[number]): boolean {
  return !presence.without.some((word) => word.toUpperCase() === keyword)
}

/** All replies, indexed by `Reply`, each with its CR LF. */
export function makeReplies(presence: Presence): readonly ReplyText[] {
  const { hostname, protocol } = presence
  const lmtp = protocol === 'lmtp'
  const texts: Record<keyof typeof Reply, string> = {
    greeting: `220 ${hostname} ${lmtp ? 'LMTP' : 'ESMTP'}`,
    helo: `250 ${hostname}`,
    ehlo: ehloReply(presence),
    mailOk: '250 2.1.0 Ok',
    rcptOk: '250 2.1.5 Ok',
    startMail: '354 End data with <CR><LF>.<CR><LF>',
    chunkOk: '250 2.0.0 Ok',
    messageOk: lmtp ? '250 2.2.0 Ok' : '250 2.0.0 Ok',
    rsetOk: '250 2.0.0 Ok',
    noopOk: '250 2.0.0 Ok',
    cannotVerify: '252 2.0.0 Cannot verify',
    help: '214 2.0.0 RFC 5321',
    bye: '221 2.0.0 Bye',
    tooLarge: '552 5.3.4 Message too big',
    unknown: '500 5.5.1 Unknown command',
    noCommand: '500 5.5.2 Empty command',
    lineTooLong: '500 5.5.2 Line too long',
    needDomain: `501 5.5.4 Syntax: ${lmtp ? 'LHLO' : 'EHLO'} name`,
    mailSyntax: '501 5.5.4 Syntax: MAIL FROM:<address>',
    rcptSyntax: '501 5.5.4 Syntax: RCPT TO:<address>',
    noArgument: '501 5.5.4 No argument allowed',
    bdatSyntax: '501 5.5.4 Syntax: BDAT size [LAST]',
    sizeSyntax: '501 5.5.4 Bad SIZE',
    notImplemented: '502 5.5.1 Not implemented',
    nestedMail: '503 5.5.1 Nested MAIL',
    needMail: '503 5.5.1 Need MAIL',
    needRcpt: '503 5.5.1 Need RCPT',
    chunksBegun: '503 5.5.1 BDAT begun',
    chunkFailed: '503 5.5.1 Earlier BDAT failed',
    enough: '421 4.3.2 Closing',
  }
  const replies: ReplyText[] = []
  for (const name of Object.keys(Reply) as (keyof typeof Reply)[]) {
    replies[Reply[name]] = inWords(Buffer.from(`${texts[name]}\r\n`, 'latin1'))
  }
  return replies
}

function ehloReply(presence: Presence): string {
  const lines: string[] = [presence.hostname]
  for (const keyword of SERVER_EXTENSIONS) {
    if (!announces(presence, keyword)) continue
    lines.push(keyword === 'SIZE' && presence.maxSize !== null ? `SIZE ${presence.maxSize}` : keyword)
  }
  return lines.map((line, i) => `250${i === lines.length - 1 ? ' ' : '-'}${line}`).join('\r\n')
}

function inWords(text: Buffer): ReplyText {
  const padded = Buffer.alloc(Math.ceil(text.length / 4) * 4)
  text.copy(padded)
  return {
    words: Int32Array.from({ length: padded.length / 4 }, (_, i) => padded.readInt32LE(i * 4)),
    length: text.length,
  }
}
