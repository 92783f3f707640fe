/** A certificate for a receiver that was given none: self-signed, with a key made on the spot, for nobody to trust but whoever pins it. */
import { isIP } from 'node:net'
import { RunError } from '../base/errors.js'

const DAY_MS = 86_400_000
/** Clients with a clock that is late see it as valid too. */
const EARLY_MS = DAY_MS
const VALID_MS = 365 * DAY_MS
/** The longest common name (RFC 5280, ub-common-name). */
const NAME_MAX = 64

type NameEntry = { readonly type: 2; readonly value: string } | { readonly type: 7; readonly ip: string }

/**
 * PEM texts of a P-256 certificate and key, valid for a year, for `hostname` (a name or an address), localhost, 127.0.0.1 and ::1.
 * @throws RunError when the library that makes it is not installed
 */
export async function quickCertificate(hostname: string): Promise<{ cert: string; key: string }> {
  const { generate } = await loadSelfsigned()
  const now = Date.now()
  const made = await generate([{ name: 'commonName', value: commonName(hostname) }], {
    keyType: 'ec',
    curve: 'P-256',
    algorithm: 'sha256',
    notBeforeDate: new Date(now - EARLY_MS),
    notAfterDate: new Date(now + VALID_MS),
    extensions: [
      { name: 'basicConstraints', cA: false, critical: true },
      { name: 'keyUsage', digitalSignature: true, critical: true },
      { name: 'extKeyUsage', serverAuth: true },
      { name: 'subjectAltName', altNames: alternativeNames(hostname) },
    ],
  })
  return { cert: made.cert, key: made.private }
}

/** The names it stands for: the host's own first, where that is one that a certificate can have. */
function alternativeNames(hostname: string): NameEntry[] {
  const own = hostname.replace(/^\[(?:IPv6:)?(.*)\]$/i, '$1')
  const names = [own, 'localhost', '127.0.0.1', '::1'].filter((name) => isIP(name) !== 0 || isName(name))
  return [...new Set(names)].map((name) => (isIP(name) === 0 ? { type: 2, value: name } : { type: 7, ip: name }))
}

function commonName(hostname: string): string {
  return isName(hostname) && hostname.length <= NAME_MAX ? hostname : 'localhost'
}

function isName(text: string): boolean {
  return /^[a-z0-9_]([a-z0-9_.-]{0,251}[a-z0-9_])?$/i.test(text)
}

async function loadSelfsigned(): Promise<typeof import('selfsigned')> {
  try {
    return await import('selfsigned')
  } catch {
    throw new RunError(
      'TLS without --tls-cert needs a certificate made by selfsigned, which is not installed; npm install selfsigned, or give --tls-cert and --tls-key.',
    )
  }
}
