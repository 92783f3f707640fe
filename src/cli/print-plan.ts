/** `--print-plan`. */
import type { RateShape } from '../plan/arrivals.js'
import { maskedAuth } from '../plan/client-auth-plan.js'
import { maskedTls } from '../plan/client-tls-plan.js'
import type { SourcePlan } from '../plan/plan.js'
import { shownMail } from './mail-words.js'

/** The plan as JSON text. */
export function printedPlan(plan: SourcePlan): string {
  const { baseline } = plan
  // Of a baseline the name says all that a reader wants; its figures are for the recording.
  const shown = baseline === undefined ? shownPlan(plan) : { ...shownPlan(plan), baseline: { file: baseline.file } }
  return `${JSON.stringify(shown, null, 2)}\n`
}

/** The plan as plain data; of octets and single moments only how many there are, and of secrets nothing. */
export function shownPlan(plan: SourcePlan): object {
  const { tls, auth } = plan.wire
  const wire = {
    ...plan.wire,
    tls: tls === null ? null : maskedTls(tls),
    auth: auth === null ? null : maskedAuth(auth),
  }
  const { arrivals } = plan.load
  return {
    ...plan,
    load:
      arrivals === null ? plan.load : { ...plan.load, arrivals: { ...arrivals, shape: shownShape(arrivals.shape) } },
    wire,
    mail: shownMail(plan.mail),
    mix: plan.mix.map(({ weight, mail }) => ({ weight, mail: shownMail(mail) })),
  }
}

function shownShape(shape: RateShape): unknown {
  return shape.kind === 'offsets' ? { kind: shape.kind, file: shape.file, moments: shape.offsetsMs.length } : shape
}
