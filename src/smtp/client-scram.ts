/** The client of SCRAM-SHA-256 (RFC 5802, RFC 7677), without channel binding: messages in, messages out. */
import { decodeBase64, type SaslTools, same } from './sasl.js'
import { ITERATIONS_MAX, ITERATIONS_MIN, type ScramKeyring, type ScramKeys, writeName } from './scram.js'

/** Neither supports channel bindings nor speaks for another (RFC 5802 section 7, gs2-header). */
const GS2_HEADER = 'n,,'

/** `r=`, `s=` and `i=` in their order, then extensions. A mandatory one (`m=`) would stand in front and be unknown. */
const SERVER_FIRST = /^r=([\x21-\x2b\x2d-\x7e]+),s=([A-Za-z0-9+/=]+),i=([1-9]\d{0,8})(?:,[A-Za-z]=[^,\0]+)*$/

/** One exchange. It gives an answer once to each message, in their order. */
export class ScramClient {
  readonly #secret: string
  readonly #keyring: ScramKeyring
  readonly #nonce: string
  readonly #bare: string
  #keys: ScramKeys | null = null
  #message = ''
  /** Whether the server has shown that it knows the secret. */
  proved = false

  constructor(user: string, secret: string, keyring: ScramKeyring, tools: Pick<SaslTools, 'unique'>) {
    this.#secret = secret
    this.#keyring = keyring
    this.#nonce = tools.unique()
    this.#bare = `n=${writeName(user)},r=${this.#nonce}`
  }

  /** The client's first message. */
  first(): string {
    return GS2_HEADER + this.#bare
  }

  /** The final message, with the proof; null when the server's first one is not to be answered: malformed, another's nonce, too few or many iterations. */
  final(serverFirst: string): string | null {
    const [, nonce = '', saltText = '', iterationsText] = SERVER_FIRST.exec(serverFirst) ?? []
    const salt = decodeBase64(saltText)
    const iterations = Number(iterationsText)
    if (!nonce.startsWith(this.#nonce) || nonce.length === this.#nonce.length || !salt?.length) return null
    if (!(iterations >= ITERATIONS_MIN && iterations <= ITERATIONS_MAX)) return null
    const unproved = `c=${Buffer.from(GS2_HEADER).toString('base64')},r=${nonce}`
    this.#message = `${this.#bare},${serverFirst},${unproved}`
    this.#keys = this.#keyring.keys(this.#secret, salt, iterations)
    const proof = this.#keyring.proof(this.#keys, this.#keys.client, this.#message)
    return `${unproved},p=${proof.toString('base64')}`
  }

  /** Looks at the server's final message: `true` it has proved itself, `false` it has said that we did not (`e=`), null it is an impostor. */
  verify(serverFinal: string): boolean | null {
    if (/^e=[^,]/.test(serverFinal)) return false
    const signature = /^v=([A-Za-z0-9+/=]+)(?:,|$)/.exec(serverFinal)?.[1]
    if (signature === undefined || this.#keys === null) return null
    if (!same(signature, this.#keyring.serverSignature(this.#keys, this.#message))) return null
    this.proved = true
    return true
  }
}
