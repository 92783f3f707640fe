/** What a sink's endpoint shows and lets change. */
import { version } from '../base/version.js'
import { faultsOf } from '../measure/fault-kinds.js'
import { policyDocument } from '../plan/policy-write.js'
import type { SinkPlan } from '../plan/sink-plan.js'
import type { SinkHandle } from '../run/sink.js'
import { Distributions } from '../serve/distribution.js'
import type { Family } from '../serve/families.js'
import { LiveFeed } from '../serve/feed.js'
import type { Resource } from '../serve/routes.js'
import { type RunFacts, sinkRunFacts } from '../serve/run-facts.js'
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
  /** Written to by whoever feeds the live page. */
  readonly feed = new LiveFeed()
  readonly #facts: RunFacts
  readonly #newSeed: () => string
  readonly #more: (() => readonly Family[])[] = []
  readonly #known = new Distributions()
  #sink: SinkHandle | null = null
  #stopping = false

  /** `newSeed` makes the seed of a policy that names none, and the name of a run that has no policy. */
  constructor(plan: SinkPlan, newSeed: () => string) {
    const about = { version: version(), node: process.version }
    this.#facts = sinkRunFacts(plan, plan.policy?.seed ?? newSeed(), about)
    this.#newSeed = newSeed
  }

  /** From now on there is something to show. */
  started(sink: SinkHandle): void {
    this.#sink = sink
  }

  /** Families of somebody else, for every scrape. */
  add(families: () => readonly Family[]): void {
    this.#more.push(families)
  }

  readonly families = (): readonly Family[] => {
    const sink = this.#sink
    if (sink === null) return []
    const totals = sink.totals()
    const facts = {
      ...totals,
      about: this.#facts,
      replies: sink.records.replies(),
      faults: faultsOf(totals),
      tls: { full: totals.tlsFull, resumed: totals.tlsResumed, failed: totals.tlsFailed },
      auth: { ok: totals.authOk, failed: totals.authFailed },
      durations: sink.records.durationRows(),
      sizes: sink.records.sizeRows(),
    }
    return [...sinkFamilies(facts, this.#known), ...this.#more.flatMap((families) => families())]
  }

  #state(): unknown {
    const sink = this.#sink
    return {
      ...this.#facts,
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
