/** TLS of a source's plan, and the words that say it again. */
import { UsageError } from '../base/errors.js'
import { formatShare } from '../base/units.js'
import type { ClientTlsPlan } from '../plan/client-tls-plan.js'
import type { SourcePlan } from '../plan/plan.js'
import { isSmtps } from '../plan/target.js'
import type { Given } from './given.js'
import type { Machine } from './machine.js'
import { authorities, identity, tlsRange, tryOut } from './tls-of.js'

const NEED_TLS = [
  'tls-share',
  'tls-resume',
  'tls-min',
  'tls-max',
  'ciphers',
  'tls-groups',
  'ca',
  'cert',
  'key',
  'insecure',
  'tls-name',
] as const

/** What `--tls` and its companions, or an smtps:// URL, ask for; null: no TLS. Throws UsageError. */
export function sourceTls(given: Given, machine: Machine): ClientTlsPlan | null {
  const mode = modeOf(given)
  if (mode === 'off') {
    const idle = NEED_TLS.find((name) => given.has(name))
    if (idle === undefined) return null
    throw new UsageError(`${given.label(idle)} needs TLS; give --tls starttls or --tls implicit with it.`)
  }
  const groups = given.text('tls-groups')
  if (groups !== null) {
    tryOut({ ecdhCurve: groups }, given.label('tls-groups'), groups, 'groups such as X25519:P-256')
  }
  const insecure = given.flag('insecure') ?? false
  const idle = insecure && given.has('ca') ? 'ca' : null
  if (idle !== null) {
    throw new UsageError(`${given.label(idle)} and ${given.label('insecure')} contradict each other; give one of them.`)
  }
  const own = identity(given, machine, 'cert', 'key')
  return {
    mode,
    share: given.share('tls-share') ?? 1,
    resume: given.share('tls-resume'),
    ...tlsRange(given),
    groups,
    ca: authorities(given, 'ca', machine),
    cert: own?.cert ?? null,
    key: own?.key ?? null,
    caFile: given.text('ca'),
    certFile: given.text('cert'),
    keyFile: given.text('key'),
    serverName: given.text('tls-name'),
    verify: !insecure,
  }
}

function modeOf(given: Given): 'off' | 'starttls' | 'implicit' {
  const asked = given.choice<'off' | 'starttls' | 'implicit'>('tls')
  if (!isSmtps(given.operands[0] ?? '')) return asked ?? 'off'
  if (asked === null || asked === 'implicit') return 'implicit'
  throw new UsageError(
    `${given.label('tls')} ${asked}: TARGET says smtps://, which is implicit TLS; give smtp:// or leave out ${given.label('tls')}.`,
  )
}

/** The words of `sourceTls`. */
export function tlsWords({ wire: { tls }, target }: SourcePlan): string[] {
  if (tls === null) return []
  const words: string[] = []
  const word = (name: string, value: string | null) => {
    if (value !== null) words.push(`--${name}`, value)
  }
  if (!isSmtps(target.text)) words.push('--tls', tls.mode)
  if (tls.share !== 1) word('tls-share', formatShare(tls.share))
  if (tls.resume !== null) word('tls-resume', formatShare(tls.resume))
  word('tls-min', tls.minVersion?.slice(4) ?? null)
  word('tls-max', tls.maxVersion?.slice(4) ?? null)
  word('ciphers', tls.ciphers)
  word('tls-groups', tls.groups)
  word('ca', tls.caFile)
  word('cert', tls.certFile)
  word('key', tls.keyFile)
  if (!tls.verify) words.push('--insecure')
  word('tls-name', tls.serverName)
  return words
}
