/** `--print-plan`. */
import { maskedAuth } from '../plan/client-auth-plan.js'
import type { SourcePlan } from '../plan/plan.js'

/** The plan as JSON; of octets only how many there are, and of secrets nothing. */
export function printedPlan(plan: SourcePlan): string {
  const { file, fileName, ...mail } = plan.mail
  const { auth } = plan.wire
  const wire = { ...plan.wire, auth: auth === null ? null : maskedAuth(auth) }
  const shown = {
    ...plan,
    wire,
    mail: { ...mail, file: file === null ? null : { name: fileName, octets: file.length } },
  }
  return `${JSON.stringify(shown, null, 2)}\n`
}
