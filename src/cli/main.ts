/** The program's entry: which verb, or which door, and the exit status. */
import { basename } from 'node:path'
import { StampedeError, UsageError } from '../base/errors.js'
import { nearest } from '../base/nearest.js'
import { version } from '../base/version.js'
import { completionVerb } from './completion.js'
import { door } from './door.js'
import { goDoor } from './go-smtp-source.js'
import { overview, verbHelp } from './help.js'
import { malformedVerb } from './malformed.js'
import { manualVerb } from './manual.js'
import type { Verb } from './option.js'
import { reportVerb } from './report.js'
import { runVerb } from './run.js'
import { sinkVerb } from './sink.js'
import { sinkDoor } from './smtp-sink.js'
import { sourceVerb } from './source.js'
import { stressVerb } from './stress.js'
import { VERBS } from './verbs.js'

/**
 * Runs the program. `argv0` is the name it was called by: as `smtp-source`, `smtp-sink` or `go-smtp-source` it is that, else `args[0]` is the verb.
 * Resolves to the exit status; diagnostics have been printed.
 */
export async function main(argv0: string, args: readonly string[]): Promise<number> {
  if (/^smtp-source(\.js)?$/.test(basename(argv0))) return door(argv0, args)
  if (/^smtp-sink(\.js)?$/.test(basename(argv0))) return sinkDoor(argv0, args)
  if (/^go-smtp-source(\.js)?$/.test(basename(argv0))) return goDoor(argv0, args)
  const [verb, ...rest] = args
  if (verb === 'smtp-source') return door(verb, rest)
  if (verb === 'smtp-sink') return sinkDoor(verb, rest)
  if (verb === 'go-smtp-source') return goDoor(verb, rest)
  try {
    return await dispatch(verb, rest)
  } catch (error) {
    if (!(error instanceof StampedeError)) throw error
    process.stderr.write(`stampede: ${error.message}\n`)
    return error.exitStatus
  }
}

async function dispatch(verb: string | undefined, args: readonly string[]): Promise<number> {
  switch (verb) {
    case 'source':
      return sourceVerb(args, process.env)
    case 'run':
      return runVerb(args, process.env)
    case 'sink':
      return sinkVerb(args, process.env)
    case 'stress':
      return stressVerb(args, process.env)
    case 'malformed':
      return malformedVerb(args, process.env)
    case 'report':
      return reportVerb(args, process.env)
    case 'manual':
      return manualVerb(args)
    case 'completion':
      return completionVerb(args)
    case 'help':
    case '--help':
    case '-h':
      return help(args)
    case '--version':
    case '-V':
      process.stdout.write(`stampede ${version()}\n`)
      return 0
    case undefined:
      process.stderr.write(overview())
      return 2
    default: {
      const names = VERBS.map(({ name }) => name)
      const meant = nearest(verb, [...names, '--help', '--version'])
      const hint = meant ? `did you mean '${meant}'?` : `give one of ${names.join(', ')}.`
      throw new UsageError(`${verb}: unknown ${verb.startsWith('-') ? 'option' : 'command'}; ${hint}`)
    }
  }
}

function help([topic]: readonly string[]): number {
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
