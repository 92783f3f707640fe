/** The receiver model of one sink worker: made when the plan has a policy, or when one comes while it runs. */
import type { MessagePort } from 'node:worker_threads'
import { clockOffsetMs } from '../base/clock.js'
import type { PolicyTaken } from '../measure/protocol.js'
import type { Policy } from '../plan/policy.js'
import { ModelMemory } from '../smtp/model-memory.js'
import { ReceiverModel } from '../smtp/receiver-model.js'
import type { Server } from '../smtp/server.js'

/** A policy and the memory that goes with it, the same for all workers. */
export interface PolicyGrant {
  readonly policy: Policy
  readonly memory: SharedArrayBuffer
}

/** What the main thread sends on a worker's port; answered with `PolicyTaken`. */
export interface PolicyChange extends PolicyGrant {
  readonly kind: 'policy'
  readonly round: number
}

/** The model at the start; null: the plan has no policy. */
export function modelOf(grant: PolicyGrant | null, worker: number, counters: Float64Array): ReceiverModel | null {
  if (grant === null) return null
  const { policy, memory } = grant
  // Buckets and triplets are shared, so the clock must be too.
  const offset = clockOffsetMs()
  const now = () => performance.now() + offset
  return new ReceiverModel({ policy, memory: new ModelMemory(memory, policy.entries), worker, counters, now })
}

/** Gives `server` every policy that comes by `port`, from the next command on. */
export function followPolicies(port: MessagePort, server: Server, worker: number, counters: Float64Array): void {
  port.on('message', (change: PolicyChange) => {
    if (change.kind !== 'policy') return
    const { model } = server
    if (model instanceof ReceiverModel) {
      const { policy, memory } = change
      const same = model.memory.shared === memory
      model.change(policy, same ? model.memory : new ModelMemory(memory, policy.entries))
    } else {
      server.setModel(modelOf(change, worker, counters))
    }
    const taken: PolicyTaken = { kind: 'policy', worker, round: change.round }
    port.postMessage(taken)
  })
}
