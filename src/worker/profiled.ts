/** A worker that may be asked for a CPU profile of itself. */
import type { ProfileAsk } from './profile-talk.js'
import type { ProfiledThread } from './thread-profile.js'

/** This thread does from now on as it is told through the port; null: it was asked nothing. `messages` tells how many it has done with. */
export async function profiled(ask: ProfileAsk | null, messages: () => number): Promise<ProfiledThread | null> {
  if (ask === null) return null
  // Loaded here: who is not profiled needs no inspector.
  const { ProfiledThread } = await import('./thread-profile.js')
  return new ProfiledThread(ask, messages)
}
