/** What the workers of one sink show to their TLS clients, made once, before there are any workers. */
import { randomBytes } from 'node:crypto'
import type { SinkPlan } from '../plan/sink-plan.js'
import { quickCertificate } from './quick-certificate.js'
import type { TlsIdentity } from './server-tls.js'

/** As OpenSSL wants them: a name, an HMAC key and an AES key of 16 octets each. */
const TICKET_KEYS = 48

/**
 * The plan's certificate, or one made for its host name; null: no TLS.
 * @throws RunError when none can be made
 */
export async function tlsIdentity({ tls, hostname }: SinkPlan): Promise<TlsIdentity | null> {
  if (tls === null) return null
  const identity = tls.identity ?? (await quickCertificate(hostname))
  return { ...identity, ticketKeys: new Uint8Array(randomBytes(TICKET_KEYS)) }
}
