/** Follows a run for the live view: what has to be remembered from second to second, and what a picture of this moment needs. */
import { type Counts, maxOf, percentileOf } from '../measure/counts.js'
import type { ThresholdResult } from '../measure/figures.js'
import { Counter, OUTCOMES, Outcome, PHASES, type Phase, phaseSeries, Series } from '../measure/series.js'
import type { Tables } from '../measure/tables.js'
import type { Recent, SecondSummary } from '../measure/timeline.js'
import { judge } from '../measure/verdict.js'
import { sumOf } from '../measure/windows.js'
import { CHART_SECONDS } from './live-chart.js'
import type { LiveCount, LivePhase, LiveState } from './live-state.js'
import { thresholdValue } from './threshold.js'

/** What of a run stands from the beginning. */
export interface LiveFacts {
  readonly verb: string
  readonly target: string
  readonly load: string
  readonly unit: LiveState['unit']
  readonly sessions: number
  readonly workers: number
  readonly durationMs: number | null
  /** Messages of the whole run; null: as many as the time allows. */
  readonly messages: number | null
  readonly warmupMs: number
}

/** What is looked at once a second. */
export interface LiveSecond {
  readonly summary: SecondSummary
  /** The last seconds as one: five for latencies, ten for the verdict. */
  readonly five: Recent | null
  readonly ten: Recent | null
  readonly tables: Tables
  readonly thresholds: readonly ThresholdResult[]
  /** Messages due in the first so many milliseconds of the run; null in a closed loop. */
  readonly due: ((ms: number) => number) | null
}

/** What is looked at with every picture. */
export interface LiveMoment {
  readonly elapsedMs: number
  /** Sums of all workers since the start, by Counter. */
  readonly counters: Readonly<Record<keyof typeof Counter, number>>
  readonly due: ((ms: number) => number) | null
  /** What was asked of the planned rate; 1: nothing. */
  readonly rateScale: number
  readonly stopping: boolean
  readonly keys: string
  readonly help: readonly string[] | null
}

/** How long back rates go. */
const RATE_MS = 1000
/** Too early for a verdict: connections are being made and code is being compiled. */
const VERDICT_FROM_MS = 2500
const ENHANCED = /^[245]\.\d{1,3}\.\d{1,3}(?= |$)/
const RESPONSE = Series.response + Outcome.accepted

type Sums = LiveMoment['counters']

export class LiveStory {
  readonly #facts: LiveFacts
  readonly #rates: number[] = []
  readonly #p99s: number[] = []
  readonly #phases = new Map<string, LivePhase>()
  /** Readings of the counters over the last second, the oldest first. */
  readonly #readings: { readonly atMs: number; readonly counters: Sums }[] = []
  #totals = new Map<string, LiveCount>()
  #latency: LiveState['latency'] = null
  #maxUs = 0
  #state: LiveState['state'] = null
  #utilisation: readonly number[] = []
  #thresholds: LiveState['thresholds'] = []
  #second = -1

  constructor(facts: LiveFacts) {
    this.#facts = facts
  }

