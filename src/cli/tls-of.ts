/** What the TLS of both ends is read from: versions, cipher suites, and PEM files that are looked at here, before anything is started. */
import { createPrivateKey, X509Certificate } from 'node:crypto'
import type { SecureContextOptions } from 'node:tls'
import { UsageError } from '../base/errors.js'
import { onDemand } from '../base/on-demand.js'
import type { TlsVersion } from '../plan/client-tls-plan.js'
import type { Given } from './given.js'
import type { Machine } from './machine.js'
import { readText, reasonOf } from './read-file.js'

/** What an end of TLS may speak; null: what Node has by default. */
export interface TlsRange {
  readonly minVersion: TlsVersion | null
  readonly maxVersion: TlsVersion | null
  readonly ciphers: string | null
}

/** `--tls-min`, `--tls-max` and `--ciphers`. Throws UsageError. */
export function tlsRange(given: Given): TlsRange {
  const minVersion = version(given, 'tls-min')
  const maxVersion = version(given, 'tls-max')
  if (minVersion !== null && maxVersion !== null && minVersion > maxVersion) {
    throw new UsageError(
      `${given.label('tls-min')} is above ${given.label('tls-max')}; give a range that has a version in it.`,
    )
  }
  const ciphers = given.text('ciphers')
  if (ciphers !== null) tryOut({ ciphers }, given.label('ciphers'), ciphers, "names as 'openssl ciphers' lists them")
  return { minVersion, maxVersion, ciphers }
}

/** Certificates in PEM; null where the option was not given. Throws UsageError. */
export function authorities(given: Given, name: string, machine: Machine): string | null {
  const text = readText(given, name, machine)
  if (text !== null) checkCertificates(text, given.label(name))
  return text
}

/** The certificate and the key that goes with it, by the names of their options; null: neither was given. Throws UsageError. */
export function identity(
  given: Given,
  machine: Machine,
  certName: string,
  keyName: string,
): { readonly cert: string; readonly key: string } | null {
  const cert = readText(given, certName, machine)
  const key = readText(given, keyName, machine)
  if (cert === null && key === null) return null
  if (cert === null || key === null) {
    const [has, lacks] = cert === null ? [keyName, certName] : [certName, keyName]
    throw new UsageError(`${given.label(has)} needs the other half; give --${lacks} with it.`)
  }
  const certificate = checkCertificates(cert, given.label(certName))
  if (!certificate.checkPrivateKey(privateKey(key, given.label(keyName)))) {
    throw new UsageError(
      `${given.label(keyName)} is not the key of the first certificate in ${given.label(certName)}; give the two that belong together.`,
    )
  }
  // OpenSSL refuses some: keys that are too short, for instance.
  tryOut({ cert, key }, given.label(certName), null, 'another certificate')
  return { cert, key }
}

/** Throws UsageError for what OpenSSL does not take; `shown` is quoted. */
export function tryOut(options: SecureContextOptions, label: string, shown: string | null, give: string): void {
  try {
    tls().createSecureContext(options)
  } catch (error) {
    const what = shown === null ? 'it' : `'${shown}'`
    throw new UsageError(`${label}: OpenSSL does not take ${what} (${opensslReason(error)}); give ${give}.`)
  }
}

function version(given: Given, name: 'tls-min' | 'tls-max'): TlsVersion | null {
  const text = given.choice<'1.2' | '1.3'>(name)
  return text === null ? null : `TLSv${text}`
}

function privateKey(key: string, label: string): ReturnType<typeof createPrivateKey> {
  try {
    return createPrivateKey(key)
  } catch {
    const locked = key.includes('ENCRYPTED')
    throw new UsageError(
      `${label}: the private key ${locked ? 'is encrypted; give it without a passphrase' : 'cannot be read; give one in PEM'}.`,
    )
  }
}

/** The first certificate of a PEM text whose certificates can all be read. */
function checkCertificates(text: string, label: string): X509Certificate {
  const blocks = text.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? []
  try {
    const [first] = blocks.map((block) => new X509Certificate(block))
    if (first !== undefined) return first
  } catch {}
  throw new UsageError(`${label}: there is no certificate in it that can be read; give certificates in PEM.`)
}

/** `error:0A0000B9:SSL routines::no cipher match` without what only OpenSSL's authors can read. */
function opensslReason(error: unknown): string {
  return reasonOf(error).replace(/^error:.*::?/, '')
}

const tls = onDemand<typeof import('node:tls')>('node:tls')
