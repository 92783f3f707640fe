/** What a sink's endpoint shows and lets change. */
import { version } from '../base/version.js'
import { faultsOf } from '../measure/fault-kinds.js'
import { policyDocument } from '../plan/policy-write.js'
import type { SinkHandle } from '../run/sink.js'
import type { Family } from '../serve/families.js'
import type { Resource } from '../serve/routes.js'
import { sinkFamilies } from '../serve/sink-families.js'
import { policyFrom } from '../smtp/profiles.js'
import type { Shown } from './metrics.js'

export class ShownSink implements Shown {
  readonly resources: Readonly<Record<string, Resource>> = {
    state: { get: () => this.#state() },
    policy: {
      get: () => this.#policy(),
      put: (body) => this.#setPolicy(body),
    },
    stop: { get: () => ({ stopping: this.#stopping }), post: () => this.#stop() },
  }
  readonly #newSeed: () => string
  #sink: SinkHandle | null = null
  #stopping = false

  /** `newSeed` makes the seed of a policy that names none. */
  constructor(newSeed: () => string) {
    this.#newSeed = newSeed
  }

  /** From now on there is something to show. */
  started(sink: SinkHandle): void {
    this.#sink = sink
  }

  readonly families = (): readonly Family[] => {
    const sink = this.#sink
    if (sink === null) return []
    const totals = sink.totals()
    return sinkFamilies({
      ...totals,
      version: version(),
      node: process.version,
      replies: sink.records.replies(),
      faults: faultsOf(totals),
      tls: { full: totals.tlsFull, resumed: totals.tlsResumed, failed: totals.tlsFailed },
      auth: { ok: totals.authOk, failed: totals.authFailed },
      durations: sink.records.durations(),
      sizes: sink.records.sizes(),
    })
  }

  #state(): unknown {
    const sink = this.#sink
    return {
      role: 'sink',
      stopping: this.#stopping,
      totals: sink?.totals() ?? null,
      replies: sink?.records.replies() ?? [],
    }
  }

  #policy(): unknown {
    const policy = this.#sink?.policy ?? null
    return policy === null ? null : policyDocument(policy)
  }

  async #setPolicy(body: unknown): Promise<unknown> {
    const seed = this.#sink?.policy?.seed ?? this.#newSeed()
    const policy = body === null ? null : policyFrom('policy', body, seed)
    await this.#sink?.setPolicy(policy)
    return this.#policy()
  }

  #stop(): unknown {
    this.#stopping = true
    void this.#sink?.stop()
    return { stopping: true }
  }
}
