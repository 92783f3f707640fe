/** `stampede run`: a plan file. */
import { UsageError } from '../base/errors.js'
import { version } from '../base/version.js'
import { againOfPlan } from './again.js'
import { ALONE, type Along } from './along.js'
import { verbHelp } from './help.js'
import { thisMachine } from './machine.js'
import { type Environment, parse } from './parse.js'
import { readPlanDocument } from './plan-file.js'
import { planOfDocument } from './plan-load.js'
import { planSchema } from './plan-schema.js'
import { printedPlan } from './print-plan.js'
import { print, runShown } from './source.js'

/** Runs the verb; the exit status. Throws StampedeError. */
export async function runVerb(
  args: readonly string[],
  environment: Environment,
  along: Along = ALONE,
): Promise<number> {
  const first = parse('run', args, environment)
  if (first.flag('help')) return print(verbHelp('run'))
  if (first.flag('version')) return print(`stampede ${version()}\n`)
  if (first.flag('print-schema')) return print(`${JSON.stringify(planSchema(), null, 2)}\n`)
  const [file] = first.operands
  if (file === undefined) throw new UsageError('PLAN is missing; give a file named .json, .yaml, .yml, .mjs or .js.')
  const machine = thisMachine()
  const document = await readPlanDocument(file, machine)
  const { plan, given } = planOfDocument(document, { args, environment, machine })
  if (given.flag('print-plan')) return print(printedPlan(plan))
  return runShown(plan, given, environment, againOfPlan(first, plan.seed), along)
}
