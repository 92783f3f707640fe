/** What both sides of AUTH need: base64 as SASL has it, comparing secrets, and the mathematics that the machine lends. */

/** Hashes and randomness, handed in: this folder computes neither. Texts are UTF-8. */
export interface SaslTools {
  /** HMAC-MD5 (RFC 2104) of `text` under `key`: 32 lower-case hexadecimal digits. */
  hmacMd5(key: string, text: string): string
  sha256(octets: Buffer): Buffer
  hmacSha256(key: Buffer, text: string): Buffer
  /** PBKDF2 with HMAC-SHA-256 (RFC 8018 section 5.2), 32 octets. */
  pbkdf2Sha256(secret: string, salt: Buffer, iterations: number): Buffer
  /** Letters, digits and dots that were not given before and cannot be guessed. */
  unique(): string
}

/** Base64 as RFC 4648 section 4 has it, padded, with nothing else in it; null for anything else. */
export function decodeBase64(text: string): Buffer | null {
  if (text.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(text)) return null
  return Buffer.from(text, 'base64')
}

/** Compares in a time that depends on `given` alone, which its sender knows anyway. */
export function same(given: string, expected: string): boolean {
  let different = given.length ^ expected.length
  for (let i = 0; i < given.length; i++) {
    different |= given.charCodeAt(i) ^ (i < expected.length ? expected.charCodeAt(i) : 0)
  }
  return different === 0
}
