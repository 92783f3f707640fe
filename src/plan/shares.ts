/** Cuts a plan into the workers' parts. */
import { dealtBefore, type Seat } from './deal.js'
import type { Share, SourcePlan } from './plan.js'

/**
 * One Share per worker, never more than sessions. Messages and sessions each add up exactly to the plan's: sessions as
 * even as can be, messages and rate in proportion to them, so that all workers come to their end together.
 */
export function shares(plan: SourcePlan): Share[] {
  const { sessions, messages } = plan.load
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
