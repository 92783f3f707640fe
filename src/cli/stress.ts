/** `stampede stress`: so many connections for so long, and how the server and this machine bore it. */
import { writeFileSync } from 'node:fs'
import { RunError } from '../base/errors.js'
import { freeze } from '../base/freeze.js'
import { version } from '../base/version.js'
import type { RunResult } from '../measure/result.js'
import type { SourcePlan } from '../plan/plan.js'
import { type StressDocument, toStressDocument } from '../report/stress-json.js'
import { toText } from '../report/text.js'
import type { RunWatch } from '../watch/run-watch.js'
import { ALONE, type Along, profilingOf } from './along.js'
import { baselineOf, withBaseline } from './baseline-of.js'
import { colored } from './colors.js'
import { Company } from './company.js'
import type { Given } from './given.js'
import { verbHelp } from './help.js'
import { leaksOf, leakWords } from './leak-of.js'
import { liveOf } from './live-of.js'
import { thisMachine } from './machine.js'
import { joinOnlookers } from './onlookers.js'
import { checkWritable } from './out-files.js'
import { Outputs, outputsOf } from './outputs.js'
import { type Environment, parse } from './parse.js'
import { reasonOf } from './read-file.js'
import { Interrupts } from './signals.js'
import { print } from './source.js'
import { stressAgain } from './stress-again.js'
import { StressMetrics } from './stress-metrics.js'
import { type StressOptions, stressOptions } from './stress-options.js'
import { stressPlan } from './stress-plan.js'
import { watchOf } from './watch-of.js'

/** What stands for a secret wherever options are shown. */
const MASK = '***'

/** Runs the verb; the exit status. Throws StampedeError. */
export async function stressVerb(
  args: readonly string[],
  environment: Environment,
  along: Along = ALONE,
): Promise<number> {
  const given = parse('stress', args, environment)
  if (given.flag('help')) return print(verbHelp('stress'))
  if (given.flag('version')) return print(`stampede ${version()}\n`)
  const machine = thisMachine()
  const options = stressOptions(given, machine)
  const plan = freeze(withBaseline(stressPlan(options, machine), baselineOf(given), machine))
  const leaks = leaksOf(given, plan)
  if (leaks !== null) {
    const { runLeaks } = await import('./leaks.js')
    const shown = { json: false, quiet: false, progress: true, color: colored(environment, given) }
    return runLeaks(leaks, plan, given, shown, `${stressAgain(options)} ${leakWords(given)}`, machine)
  }
  if (options.output !== null) checkWritable(options.output, given.label('output'), machine)
  const wanted = outputsOf(given, plan.seed, machine)
  const watch = await watchOf(given, plan.target)
  along.begins(plan.seed)
  return run(plan, options, given, watch, new Outputs(wanted, plan), environment, along)
}

async function run(
  plan: SourcePlan,
  options: StressOptions,
  given: Given,
  watch: RunWatch | null,
  outputs: Outputs,
  environment: Environment,
  along: Along,
): Promise<number> {
  const company = new Company()
  const metrics = company.add(options.no_monitor ? null : new StressMetrics())
  const interrupts = new Interrupts()
  const again = stressAgain(options, plan.baseline?.file)
  try {
    company.add(await liveOf('stress', given, plan, environment, interrupts))
    await joinOnlookers(company, given, plan, interrupts, false, again)
    const result = await company.run(plan, interrupts, {
      again,
      watch,
      ...outputs.options,
      ...profilingOf(along),
    })
    const { wrote, failed } = await outputs.write(result)
    const files = options.output === null ? wrote : [...wrote, options.output]
    const host = metrics === null ? {} : { host: metrics.words() }
    const text = () => toText(result, { color: colored(environment, given), wrote: files, ...host })
    if (!along.quiet) process.stdout.write(text())
    if (options.output !== null) write(options.output, documentOf(result, options, metrics))
    if (failed !== null) throw failed
    return interrupts.exitStatus ?? (result.passed ? 0 : 1)
  } finally {
    await company.close()
    interrupts.close()
    await outputs.close()
  }
}

function documentOf(result: RunResult, options: StressOptions, metrics: StressMetrics | null): StressDocument {
  const masked = { ...options, password: options.password === null ? null : MASK }
  return toStressDocument(result, masked, metrics?.rows ?? [])
}

function write(path: string, document: StressDocument): void {
  try {
    writeFileSync(path, `${JSON.stringify(document, null, 2)}\n`)
  } catch (error) {
    throw new RunError(`cannot write '${path}' (${reasonOf(error)})`)
  }
}
