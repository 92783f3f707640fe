/**
 * The client's part of one AUTH exchange (RFC 4954), by mechanism. Secrets are sent in UTF-8 as they were given: no SASLprep (RFC 4013), which
 * leaves everything without odd blanks and compatibility forms as it is.
 */
import type { ClientMechanism, Credential } from '../plan/client-auth-plan.js'
import type { AuthExchange } from './client-auth-hook.js'
import { ScramClient } from './client-scram.js'
import { decodeBase64, type SaslTools } from './sasl.js'
import type { ScramKeyring } from './scram.js'

/** Longest command, its CRLF included (RFC 5321 section 4.5.3.1.4); RFC 4954 section 4 does not make an exception for AUTH. */
const COMMAND_MAX = 512

const CANCEL = '*'

/** What one thread's exchanges share. */
export interface Means {
  readonly tools: SaslTools
  readonly keyring: ScramKeyring
}

/** An exchange with `mechanism`; `credential` is its number. */
export function exchange(
  mechanism: ClientMechanism,
  { user, secret }: Credential,
  means: Means,
  credential: number,
  wrong: boolean,
): AuthExchange {
  return new Exchange(mechanism, partOf(mechanism, user, secret, means), credential, wrong)
}

/** What a mechanism has to say: its answer to the nth challenge, counted from 0; null: there is none. */
interface Part {
  /** Sends first, if need be after an empty challenge (RFC 4954 section 4). */
  readonly initial: string | null
  readonly proved: boolean
  answer(challenge: string, n: number): string | null
}

function partOf(mechanism: ClientMechanism, user: string, secret: string, { tools, keyring }: Means): Part {
  switch (mechanism) {
    case 'PLAIN':
      return saidAtOnce(`\0${user}\0${secret}`)
    case 'XOAUTH2':
      // The only challenge there can be says what was wrong, and an empty answer lets the server come to its 535.
      return { ...saidAtOnce(`user=${user}\x01auth=Bearer ${secret}\x01\x01`), answer: (_, n) => (n === 0 ? '' : null) }
    case 'LOGIN':
      // Servers ask in various words; the order is always this.
      return { initial: null, proved: true, answer: (_, n) => [user, secret][n] ?? null }
    case 'CRAM-MD5':
      return {
        initial: null,
        proved: true,
        answer: (challenge, n) => (n === 0 && challenge !== '' ? `${user} ${tools.hmacMd5(secret, challenge)}` : null),
      }
    case 'SCRAM-SHA-256':
      return new ScramPart(new ScramClient(user, secret, keyring, tools))
  }
}

function saidAtOnce(initial: string): Part {
  return { initial, proved: true, answer: () => null }
}

class ScramPart implements Part {
  readonly initial: string
  readonly #client: ScramClient

  constructor(client: ScramClient) {
    this.#client = client
    this.initial = client.first()
  }

  get proved(): boolean {
    return this.#client.proved
  }

  answer(challenge: string, n: number): string | null {
    if (n === 0) return this.#client.final(challenge)
    if (n > 1) return null
    // To an error the answer is empty as well: 535 is the server's to say.
    return this.#client.verify(challenge) === null ? null : ''
  }
}

class Exchange implements AuthExchange {
  readonly wrong: boolean
  readonly credential: number
  readonly #mechanism: ClientMechanism
  readonly #part: Part
  /** Challenges answered that were meant for the mechanism; -1: its initial response is still to be sent. */
  #answered = 0
  #over = false

  constructor(mechanism: ClientMechanism, part: Part, credential: number, wrong: boolean) {
    this.#mechanism = mechanism
    this.#part = part
    this.credential = credential
    this.wrong = wrong
  }

  get proved(): boolean {
    return this.#part.proved
  }

  first(): Buffer {
    const { initial } = this.#part
    const command = `AUTH ${this.#mechanism}`
    if (initial === null) return Buffer.from(`${command}\r\n`)
    const whole = Buffer.from(`${command} ${base64(initial)}\r\n`)
    if (whole.length <= COMMAND_MAX) return whole
    this.#answered = -1
    return Buffer.from(`${command}\r\n`)
  }

  next(challenge: string): Buffer {
    const answer = this.#over ? null : this.#answer(challenge.trim())
    // What was broken off once is not taken up again.
    this.#over = answer === null
    return Buffer.from(`${answer === null ? CANCEL : base64(answer)}\r\n`)
  }

  #answer(challenge: string): string | null {
    const n = this.#answered++
    // It should be empty; what some servers say here is no more than "go on".
    if (n < 0) return this.#part.initial
    const octets = decodeBase64(challenge)
    return octets === null ? null : this.#part.answer(octets.toString('utf8'), n)
  }
}

function base64(text: string): string {
  return Buffer.from(text, 'utf8').toString('base64')
}
