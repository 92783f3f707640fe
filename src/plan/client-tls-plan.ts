/** TLS of a source: files read, names resolved, everything that a worker needs as plain data. */

export type TlsVersion = 'TLSv1.2' | 'TLSv1.3'

export interface ClientTlsPlan {
  /** `starttls` asks for it after EHLO (RFC 3207), `implicit` begins with it (RFC 8314). */
  readonly mode: 'starttls' | 'implicit'
  /** Share of the connections that use it, 0..1; the others stay plain. Only `starttls` may be below 1. */
  readonly share: number
  /** Wished share of the handshakes that resume an earlier session, 0..1; null: a session is resumed whenever there is one. */
  readonly resume: number | null
  /** Null: what Node allows by default. */
  readonly minVersion: TlsVersion | null
  readonly maxVersion: TlsVersion | null
  /** OpenSSL's lists; null: Node's. */
  readonly ciphers: string | null
  readonly groups: string | null
  /** PEM texts, and the names of the files that they came from; null: the system's authorities, no client certificate. */
  readonly ca: string | null
  readonly cert: string | null
  readonly key: string | null
  readonly caFile: string | null
  readonly certFile: string | null
  readonly keyFile: string | null
  /** Asked for by SNI and looked for in the certificate; null: the target's host. */
  readonly serverName: string | null
  /** False: any certificate will do (`--insecure`). */
  readonly verify: boolean
}

/** What holds where nothing was said: every connection, whatever Node allows, the certificate verified. */
export const PLAIN_TLS: Omit<ClientTlsPlan, 'mode'> = {
  share: 1,
  resume: null,
  minVersion: null,
  maxVersion: null,
  ciphers: null,
  groups: null,
  ca: null,
  cert: null,
  key: null,
  caFile: null,
  certFile: null,
  keyFile: null,
  serverName: null,
  verify: true,
}

/** The plan for people: without the private key. */
export function maskedTls(plan: ClientTlsPlan): ClientTlsPlan {
  return { ...plan, key: plan.key === null ? null : '***' }
}
