/** What went wrong with TLS, in words for the table of errors. */
import type { X509Certificate } from 'node:crypto'
import { isIP } from 'node:net'

const UNKNOWN_AUTHORITY = 'the authority of the certificate is not known; give it with --ca'
const SENTENCES: Readonly<Record<string, string>> = {
  DEPTH_ZERO_SELF_SIGNED_CERT: 'the certificate is self-signed; give it with --ca, or --insecure',
  SELF_SIGNED_CERT_IN_CHAIN: UNKNOWN_AUTHORITY,
  UNABLE_TO_GET_ISSUER_CERT: UNKNOWN_AUTHORITY,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: UNKNOWN_AUTHORITY,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: UNKNOWN_AUTHORITY,
  CERT_HAS_EXPIRED: 'the certificate has expired',
  CERT_NOT_YET_VALID: 'the certificate is not valid yet',
  CERT_REVOKED: 'the certificate was revoked',
}

/** What OpenSSL holds against the chain, or that it is for somebody else than `name`; null: nothing. */
export function certificateProblem(
  error: (Error & { code?: string }) | null,
  certificate: X509Certificate | undefined,
  name: string,
): string | null {
  if (error) return SENTENCES[error.code ?? ''] ?? `the certificate is not trusted: ${error.message}`
  if (certificate === undefined) return 'the server showed no certificate'
  const meant = isIP(name) === 0 ? certificate.checkHost(name) : certificate.checkIP(name)
  if (meant !== undefined) return null
  const names = certificate.subjectAltName ?? certificate.subject.replaceAll('\n', ', ')
  return `the certificate is not for ${name} but for ${names}; give --tls-name`
}

/** The words for an error of TLS itself; null: it is one of the connection's. */
export function handshakeProblem(error: NodeJS.ErrnoException & { reason?: string }): string | null {
  if (!/^(ERR_SSL|ERR_TLS|EPROTO)/.test(error.code ?? '')) return null
  const reason = (error.reason ?? error.message).toLowerCase()
  return reason === 'wrong version number' ? `the server does not answer in TLS (${reason})` : reason
}
