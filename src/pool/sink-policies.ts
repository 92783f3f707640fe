/** The main thread's side of a sink's receiver model: the memory that its workers share, and the way of a new policy to all of them. */
import type { MessagePort } from 'node:worker_threads'
import { NO_POLICY, type Policy } from '../plan/policy.js'
import { makeModelMemory } from '../smtp/model-memory.js'
import type { PolicyChange, PolicyGrant } from '../worker/sink-model.js'

interface Round {
  readonly missing: Set<number>
  readonly resolve: () => void
}

export class SinkPolicies {
  /** What a worker is to begin with; null: no model. */
  grant: PolicyGrant | null
  /** What was asked for last. */
  policy: Policy | null
  readonly #ports = new Map<number, MessagePort>()
  readonly #rounds = new Map<number, Round>()
  #round = 0

  constructor(policy: Policy | null) {
    this.policy = policy
    this.grant = policy === null ? null : { policy, memory: makeModelMemory(policy.entries) }
  }

  /** A worker that hears of changes by `port` until it is `gone`. */
  join(worker: number, port: MessagePort): void {
    this.#ports.set(worker, port)
  }

  /** A worker has answered. */
  taken(worker: number, round: number): void {
    const open = this.#rounds.get(round)
    open?.missing.delete(worker)
    if (open?.missing.size !== 0) return
    this.#rounds.delete(round)
    open.resolve()
  }

  gone(worker: number): void {
    this.#ports.delete(worker)
    for (const round of [...this.#rounds.keys()]) this.taken(worker, round)
  }

  /** Resolves when every worker that lives goes by it. What was remembered stays unless `entries` is another number. */
  change(policy: Policy | null): Promise<void> {
    this.policy = policy
    const next = policy ?? { ...NO_POLICY, entries: this.grant?.policy.entries ?? NO_POLICY.entries }
    const kept = this.grant?.policy.entries === next.entries ? this.grant.memory : makeModelMemory(next.entries)
    this.grant = { policy: next, memory: kept }
    const change: PolicyChange = { kind: 'policy', round: ++this.#round, ...this.grant }
    return new Promise((resolve) => {
      if (this.#ports.size === 0) {
        resolve()
        return
      }
      this.#rounds.set(change.round, { missing: new Set(this.#ports.keys()), resolve })
      for (const port of this.#ports.values()) port.postMessage(change)
    })
  }
}