  /** Another second is over, or the last one has grown. */
  second({ summary, five, ten, tables, thresholds, due }: LiveSecond): void {
    if (summary.durationMs <= 0) return
    // The part of a second that is left at the end would look like a fall.
    if (summary.second !== this.#second && summary.durationMs >= RATE_MS / 2) {
      push(this.#rates, (summary.accepted * 1000) / summary.durationMs)
      push(this.#p99s, summary.message.p99 * 1000)
    }
    this.#second = summary.second
    this.#utilisation = summary.utilisation
    this.#maxUs = Math.max(this.#maxUs, summary.message.max * 1000)
    this.#totals = countsOf(tables, this.#totals)
    this.#thresholds = thresholds.map(({ text, ok, value, unit }) => ({
      text,
      ok: value === null ? null : ok,
      value: value === null ? 'nothing yet' : thresholdValue({ value, unit }),
    }))
    if (five !== null) this.#distributions(five.series)
    if (ten !== null) this.#state = this.#verdict(ten, due)
  }

  /** The picture of this moment. */
  at({ elapsedMs, counters, due, rateScale, stopping, keys, help }: LiveMoment): LiveState {
    const { durationMs, messages, warmupMs, verb, target, load, unit, sessions, workers } = this.#facts
    this.#readings.push({ atMs: elapsedMs, counters })
    while (this.#readings.length > 2 && this.#readings[1]!.atMs <= elapsedMs - RATE_MS) this.#readings.shift()
    const [first] = this.#readings as [{ readonly atMs: number; readonly counters: Sums }]
    const spanMs = elapsedMs - first.atMs
    const rate = (sum: (of: Sums) => number) =>
      spanMs > 0 ? (Math.max(0, sum(counters) - sum(first.counters)) * 1000) / spanMs : 0
    const ended = endedOf(counters) + counters.dropped
    const shares = [
      ...(durationMs === null ? [] : [elapsedMs / durationMs]),
      ...(messages === null ? [] : [ended / messages]),
    ]
    return {
      verb,
      target,
      load: rateScale === 1 ? load : `${load} at ${Number((rateScale * 100).toFixed(1))}%`,
      unit,
      sessions,
      workers,
      elapsedMs,
      durationMs,
      done: shares.length === 0 ? null : Math.max(...shares),
      stage: stopping ? 'stopping' : elapsedMs < warmupMs ? 'warm-up' : '',
      state: this.#state,
      asked: due === null || spanMs <= 0 ? null : ((due(elapsedMs) - due(first.atMs)) * 1000) / spanMs,
      sent: rate((of) => of.scheduled - of.dropped),
      accepted: rate((of) => of.accepted),
      dropped: rate((of) => of.dropped),
      backlog: counters.backlog,
      rates: this.#rates,
      p99s: this.#p99s,
      latency: this.#latency,
      maxUs: this.#maxUs,
      phases: PHASES.flatMap((name) => this.#phases.get(name) ?? []),
      replies: [...this.#totals.values()],
      active: counters.active,
      connects: rate((of) => of.connects),
      bytesOut: rate((of) => of.bytesOut),
      utilisation: this.#utilisation,
      thresholds: this.#thresholds,
      keys,
      help,
    }
  }

  #distributions(series: readonly (Counts | null)[]): void {
    const message = series[RESPONSE] ?? null
    if (message !== null) {
      const at = (percentile: number) => percentileOf(message, percentile)
      this.#latency = { p50: at(50), p90: at(90), p99: at(99), p999: at(99.9) }
    }
    PHASES.forEach((name, phase) => {
      const counts = ([0, 1, 2] as const).reduce<Counts | null>(
        (sum, kind) => sumOf(sum, series[phaseSeries(phase as Phase, kind)] ?? null),
        null,
      )
      const before = this.#phases.get(name)
      if (counts !== null) {
        const figures = { p50: percentileOf(counts, 50), p99: percentileOf(counts, 99), max: maxOf(counts) }
        this.#phases.set(name, { name, ...figures, past: false })
      } else if (before !== undefined) this.#phases.set(name, { ...before, past: true })
    })
  }

  /** By the rules of the result, over the last seconds. */
  #verdict({ fromMs, toMs, counters, series, health }: Recent, due: LiveSecond['due']): LiveState['state'] {
    if (toMs < VERDICT_FROM_MS) return null
    const of = (counter: Counter) => counters[counter]!
    const at = (number: number, percentile: number) => {
      const counts = series[number] ?? null
      return counts === null ? 0 : percentileOf(counts, percentile)
    }
    return judge({
      due: due === null ? null : (ms) => due(fromMs + ms) - due(fromMs),
      elapsedMs: toMs - fromMs,
      sessions: this.#facts.sessions,
      done: OUTCOMES.reduce((sum, _, outcome) => sum + of((Counter.accepted + outcome) as Counter), 0),
      dropped: of(Counter.dropped),
      health,
      startLagP99Us: at(Series.startLag, 99),
      messageP50Us: at(RESPONSE, 50),
      serviceP99Us: at(Series.service + Outcome.accepted, 99),
      waitingUs: of(Counter.waitingUs),
      outOfDescriptors: 0,
      outOfPorts: 0,
    }).state
  }
}

function endedOf({ accepted, deferred, refused, failed }: Sums): number {
  return accepted + deferred + refused + failed
}

function push(values: number[], value: number): void {
  values.push(value)
  if (values.length > CHART_SECONDS) values.shift()
}

/** Good replies as one row, then deferrals and refusals, then failures; those that come now before those that came once. */
function countsOf({ replies, errors }: Tables, before: ReadonlyMap<string, LiveCount>): Map<string, LiveCount> {
  const rows: Omit<LiveCount, 'now'>[] = []
  const good = replies.filter(({ code }) => code >= 200 && code < 400)
  if (good.length > 0) rows.push({ name: '2xx', total: good.reduce((sum, { count }) => sum + count, 0), kind: 'good' })
  for (const { verb, code, count, sample } of replies) {
    if (code >= 200 && code < 400) continue
    const enhanced = ENHANCED.exec(sample)?.[0]
    const name = verb === 'other' ? 'other replies' : `${code}${enhanced === undefined ? '' : ` ${enhanced}`} ${verb}`
    rows.push({ name, total: count, kind: code >= 400 && code < 500 ? 'deferred' : 'bad' })
  }
  for (const { error, after, count } of errors) rows.push({ name: `${error} (${after})`, total: count, kind: 'bad' })
  const counted = rows.map(
    (row): LiveCount => ({ ...row, now: Math.max(0, row.total - (before.get(row.name)?.total ?? 0)) }),
  )
  const [first, ...others] = counted
  if (first === undefined) return new Map()
  others.sort((a, b) => b.now - a.now || b.total - a.total)
  return new Map([first, ...others].map((row) => [row.name, row]))
}
