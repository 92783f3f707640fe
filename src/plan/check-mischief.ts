/** What misbehaving clients exclude or need; called by `checkPlan`. */
import { UsageError } from '../base/errors.js'
import { healthySessions } from './mischief.js'
import type { SourcePlan } from './plan.js'

/** Most connections a second and at once that a flood may ask for: enough to hurt, too few to take the machine down. */
export const FLOOD_MAX_PER_SECOND = 10_000
export const FLOOD_MAX_OPEN = 20_000

/** Throws UsageError for misbehaviour that cannot be. */
export function checkMischief({ mischief, mischiefAfterMs, load, wire, door }: SourcePlan): void {
  const after = mischiefAfterMs ?? null
  refuse(after !== null && !(after >= 0), '--fault-after: below 0; give a time such as 10s.')
  refuse(after !== null && mischief.length === 0, '--fault-after needs a fault; give one such as --malformed 5%.')
  if (mischief.length === 0) return
  refuse(door !== null, 'The drop-in door has no misbehaving clients; use stampede source.')
  const { durationMs, sessions } = load
  refuse(
    after !== null && durationMs !== null && after >= durationMs,
    '--fault-after is not before the end of the run; give less than --duration.',
  )
  for (const one of mischief) {
    if (one.kind === 'flood') {
      range('--connect-flood', one.perSecond, 0, FLOOD_MAX_PER_SECOND, 'connections a second')
      whole('--connect-flood', one.open, FLOOD_MAX_OPEN)
      continue
    }
    const option = optionOf(one.kind)
    refuse(!(one.share > 0 && one.share < 1), `${option}: a share above 0 and below 1 is needed, such as 5% or 0.05.`)
    if (one.kind === 'slow') {
      whole(option, one.octets, 1 << 20)
      refuse(!(one.everyMs >= 1), `${option}: octets are sent at most every 1ms; give such as 10/100ms.`)
    }
    if (one.kind === 'half-open') refuse(!(one.holdMs > 0), `${option}: the time must be above 0; give such as 30s.`)
    refuse(
      one.kind === 'malformed' && wire.protocol === 'lmtp',
      `${option}: the catalogue is of SMTP; leave out --lmtp.`,
    )
    refuse(one.kind === 'malformed' && one.cases?.length === 0, `${option}: no case is named; leave out the colon.`)
  }
  refuse(
    healthySessions(mischief, sessions) < 1,
    `Misbehaving clients would take all of the ${sessions} sessions; give more --sessions or smaller shares.`,
  )
}

function optionOf(kind: 'slow' | 'malformed' | 'abort' | 'half-open'): string {
  return kind === 'slow' ? '--slow-client' : `--${kind}`
}

function range(option: string, value: number, above: number, most: number, what: string): void {
  refuse(!(value > above && value <= most), `${option}: ${value} is out of range; give up to ${most} ${what}.`)
}

function whole(option: string, value: number, most: number): void {
  refuse(
    !(Number.isInteger(value) && value >= 1 && value <= most),
    `${option}: ${value} is out of range; give a whole number from 1 to ${most}.`,
  )
}

function refuse(wrong: boolean, sentence: string): void {
  if (wrong) throw new UsageError(sentence)
}
