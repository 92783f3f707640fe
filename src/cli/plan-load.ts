/** A plan document, with the command line and the environment over it, to a plan. */
import { UsageError } from '../base/errors.js'
import type { SourcePlan } from '../plan/plan.js'
import type { Given } from './given.js'
import type { Machine } from './machine.js'
import { type Environment, parse } from './parse.js'
import type { PlanDocument } from './plan-file.js'
import { sourcePlan } from './plan-of.js'
import { checkShape } from './plan-shape.js'
import { type FileValue, valuesOf } from './plan-values.js'

/** What else has a say. */
export interface PlanSurroundings {
  /** The words after `stampede run`; a second operand is the target. */
  readonly args: readonly string[]
  readonly environment: Environment
  readonly machine: Machine
}

/** Throws UsageError; what is wrong in the document is said with its place there. */
export function planOfDocument(
  document: PlanDocument,
  { args, environment, machine }: PlanSurroundings,
): { readonly plan: SourcePlan; readonly given: Given } {
  checkShape(document)
  const { target, values, mix } = valuesOf(document)
  const [, operand, extra] = parse('run', args, environment).operands
  if (extra !== undefined) throw new UsageError(`'${extra}' is one operand too many; give PLAN and at most one TARGET.`)
  const where = operand ?? target?.text
  if (where === undefined) {
    throw new UsageError(`${document.label([])} lacks 'target'; give one there, or TARGET after PLAN.`)
  }
  const read = (...layers: readonly (readonly FileValue[])[]) =>
    parse('run', args, environment, { operands: [where], layers })
  const given = read(values)
  const parts = mix.map((part) => ({ weight: part.weight, given: read(part.values, values) }))
  return { plan: inDocument(document, () => sourcePlan(given, machine, parts)), given }
}

/** What contradicts itself over several values has no place of its own: the document's name goes in front. */
function inDocument<T>(document: PlanDocument, make: () => T): T {
  try {
    return make()
  } catch (error) {
    const placed =
      error instanceof UsageError && (error.message.startsWith(document.name) || /^(-|STAMPEDE_)/.test(error.message))
    if (!(error instanceof UsageError) || placed) throw error
    throw new UsageError(`${document.name}: ${error.message}`)
  }
}
