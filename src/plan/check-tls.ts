/** Rules of TLS; called by `checkPlan`. */
import type { SourcePlan } from './plan.js'
import { refuse } from './rules.js'

/** Throws UsageError for a TLS that cannot be. */
export function checkTls({ wire, target }: SourcePlan): void {
  const { tls, until, hello } = wire
  refuse(
    until === 'starttls' && (tls === null || tls.share < 1),
    '--until starttls needs TLS on every connection; give --tls starttls or --tls implicit, and no --tls-share.',
  )
  if (tls === null) return
  for (const [option, share] of [
    ['--tls-share', tls.share],
    ['--tls-resume', tls.resume ?? 0],
  ] as const) {
    refuse(!(share >= 0 && share <= 1), `${option}: ${share} is no share; give 0 to 1.`)
  }
  refuse(
    tls.mode === 'implicit' && tls.share < 1,
    '--tls-share leaves some connections plain, which a port for implicit TLS does not take; give --tls starttls.',
  )
  refuse(
    tls.mode === 'starttls' && hello !== 'ehlo',
    '--tls starttls needs EHLO, which offers it; leave out --old, or give --tls implicit.',
  )
  refuse(
    tls.mode === 'starttls' && (until === 'connect' || until === 'greeting' || until === 'ehlo'),
    `--until ${until} stops before STARTTLS; leave out --tls, or give a later stage.`,
  )
  refuse(
    tls.verify && target.kind === 'unix' && tls.serverName === null,
    '--tls: a unix socket has no name that the certificate could be for; give --tls-name or --insecure.',
  )
  const name = tls.serverName
  refuse(
    name !== null && !/^[\w.:-]+$/.test(name),
    `--tls-name: '${name}' is no host name or address; give the one that is in the certificate.`,
  )
}
