/** `--print-plan`. */
import type { SourcePlan } from '../plan/plan.js'

/** The plan as JSON; of octets only how many there are. */
export function printedPlan(plan: SourcePlan): string {
  const { file, fileName, ...mail } = plan.mail
  const shown = { ...plan, mail: { ...mail, file: file === null ? null : { name: fileName, octets: file.length } } }
  return `${JSON.stringify(shown, null, 2)}\n`
}
