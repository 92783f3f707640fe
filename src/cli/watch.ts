/** `stampede watch`: a server's vital signs while something else loads it. */
import { hostname } from 'node:os'
import { monotonicMs } from '../base/clock.js'
import { UsageError } from '../base/errors.js'
import { version } from '../base/version.js'
import { findingOfSamples } from '../measure/leak-watch.js'
import { endedDead } from '../measure/watched.js'
import { type WatchResult, watchHead, watchJson, watchLine, watchText } from '../report/watch-text.js'
import { gauge } from '../serve/families.js'
import { targetFamilies } from '../serve/target-families.js'
import { RunWatch } from '../watch/run-watch.js'
import { ServerWatch } from '../watch/server-watch.js'
import { parseWatchTarget, WATCH_TARGETS } from '../watch/watch-target.js'
import { colored } from './colors.js'
import type { Given } from './given.js'
import { verbHelp } from './help.js'
import { leakStatus } from './leak-of.js'
import { thisMachine } from './machine.js'
import { openMetrics } from './metrics.js'
import { type Environment, parse } from './parse.js'
import { Interrupts } from './signals.js'
import { print } from './source.js'
import { WatchFiles, watchFilesOf } from './watch-files.js'

/** Lines between two heads. */
const HEAD_EVERY = 20

/** Runs the verb until the time is up, the server ends or a signal comes; the exit status. Throws StampedeError. */
export async function watchVerb(args: readonly string[], environment: Environment): Promise<number> {
  const given = parse('watch', args, environment)
  if (given.flag('help')) return print(verbHelp('watch'))
  if (given.flag('version')) return print(`stampede ${version()}\n`)
  const [text, extra] = given.operands
  if (text === undefined) throw new UsageError(`WHOM is missing; give ${WATCH_TARGETS}.`)
  if (extra !== undefined) throw new UsageError(`'${extra}' is one operand too many; give one WHOM.`)
  const files = new WatchFiles(watchFilesOf(given, thisMachine()))
  const watch = new RunWatch(new ServerWatch(parseWatchTarget(text, 'WHOM'), { label: `WHOM ${text}` }))
  const quiet = given.flag('quiet') ?? false
  const interrupts = new Interrupts()
  const metrics = await openMetrics(given, { families: () => familiesOf(watch), resources: {} }, quiet)
  try {
    const seen = await watched(watch, given, interrupts, files)
    const leaks = given.flag('leaks') ? findingOfSamples(seen.watched.samples) : null
    const result = leaks === null ? seen : { ...seen, leaks: [leaks] }
    const failed = await files.end(result)
    if (given.flag('json')) process.stdout.write(watchJson(result))
    else if (!quiet) process.stdout.write(watchText(result, colored(environment, given)))
    if (failed !== null) throw failed
    if (leaks?.word === 'leaking') return leakStatus(leaks.word)
    return interrupts.exitStatus ?? (endedDead(result.watched) ? 1 : leaks === null ? 0 : leakStatus(leaks.word))
  } finally {
    watch.close()
    interrupts.close()
    await files.close()
    await metrics?.close()
  }
}

/** Samples until it is over. */
async function watched(watch: RunWatch, given: Given, interrupts: Interrupts, files: WatchFiles): Promise<WatchResult> {
  const intervalMs = given.duration('interval') ?? 1000
  const durationMs = given.duration('duration') ?? Number.POSITIVE_INFINITY
  const follow = given.flag('restarts') ?? false
  const silent = given.flag('quiet') === true || given.flag('no-progress') === true
  const about = { version: version(), node: process.version, host: hostname(), startedAt: new Date().toISOString() }
  const startMs = monotonicMs()
  const now = () => monotonicMs() - startMs
  watch.start(now)
  files.begin({ ...about, intervalMs, leaks: given.flag('leaks') ?? false }, watch.watched)
  if (!silent) process.stderr.write(`${watch.about}\n`)
  let before = watch.watched.samples.at(-1)!
  for (let number = 1; ; number++) {
    const dueMs = Math.min(number * intervalMs, durationMs)
    await pause(dueMs - now(), interrupts.signal, () => !follow && endedDead(watch.watched))
    const sample = watch.look(now())
    files.sampled(watch.watched)
    if (!silent && sample !== before) {
      if ((number - 1) % HEAD_EVERY === 0) process.stderr.write(`${watchHead()}\n`)
      process.stderr.write(`${watchLine(sample, before)}\n`)
    }
    before = sample
    const dead = !follow && endedDead(watch.watched)
    if (dead || interrupts.signal.aborted || dueMs >= durationMs) break
  }
  return {
    schemaVersion: 1,
    role: 'watch',
    ...about,
    elapsedMs: now(),
    watched: watch.watched,
    notes: watch.notes,
  }
}

/** Looks for the end of a wait this often. */
const STEP_MS = 100

/** Waits so long, or until a signal comes or `over` says so. */
async function pause(ms: number, signal: AbortSignal, over: () => boolean): Promise<void> {
  const endMs = monotonicMs() + ms
  while (!signal.aborted && !over()) {
    const left = endMs - monotonicMs()
    if (left <= 0) return
    await new Promise<void>((resolve) => {
      const wake = () => {
        clearTimeout(timer)
        signal.removeEventListener('abort', wake)
        resolve()
      }
      const timer = setTimeout(wake, Math.min(left, STEP_MS))
      signal.addEventListener('abort', wake, { once: true })
    })
  }
}

function familiesOf(watch: RunWatch) {
  const labels = { version: version(), node: process.version }
  return [gauge('stampede_build_info', 'What runs.', [{ labels, value: 1 }]), ...targetFamilies(watch.watched)]
}
