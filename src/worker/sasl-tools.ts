/** Hashes and randomness of this machine, for AUTH on either side. */
import { createHash, createHmac, pbkdf2Sync, randomBytes } from 'node:crypto'
import type { SaslTools } from '../smtp/sasl.js'

export const SASL_TOOLS: SaslTools = {
  hmacMd5: (key, text) => createHmac('md5', key).update(text).digest('hex'),
  sha256: (octets) => createHash('sha256').update(octets).digest(),
  hmacSha256: (key, text) => createHmac('sha256', key).update(text).digest(),
  pbkdf2Sha256: (secret, salt, iterations) => pbkdf2Sync(secret, salt, iterations, 32, 'sha256'),
  unique: () => `${randomBytes(16).toString('hex')}.${Date.now()}`,
}
