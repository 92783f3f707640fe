/** The command line that repeats a run. Secrets are masked. */
import { formatCount, formatDuration, formatShare, formatSize } from '../base/units.js'
import type { ClientAuthPlan } from '../plan/client-auth-plan.js'
import type { SourcePlan } from '../plan/plan.js'
import { gatherAddresses } from './addresses.js'
import type { Given } from './given.js'
import { loadWords } from './load-words.js'
import { type Machine, thisMachine } from './machine.js'
import { mailWords } from './mail-words.js'
import { mischiefWords } from './mischief-of.js'
import { defaultDepth } from './plan-of.js'
import { tlsWords } from './source-tls-of.js'

/**
 * Writes the line, quoted for a shell: the seed, everything that is not a default, the target. Read on the same machine it gives
 * the same plan.
 */
export function againLine(plan: SourcePlan, machine: Pick<Machine, 'hostname' | 'cores'> = thisMachine()): string {
  const words = [
    'stampede',
    'source',
    '--seed',
    plan.seed,
    ...loadWords(plan, machine.cores),
    ...wireWords(plan, machine.hostname),
    ...tlsWords(plan),
    ...authWords(plan.wire.auth),
  ]
  words.push(...mailWords(plan.mail, plan.wire.helloName))
  words.push(...mischiefWords(plan))
  if (plan.allowReject) words.push('-A')
  if (plan.retry !== 'off') words.push('--retry', plan.retry)
  if (plan.stopOnError) words.push('--stop-on-error')
  if (!plan.record) words.push('--no-record')
  if (plan.baseline !== undefined) words.push('--baseline', plan.baseline.file)
  for (const { text } of plan.thresholds) words.push('--threshold', text)
  for (const [name, value] of Object.entries(plan.tags ?? {})) words.push('--tag', `${name}=${value}`)
  if (plan.publicTarget) words.push('--i-own-this-server')
  words.push(plan.target.text)
  return words.map(shellQuote).join(' ')
}

/**
 * The line that repeats a run of a plan file: the file, the seed, and what the command line and the environment (`given`) said beside it.
 * What is only shown or written is left out.
 */
export function againOfPlan(given: Given, seed: string): string {
  const beside = given.words(({ name, group }) => name !== 'seed' && (group !== 'Output' || name === 'tag'))
  const masked = beside.map((word) => word.replace(/^(--auth=[^:]*:[^:]*:).*$/s, '$1***'))
  return ['stampede', 'run', ...given.operands, '--seed', seed, ...masked].map(shellQuote).join(' ')
}

function wireWords({ wire, load, target }: SourcePlan, hostname: string): string[] {
  const words: string[] = []
  if (wire.family !== 0) words.push(`-${wire.family}`)
  if (wire.protocol === 'lmtp' && !/^lmtp:/i.test(target.text)) words.push('-L')
  if (wire.hello === 'none') words.push('-o')
  if (wire.helloName !== hostname) words.push('-M', wire.helloName)
  if (wire.pipelining !== 'auto') words.push('--pipelining', wire.pipelining)
  if (wire.chunking !== 'off') words.push('--chunking', wire.chunking)
  if (wire.depth !== defaultDepth(wire.chunking, load.delay)) words.push('--depth', String(wire.depth))
  if (wire.until !== null) words.push('--until', wire.until)
  if (wire.holdMs !== 0) words.push('--hold', formatDuration(wire.holdMs))
  if (wire.sourceIps.length > 0) words.push('--source-ip', gatherAddresses(wire.sourceIps))
  if (wire.connectBurst !== 1) words.push('--connect-burst', formatCount(wire.connectBurst))
  if (wire.connectTries !== 1) words.push('-C', formatCount(wire.connectTries))
  if (wire.connectTimeoutMs !== 30_000) words.push('--connect-timeout', formatDuration(wire.connectTimeoutMs))
  if (wire.timeoutMs !== null) words.push('--timeout', formatDuration(wire.timeoutMs))
  if (wire.tcpWindow !== null) words.push('-T', formatSize(wire.tcpWindow))
  return words
}

/** With a file, its name; a secret from the command line is masked, and has to be filled in again. */
function authWords(auth: ClientAuthPlan | null): string[] {
  if (auth === null) return []
  const { mechanism, file } = auth
  const words: string[] = []
  if (file === null) words.push('--auth', `${(mechanism ?? 'auto').toLowerCase()}:${auth.credentials[0]!.user}:***`)
  else {
    words.push('--auth-file', file)
    if (mechanism !== null) words.push('--auth-mech', mechanism.toLowerCase())
  }
  if (auth.order !== 'robin') words.push('--auth-order', auth.order)
  if (auth.failureRate !== 0) words.push('--auth-failure-rate', formatShare(auth.failureRate))
  if (auth.inClear) words.push('--auth-in-clear')
  return words
}

/** One word of a POSIX shell, in single quotes only where it needs them. */
export function shellQuote(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`
}
