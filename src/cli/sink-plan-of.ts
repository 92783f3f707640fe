/** Keywords of the EHLO reply that have a --no-KEYWORD. */
const EXTENSIONS = [
  'PIPELINING',
  'CHUNKING',
  '8BITMIME',
  'ENHANCEDSTATUSCODES',
  'DSN',
  'SMTPUTF8',
  'AUTH',
  'XCLIENT',
  'XFORWARD',
] as const

import { freeze } from '../base/freeze.js'
/** The plan of `stampede sink`, from what was given. */
import { parseCount } from '../base/units.js'
import { checkSinkPlan } from '../plan/check.js'
import type { SinkPlan } from '../plan/sink-plan.js'
import { parseListen, targetProtocol } from '../plan/target.js'
import type { Given } from './given.js'
import type { Machine } from './machine.js'
import { endpoint, workers } from './operand-of.js'
import { policyOf } from './policy-of.js'
import { sinkKeep } from './sink-keep-of.js'
import { afterData, loggedCommands } from './sink-letters.js'
import { sinkAuth, sinkTls } from './sink-tls-of.js'

/** What the sink asks of the kernel when BACKLOG is not given; the kernel caps it at net.core.somaxconn. */
const BACKLOG = 4096

/** The plan of `stampede sink`. Throws UsageError. */
export function sinkPlan(given: Given, machine: Machine): SinkPlan {
  const listen = endpoint(given, 'LISTEN', (text) => parseListen(text, machine.lookupService), 'BACKLOG')
  const without: string[] = []
  for (const keyword of EXTENSIONS) {
    if (given.flag(`no-${keyword.toLowerCase()}`)) without.push(keyword)
  }
  // As with Postfix: a receiver that refuses by rule has its replies awaited.
  const refuses = given.has('reject-hard') || given.has('reject-soft')
  if (refuses && !without.includes('PIPELINING')) without.unshift('PIPELINING')
  const family = given.last(['ipv4', 'ipv6'])
  const backlog = given.operands[1]
  const plan: SinkPlan = {
    listen,
    family: family === null ? 0 : family === 'ipv4' ? 4 : 6,
    backlog: backlog === undefined ? BACKLOG : parseCount(backlog, 'BACKLOG', { max: 0x7fff_ffff }),
    workers: listen.kind === 'unix' && given.workers('workers') === 'auto' ? 1 : workers(given, machine),
    protocol: given.flag('lmtp') || targetProtocol(given.operands[0] ?? '') === 'lmtp' ? 'lmtp' : 'smtp',
    hostname: given.text('hostname') ?? 'smtp-sink',
    maxSessions: given.count('max-sessions') ?? 1_000_000,
    maxSize: given.size('max-size'),
    idleTimeoutMs: given.duration('timeout') ?? 100_000,
    without,
    greeting: given.flag('pix') ? 'masked' : given.flag('no-esmtp') ? 'plain' : 'esmtp',
    afterData: afterData(given),
    quitAfterMessages: given.count('quit-after-messages'),
    quitAfterQuits: given.count('quit-after-quits'),
    policy: policyOf(given, machine),
    tls: sinkTls(given, machine),
    auth: sinkAuth(given, machine),
    keep: sinkKeep(given, machine),
    lenientEod: given.flag('lenient-eod') ?? false,
    record: true,
    talk: { verbose: given.counter('verbose') > 0 && !(given.flag('quiet') ?? false), log: loggedCommands(given) },
    tcpWindow: given.size('tcp-window', 0x7fff_ffff),
    door: null,
  }
  checkSinkPlan(plan)
  return freeze(plan)
}
