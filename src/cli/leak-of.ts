/** What `--leaks` and its companions ask for. */
import { UsageError } from '../base/errors.js'
import { nearest } from '../base/nearest.js'
import { LEAK_CYCLES_LEAST_MEMORY } from '../measure/leak-verdict.js'
import type { LeakWord } from '../measure/leaks.js'
import { checkPlan } from '../plan/check.js'
import { LEAK_PLANS, type LeakPlan, type LeakPlanName, leakPlan } from '../plan/leak-plans.js'
import type { SourcePlan } from '../plan/plan.js'
import type { LeakLimits } from '../run/leaks.js'
import { shellQuote } from './again.js'
import { type Given, orList } from './given.js'

export interface LeakWish {
  readonly plans: readonly LeakPlan[]
  readonly limits: LeakLimits
}

/** Null: nobody asked. Throws UsageError. */
export function leaksOf(given: Given, plan: SourcePlan): LeakWish | null {
  const names = given.list('leaks')
  const needy = ['leak-cycles', 'leak-rest', 'leak-time'].find((name) => given.has(name))
  if (names === null) {
    if (needy !== undefined)
      throw new UsageError(`${given.label(needy)} has no meaning without a search; give --leaks with it.`)
    return null
  }
  const cyclesMost = given.count('leak-cycles') ?? 40
  return {
    plans: wanted(names, given.label('leaks'), plan).map((name) => planNamed(name, given, plan)),
    limits: {
      // Not before every resource can be judged.
      cyclesLeast: Math.min(LEAK_CYCLES_LEAST_MEMORY, cyclesMost),
      cyclesMost,
      restMs: given.duration('leak-rest') ?? 3000,
      timeMs: given.duration('leak-time'),
    },
  }
}

/** The words of a command line that ask for the same. */
export function leakWords(given: Given): string {
  return given
    .words(({ group, name }) => group === 'Leaks' || name === 'watch')
    .map(shellQuote)
    .join(' ')
}

/** `all` is everything that needs no more than a server: the own load is one's own affair, and TLS only where it is asked for. */
function wanted(names: readonly string[], label: string, plan: SourcePlan): LeakPlanName[] {
  const found = names.flatMap((name): LeakPlanName[] => {
    if (name === 'all') {
      return LEAK_PLANS.filter((one) => one !== 'own' && (one !== 'tls-handshakes' || plan.wire.tls !== null))
    }
    const known = LEAK_PLANS.find((one) => one === name)
    if (known !== undefined) return [known]
    const meant = nearest(name, [...LEAK_PLANS, 'all'])
    throw new UsageError(
      `${label}: there is no plan '${name}'; ${meant ? `did you mean ${meant}?` : `give ${orList([...LEAK_PLANS, 'all'])}.`}`,
    )
  })
  return [...new Set(found)]
}

function planNamed(name: LeakPlanName, given: Given, plan: SourcePlan): LeakPlan {
  const label = given.label('leaks')
  const { load, wire, mix } = plan
  if (name === 'own' && load.messages === 1 && load.durationMs === null) {
    throw new UsageError(
      `${label} own: the load of the other flags is a single message; give --messages or --duration, or another plan.`,
    )
  }
  if (wire.hello === 'none' && name !== 'own' && name !== 'short-sessions') {
    throw new UsageError(`${label} ${name} needs EHLO; leave out --old.`)
  }
  if (name === 'aborted' && mix.length > 0) plan = { ...plan, mix: [] }
  const made = leakPlan(name, plan)
  for (const { plan: one } of made.loads) {
    try {
      checkPlan(one)
    } catch (error) {
      if (!(error instanceof UsageError)) throw error
      throw new UsageError(`${label} ${name}: ${error.message}`)
    }
  }
  return made
}

/** 99 as for a threshold that did not hold; 1 where no verdict could be given. */
export function leakStatus(word: LeakWord): number {
  return word === 'leaking' ? 99 : word === 'not enough evidence' ? 1 : 0
}
