/** AUTH of a source's thread, on this machine's hashes. */
import { seedOf } from '../base/rng.js'
import { isLoopback } from '../plan/address.js'
import { authClient } from '../smtp/client-auth.js'
import type { AuthClient } from '../smtp/client-auth-hook.js'
import { SASL_TOOLS } from './sasl-tools.js'
import type { SourceTask } from './task.js'

/** AUTH as the plan has it; null: none. */
export function authClientOf({ share, endpoint }: Pick<SourceTask, 'share' | 'endpoint'>): AuthClient | null {
  const { plan, worker } = share
  if (plan.wire.auth === null) return null
  const place = {
    local: endpoint.kind === 'unix' || isLoopback(endpoint.address),
    worker,
    workers: Math.max(1, Math.min(plan.workers, plan.load.sessions)),
    // Apart from what else is drawn by the run's seed.
    seed: seedOf(`${plan.seed}/auth`, worker),
  }
  return authClient(plan.wire.auth, place, SASL_TOOLS)
}
