/**
 * What a receiver says, made once: every reply is a constant that is copied, never composed. Replies are known by number, so
 * that a session can remember which one it owes.
 */
import { greetingText, helloLines, helpText, knowsEhlo, type Offers, type Presence } from './server-presence.js'

/** Replies by number. Those that refuse come behind those that do not, and last those that a client gets for what it should know. */
export const Reply = {
  greeting: 0,
  helo: 1,
  ehlo: 2,
  /** The same under TLS. */
  ehloSecured: 3,
  mailOk: 4,
  rcptOk: 5,
  startMail: 6,
  chunkOk: 7,
  messageOk: 8,
  rsetOk: 9,
  noopOk: 10,
  cannotVerify: 11,
  help: 12,
  bye: 13,
  startTls: 14,
  tooLarge: 15,
  enough: 16,
  tooManyRecipients: 17,
  authRequired: 18,
  tooManyErrors: 19,
  /** What a model has decided is said; the text is that of a model which gave none. */
  judged: 20,
  unknown: 21,
  noCommand: 22,
  lineTooLong: 23,
  needDomain: 24,
  mailSyntax: 25,
  rcptSyntax: 26,
  noArgument: 27,
  bdatSyntax: 28,
  sizeSyntax: 29,
  badParameter: 30,
  sameParameter: 31,
  noSuchParameter: 32,
  notImplemented: 33,
  nestedMail: 34,
  needMail: 35,
  needRcpt: 36,
  needChunks: 37,
  chunksBegun: 38,
  chunkFailed: 39,
  tlsActive: 40,
  authenticated: 41,
  authTooLate: 42,
} as const
export type Reply = (typeof Reply)[keyof typeof Reply]

/** Replies from this number on are 4xx and 5xx. */
export const FIRST_REJECTION = Reply.tooLarge
/** Replies from this number on are a client's own fault: too many of them in a row end the conversation. */
export const FIRST_FAULT = Reply.unknown

/**
 * A reply as little-endian 32-bit words, the last one filled up with zeros: copied a word at a time (a third of the cost of octets, and
 * for so short a text less than the call of set()), so up to three octets behind it are overwritten.
 */
export interface ReplyText {
  readonly words: Int32Array
  /** Octets, CR LF included. */
  readonly length: number
}

/** All replies, indexed by `Reply`, each with its CR LF. */
export function makeReplies(presence: Presence, offers: Offers): readonly ReplyText[] {
  const { hostname, protocol } = presence
  const lmtp = protocol === 'lmtp'
  const texts: Record<keyof typeof Reply, string> = {
    greeting: `220 ${greetingText(presence)}`,
    helo: `250 ${hostname}`,
    ehlo: lines(helloLines(presence, offers)),
    ehloSecured: lines(helloLines(presence, { ...offers, starttls: false })),
    mailOk: '250 2.1.0 Ok',
    rcptOk: '250 2.1.5 Ok',
    startMail: '354 End data with <CR><LF>.<CR><LF>',
    chunkOk: '250 2.0.0 Ok',
    messageOk: lmtp ? '250 2.2.0 Ok' : '250 2.0.0 Ok',
    rsetOk: '250 2.0.0 Ok',
    noopOk: '250 2.0.0 Ok',
    cannotVerify: '252 2.0.0 Cannot verify',
    help: `214 2.0.0 ${helpText(presence, offers)}`,
    bye: '221 2.0.0 Bye',
    startTls: '220 2.0.0 Ready to start TLS',
    tooLarge: '552 5.3.4 Message too big',
    enough: '421 4.3.2 Closing',
    tooManyRecipients: '452 4.5.3 Too many recipients',
    authRequired: '530 5.7.0 Authentication required',
    tooManyErrors: '421 4.7.0 Too many errors',
    judged: '451 4.3.0 Try again later',
    unknown: '500 5.5.1 Unknown command',
    noCommand: '500 5.5.2 Empty command',
    lineTooLong: '500 5.5.2 Line too long',
    needDomain: `501 5.5.4 Syntax: ${lmtp ? 'LHLO' : knowsEhlo(presence) ? 'EHLO' : 'HELO'} name`,
    mailSyntax: '501 5.5.4 Syntax: MAIL FROM:<address>',
    rcptSyntax: '501 5.5.4 Syntax: RCPT TO:<address>',
    noArgument: '501 5.5.4 No argument allowed',
    bdatSyntax: '501 5.5.4 Syntax: BDAT size [LAST]',
    sizeSyntax: '501 5.5.4 Bad SIZE',
    badParameter: '501 5.5.4 Bad parameter',
    sameParameter: '501 5.5.4 Parameter given twice',
    noSuchParameter: '555 5.5.4 Unsupported parameter',
    notImplemented: '502 5.5.1 Not implemented',
    nestedMail: '503 5.5.1 Nested MAIL',
    needMail: '503 5.5.1 Need MAIL',
    needRcpt: '503 5.5.1 Need RCPT',
    needChunks: '503 5.5.1 BINARYMIME needs BDAT',
    chunksBegun: '503 5.5.1 BDAT begun',
    chunkFailed: '503 5.5.1 Earlier BDAT failed',
    tlsActive: '503 5.5.1 TLS already active',
    authenticated: '503 5.5.1 Already authenticated',
    authTooLate: '503 5.5.1 AUTH not allowed in a transaction',
  }
  const replies: ReplyText[] = []
  for (const name of Object.keys(Reply) as (keyof typeof Reply)[]) {
    replies[Reply[name]] = replyText(`${texts[name]}\r\n`)
  }
  return replies
}

function lines(texts: readonly string[]): string {
  return texts.map((text, i) => `250${i === texts.length - 1 ? ' ' : '-'}${text}`).join('\r\n')
}

/** Several replies as one text. */
export function joinedText(texts: readonly ReplyText[]): ReplyText {
  const octets = texts.map(({ words, length }) => Buffer.from(words.buffer, words.byteOffset, length))
  return replyText(Buffer.concat(octets).toString('latin1'))
}

/** Any octets, given as latin1, as a reply; nothing is added, not even a line end. */
export function replyText(text: string): ReplyText {
  const octets = Buffer.from(text, 'latin1')
  const padded = Buffer.alloc(Math.ceil(octets.length / 4) * 4)
  octets.copy(padded)
  return {
    words: Int32Array.from({ length: padded.length / 4 }, (_, i) => padded.readInt32LE(i * 4)),
    length: octets.length,
  }
}
