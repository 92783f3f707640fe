/** `stampede sink`. */
import { closeSync, fstatSync, writeSync } from 'node:fs'
import { monotonicMs } from '../base/clock.js'
import { UsageError } from '../base/errors.js'
import { version } from '../base/version.js'
import { becomeUser } from '../net/privileges.js'
import { NO_POLICY } from '../plan/policy.js'
import { policyText } from '../plan/policy-write.js'
import type { Profiling } from '../pool/profiling.js'
import type { SinkHandle, SinkStart } from '../run/sink.js'
import { shellQuote } from './again.js'
import { ALONE, type Along, profilingOf } from './along.js'
import { loadStartSink } from './engine.js'
import type { Given } from './given.js'
import { verbHelp } from './help.js'
import { sinkPageFeed, withPage } from './live-page.js'
import { thisMachine } from './machine.js'
import { openMetrics } from './metrics.js'
import { openSinkOtlp } from './otlp.js'
import { type Environment, parse } from './parse.js'
import { policyOf } from './policy-of.js'
import { reasonOf } from './read-file.js'
import { ShownSink } from './shown-sink.js'
import { Interrupts } from './signals.js'
import { sinkPlan } from './sink-plan-of.js'
import { sinkCounters, sinkJson, sinkText } from './sink-text.js'

/** How often `-c` looks, in milliseconds. */
const COUNT_MS = 200

/** Runs the verb until it ends by itself or by a signal; the exit status. Throws StampedeError. */
export async function sinkVerb(
  args: readonly string[],
  environment: Environment,
  along: Along = ALONE,
): Promise<number> {
  const given = parse('sink', args, environment)
  if (given.flag('help')) return print(verbHelp('sink'))
  if (given.flag('version')) return print(`stampede ${version()}\n`)
  if (given.flag('print-policy')) return print(policyText(policyOf(given, thisMachine()) ?? NO_POLICY))
  const plan = sinkPlan(given, thisMachine())
  const readyFd = checkedDescriptor(given)
  const start = { ...startOf(given), ...profilingOf(along) }
  const quiet = given.flag('quiet') ?? along.quiet
  const counting = given.counter('count') > 0 && !quiet
  along.begins(plan.policy?.seed ?? thisMachine().newSeed())
  const startSink = await loadStartSink()
  const interrupts = new Interrupts()
  const shown = new ShownSink(plan, thisMachine().newSeed)
  const otlp = await openSinkOtlp(given, shown, plan.policy?.seed ?? null)
  const metrics = await openMetrics(given, await withPage(given, shown), quiet)
  const page = metrics === null ? null : await sinkPageFeed(shown.feed)
  let counter: NodeJS.Timeout | undefined
  let waiting: NodeJS.Timeout | undefined
  try {
    const sink = await startSink(plan, start)
    if (metrics !== null || otlp !== null) shown.started(sink)
    const again = ['stampede', 'sink', ...args].map(shellQuote).join(' ')
    page?.started(sink, { workers: plan.workers, seed: plan.policy?.seed ?? '', again })
    otlp?.started()
    const where = sink.address.replace(/^inet:/, '')
    if (!quiet) process.stderr.write(`listening on ${where}\n`)
    if (readyFd !== null) announce(readyFd, where)
    if (counting) counter = setInterval(() => showCounters(sink), COUNT_MS)
    const stop = () => {
      // What follows is only the end.
      along.profiling?.stop()
      void sink.stop()
    }
    waiting = along.profiling === null ? undefined : whenFirstCame(sink, along.profiling)
    interrupts.signal.addEventListener('abort', stop, { once: true })
    if (interrupts.signal.aborted) stop()
    const ended = await sink.done
    const note = (await otlp?.ended(interrupts.now.aborted))?.note ?? null
    const totals = note === null ? ended : { ...ended, notes: [...ended.notes, note] }
    if (counting) {
      showCounters(sink)
      process.stderr.write('\n')
    }
    for (const note of quiet ? [] : totals.notes) process.stderr.write(`stampede: ${note}\n`)
    const seed = plan.policy?.seed ?? null
    if (given.flag('json')) process.stdout.write(sinkJson(totals, sink.records, seed))
    else if (!quiet) process.stdout.write(sinkText(totals, sink.records, seed))
    return interrupts.exitStatus ?? 0
  } finally {
    clearInterval(counter)
    clearInterval(waiting)
    interrupts.close()
    page?.close()
    otlp?.close()
    await metrics?.close()
  }
}

/** Whom to become when the address is bound. */
function startOf(given: Given): SinkStart {
  const user = given.text('user')
  const root = given.text('chroot')
  if (user === null && root !== null)
    throw new UsageError(`${given.label('chroot')} needs a user to become; give --user with it.`)
  return user === null ? {} : { prepared: () => becomeUser(user, root) }
}

function showCounters(sink: SinkHandle): void {
  process.stderr.write(`${sinkCounters(sink.totals())}\r`)
}

/** The run of a sink, and with it the time that is profiled, begins with its first connection. */
function whenFirstCame(sink: SinkHandle, profiling: Profiling): NodeJS.Timeout {
  const look = setInterval(() => {
    if (sink.totals().connections === 0) return
    clearInterval(look)
    profiling.started(monotonicMs(), 0)
  }, COUNT_MS / 4)
  return look
}

/** A descriptor that is not open is found before anything is started. */
function checkedDescriptor(given: Given): number | null {
  const descriptor = given.count('ready-fd')
  if (descriptor === null) return null
  try {
    fstatSync(descriptor)
  } catch (error) {
    throw new UsageError(
      `${given.label('ready-fd')}: descriptor ${descriptor} cannot be written (${reasonOf(error)}); give one that is open.`,
    )
  }
  return descriptor
}

function announce(descriptor: number, where: string): void {
  writeSync(descriptor, `${where}\n`)
  if (descriptor > 2) closeSync(descriptor)
}

function print(text: string): number {
  process.stdout.write(text)
  return 0
}
