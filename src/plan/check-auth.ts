/** Rules of AUTH. No sentence here, or anywhere, has a secret in it. */
import { UsageError } from '../base/errors.js'
import { isLoopback } from './address.js'
import { BARE_MECHANISMS, type ClientAuthPlan, type Credential } from './client-auth-plan.js'
import type { SourcePlan } from './plan.js'

/** Octets of user and secret together whose base64 stays within a line of 12,288 (RFC 4954 section 4), whatever the mechanism adds. */
const OCTETS_MAX = 9000

/** Throws UsageError for an AUTH that cannot be, or that would show a secret to the network unasked. */
export function checkAuth({ target, wire }: SourcePlan): void {
  const { auth, tls } = wire
  if (auth === null) {
    if (wire.until === 'auth') throw new UsageError('--until auth needs credentials; give --auth or --auth-file.')
    return
  }
  if (wire.hello !== 'ehlo') throw new UsageError('--auth needs EHLO, which offers it; leave out --old.')
  if (!(auth.failureRate >= 0 && auth.failureRate <= 1)) {
    throw new UsageError(`--auth-failure-rate: ${auth.failureRate} is no share; give 0 to 1.`)
  }
  if (auth.credentials.length === 0) throw new UsageError('--auth-file: there is no user in it; give user:password.')
  for (const credential of auth.credentials) checkCredential(credential, auth)
  // A name may turn out to be this machine; an address is known now, and better refused now than at each connection.
  const away = target.kind === 'inet' && /^[\d.]+$|:/.test(target.host) && !isLoopback(target.host)
  const bare = auth.mechanism !== null && BARE_MECHANISMS.includes(auth.mechanism)
  if (away && bare && !auth.inClear && (tls === null || tls.share < 1)) {
    throw new UsageError(
      `--auth: ${auth.mechanism} would send the secret unencrypted to ${target.host}; give --tls starttls, another mechanism, or --auth-in-clear.`,
    )
  }
}

function checkCredential({ user, secret }: Credential, { mechanism }: ClientAuthPlan): void {
  if (user === '' || secret === '') {
    throw new UsageError('--auth: user and password must have at least one character each; give MECH:USER:PASSWORD.')
  }
  // NUL and ^A are what PLAIN and XOAUTH2 put between their parts.
  if (/\0/.test(user + secret) || (mechanism === 'XOAUTH2' && /\x01/.test(user + secret))) {
    throw new UsageError('--auth: user and password cannot have NUL in them, or Control-A with XOAUTH2.')
  }
  if (Buffer.byteLength(user + secret) > OCTETS_MAX) {
    throw new UsageError(`--auth: user and password are too long; give at most ${OCTETS_MAX} octets together.`)
  }
}
