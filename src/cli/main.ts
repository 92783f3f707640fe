/** The program's entry: which verb, or which door, and the exit status. */
import { basename } from 'node:path'
import { StampedeError, UsageError } from '../base/errors.js'
import { nearest } from '../base/nearest.js'
import { version } from '../base/version.js'
import type { Verb } from './option.js'
import { VERBS } from './verbs.js'

type Door = (program: string, args: readonly string[]) => Promise<number>
type Command = (args: readonly string[]) => Promise<number> | number

/** Each is loaded when it is called for: what a program does not do should not cost its start. */
const DOORS: Readonly<Record<string, () => Promise<Door>>> = {
  'smtp-source': async () => (await import('./door.js')).door,
  'smtp-sink': async () => (await import('./smtp-sink.js')).sinkDoor,
  'go-smtp-source': async () => (await import('./go-smtp-source.js')).goDoor,
}

const COMMANDS: Readonly<Record<string, () => Promise<Command>>> = {
  source: async () => withEnvironment((await import('./source.js')).sourceVerb),
  run: async () => withEnvironment((await import('./run.js')).runVerb),
  sink: async () => withEnvironment((await import('./sink.js')).sinkVerb),
  stress: async () => withEnvironment((await import('./stress.js')).stressVerb),
  malformed: async () => withEnvironment((await import('./malformed.js')).malformedVerb),
  doctor: async () => withEnvironment((await import('./doctor.js')).doctorVerb),
  watch: async () => withEnvironment((await import('./watch.js')).watchVerb),
  report: async () => withEnvironment((await import('./report.js')).reportVerb),
  profile: async () => withEnvironment((await import('./profile.js')).profileVerb),
  compare: async () => withEnvironment((await import('./compare.js')).compareVerb),
  manual: async () => (await import('./manual.js')).manualVerb,
  completion: async () => (await import('./completion.js')).completionVerb,
}

/**
 * Runs the program. `argv0` is the name it was called by: as `smtp-source`, `smtp-sink` or `go-smtp-source` it is that, else `args[0]` is the verb.
 * Resolves to the exit status; diagnostics have been printed.
 */
export async function main(argv0: string, args: readonly string[]): Promise<number> {
  const name = basename(argv0).replace(/\.js$/, '')
  if (Object.hasOwn(DOORS, name)) return (await DOORS[name]!())(argv0, args)
  const [verb, ...rest] = args
  if (verb !== undefined && Object.hasOwn(DOORS, verb)) return (await DOORS[verb]!())(verb, rest)
  try {
    return await dispatch(verb, rest)
  } catch (error) {
    if (!(error instanceof StampedeError)) throw error
    process.stderr.write(`stampede: ${error.message}\n`)
    return error.exitStatus
  }
}

async function dispatch(verb: string | undefined, args: readonly string[]): Promise<number> {
  if (verb !== undefined && Object.hasOwn(COMMANDS, verb)) return (await COMMANDS[verb]!())(args)
  switch (verb) {
    case 'help':
    case '--help':
    case '-h':
      return help(args)
    case '--version':
    case '-V':
      process.stdout.write(`stampede ${version()}\n`)
      return 0
    case undefined:
      process.stderr.write((await import('./help.js')).overview())
      return 2
    default: {
      const names = VERBS.map(({ name }) => name)
      const meant = nearest(verb, [...names, '--help', '--version'])
      const hint = meant ? `did you mean '${meant}'?` : `give one of ${names.join(', ')}.`
      throw new UsageError(`${verb}: unknown ${verb.startsWith('-') ? 'option' : 'command'}; ${hint}`)
    }
  }
}

function withEnvironment(run: (args: readonly string[], environment: NodeJS.ProcessEnv) => Promise<number>): Command {
  return (args) => run(args, process.env)
}

async function help([topic]: readonly string[]): Promise<number> {
  const { overview, verbHelp } = await import('./help.js')
  if (topic === undefined) {
    process.stdout.write(overview())
    return 0
  }
  const info = VERBS.find(({ name }) => name === topic)
  if (info === undefined) {
    throw new UsageError(
      `help: there is no command '${topic}'; give one of ${VERBS.map(({ name }) => name).join(', ')}.`,
    )
  }
  process.stdout.write(topic === 'manual' || topic === 'completion' ? `${info.synopsis}\n` : verbHelp(topic as Verb))
  return 0
}
