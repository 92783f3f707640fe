/** A plan of the library, as a run under way. */
import { UsageError } from '../base/errors.js'
import { Job } from '../run/job.js'
import type { MadeJob } from '../run/later-job.js'
import { shellQuote } from './again.js'
import { thisMachine } from './machine.js'
import { Outputs, outputsOf } from './outputs.js'
import { made, objectDocument, readPlanDocument } from './plan-file.js'
import { planOfDocument } from './plan-load.js'
import type { PlanSource } from './plan-types.js'
import { watchOf } from './watch-of.js'

/** Reads the plan and starts it. Rejects with UsageError. */
export async function jobOfPlan(source: string | PlanSource): Promise<MadeJob> {
  const machine = thisMachine()
  const document =
    typeof source === 'string' ? await readPlanDocument(source, machine) : objectDocument(await made(source, 'plan'))
  const { plan, given } = planOfDocument(document, { args: [], environment: {}, machine })
  if (given.has('otlp'))
    throw new UsageError(
      `${given.label('otlp')}: traces and metrics are sent by the command line alone; leave it out here.`,
    )
  const watch = await watchOf(given, plan.target)
  const outputs = new Outputs(outputsOf(given, plan.seed, machine), plan)
  const again =
    typeof source === 'string' ? ['stampede', 'run', source, '--seed', plan.seed].map(shellQuote).join(' ') : ''
  return {
    job: new Job(plan, { again, watch, ...outputs.options }),
    done: async (result) => {
      const { failed } = await outputs.write(result)
      if (failed !== null) throw failed
    },
    close: () => outputs.close(),
  }
}
