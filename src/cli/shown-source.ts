/** What a source's endpoint shows and lets change. */
import { version } from '../base/version.js'
import type { SourcePlan } from '../plan/plan.js'
import type { RunningSource } from '../run/source.js'
import type { Family } from '../serve/families.js'
import type { Resource } from '../serve/routes.js'
import { type RunFacts, runFacts, sourceFamilies } from '../serve/source-families.js'
import { targetFamilies } from '../serve/target-families.js'
import type { Companion } from './company.js'
import type { Shown } from './metrics.js'

export class ShownSource implements Shown, Companion {
  readonly resources: Readonly<Record<string, Resource>>
  readonly #facts: RunFacts
  readonly #plan: SourcePlan
  #running: RunningSource | null = null
  #stopping = false

  constructor(plan: SourcePlan) {
    this.#plan = plan
    this.#facts = runFacts(plan, { version: version(), node: process.version })
    this.resources = {
      state: { get: () => this.#state() },
      stop: { get: () => ({ stopping: this.#stopping }), post: () => this.#stop() },
    }
  }

  /** From now on there is something to show. */
  started(running: RunningSource): void {
    this.#running = running
  }

  readonly families = (): readonly Family[] =>
    this.#running === null
      ? []
      : [
          ...sourceFamilies(this.#facts, this.#running.live, this.#running.judgement.results),
          ...targetFamilies(this.#running.watched()),
        ]

  #state(): unknown {
    const { live } = this.#running ?? {}
    return {
      ...this.#facts,
      stopping: this.#stopping,
      counters: live?.counters() ?? null,
      ...live?.tables(),
      thresholds: this.#running?.judgement.results ?? [],
    }
  }

  #stop(): unknown {
    this.#stopping = true
    this.#running?.stop(this.#plan.load.drainMs)
    return { stopping: true }
  }
}
