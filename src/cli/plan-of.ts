/** From what was given to a frozen plan: defaults that depend on each other, and what needs the machine. */
import { UsageError } from '../base/errors.js'
import { THRESHOLD_METRICS } from '../measure/threshold-metrics.js'
import { checkPlan } from '../plan/check.js'
import { checkHelloName } from '../plan/hostname.js'
import type { LoadPlan, MailPlan, SourcePlan, Target, Until, WirePlan } from '../plan/plan.js'
import { parseTarget, TargetError, targetProtocol } from '../plan/target.js'
import { parseThreshold } from '../plan/threshold-text.js'
import { spreadAddresses } from './addresses.js'
import type { Given } from './given.js'
import { autoWorkers, type Machine } from './machine.js'
import { readOctets } from './read-file.js'
import { sourceAuth } from './source-auth-of.js'

/** Transactions in flight where CHUNKING lets them follow each other unasked. */
const DEPTH_CHUNKED = 16

/** The plan of `stampede source`. Throws UsageError. */
export function sourcePlan(given: Given, machine: Machine): SourcePlan {
  const target = endpoint(given, 'TARGET', (text) => parseTarget(text, 25, machine.lookupService))
  const load = loadPlan(given)
  const wire = wirePlan(given, machine, load)
  const plan: SourcePlan = {
    target,
    load,
    wire,
    mail: mailPlan(given, machine, wire.helloName),
    mix: [],
    mischief: [],
    thresholds: given
      .texts('threshold')
      .map((text) => parseThreshold(text, given.label('threshold'), THRESHOLD_METRICS)),
    door: null,
    allowReject: given.flag('allow-reject') ?? false,
    retry: given.choice<'off' | 'later'>('retry') ?? 'off',
    stopOnError: given.flag('stop-on-error') ?? false,
    workers: Math.min(load.sessions, workers(given, machine)),
    record: !(given.flag('no-record') ?? false),
    seed: given.text('seed')?.toLowerCase() ?? machine.newSeed(),
    publicTarget: given.flag('i-own-this-server') ?? false,
  }
  checkPlan(plan)
  return freeze(plan)
}

function loadPlan(given: Given): LoadPlan {
  const durationMs = given.duration('duration')
  const rate = given.rate('rate')
  const perSession = given.count('per-session')
  const reuse = given.flag('reuse') ?? true
  if (!reuse && perSession !== null && perSession !== 1) {
    throw new UsageError(
      `${given.label('reuse')} and ${given.label('per-session')} exclude each other; give one of them.`,
    )
  }
  return {
    messages: given.count('messages') ?? (durationMs === null && rate === null ? 1 : null),
    durationMs,
    arrivals:
      rate === null
        ? null
        : { shape: { kind: 'constant', rate }, burst: null, process: 'even', late: 'queue', pace: 'exact' },
    sessions: given.count('sessions') ?? 1,
    perSession: reuse ? perSession : 1,
    delay: delay(given),
    drainMs: given.duration('drain') ?? 5000,
    ramp: null,
    warmupMs: 0,
    backoff: { firstMs: 10, lastMs: 250 },
  }
}

function delay(given: Given): LoadPlan['delay'] {
  const fixed = given.duration('delay')
  const random = given.duration('random-delay')
  if (fixed !== null && random !== null) {
    throw new UsageError(
      `${given.label('delay')} and ${given.label('random-delay')} exclude each other; give one of them.`,
    )
  }
  if (fixed !== null) return { kind: 'fixed', ms: fixed, stepMs: fixed % 1000 === 0 ? 1000 : 1 }
  if (random !== null) return { kind: 'random', ms: random, stepMs: random % 1000 === 0 ? 1000 : 1 }
  return null
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
    tls: null,
    auth: sourceAuth(given, machine),
  }
}

/** Transactions in flight when none were asked for. */
export function defaultDepth(chunking: WirePlan['chunking'], delay: LoadPlan['delay']): number {
  return chunking !== 'off' && delay === null ? DEPTH_CHUNKED : 1
}

function mailPlan(given: Given, machine: Machine, helloName: string): MailPlan {
  const fileName = given.text('message-file')
  const size = given.size('size', 0x7fff_ffff)
  if (fileName !== null && size !== null) {
    throw new UsageError(
      `${given.label('size')} and ${given.label('message-file')} exclude each other; the file has its own size.`,
    )
  }
  const numbering = given.choice<MailPlan['numbering']>('numbering') ?? 'newest'
  return {
    from: given.text('from') ?? `foo@${helloName}`,
    to: given.text('to') ?? `foo@${helloName}`,
    recipients: given.count('recipients') ?? 1,
    recipientsMost: given.count('recipients') ?? 1,
    numbering,
    // Since Postfix 3.9 -r implies -N; before, -r alone counts down within each message.
    numbered: (given.flag('number-rcpt') ?? false) || (numbering === 'newest' && given.has('recipients')),
    fromPool: null,
    toPool: null,
    size,
    sizes: null,
    file: fileName === null ? null : readOctets(fileName, given.label('message-file'), machine),
    fileName,
    corpus: null,
    mime: null,
    headers: !(given.flag('old') ?? false) && fileName === null,
    subject: given.text('subject'),
    extraHeaders: [],
    declareSize: false,
  }
}

/** Reads the first operand and refuses too many or too few. */
export function endpoint(given: Given, name: string, read: (text: string) => Target, second?: string): Target {
  const [text, ...rest] = given.operands
  const listens = name === 'LISTEN'
  const example = listens
    ? ':2525, 127.0.0.1:2525, [::1]:2525 or unix:/path'
    : 'host, host:port, [IPv6]:port, unix:/path or smtp://host:port'
  if (text === undefined) throw new UsageError(`${name} is missing; give ${example}.`)
  const extra = rest[second === undefined ? 0 : 1]
  if (extra !== undefined)
    throw new UsageError(
      `'${extra}' is one operand too many; give one ${name}${second === undefined ? '' : ` and at most one ${second}`}.`,
    )
  try {
    return read(text)
  } catch (error) {
    if (!(error instanceof TargetError)) throw error
    throw new UsageError(`${name} '${text}': ${plainReason(error.text)}; give ${example}.`)
  }
}

/** The resolver's words for an unknown service say nothing to most people. */
function plainReason(text: string): string {
  return text === 'Servname not supported for ai_socktype' ? 'unknown port or service' : text
}

export function workers(given: Given, machine: Machine): number {
  const asked = given.workers('workers')
  return asked === 'auto' ? autoWorkers(machine.cores) : asked
}

/** Frozen through and through, except octets, which cannot be. */
export function freeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !ArrayBuffer.isView(value)) {
    for (const inner of Object.values(value)) freeze(inner)
    Object.freeze(value)
  }
  return value
}
