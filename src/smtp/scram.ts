/** What both sides of SCRAM-SHA-256 (RFC 5802, RFC 7677) compute, and the names that they write. */
import type { SaslTools } from './sasl.js'

/** The bounds of iteration counts that a client takes: RFC 7677 section 4 has at least 4096; above, a server would stop the load. */
export const ITERATIONS_MIN = 4096
export const ITERATIONS_MAX = 600_000

/** What is derived from a secret, a salt and an iteration count (RFC 5802 section 3). */
export interface ScramKeys {
  readonly client: Buffer
  readonly stored: Buffer
  readonly server: Buffer
}

/** Derivations that are kept; one takes milliseconds, and a load asks for the same ones again and again. */
const KEPT_MAX = 16_384

/** The keys of secrets, derived once. */
export class ScramKeyring {
  readonly #tools: SaslTools
  readonly #kept = new Map<string, ScramKeys>()

  constructor(tools: SaslTools) {
    this.#tools = tools
  }

  keys(secret: string, salt: Buffer, iterations: number): ScramKeys {
    const name = `${iterations} ${salt.toString('base64')} ${secret}`
    const kept = this.#kept.get(name)
    if (kept !== undefined) return kept
    const salted = this.#tools.pbkdf2Sha256(secret, salt, iterations)
    const client = this.#tools.hmacSha256(salted, 'Client Key')
    const keys = { client, stored: this.#tools.sha256(client), server: this.#tools.hmacSha256(salted, 'Server Key') }
    // A server that has a new salt each time would fill the memory: the oldest goes.
    if (this.#kept.size >= KEPT_MAX) this.#kept.delete(this.#kept.keys().next().value!)
    this.#kept.set(name, keys)
    return keys
  }

  /** What the client proves itself by: ClientKey XOR ClientSignature; the same again gives the key back. */
  proof(keys: ScramKeys, key: Buffer, message: string): Buffer {
    const signature = this.#tools.hmacSha256(keys.stored, message)
    return Buffer.from(key.map((octet, i) => octet ^ signature[i]!))
  }

  /** What the server proves itself by, in base64. */
  serverSignature(keys: ScramKeys, message: string): string {
    return this.#tools.hmacSha256(keys.server, message).toString('base64')
  }
}

/** A name as it stands in a message: `,` and `=` have other meanings there. */
export function writeName(name: string): string {
  return name.replaceAll('=', '=3D').replaceAll(',', '=2C')
}

/** The name behind it; null when a `=` in it means nothing. */
export function readName(text: string): string | null {
  if (/=(?!2C|3D)/.test(text)) return null
  return text.replaceAll('=2C', ',').replaceAll('=3D', '=')
}
