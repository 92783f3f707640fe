/** `stampede source`. */

import { version } from '../base/version.js'
import type { Result } from '../measure/result.js'
import { endedDead } from '../measure/watched.js'
import type { SourcePlan } from '../plan/plan.js'
import { toJson } from '../report/json.js'
import { toText } from '../report/text.js'
import { againLine } from './again.js'
import { ALONE, type Along, profilingOf } from './along.js'
import { colored } from './colors.js'
import { Company } from './company.js'
import type { Given } from './given.js'
import { verbHelp } from './help.js'
import { type LeakWish, leaksOf, leakWords } from './leak-of.js'
import { liveOf } from './live-of.js'
import { thisMachine } from './machine.js'
import { narrate, narrateHealth } from './narrate.js'
import { joinOnlookers } from './onlookers.js'
import { Outputs, outputsOf } from './outputs.js'
import { type Environment, parse } from './parse.js'
import { sourcePlan } from './plan-of.js'
import { printedPlan } from './print-plan.js'
import { Interrupts } from './signals.js'
import { watchOf } from './watch-of.js'

/** Runs the verb; the exit status. Throws StampedeError. */
export async function sourceVerb(
  args: readonly string[],
  environment: Environment,
  along: Along = ALONE,
): Promise<number> {
  const given = parse('source', args, environment)
  if (given.flag('help')) return print(verbHelp('source'))
  if (given.flag('version')) return print(`stampede ${version()}\n`)
  const plan = sourcePlan(given, thisMachine())
  if (given.flag('print-plan')) return print(printedPlan(plan))
  return runShown(plan, given, environment, againLine(plan), along)
}

/** Runs a plan as the options say that it is to be shown; the exit status. `again` is the line that repeats it. Throws StampedeError. */
export async function runShown(
  plan: SourcePlan,
  given: Given,
  environment: Environment,
  again: string,
  along: Along = ALONE,
): Promise<number> {
  const leaks = leaksOf(given, plan)
  if (leaks !== null) return searchShown(leaks, plan, given, environment, again)
  const wanted = outputsOf(given, plan.seed, thisMachine())
  const quiet = given.flag('quiet') ?? along.quiet
  const verbose = given.counter('verbose')
  const watch = await watchOf(given, plan.target)
  if (verbose > 0) process.stderr.write(narrate(plan))
  along.begins(plan.seed)
  const company = new Company()
  const interrupts = new Interrupts()
  const outputs = new Outputs(wanted, plan)
  try {
    company.add(
      quiet || given.flag('no-progress') ? null : await liveOf(given.verb, given, plan, environment, interrupts),
    )
    await joinOnlookers(company, given, plan, interrupts, quiet, again)
    const result = await company.run(plan, interrupts, { again, watch, ...outputs.options, ...profilingOf(along) })
    const { wrote, failed } = await outputs.write(result)
    if (given.flag('json')) process.stdout.write(withNewline(toJson(result)))
    else if (!quiet) process.stdout.write(toText(result, { color: colored(environment, given), wrote }))
    if (verbose > 1) process.stderr.write(narrateHealth(result.health))
    if (failed !== null) throw failed
    return interrupts.exitStatus ?? exitStatus(result, given.flag('strict') ?? false)
  } finally {
    await company.close()
    interrupts.close()
    await outputs.close()
  }
}

async function searchShown(
  leaks: LeakWish,
  plan: SourcePlan,
  given: Given,
  environment: Environment,
  again: string,
): Promise<number> {
  const quiet = given.flag('quiet') ?? false
  const shown = {
    json: given.flag('json') ?? false,
    quiet,
    progress: !quiet && !(given.flag('no-progress') ?? false),
    color: colored(environment, given),
  }
  const { runLeaks } = await import('./leaks.js')
  return runLeaks(leaks, plan, given, shown, `${again} ${leakWords(given)}`, thisMachine())
}

/**
 * 1 when a server that was watched was dead at the end. With thresholds, they decide: 1 nothing was answered at all, 98 not to be trusted, 99 one was broken, 0 all held. Without: 98, then 1
 * when something went wrong or nothing was answered as it should be.
 */
export function exitStatus(
  {
    passed,
    generator,
    messages,
    thresholds,
    watched,
  }: Pick<Result, 'passed' | 'generator' | 'messages' | 'thresholds'> & Partial<Pick<Result, 'watched'>>,
  strict: boolean,
): number {
  if (watched && endedDead(watched)) return 1
  const judged = thresholds.length > 0
  if (judged && messages.accepted + messages.deferred + messages.refused === 0) return 1
  if (strict && generator.state === 'saturated') return 98
  return passed ? 0 : judged ? 99 : 1
}

function withNewline(text: string): string {
  return text.endsWith('\n') ? text : `${text}\n`
}

/** Prints to stdout; the exit status. */
export function print(text: string): number {
  process.stdout.write(text)
  return 0
}
