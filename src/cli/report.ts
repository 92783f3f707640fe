/** `stampede report`: recordings in any form. */
import { writeFileSync } from 'node:fs'
import { RunError, UsageError } from '../base/errors.js'
import { version } from '../base/version.js'
import { intervalsOf, type Recorded, readRecordings } from '../report/read.js'
import { begun, type RecordingSource } from '../report/recording-lines.js'
import { toText } from '../report/text.js'
import { readWatch } from '../report/watch-recording.js'
import { type WatchResult, watchText } from '../report/watch-text.js'
import { colored } from './colors.js'
import { distribution, FORMATS } from './formats.js'
import { type Given, orList } from './given.js'
import { verbHelp } from './help.js'
import { type Machine, thisMachine } from './machine.js'
import { checkWritable } from './out-files.js'
import { type Environment, parse } from './parse.js'
import { reasonOf } from './read-file.js'
import { recordingOf } from './recording-source.js'
import { print } from './source.js'
import { WATCH_FORMS } from './watch-forms.js'

/** Runs the verb; the exit status. Throws StampedeError. */
export async function reportVerb(args: readonly string[], environment: Environment): Promise<number> {
  const given = parse('report', args, environment)
  if (given.flag('help')) return print(verbHelp('report'))
  if (given.flag('version')) return print(`stampede ${version()}\n`)
  const kind = given.choice('as') ?? 'text'
  checkGiven(given, kind, thisMachine())
  const files = given.operands.map((path) => begun(recordingOf(path)))
  const path = given.text('output')
  const color = path === null && colored(environment, given)
  const watch = files.find((file) => file.kind === 'watch-header')?.source
  if (watch !== undefined && files.length > 1) {
    throw new UsageError(`${watch.name} is of stampede watch, which is not put together with others; give it alone.`)
  }
  const sources = files.map(({ source }) => source)
  const text =
    watch === undefined
      ? await ofRuns(sources, kind, given, color)
      : await ofWatch(readWatch(watch), kind, given, color)
  if (path === null) return print(text)
  try {
    writeFileSync(path, text)
  } catch (error) {
    throw new RunError(`${given.label('output')}: cannot write '${path}' (${reasonOf(error)}).`)
  }
  return 0
}

async function ofRuns(
  sources: readonly RecordingSource[],
  kind: string,
  given: Given,
  color: boolean,
): Promise<string> {
  const read = readRecordings(sources)
  const { result } = read
  if (kind === 'text') return toText(result, { color })
  if (kind === 'openmetrics') return openMetrics(read)
  if (kind === 'hgrm') return distribution(result, given.text('series') ?? 'response', given.label('series'))
  return FORMATS[kind]!.render({ result, recorded: async () => read, intervals: async () => intervalsOf(sources) })
}

async function ofWatch(watch: WatchResult, kind: string, given: Given, color: boolean): Promise<string> {
  if (kind === 'text') return watchText(watch, color)
  const form = WATCH_FORMS[kind]
  if (form !== undefined) return form(watch)
  throw new UsageError(
    `${given.label('as')}: of a watch there is no ${kind}; give ${orList(Object.keys(WATCH_FORMS))}.`,
  )
}

function checkGiven(given: Given, kind: string, machine: Pick<Machine, 'checkWritable'>): void {
  const { operands } = given
  if (operands.length === 0)
    throw new UsageError('FILE is missing; give one recording or more, made with --out ndjson.')
  const twice = operands.find((name, i) => operands.indexOf(name) < i)
  if (twice !== undefined) throw new UsageError(`'${twice}' is given twice; it would be counted twice.`)
  if (given.has('series') && kind !== 'hgrm')
    throw new UsageError(`${given.label('series')} is for --as hgrm; leave it out.`)
  const path = given.text('output')
  if (path !== null) checkWritable(path, given.label('output'), machine)
}

/** The last figures, as a scrape would have found them. */
async function openMetrics({ result, plan, figures }: Recorded): Promise<string> {
  // Loaded here: the other forms need no library for it.
  const [{ exposition }, { runFacts }, { sourceFamilies }, { targetFamilies }] = await Promise.all([
    import('../serve/exposition.js'),
    import('../serve/run-facts.js'),
    import('../serve/source-families.js'),
    import('../serve/target-families.js'),
  ])
  const families = [
    ...sourceFamilies(runFacts(plan, result), figures, result.thresholds, result.generator.state),
    ...targetFamilies(result.watched),
  ]
  return (await exposition(families, 'openmetrics')).text
}
