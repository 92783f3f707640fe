/** What the system lets this process have. */
import { raiseDescriptorLimit } from '../net/libc.js'
import { mischiefDescriptors } from '../plan/mischief.js'
import type { SourcePlan } from '../plan/plan.js'

/** Descriptors that a process needs besides its sessions: event queues, threads, files. */
const SPARE_DESCRIPTORS = 200

/** Asks for as many as the plan needs; a sentence when they cannot be had. Node raises the soft limit by itself; beyond the hard one only who is permitted to. */
export function descriptorNote({ load, mischief, door }: SourcePlan): string | null {
  const wanted = load.sessions + mischiefDescriptors(mischief, load.sessions) + SPARE_DESCRIPTORS
  const limit = raiseDescriptorLimit(wanted)
  if (limit === null || limit.soft >= wanted || door !== null) return null
  return `descriptor limit ${limit.soft} is below what ${load.sessions} sessions need`
}
