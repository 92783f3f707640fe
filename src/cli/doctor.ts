/** `stampede doctor`: what of this machine, this program and a server is in the way of a load. */
import { UsageError } from '../base/errors.js'
import { formatDuration } from '../base/units.js'
import { version } from '../base/version.js'
import { checkHelloName } from '../plan/hostname.js'
import { isSmtps, parseTarget, targetProtocol } from '../plan/target.js'
import { doctorJson, doctorText, healthy } from '../report/doctor.js'
import type { CeilingMode } from '../run/doctor-load.js'
import type { TargetLook } from '../run/doctor-target.js'
import { colored } from './colors.js'
import { loadDoctor } from './engine.js'
import type { Given } from './given.js'
import { verbHelp } from './help.js'
import { planOfSink, planOfSource } from './library.js'
import { type Machine, thisMachine } from './machine.js'
import { endpoint } from './operand-of.js'
import { type Environment, parse } from './parse.js'
import { Interrupts } from './signals.js'
import { print } from './source.js'

const SECONDS_MS = 3000
const SESSIONS = 50
const PATIENCE_MS = 10_000

/** Each way of sending; what is not said is as `stampede source` has it. The one that leaves sockets in TIME_WAIT comes last. */
const MODES = [
  { mode: 'lock-step', options: '--pipelining off', set: { pipelining: 'off' } },
  { mode: 'pipelined', options: '(as it is)', set: {} },
  { mode: 'chunked, 16 in flight', options: '--chunking require', set: { chunking: 'require' } },
  { mode: 'pipelined in TLS', options: '--tls starttls --insecure', set: { tls: 'starttls', insecure: true } },
  { mode: 'connection per message', options: '--no-reuse', set: { reuse: false } },
] as const

/** Runs the verb; the exit status. Throws StampedeError. */
export async function doctorVerb(args: readonly string[], environment: Environment): Promise<number> {
  const given = parse('doctor', args, environment)
  if (given.flag('help')) return print(verbHelp('doctor'))
  if (given.flag('version')) return print(`stampede ${version()}\n`)
  const machine = thisMachine()
  const look = given.operands.length === 0 ? null : lookOf(given, machine)
  const load = given.flag('load') === false ? null : loadOf(given)
  const doctor = await loadDoctor()
  const interrupts = new Interrupts()
  const terminal = process.stderr.isTTY === true
  try {
    const report = await doctor({
      look,
      load,
      signal: interrupts.signal,
      before: (mode, number) => {
        if (terminal) process.stderr.write(`\r\x1b[Kmeasuring ${number} of ${MODES.length}: ${mode}`)
      },
    })
    if (terminal && load !== null) process.stderr.write('\r\x1b[K')
    print(given.flag('json') ? doctorJson(report) : doctorText(report, colored(environment, given)))
    return interrupts.exitStatus ?? (healthy(report) ? 0 : 1)
  } finally {
    interrupts.close()
  }
}

function loadOf(given: Given) {
  const ms = given.duration('seconds') ?? SECONDS_MS
  const sessions = given.count('sessions') ?? SESSIONS
  const modes = MODES.map(
    ({ mode, options, set }): CeilingMode => ({
      mode,
      options,
      plan: (target) => planOfSource({ target, sessions, duration: formatDuration(ms), drain: '2s', ...set }),
    }),
  )
  return { sink: planOfSink({ tls: 'starttls' }), modes, seconds: ms / 1000 }
}

function lookOf(given: Given, machine: Machine): TargetLook {
  const target = endpoint(given, 'TARGET', (text) => parseTarget(text, 25, machine.lookupService))
  const [text = ''] = given.operands
  const helo = given.text('helo') ?? machine.hostname
  const problem = checkHelloName(helo)
  if (problem)
    throw new UsageError(`${given.label('helo')}: ${problem.fatal}; give a host name, [IPv4] or [IPv6:address].`)
  return {
    target,
    protocol: targetProtocol(text) ?? 'smtp',
    implicitTls: isSmtps(text),
    helo,
    mayBePublic: given.flag('i-own-this-server') ?? false,
    patienceMs: given.duration('timeout') ?? PATIENCE_MS,
  }
}
