/** Rules between the fields of a plan: what excludes or needs what. Each is one sentence that names the options. */
import { UsageError } from '../base/errors.js'
import { parseAddress } from './address.js'
import { checkAuth } from './check-auth.js'
import { checkLoad } from './check-load.js'
import { checkMail } from './check-mail.js'
import { checkMischief } from './check-mischief.js'
import { checkTls } from './check-tls.js'
import type { SourcePlan } from './plan.js'
import { WAIT_MAX_MS } from './policy-check.js'
import { refuse, whole } from './rules.js'
import type { SinkKeepPlan, SinkPlan } from './sink-plan.js'
import { checkFamily, TargetError } from './target.js'

/** Greatest number of transactions in flight per session: what a worker keeps books on. */
export const DEPTH_MAX = 4096

/** Throws UsageError for a plan that contradicts itself. Wherever a plan comes from, it passes here before it runs. */
export function checkPlan(plan: SourcePlan): void {
  checkLoad(plan)
  checkWire(plan)
  checkTls(plan)
  checkAuth(plan)
  checkMail(plan)
  checkMischief(plan)
  whole(plan.workers, '--workers', 1)
  refuse(!/^[0-9a-f]{1,16}$/.test(plan.seed), `--seed: '${plan.seed}' is no seed; give 1 to 16 hexadecimal digits.`)
  refuse(
    plan.stopOnError && plan.allowReject,
    '--stop-on-error and --allow-reject contradict each other; give one of them.',
  )
}

function checkWire({ target, wire, load }: SourcePlan): void {
  whole(wire.depth, '--depth', 1, DEPTH_MAX)
  whole(wire.connectBurst, '--connect-burst', 1)
  whole(wire.connectTries, '--connect-tries', 1)
  refuse(
    wire.depth > 1 && wire.chunking === 'off',
    '--depth above 1 needs transactions back to back; give --chunking auto or require with it.',
  )
  refuse(
    wire.depth > 1 && load.delay !== null,
    '--depth above 1 and --delay, --random-delay or --exp-delay exclude each other; give one of them.',
  )
  refuse(wire.hello !== 'ehlo' && wire.chunking !== 'off', '--chunking needs EHLO; leave out --old.')
  refuse(wire.hello !== 'ehlo' && wire.pipelining === 'require', '--pipelining require needs EHLO; leave out --old.')
  refuse(
    wire.hello === 'none' && wire.until === 'ehlo',
    '--until ehlo needs a hello and --old sends none; give one of them.',
  )
  try {
    checkFamily(target, wire.family)
  } catch (error) {
    if (!(error instanceof TargetError)) throw error
    throw new UsageError(
      `-${wire.family}: the target ${target.text} is not an IPv${wire.family} address; leave out -${wire.family} or give another target.`,
    )
  }
  refuse(
    target.kind === 'unix' && wire.sourceIps.length > 0,
    '--source-ip has no meaning for a unix socket; give a host as target.',
  )
  const literal = target.kind === 'inet' ? parseAddress(target.host)?.family : undefined
  const family = literal ?? (wire.family === 0 ? undefined : wire.family)
  for (const ip of wire.sourceIps) {
    const address = parseAddress(ip)
    refuse(address === null, `--source-ip: '${ip}' is not an address; give IPv4 or IPv6 addresses of this machine.`)
    refuse(
      family !== undefined && address?.family !== family,
      `--source-ip: ${ip} cannot reach an IPv${family} target; give IPv${family} addresses.`,
    )
  }
}

/** Throws UsageError for a sink plan that contradicts itself. */
export function checkSinkPlan(plan: SinkPlan): void {
  whole(plan.backlog, 'BACKLOG', 1, 0x7fff_ffff)
  whole(plan.workers, '--workers', 1)
  whole(plan.maxSessions, '--max-sessions', 1)
  if (plan.maxSize !== null) whole(plan.maxSize, '--max-size', 1)
  refuse(!(plan.idleTimeoutMs > 0), '--timeout must be above 0; give a time such as 100s.')
  refuse(/[\r\n\0]/.test(plan.hostname), '--hostname must be one line; give text without line ends.')
  checkKeep(plan.keep)
  refuse(
    plan.auth !== null && plan.door === null && plan.without.includes('AUTH'),
    '--no-auth and --auth contradict each other; give one of them.',
  )
  refuse(
    plan.tcpWindow !== null && plan.door === null && plan.listen.kind === 'unix',
    '--tcp-window has no meaning for a unix socket; give a host and port to listen on.',
  )
  const { afterData } = plan
  refuse(
    afterData !== null && !(afterData.ms >= 0 && afterData.ms <= WAIT_MAX_MS),
    `${afterData?.kind === 'refuse' ? '--premature-reply' : '--data-read-delay'}: ${afterData?.ms} ms is out of range; give at most 1h.`,
  )
  try {
    checkFamily(plan.listen, plan.family)
  } catch (error) {
    if (!(error instanceof TargetError)) throw error
    throw new UsageError(
      `-${plan.family}: ${plan.listen.text} is not an IPv${plan.family} address; leave out -${plan.family} or listen elsewhere.`,
    )
  }
}

function checkKeep({ ledger, dump }: SinkKeepPlan): void {
  const option = dump?.kind === 'all' ? '--dump-all' : '--dump-each'
  refuse(ledger === '' || (ledger?.includes('\0') ?? false), '--ledger: there is no such name; give a file.')
  refuse(
    dump !== null && (dump.template === '' || dump.template.includes('\0')),
    `${option}: there is no such name; give a template such as dump/%Y-%m-%d.`,
  )
}
