import { existsSync } from 'node:fs'

/** The distribution's programs that the system suites measure against, and the package that has them. */
const PROGRAMS = {
  'smtp-source': { path: '/usr/sbin/smtp-source', package: 'postfix' },
  'smtp-sink': { path: '/usr/sbin/smtp-sink', package: 'postfix' },
  postfix: { path: '/usr/sbin/postfix', package: 'postfix' },
  postconf: { path: '/usr/sbin/postconf', package: 'postfix' },
  postal: { path: '/usr/sbin/postal', package: 'postal' },
  ss: { path: '/usr/bin/ss', package: 'iproute2' },
  swaks: { path: '/usr/bin/swaks', package: 'swaks libnet-ssleay-perl' },
  curl: { path: '/usr/bin/curl', package: 'curl' },
  dovecot: { path: '/usr/sbin/dovecot', package: 'dovecot-core' },
  'cyrus-sasl': { path: '/usr/share/doc/libsasl2-modules', package: 'libsasl2-modules' },
  ip: { path: '/usr/sbin/ip', package: 'iproute2' },
  chromium: { path: '/usr/bin/chromium', package: 'chromium' },
  tmux: { path: '/usr/bin/tmux', package: 'tmux' },
  unshare: { path: '/usr/bin/unshare', package: 'util-linux' },
  prometheus: { path: '/usr/bin/prometheus', package: 'prometheus' },
  promtool: { path: '/usr/bin/promtool', package: 'prometheus' },
  perf: { path: '/usr/bin/perf', package: 'linux-perf' },
} as const
export type DistributionProgram = keyof typeof PROGRAMS

/**
 * The reason to skip a suite that needs these programs, or false when all are there. With STAMPEDE_SYSTEM=require nothing is
 * skipped: the suite runs into `need` instead.
 */
export function missing(...names: readonly DistributionProgram[]): string | false {
  const sentence = absent(names)
  if (sentence === '') return false
  if (process.env.STAMPEDE_SYSTEM === 'require') return false
  console.error(sentence)
  return sentence
}

/** Throws the sentence that says how to install what is missing. */
export function need(...names: readonly DistributionProgram[]): void {
  const sentence = absent(names)
  if (sentence !== '') throw new Error(sentence)
}

function absent(names: readonly DistributionProgram[]): string {
  const lacking = names.map((name) => PROGRAMS[name]).filter((program) => !existsSync(program.path))
  if (lacking.length === 0) return ''
  const packages = [...new Set(lacking.map((program) => program.package))].join(' ')
  const what = lacking.map((program) => program.path).join(', ')
  return `${what} missing: install with "apt-get update && apt-get install -y --no-install-recommends ${packages}"`
}
