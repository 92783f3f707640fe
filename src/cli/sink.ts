/** `stampede sink`. */
import { closeSync, fstatSync, writeSync } from 'node:fs'
import { UsageError } from '../base/errors.js'
import { loadStartSink, type RunningSink } from './engine.js'
import type { Given } from './given.js'
import { verbHelp } from './help.js'
import { thisMachine } from './machine.js'
import { type Environment, parse } from './parse.js'
import { reasonOf, sinkPlan } from './plan-of.js'
import { Interrupts } from './signals.js'
import { sinkCounters, sinkJson, sinkText } from './sink-text.js'
import { version } from '../base/version.js'

/** How often `-c` looks, in milliseconds. */
const COUNT_MS = 200

/** Runs the verb until it ends by itself or by a signal; the exit status. Throws StampedeError. */
export async function sinkVerb(args: readonly string[], environment: Environment): Promise<number> {
  const given = parse('sink', args, environment)
  if (given.flag('help')) return print(verbHelp('sink'))
  if (given.flag('version')) return print(`stampede ${version()}\n`)
  const plan = sinkPlan(given, thisMachine())
  const readyFd = checkedDescriptor(given)
  const quiet = given.flag('quiet') ?? false
  const interrupts = new Interrupts()
  const sink = await (await loadStartSink())(plan)
  const counter = given.counter('count') > 0 && !quiet ? setInterval(() => showCounters(sink), COUNT_MS) : null
  try {
    const where = plan.listen.kind === 'unix' ? `unix:${plan.listen.path}` : endpoint(sink)
    if (!quiet) process.stderr.write(`listening on ${where}\n`)
    if (readyFd !== null) announce(readyFd, where)
    const stopped = new Promise<void>((resolve) =>
      interrupts.signal.addEventListener('abort', () => resolve(), { once: true }),
    )
    const totals = await Promise.race([sink.done, stopped.then(() => sink.stop())])
    if (counter) {
      showCounters(sink)
      process.stderr.write('\n')
    }
    if (given.flag('json')) process.stdout.write(sinkJson(totals))
    else if (!quiet) process.stdout.write(sinkText(totals))
    return interrupts.exitStatus ?? 0
  } finally {
    if (counter) clearInterval(counter)
    interrupts.close()
  }
}

/** `127.0.0.1:2525`, `[::1]:2525`. */
function endpoint({ address, port }: RunningSink): string {
  if (address.endsWith(`:${port}`)) return address
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`
}

function showCounters(sink: RunningSink): void {
  process.stderr.write(`${sinkCounters(sink.totals())}\r`)
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
