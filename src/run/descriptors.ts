/** As many open descriptors as a plan needs. */
import { raiseDescriptorLimit } from '../net/libc.js'
import { mischiefDescriptors } from '../plan/mischief.js'
import type { SourcePlan } from '../plan/plan.js'

/** Descriptors that a process needs besides its sessions: event queues, threads, files. */
export const SPARE_DESCRIPTORS = 200

/**
 * Node raises the soft limit by itself; beyond the hard one only who is permitted to. A sentence when it stays too low; null: it does not, or nobody
 * can tell, or the drop-in is as silent as the original.
 */
export function raiseDescriptors({ load, mischief, door }: SourcePlan): string | null {
  const wanted = load.sessions + mischiefDescriptors(mischief, load.sessions) + SPARE_DESCRIPTORS
  const limit = raiseDescriptorLimit(wanted)
  if (limit === null || limit.soft >= wanted || door !== null) return null
  return `descriptor limit ${limit.soft} is below what ${load.sessions} sessions need`
}
