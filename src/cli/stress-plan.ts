/** From the options of `stampede stress` to a plan: what they do not say is as `stampede source` has it. */
import { UsageError } from '../base/errors.js'
import { freeze } from '../base/freeze.js'
import { isLoopback } from '../plan/address.js'
import { checkPlan } from '../plan/check.js'
import type { ClientAuthPlan } from '../plan/client-auth-plan.js'
import { type ClientTlsPlan, PLAIN_TLS } from '../plan/client-tls-plan.js'
import { healthySessions, type MischiefPlan } from '../plan/mischief.js'
import type { SourcePlan, Target } from '../plan/plan.js'
import { parsePostfixTarget, TargetError } from '../plan/target.js'
import type { Machine } from './machine.js'
import { autoWorkers } from './machine.js'
import { parse } from './parse.js'
import { sourcePlan } from './plan-of.js'
import type { StressOptions } from './stress-options.js'
import { MALFORMED_SHARE, SLOW_OCTETS, SLOW_SHARE } from './stress-shares.js'

/** TLS from the first octet is spoken there (RFC 8314). */
const SUBMISSIONS_PORT = 465

/** Of the messages so many must be accepted for the run to have passed. */
const PASS_SHARE = 0.95

/** The plan. Throws UsageError. */
export function stressPlan(options: StressOptions, machine: Machine): SourcePlan {
  const target = stressTarget(options, machine)
  const mischief = mischiefOf(options)
  const most = options.max_connections
  if (healthySessions(mischief, most) < 1) {
    throw new UsageError(
      `--max-connections: of ${most} none would be left that behaves; give at least ${mischief.length + 1} with --slow-client or --malformed.`,
    )
  }
  const base = sourcePlan(parse('source', [target.text], {}), machine)
  const plan: SourcePlan = {
    ...base,
    target,
    load: {
      ...base.load,
      messages: null,
      durationMs: ms(options.duration),
      sessions: most,
      ramp: rampOf(options),
      perSession: options.connection_reuse ? options.messages_per_connection : 1,
    },
    wire: {
      ...base.wire,
      pipelining: options.pipelining ? 'auto' : 'off',
      tls: tlsOf(options),
      auth: authOf(options),
    },
    mail: { ...base.mail, size: options.message_size },
    mischief,
    workers: Math.min(most, autoWorkers(machine.cores)),
    seed: options.seed,
    publicTarget: options.i_own_this_server,
    passShare: PASS_SHARE,
  }
  checkPlan(plan)
  return freeze(plan)
}

/** Options are in seconds. */
function ms(seconds: number): number {
  return Math.round(seconds * 1000)
}

function stressTarget({ host, port }: StressOptions, machine: Machine): Target {
  const text = `${host.includes(':') && !host.startsWith('[') ? `[${host}]` : host}:${port}`
  try {
    const target = parsePostfixTarget(text, port, machine.lookupService)
    if (target.kind === 'inet' && target.port === port && `[${target.host}]`.includes(host)) return target
    throw new TargetError('not a host name or address', null)
  } catch (error) {
    if (!(error instanceof TargetError)) throw error
    throw new UsageError(`--host '${host}': ${error.text}; give a name or an address, and the port with --port.`)
  }
}

function rampOf(options: StressOptions): SourcePlan['load']['ramp'] {
  const { min_connections: from, max_connections: to, burst_mode: inBursts } = options
  const upMs = ms(options.ramp_up)
  if (from === to || (upMs === 0 && !inBursts)) return null
  const ramp = { from, upMs, downMs: 0 }
  if (!inBursts) return ramp
  return { ...ramp, bursts: { everyMs: ms(options.burst_interval), forMs: ms(options.burst_duration) } }
}

function tlsOf({ use_tls, port, host, insecure }: StressOptions): ClientTlsPlan | null {
  if (!use_tls) return null
  return {
    ...PLAIN_TLS,
    mode: port === SUBMISSIONS_PORT ? 'implicit' : 'starttls',
    // On this machine nobody can stand between, and servers under test sign their own certificates.
    verify: !(insecure || isLoopback(host)),
  }
}

function authOf({ username, password, auth_failure_rate }: StressOptions): ClientAuthPlan | null {
  if (username === null || password === null) return null
  return {
    mechanism: null,
    credentials: [{ user: username, secret: password }],
    order: 'robin',
    failureRate: auth_failure_rate,
    inClear: false,
    file: null,
  }
}

function mischiefOf(options: StressOptions): MischiefPlan[] {
  const some: MischiefPlan[] = []
  if (options.slow_client) {
    const everyMs = ms(options.slow_delay)
    some.push({ kind: 'slow', share: SLOW_SHARE, where: 'data', octets: SLOW_OCTETS, everyMs })
  }
  if (options.malformed) some.push({ kind: 'malformed', share: MALFORMED_SHARE, cases: null })
  return some
}
