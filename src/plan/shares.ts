/** Cuts a plan into the workers' parts. */
import { dealtBefore, type Seat } from './deal.js'
import { healthySessions } from './mischief.js'
import { mischiefParts } from './mischief-shares.js'
import type { Share, SourcePlan } from './plan.js'

/**
 * One Share per worker, never more than sessions. Messages and sessions each add up exactly to the plan's: sessions as
 * even as can be, messages and rate in proportion to them, so that all workers come to their end together. Sessions that misbehave on purpose are
 * taken off first.
 */
export function shares(whole: SourcePlan): Share[] {
  const sessions = healthySessions(whole.mischief, whole.load.sessions)
  const plan = whole.mischief.length === 0 ? whole : { ...whole, load: { ...whole.load, sessions } }
  const { messages } = plan.load
  const workers = workersOf(plan)
  const parts: Share[] = []
  let firstSession = 0
  for (let worker = 0; worker < workers; worker++) {
    const own = Math.floor(sessions / workers) + (worker < sessions % workers ? 1 : 0)
    const seat = { worker, workers, own, all: sessions }
    parts.push({
      plan,
      worker,
      messages: messages === null ? null : dealtBefore(seat, messages),
      sessions: own,
      firstSession,
      rateShare: own / sessions,
      mischief: mischiefParts(whole.mischief, whole.load.sessions, worker, workers),
    })
    firstSession += own
  }
  return parts
}

/** Where a worker sits when messages and sessions are dealt out. */
export function seatOf({ plan, worker, sessions }: Share): Seat {
  return { worker, workers: workersOf(plan), own: sessions, all: plan.load.sessions }
}

function workersOf({ workers, load }: SourcePlan): number {
  return Math.max(1, Math.min(workers, load.sessions))
}
