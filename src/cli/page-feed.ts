/** Feeds the live page of a source: what is known at its start, every second of it, and its end as the report has it. */
import { hostname } from 'node:os'
import { version } from '../base/version.js'
import { type Counts, percentileOf, sparse } from '../measure/counts.js'
import type { Result } from '../measure/figures.js'
import type { RunResult } from '../measure/result.js'
import { SecondStates } from '../measure/second-states.js'
import { LATENCIES, type Latency, Outcome, Series } from '../measure/series.js'
import type { SecondSummary, Timeline } from '../measure/timeline.js'
import type { Watched } from '../measure/watched.js'
import type { SourcePlan } from '../plan/plan.js'
import { curveOf } from '../plan/rate-shape.js'
import { pageData, pageThresholds, rounded, verbOf } from '../report/page/data.js'
import { binsOf } from '../report/page/heat.js'
import type { PageEvents, PageHead, PageLatency, PageSecond, PageSpectrum } from '../report/page/model.js'
import { compact } from '../report/page/rows.js'
import { sourceRow } from '../report/page/source-row.js'
import { latencyOf, spectrumOf } from '../report/page/spectrum.js'
import { pageWatched } from '../report/page/watched.js'
import type { RunningSource } from '../run/source.js'
import type { LiveFeed } from '../serve/feed.js'
import type { Companion } from './company.js'
import { Changes } from './page-changes.js'

/** Spectra and all of the latency table are told this seldom, in seconds. */
const WHOLE_EVERY = 5
const RESPONSE = Series.response + Outcome.accepted
const SERVICE = Series.service + Outcome.accepted

export interface PageFeedOptions {
  readonly plan: SourcePlan
  readonly feed: Pick<LiveFeed, 'push'>
  /** The line that repeats the run. */
  readonly again: string
  /** What was watched of the server so far; absent: nobody watches. */
  readonly watched?: () => Watched | null
  /** The run that this one is held against. */
  readonly baseline?: Pick<Result, 'latency'> | null
}

export class PageFeed implements Companion {
  readonly #options: PageFeedOptions
  readonly #due: ((ms: number) => number) | null
  readonly #startedAt = new Date()
  #running: RunningSource | null = null
  #timeline: Timeline | null = null
  #states: SecondStates
  #replies = new Changes()
  #errors = new Changes()
  /** The heat of the newest second so far: two readings may fall into one. */
  #heat: { readonly second: number; readonly counts: Counts | null } | null = null
  #samples = 0
  #events = 0
  #seconds = 0

  constructor(options: PageFeedOptions) {
    const { arrivals } = options.plan.load
    const curve = arrivals === null ? null : curveOf(arrivals)
    this.#options = options
    this.#due = curve === null ? null : (ms) => curve.dueBy(ms)
    this.#states = new SecondStates(curve !== null)
  }

  started(running: RunningSource): void {
    this.#running = running
    this.#timeline = running.timeline
    this.#push('head', { kind: 'source', head: this.#head() })
  }

