/** The server of SCRAM-SHA-256 (RFC 5802, RFC 7677), without channel binding: messages in, messages out. */
import { decodeBase64, type SaslTools, same } from './sasl.js'
import { ITERATIONS_MIN, readName, type ScramKeyring, type ScramKeys } from './scram.js'

/** The salt need not be secret, and is the same for a user each time, so that both sides derive their keys once. */
const SALT_OCTETS = 16

/** gs2-header, then name and nonce. `y`: the client would bind to the channel if we offered it; `p=`: it insists, as we do not. */
const CLIENT_FIRST = /^([ny],(?:a=([^,]+))?,)(n=([^,\0]+),r=([\x21-\x2b\x2d-\x7e]+)(?:,[A-Za-z]=[^,\0]+)*)$/
const CLIENT_FINAL = /^(c=([A-Za-z0-9+/=]+),r=([\x21-\x2b\x2d-\x7e]+)(?:,[A-Za-z]=[^,\0]+)*),p=([A-Za-z0-9+/=]+)$/

/** What the exchanges of one receiver share. */
export interface ScramMeans {
  readonly users: ReadonlyMap<string, string>
  readonly hostname: string
  readonly keyring: ScramKeyring
  readonly tools: SaslTools
}

/** One exchange. */
export class ScramServer {
  readonly #means: ScramMeans
  #user = ''
  #header = ''
  #nonce = ''
  #keys: ScramKeys | null = null
  #message = ''

  constructor(means: ScramMeans) {
    this.#means = means
  }

  /** Answers the client's first message; null: it is malformed. Whether there is such a user shows only at the end. */
  first(message: string): string | null {
    const [, header, authorizeText, bare, userText, nonce] = CLIENT_FIRST.exec(message) ?? []
    if (header === undefined || bare === undefined) return null
    const user = readName(userText!)
    const authorize = authorizeText === undefined ? user : readName(authorizeText)
    if (user === null || authorize === null) return null
    const { users, hostname, keyring, tools } = this.#means
    // Nobody may act for another: there is nothing to say who might.
    this.#user = authorize === user ? user : ''
    this.#header = header
    this.#nonce = nonce + tools.unique()
    const salt = tools.sha256(Buffer.from(`${hostname}\0${user}`)).subarray(0, SALT_OCTETS)
    this.#keys = keyring.keys(users.get(this.#user) ?? '', salt, ITERATIONS_MIN)
    const answer = `r=${this.#nonce},s=${salt.toString('base64')},i=${ITERATIONS_MIN}`
    this.#message = `${bare},${answer}`
    return answer
  }

  /** Looks at the client's final message: ours that answers a good one, `wrong`, or null when it is malformed. */
  final(message: string): { readonly text: string } | 'wrong' | null {
    const [, unproved, binding, nonce, proofText = ''] = CLIENT_FINAL.exec(message) ?? []
    const proof = decodeBase64(proofText)
    const { users, keyring, tools } = this.#means
    const keys = this.#keys
    if (unproved === undefined || proof === null || keys === null || proof.length !== keys.client.length) return null
    if (binding !== Buffer.from(this.#header).toString('base64') || nonce !== this.#nonce) return null
    const whole = `${this.#message},${unproved}`
    const stored = tools.sha256(keyring.proof(keys, proof, whole))
    const known = users.has(this.#user)
    if (!same(stored.toString('latin1'), keys.stored.toString('latin1')) || !known) return 'wrong'
    return { text: `v=${keyring.serverSignature(keys, whole)}` }
  }
}
