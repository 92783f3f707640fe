/** TLS and AUTH of a sink's plan: files are read and looked at here, so that a key of another certificate is found before anything is started. */
import { createPrivateKey, X509Certificate } from 'node:crypto'
import { createRequire } from 'node:module'
import { UsageError } from '../base/errors.js'
import { nearest } from '../base/nearest.js'
import { parseUserFile } from '../base/user-file.js'
import type { SinkAuthPlan, SinkMechanism, SinkTlsPlan } from '../plan/sink-plan.js'
import { isSmtps } from '../plan/target.js'
import type { Given } from './given.js'
import type { Machine } from './machine.js'
import { readText, reasonOf } from './read-file.js'

/** In the order in which they are announced. */
const MECHANISMS: readonly SinkMechanism[] = ['PLAIN', 'LOGIN', 'CRAM-MD5', 'XOAUTH2', 'SCRAM-SHA-256']

const NEED_TLS = ['tls-cert', 'tls-key', 'tls-min', 'tls-max', 'ciphers', 'tls-client-ca'] as const

/** What `--tls` and its companions, or an smtps:// URL, ask for; null: no TLS. Throws UsageError. */
export function sinkTls(given: Given, machine: Machine): SinkTlsPlan | null {
  const mode = tlsMode(given)
  if (mode === 'off') {
    const idle = NEED_TLS.find((name) => given.has(name))
    if (idle === undefined) return null
    throw new UsageError(`${given.label(idle)} needs TLS; give --tls starttls or --tls implicit with it.`)
  }
  const minVersion = version(given, 'tls-min')
  const maxVersion = version(given, 'tls-max')
  if (minVersion !== null && maxVersion !== null && minVersion > maxVersion) {
    throw new UsageError(
      `${given.label('tls-min')} is above ${given.label('tls-max')}; give a range that has a version in it.`,
    )
  }
  const ciphers = given.text('ciphers')
  if (ciphers !== null) checkCiphers(ciphers, given.label('ciphers'))
  const ca = readText(given, 'tls-client-ca', machine)
  if (ca !== null) checkCertificates(ca, given.label('tls-client-ca'))
  return { mode, identity: identity(given, machine), minVersion, maxVersion, ciphers, clientCa: ca }
}

/** What `--auth` and its companions ask for; null: no AUTH. Throws UsageError. */
export function sinkAuth(given: Given, machine: Machine): SinkAuthPlan | null {
  const named = authMechanisms(given)
  if (named.length === 0) {
    const idle = (['auth-users', 'auth-required'] as const).find((name) => given.has(name))
    if (idle === undefined) return null
    throw new UsageError(`${given.label(idle)} needs AUTH; give --auth all, or the mechanisms, with it.`)
  }
  const users = readText(given, 'auth-users', machine)
  // Its server has to prove that it knows the password, too; `all` means all that can be had.
  const mechanisms = users === null ? named.filter((name) => name !== 'SCRAM-SHA-256') : named
  if (named !== MECHANISMS && mechanisms.length < named.length) {
    throw new UsageError(`${given.label('auth')}: scram-sha-256 needs the passwords; give --auth-users with it.`)
  }
  return {
    mechanisms,
    users: users === null ? null : parseUserFile(users, given.label('auth-users')),
    required: given.flag('auth-required') ?? false,
  }
}

function tlsMode(given: Given): 'off' | 'starttls' | 'implicit' {
  const asked = given.choice<'off' | 'starttls' | 'implicit'>('tls')
  if (!isSmtps(given.operands[0] ?? '')) return asked ?? 'off'
  if (asked === null || asked === 'implicit') return 'implicit'
  throw new UsageError(
    `${given.label('tls')} ${asked}: LISTEN says smtps://, which is implicit TLS; give smtp:// or leave out ${given.label('tls')}.`,
  )
}

function authMechanisms(given: Given): readonly SinkMechanism[] {
  const words = given.list('auth')
  if (words === null) return []
  const names = words.map((word) => word.trim().toUpperCase())
  if (names.length === 1 && names[0] === 'OFF') return []
  if (names.length === 1 && names[0] === 'ALL') return MECHANISMS
  const known: readonly string[] = MECHANISMS
  const unknown = names.findIndex((name) => !known.includes(name))
  if (unknown >= 0) {
    const all = MECHANISMS.map((name) => name.toLowerCase())
    const meant = nearest(names[unknown]!.toLowerCase(), [...all, 'all', 'off'])
    const hint = meant ? ` (did you mean ${meant}?)` : ''
    throw new UsageError(
      // STAMPEDE_AUTH may be meant for a source, and then there is a password in it.
      `${given.label('auth')}: '${words[unknown]!.replace(/:.*/s, ':***')}' is not a mechanism; give some of ${all.join(', ')}, or all, or off${hint}.`,
    )
  }
  return MECHANISMS.filter((name) => names.includes(name))
}

function version(given: Given, name: 'tls-min' | 'tls-max'): SinkTlsPlan['minVersion'] {
  const text = given.choice<'1.2' | '1.3'>(name)
  return text === null ? null : `TLSv${text}`
}

/** The certificate and the key that goes with it. */
function identity(given: Given, machine: Machine): SinkTlsPlan['identity'] {
  const cert = readText(given, 'tls-cert', machine)
  const key = readText(given, 'tls-key', machine)
  if (cert === null && key === null) return null
  if (cert === null || key === null) {
    const [has, lacks] = cert === null ? ['tls-key', 'tls-cert'] : ['tls-cert', 'tls-key']
    throw new UsageError(`${given.label(has)} needs the other half; give --${lacks} with it.`)
  }
  const certificate = checkCertificates(cert, given.label('tls-cert'))
  if (!certificate.checkPrivateKey(privateKey(key, given.label('tls-key')))) {
    throw new UsageError(
      `${given.label('tls-key')} is not the key of the first certificate in ${given.label('tls-cert')}; give the two that belong together.`,
    )
  }
  checkUsable(cert, key, given.label('tls-cert'))
  return { cert, key }
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

/** OpenSSL refuses some: keys that are too short, for instance. */
function checkUsable(cert: string, key: string, label: string): void {
  try {
    tls().createSecureContext({ cert, key })
  } catch (error) {
    throw new UsageError(`${label}: OpenSSL does not take it (${opensslReason(error)}); give another certificate.`)
  }
}

function checkCiphers(ciphers: string, label: string): void {
  try {
    tls().createSecureContext({ ciphers })
  } catch (error) {
    throw new UsageError(
      `${label}: OpenSSL does not take '${ciphers}' (${opensslReason(error)}); give names as 'openssl ciphers' lists them.`,
    )
  }
}

/** `error:0A0000B9:SSL routines::no cipher match` without what only OpenSSL's authors can read. */
function opensslReason(error: unknown): string {
  return reasonOf(error).replace(/^error:.*::?/, '')
}

/** Loaded when it is needed, which is seldom: the other verbs start without it. */
function tls(): typeof import('node:tls') {
  return createRequire(import.meta.url)('node:tls')
}
