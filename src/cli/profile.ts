/** `stampede profile`: another verb, with CPU profiles of its threads and a flame graph at the end. */
import { existsSync, mkdirSync, rmdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { RunError, UsageError } from '../base/errors.js'
import { nearest } from '../base/nearest.js'
import { version } from '../base/version.js'
import { orList } from '../base/words.js'
import { Profiling } from '../pool/profiling.js'
import { profileDocument } from '../profile/document.js'
import { HOME, writeProfile } from '../profile/files.js'
import { profileText } from '../profile/summary.js'
import type { Along } from './along.js'
import type { Given } from './given.js'
import { verbHelp } from './help.js'
import { thisMachine } from './machine.js'
import { PROFILE_INTERVAL_US } from './options-profile.js'
import { type Environment, parse } from './parse.js'
import { Perfs } from './profile-perf.js'
import { reasonOf } from './read-file.js'
import { print } from './source.js'

type Run = (args: readonly string[], environment: Environment, along: Along) => Promise<number>

const RUNS: Readonly<Record<string, () => Promise<Run>>> = {
  source: async () => (await import('./source.js')).sourceVerb,
  run: async () => (await import('./run.js')).runVerb,
  stress: async () => (await import('./stress.js')).stressVerb,
  sink: async () => (await import('./sink.js')).sinkVerb,
}

const MOST_US = 1_000_000
/** Without a warm-up: by then connections stand and the message path has been compiled. */
const SETTLE_MS = 1000

/** Runs the verb; the exit status, which is that of the verb it runs. Throws StampedeError. */
export async function profileVerb(args: readonly string[], environment: Environment): Promise<number> {
  const given = parse('profile', args, environment)
  if (given.flag('help')) return print(verbHelp('profile'))
  if (given.flag('version')) return print(`stampede ${version()}\n`)
  const [verb, ...rest] = given.operands
  const run = RUNS[checkedVerb(verb)]!
  const json = given.flag('json') ?? false
  if (json && rest.includes('--json'))
    throw new UsageError(
      `--json: given to profile and to ${verb}, and stdout holds one document; leave one of them out.`,
    )
  const intervalUs = intervalOf(given)
  const perfs = Perfs.of(given, intervalUs)
  const again = perfs.anew(args)
  if (again !== null) return again
  const profiling = new Profiling({
    intervalUs,
    afterMs: given.duration('after'),
    settleMs: SETTLE_MS,
    forMs: given.duration('for'),
    began: () => perfs.begin(),
    ended: () => perfs.end(),
  })
  await profiling.prepare()
  let directory: string | null = null
  const along: Along = {
    quiet: json,
    profiling,
    begins: (seed) => {
      directory = madeDirectory(given, seed)
      perfs.prepare(directory)
    },
  }
  const verbRun = await run()
  let status: number
  try {
    status = await verbRun(rest, environment, along)
  } catch (error) {
    await perfs.abandon()
    if (directory !== null) removeIfEmpty(directory)
    throw error
  }
  // It was only asked for help, or for its plan.
  if (directory === null) return status
  const threads = await profiling.collect()
  const { sections, notes } = await perfs.sections()
  if (threads.length === 0) {
    removeIfEmpty(directory)
    throw new RunError(
      'profile: the run was over before its profile began; give it longer, or an earlier beginning, such as --after 0.',
    )
  }
  const profile = profileDocument({
    version: version(),
    node: process.version,
    command: ['stampede', verb, ...rest].join(' '),
    intervalUs,
    threads,
    home: HOME,
    more: sections,
    notes,
  })
  const wrote = writeProfile(directory, profile, threads)
  if (json) print(`${JSON.stringify(profile, null, 2)}\n`)
  // The verb's own document has stdout to itself.
  else (rest.includes('--json') ? process.stderr : process.stdout).write(`\n${profileText(profile, wrote)}`)
  return status
}

function checkedVerb(verb: string | undefined): string {
  const names = Object.keys(RUNS)
  if (verb === undefined)
    throw new UsageError(
      `VERB is missing; give ${orList(names)} and its options, as in stampede profile -- source -m 1M 127.0.0.1:2525.`,
    )
  if (Object.hasOwn(RUNS, verb)) return verb
  const meant = nearest(verb, names)
  throw new UsageError(
    `profile: '${verb}' is nothing that can be profiled; ${meant ? `did you mean ${meant}?` : `give ${orList(names)}.`}`,
  )
}

function intervalOf(given: Given): number {
  const us = given.count('interval') ?? PROFILE_INTERVAL_US
  if (us > MOST_US)
    throw new UsageError(`${given.label('interval')}: ${us} is too large; give 50 to ${MOST_US} microseconds.`)
  return us
}

function madeDirectory(given: Given, seed: string): string {
  const directory = given.text('out-dir') ?? `profile-${seed}`
  const label = given.label('out-dir')
  try {
    thisMachine().checkWritable(`${directory}/flame.html`, true)
    makeDirectory(directory)
    thisMachine().checkWritable(`${directory}/flame.html`, false)
  } catch (error) {
    throw new UsageError(
      `${label}: cannot write to '${directory}' (${reasonOf(error)}); give a directory that can be written.`,
    )
  }
  return directory
}

/** With those above it. By hand, because Node's own way goes round for ever where the system says that a directory is missing though it is there (/proc). */
function makeDirectory(directory: string): void {
  if (existsSync(directory)) return
  const above = dirname(directory)
  if (above !== directory) makeDirectory(above)
  mkdirSync(directory)
}

/** Only what was made for files that did not come about. */
function removeIfEmpty(directory: string): void {
  try {
    rmdirSync(directory)
  } catch {
    // It holds something.
  }
}
