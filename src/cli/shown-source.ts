/** What a source's endpoint shows and lets change. */
import { version } from '../base/version.js'
import { RecentVerdict } from '../measure/recent-verdict.js'
import type { SecondSummary } from '../measure/timeline.js'
import type { SourcePlan } from '../plan/plan.js'
import type { RunningSource } from '../run/source.js'
import { Distributions } from '../serve/distribution.js'
import type { Family } from '../serve/families.js'
import { LiveFeed } from '../serve/feed.js'
import type { Resource } from '../serve/routes.js'
import { type RunFacts, runFacts } from '../serve/run-facts.js'
import { sourceFamilies } from '../serve/source-families.js'
import { targetFamilies } from '../serve/target-families.js'
import type { Companion } from './company.js'
import type { Shown } from './metrics.js'
import { RateResource } from './rate-resource.js'

export class ShownSource implements Shown, Companion {
  readonly resources: Readonly<Record<string, Resource>>
  /** Written to by whoever feeds the live page. */
  readonly feed = new LiveFeed()
  readonly #facts: RunFacts
  readonly #plan: SourcePlan
  readonly #rate: RateResource
  readonly #more: (() => readonly Family[])[] = []
  readonly #known = new Distributions()
  #verdict: RecentVerdict | null = null
  #running: RunningSource | null = null
  #stopping = false

  constructor(plan: SourcePlan) {
    this.#plan = plan
    this.#facts = runFacts(plan, { version: version(), node: process.version })
    this.#rate = new RateResource(plan.load.arrivals)
    this.resources = {
      state: { get: () => this.#state() },
      stop: { get: () => ({ stopping: this.#stopping }), post: () => this.#stop() },
      rate: this.#rate,
    }
  }

  /** Families of somebody else who goes along, for every scrape. */
  add(families: () => readonly Family[]): void {
    this.#more.push(families)
  }

  /** From now on there is something to show. */
  started(running: RunningSource): void {
    this.#running = running
    this.#verdict = new RecentVerdict(this.#plan.load, running.live)
    this.#rate.started(running)
  }

  second(second: SecondSummary): void {
    const atMs = second.second * 1000 + second.durationMs
    this.#verdict?.look(atMs, this.#rate.at(atMs))
  }

  readonly families = (): readonly Family[] => {
    const running = this.#running
    if (running === null) return []
    const state = this.#verdict?.latest?.state ?? null
    return [
      ...sourceFamilies(this.#facts, running.live, running.judgement.results, state, this.#known),
      ...targetFamilies(running.watched()),
      ...this.#more.flatMap((families) => families()),
    ]
  }

  #state(): unknown {
    const { live } = this.#running ?? {}
    return {
      ...this.#facts,
      stopping: this.#stopping,
      generator: this.#verdict?.latest ?? null,
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
