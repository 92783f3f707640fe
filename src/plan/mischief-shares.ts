/** Cuts misbehaviour into the workers' parts. */
import { badSessions, type MischiefPlan } from './mischief.js'

/** One worker's part of one kind; there is one for each kind of the plan, if only of nothing. */
export interface MischiefPart {
  readonly plan: MischiefPlan
  /** Sessions of this worker, and the number of the first among those of the kind. */
  readonly sessions: number
  readonly first: number
  /** A flood's connections at once, and how many a second. */
  readonly open: number
  readonly perSecond: number
}

/** Sessions of all kinds one after the other, dealt out to the workers in turn; a flood in proportion to the connections that each may hold. */
export function mischiefParts(
  mischief: readonly MischiefPlan[],
  sessions: number,
  worker: number,
  workers: number,
): MischiefPart[] {
  const counts = badSessions(mischief, sessions)
  let before = 0
  return mischief.map((plan, kind) => {
    if (plan.kind === 'flood') {
      const open = dealtTo(worker, workers, 0, plan.open)
      return { plan, sessions: 0, first: 0, open, perSecond: (plan.perSecond * open) / plan.open }
    }
    const count = counts[kind]!
    const own = dealtTo(worker, workers, before, count)
    let first = 0
    for (let other = 0; other < worker; other++) first += dealtTo(other, workers, before, count)
    before += count
    return { plan, sessions: own, first, open: 0, perSecond: 0 }
  })
}

/** How many of `count` numbers from `from` on fall to a worker, when number n is worker n modulo workers'. */
function dealtTo(worker: number, workers: number, from: number, count: number): number {
  const upTo = (end: number) => (end <= worker ? 0 : Math.floor((end - worker - 1) / workers) + 1)
  return upTo(from + count) - upTo(from)
}
