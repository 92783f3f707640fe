/** From what was given to a frozen plan: defaults that depend on each other, and what needs the machine. */
import { UsageError } from '../base/errors.js'
import { freeze } from '../base/freeze.js'
import { THRESHOLD_METRICS } from '../measure/threshold-metrics.js'
import { checkPlan } from '../plan/check.js'
import { checkHelloName } from '../plan/hostname.js'
import { healthySessions } from '../plan/mischief.js'
import type { LoadPlan, SourcePlan, Until, WirePlan } from '../plan/plan.js'
import { parseTarget, targetProtocol } from '../plan/target.js'
import { parseThreshold } from '../plan/threshold-text.js'
import { spreadAddresses } from './addresses.js'
import { baselineOf, withBaseline } from './baseline-of.js'
import type { Given } from './given.js'
import { loadPlan } from './load-of.js'
import type { Machine } from './machine.js'
import { mailPlan } from './mail-of.js'
import { mischiefOf } from './mischief-of.js'
import { endpoint, workers } from './operand-of.js'
import { sourceAuth } from './source-auth-of.js'
import { sourceTls } from './source-tls-of.js'
import { tagsOf } from './tags-of.js'

/** Transactions in flight where CHUNKING lets them follow each other unasked. */
const DEPTH_CHUNKED = 16

/** One type of mail of a plan file's mix: its own options, with those that stand outside it. */
export interface GivenMail {
  readonly weight: number
  readonly given: Given
}

/** The plan of `stampede source`. Throws UsageError. */
export function sourcePlan(given: Given, machine: Machine, mix: readonly GivenMail[] = []): SourcePlan {
  const target = endpoint(given, 'TARGET', (text) => parseTarget(text, 25, machine.lookupService))
  const load = loadPlan(given, machine)
  const wire = wirePlan(given, machine, load)
  const mischief = mischiefOf(given)
  const baseline = baselineOf(given)
  const plan: SourcePlan = {
    target,
    load,
    wire,
    mail: mailPlan(given, machine, wire),
    mix: mix.map((part) => ({ weight: part.weight, mail: mailPlan(part.given, machine, wire) })),
    mischief,
    ...(given.has('fault-after') ? { mischiefAfterMs: given.duration('fault-after') } : {}),
    thresholds: given
      .texts('threshold')
      .map((text, i) => parseThreshold(text, given.label('threshold', i), THRESHOLD_METRICS, baseline?.figure)),
    door: null,
    allowReject: given.flag('allow-reject') ?? false,
    retry: given.choice<'off' | 'later'>('retry') ?? 'off',
    stopOnError: given.flag('stop-on-error') ?? false,
    workers: Math.min(Math.max(1, healthySessions(mischief, load.sessions)), workers(given, machine)),
    record: !(given.flag('no-record') ?? false),
    seed: given.text('seed')?.toLowerCase() ?? machine.newSeed(),
    tags: tagsOf(given),
    publicTarget: given.flag('i-own-this-server') ?? false,
  }
  checkPlan(plan)
  return freeze(withBaseline(plan, baseline, machine))
}

function wirePlan(given: Given, machine: Machine, load: LoadPlan): WirePlan {
  const chunking = given.choice<WirePlan['chunking']>('chunking') ?? 'off'
  const family = given.last(['ipv4', 'ipv6'])
  const helloName = given.text('helo') ?? machine.hostname
  const problem = checkHelloName(helloName)
  if (problem) {
    const whose = given.has('helo') ? given.label('helo') : "--helo: this machine's own name cannot be used"
    throw new UsageError(`${whose}: ${problem.fatal}; give a host name, [IPv4] or [IPv6:address].`)
  }
  const lmtp = given.flag('lmtp') ?? false
  const scheme = targetProtocol(given.operands[0] ?? '')
  if (lmtp && scheme === 'smtp')
    throw new UsageError(
      `${given.label('lmtp')}: the target says smtp://; give lmtp:// or leave out ${given.label('lmtp')}.`,
    )
  return {
    protocol: lmtp || scheme === 'lmtp' ? 'lmtp' : 'smtp',
    hello: given.flag('old') ? 'none' : 'ehlo',
    helloName,
    pipelining: given.choice<WirePlan['pipelining']>('pipelining') ?? 'auto',
    chunking,
    depth: given.count('depth') ?? defaultDepth(chunking, load.delay),
    until: given.choice<Until>('until'),
    holdMs: given.duration('hold') ?? 0,
    family: family === null ? 0 : family === 'ipv4' ? 4 : 6,
    sourceIps: spreadAddresses(given.list('source-ip') ?? [], given.label('source-ip')),
    connectBurst: given.count('connect-burst') ?? 1,
    connectTries: given.count('connect-tries') ?? 1,
    connectTimeoutMs: given.duration('connect-timeout') ?? 30_000,
    timeoutMs: given.duration('timeout'),
    tcpWindow: given.size('tcp-window', 0x7fff_ffff),
    tls: sourceTls(given, machine),
    auth: sourceAuth(given, machine),
  }
}

/** Transactions in flight when none were asked for. */
export function defaultDepth(chunking: WirePlan['chunking'], delay: LoadPlan['delay']): number {
  return chunking !== 'off' && delay === null ? DEPTH_CHUNKED : 1
}
