/** What a sink keeps of messages, from what was given. Whether it can is found out before anything is started. */
import { unescapeC } from '../base/c-escapes.js'
import { UsageError } from '../base/errors.js'
import type { SinkKeepPlan } from '../plan/sink-plan.js'
import type { Given } from './given.js'
import type { Machine } from './machine.js'
import { reasonOf } from './read-file.js'

/** Throws UsageError. */
export function sinkKeep(given: Given, machine: Machine): SinkKeepPlan {
  const ledger = given.text('ledger')
  const each = given.text('dump-each')
  const all = given.text('dump-all')
  if (each !== null && all !== null) {
    throw new UsageError(
      `${given.label('dump-each')} and ${given.label('dump-all')} exclude each other; give one of them.`,
    )
  }
  const start = given.text('dump-start')
  const template = each ?? all
  if (start !== null && template === null) {
    throw new UsageError(`${given.label('dump-start')} is put into dumps; give --dump-each or --dump-all with it.`)
  }
  if (ledger) check(given, 'ledger', ledger, false, machine)
  if (template) check(given, each === null ? 'dump-all' : 'dump-each', template, true, machine)
  return {
    ledger,
    dump: template === null ? null : { kind: each === null ? 'all' : 'each', template, prefix: unescapeC(start ?? '') },
  }
}

/** Of a template the part that is the same at any time. */
function check(given: Given, name: string, path: string, template: boolean, machine: Machine): void {
  try {
    machine.checkWritable(template ? `${path.split('%')[0]}x` : path, template)
  } catch (error) {
    throw new UsageError(
      `${given.label(name)}: cannot write '${path}' (${reasonOf(error)}); give a place where files can be made.`,
    )
  }
}