  second(_: SecondSummary): void {
    const running = this.#running
    if (running === null) return
    if (running.timeline !== this.#timeline) this.#begin(running.timeline)
    const { timeline, live, judgement } = running
    const newest = timeline.newest
    if (newest === null) return
    const { state, before } = this.#states.next(newest)
    const { replies, errors } = live.tables()
    const whole = this.#seconds++ % WHOLE_EVERY === 0
    const heat = this.#gained(newest.second, timeline.newestCounts(RESPONSE))
    const told: PageSecond = {
      row: compact(sourceRow(newest, state, this.#due)),
      elapsedMs: Math.round(newest.toMs),
      totals: totalsOf(live.counters()),
      ...(whole ? { latency: latencies(timeline, LATENCIES) } : responseOf(timeline)),
      ...(before > 0 && { saturatedBefore: before }),
      ...(heat.length > 0 && { heat }),
      ...changed('replies', this.#replies.take(rounded(replies))),
      ...changed('errors', this.#errors.take(rounded(errors))),
      ...(judgement.wanted && { thresholds: pageThresholds(judgement.results) }),
      ...(whole && { spectra: spectra(timeline) }),
    }
    this.#push('second', told)
    this.#watch()
  }

  ended(result: RunResult): void {
    const { plan, watched, baseline } = this.#options
    const run = { result, timeline: this.#running!.timeline, due: this.#due, durationMs: plan.load.durationMs }
    this.#push('end', pageData(run, { watched: watched?.() ?? null, baseline: baseline ?? null }))
  }

  #push<Name extends keyof PageEvents>(name: Name, value: PageEvents[Name]): void {
    this.#options.feed.push(name, value)
  }

  /** The warm-up is over. */
  #begin(timeline: Timeline): void {
    this.#timeline = timeline
    this.#states = new SecondStates(this.#due !== null)
    this.#replies = new Changes()
    this.#errors = new Changes()
    this.#heat = null
    this.#seconds = 0
    this.#push('reset', null)
  }

  #gained(second: number, counts: Counts | null): number[] {
    const before = this.#heat?.second === second ? binsOf(this.#heat.counts) : []
    this.#heat = { second, counts }
    const now = binsOf(counts)
    const had = new Map(before.flatMap((bin, i) => (i % 2 === 0 ? [[bin, before[i + 1]!] as const] : [])))
    const gained: number[] = []
    for (let i = 0; i < now.length; i += 2) {
      const count = now[i + 1]! - (had.get(now[i]!) ?? 0)
      if (count > 0) gained.push(now[i]!, count)
    }
    return gained
  }

  /** Samples that have come since. */
  #watch(): void {
    const all = this.#options.watched?.() ?? null
    if (all === null || (all.samples.length === this.#samples && all.events.length === this.#events)) return
    // With the one before them, for what is told by differences.
    const more = pageWatched({
      ...all,
      samples: all.samples.slice(Math.max(0, this.#samples - 1)),
      events: all.events.slice(this.#events),
    })
    this.#samples = all.samples.length
    this.#events = all.events.length
    if (more !== null) this.#push('watch', more)
  }

  #head(): PageHead {
    const { plan, again } = this.#options
    const { load } = plan
    const due = this.#due
    return {
      verb: verbOf(again),
      target: plan.target.text,
      version: version(),
      node: process.version,
      host: hostname(),
      startedAt: this.#startedAt.toISOString(),
      seed: plan.seed,
      again,
      tags: plan.tags ?? {},
      unit: plan.wire.until === null ? 'messages' : 'handshakes',
      workers: plan.workers,
      sessions: load.sessions,
      durationMs: load.durationMs,
      asked: load.messages ?? (due !== null && load.durationMs !== null ? Math.round(due(load.durationMs)) : null),
      openLoop: due !== null,
    }
  }
}

/** Of the sums what the page has a place for. */
function totalsOf(counters: Readonly<Record<string, number>>): Record<string, number> {
  const names = ['scheduled', 'accepted', 'deferred', 'refused', 'failed', 'dropped', 'connects', 'bytesOut', 'bytesIn']
  return Object.fromEntries(names.flatMap((name) => (counters[name] ? [[name, counters[name]]] : [])))
}

function changed<Name extends string, Row>(
  name: Name,
  rows: readonly Row[],
): { readonly [K in Name]?: readonly Row[] } {
  return rows.length === 0 ? {} : ({ [name]: rows } as { readonly [K in Name]?: readonly Row[] })
}

/** The table of latencies so far. */
function latencies(timeline: Timeline, rows: readonly Latency[]): PageLatency[] {
  return rows.flatMap((row) => {
    const total = timeline.total(row.series)
    if (total === null) return []
    const counts = sparse(total)
    return [latencyOf(row, counts.total, (percentile) => percentileOf(counts, percentile))]
  })
}

/** Of it what the page has at its head. */
function responseOf(timeline: Timeline): Pick<PageSecond, 'response'> {
  const [response] = latencies(
    timeline,
    LATENCIES.filter(({ series }) => series === RESPONSE),
  )
  return response === undefined ? {} : { response }
}

function spectra(timeline: Timeline): PageSpectrum[] {
  return (
    [
      ['response', RESPONSE],
      ['service', SERVICE],
    ] as const
  ).flatMap(([name, series]) => {
    const total = timeline.total(series)
    if (total === null) return []
    const counts = sparse(total)
    return [spectrumOf(name, counts.total, (percentile) => percentileOf(counts, percentile))]
  })
}
