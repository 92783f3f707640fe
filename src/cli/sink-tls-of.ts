/** TLS and AUTH of a sink's plan. */
import { UsageError } from '../base/errors.js'
import { nearest } from '../base/nearest.js'
import { parseUserFile } from '../base/user-file.js'
import type { SinkAuthPlan, SinkMechanism, SinkTlsPlan } from '../plan/sink-plan.js'
import { isSmtps } from '../plan/target.js'
import type { Given } from './given.js'
import type { Machine } from './machine.js'
import { readText } from './read-file.js'
import { authorities, identity, tlsRange } from './tls-of.js'

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
  return {
    mode,
    ...tlsRange(given),
    identity: identity(given, machine, 'tls-cert', 'tls-key'),
    clientCa: authorities(given, 'tls-client-ca', machine),
  }
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
