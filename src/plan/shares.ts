/** Cuts a plan into the workers' parts. */
import type { Share, SourcePlan } from './plan.js'

/**
 * One Share per worker, never more than sessions. Messages and sessions each add up exactly to the plan's: sessions as
 * even as can be, messages and rate in proportion to them, so that all workers come to their end together.
 */
export function shares(plan: SourcePlan): Share[] {
  const { sessions, messages } = plan.load
  const workers = Math.max(1, Math.min(plan.workers, sessions))
  const parts: Share[] = []
  let firstSession = 0
  let messagesSoFar = 0
  for (let worker = 0; worker < workers; worker++) {
    const own = Math.floor(sessions / workers) + (worker < sessions % workers ? 1 : 0)
    const upTo = messages === null ? null : portion(messages, firstSession + own, sessions)
    parts.push({
      plan,
      worker,
      messages: upTo === null ? null : upTo - messagesSoFar,
      sessions: own,
      firstSession,
      rateShare: own / sessions,
    })
    firstSession += own
    messagesSoFar = upTo ?? 0
  }
  return parts
}

/** floor(count * part / whole), exact however large the product. */
function portion(count: number, part: number, whole: number): number {
  return Number((BigInt(count) * BigInt(part)) / BigInt(whole))
}
