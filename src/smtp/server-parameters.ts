/**
 * What may follow the path of MAIL and RCPT (RFC 5321 section 4.1.1.11): SIZE (RFC 1870), BODY (RFC 6152, 3030), SMTPUTF8 (RFC 6531), the four
 * of DSN (RFC 3461) and AUTH (RFC 4954), checked in place. Only what is announced is known.
 */
import { equals, findOctet, skipBlanks, skipWord } from './command-parser.js'
import { announces, type Presence } from './server-presence.js'
import { Reply } from './server-replies.js'
import { isDsnAddress, isNotifyList, isXtext } from './xtext.js'

/** Parameters as bits, so that one that comes twice is seen. */
const Known = { size: 1, body: 2, smtpUtf8: 4, ret: 8, envid: 16, auth: 32, notify: 64, orcpt: 128 } as const
type Known = (typeof Known)[keyof typeof Known]

const MAIL_WORDS: readonly (readonly [Uint8Array, Known])[] = [
  [Buffer.from('size'), Known.size],
  [Buffer.from('body'), Known.body],
  [Buffer.from('smtputf8'), Known.smtpUtf8],
  [Buffer.from('ret'), Known.ret],
  [Buffer.from('envid'), Known.envid],
  [Buffer.from('auth'), Known.auth],
]
const RCPT_WORDS: readonly (readonly [Uint8Array, Known])[] = [
  [Buffer.from('notify'), Known.notify],
  [Buffer.from('orcpt'), Known.orcpt],
]

const SEVEN_BIT = Buffer.from('7bit')
const EIGHT_BIT = Buffer.from('8bitmime')
const BINARY = Buffer.from('binarymime')
const FULL = Buffer.from('full')
const HEADERS = Buffer.from('hdrs')

/** RFC 3461 section 4.4: octets of ENVID. */
const ENVID_LIMIT = 100
/** RFC 1870 section 6: digits of SIZE. */
const SIZE_DIGITS = 20

const EQUALS = 61

/** Checks the parameters of MAIL and RCPT against what one receiver announces. */
export class ServerParameters {
  /** Of the last MAIL that passed. */
  binary = false
  readonly #mail: readonly (readonly [Uint8Array, Known])[]
  readonly #rcpt: readonly (readonly [Uint8Array, Known])[]
  readonly #binaryKnown: boolean
  readonly #maxSize: number

  /** `auth`: whether AUTH is offered. */
  constructor(presence: Presence, auth: boolean) {
    const dsn = announces(presence, 'DSN')
    const known =
      (announces(presence, 'SIZE') ? Known.size : 0) |
      (announces(presence, '8BITMIME') ? Known.body : 0) |
      (announces(presence, 'SMTPUTF8') ? Known.smtpUtf8 : 0) |
      (dsn ? Known.ret | Known.envid : 0) |
      (auth ? Known.auth : 0)
    this.#mail = MAIL_WORDS.filter(([, bit]) => (known & bit) !== 0)
    this.#rcpt = dsn ? RCPT_WORDS : []
    this.#binaryKnown = announces(presence, 'BINARYMIME')
    this.#maxSize = presence.maxSize ?? Number.POSITIVE_INFINITY
  }

  /** `buffer[at..stop)` is what follows the path of MAIL: `mailOk`, or why not. */
  mail(buffer: Buffer, at: number, stop: number): Reply {
    this.binary = false
    return this.#check(this.#mail, buffer, at, stop, Reply.mailOk)
  }

  /** The same for RCPT. */
  rcpt(buffer: Buffer, at: number, stop: number): Reply {
    return this.#check(this.#rcpt, buffer, at, stop, Reply.rcptOk)
  }

  #check(
    words: readonly (readonly [Uint8Array, Known])[],
    buffer: Buffer,
    from: number,
    stop: number,
    ok: Reply,
  ): Reply {
    let seen = 0
    for (let at = skipBlanks(buffer, from, stop); at < stop; ) {
      const end = skipWord(buffer, at, stop)
      const equal = findOctet(buffer, at, end, EQUALS)
      const nameEnd = equal < 0 ? end : equal
      const known = words.find(([word]) => equals(buffer, at, nameEnd, word))?.[1]
      if (known === undefined) return Reply.noSuchParameter
      if ((seen & known) !== 0) return Reply.sameParameter
      seen |= known
      // The beginning of the value; behind the end, if there is no equals sign.
      const reply = this.#value(known, buffer, nameEnd + 1, end)
      if (reply !== Reply.mailOk) return reply
      at = skipBlanks(buffer, end, stop)
    }
    return ok
  }

  /** `mailOk` if the value is good. */
  #value(known: Known, buffer: Buffer, at: number, end: number): Reply {
    if (known === Known.smtpUtf8) return at > end ? Reply.mailOk : Reply.badParameter
    if (at >= end) return known === Known.size ? Reply.sizeSyntax : Reply.badParameter
    if (known === Known.size) return this.#size(buffer, at, end)
    return this.#good(known, buffer, at, end) ? Reply.mailOk : Reply.badParameter
  }

  #good(known: Known, buffer: Buffer, at: number, end: number): boolean {
    switch (known) {
      case Known.body:
        this.binary = this.#binaryKnown && equals(buffer, at, end, BINARY)
        return this.binary || equals(buffer, at, end, SEVEN_BIT) || equals(buffer, at, end, EIGHT_BIT)
      case Known.ret:
        return equals(buffer, at, end, FULL) || equals(buffer, at, end, HEADERS)
      case Known.envid:
        return end - at <= ENVID_LIMIT && isXtext(buffer, at, end)
      case Known.notify:
        return isNotifyList(buffer, at, end)
      case Known.orcpt:
        return isDsnAddress(buffer, at, end)
      default:
        return isXtext(buffer, at, end)
    }
  }

  #size(buffer: Buffer, at: number, end: number): Reply {
    if (end - at > SIZE_DIGITS) return Reply.sizeSyntax
    let size = 0
    for (let i = at; i < end; i++) {
      const digit = buffer[i]! - 48
      if (digit < 0 || digit > 9) return Reply.sizeSyntax
      size = size * 10 + digit
    }
    return size > this.#maxSize ? Reply.tooLarge : Reply.mailOk
  }
}
