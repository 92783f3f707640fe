/** Where a target is, if it may be loaded. */
import { isIP } from 'node:net'
import { RunError, UsageError } from '../base/errors.js'
import { type Endpoint, ResolveError, resolveTarget } from '../net/endpoint.js'
import { isLocalOrPrivate } from '../plan/address.js'
import type { SourcePlan, Target } from '../plan/plan.js'

/**
 * Resolves a target once.
 * @throws RunError for a name that does not resolve, UsageError for an address that is public unless it `mayBePublic`
 */
export async function reach(target: Target, family: 0 | 4 | 6, mayBePublic: boolean): Promise<Endpoint> {
  let endpoint: Endpoint
  try {
    endpoint = await resolveTarget(target, family)
  } catch (error) {
    if (error instanceof ResolveError) throw new RunError(`TARGET '${target.text}': ${error.text}`)
    throw error
  }
  if (endpoint.kind === 'tcp' && !mayBePublic && !isLocalOrPrivate(endpoint.address)) {
    throw new UsageError(
      `TARGET '${target.text}' is the public address ${endpoint.address}; load only servers that are yours, and say so with --i-own-this-server.`,
    )
  }
  return endpoint
}

/** Where a plan's mail goes; with a name to be looked up anew for each connection where the plan says so. Rejects as `reach`. */
export async function endpointOf({ target, wire, door, publicTarget }: SourcePlan): Promise<Endpoint> {
  const endpoint = await reach(target, wire.family, door !== null || publicTarget === true)
  if (!wire.resolveEach || endpoint.kind !== 'tcp' || target.kind !== 'inet' || isIP(target.host) !== 0) return endpoint
  return { ...endpoint, name: target.host }
}
