/** Makes the Result of a run from what was measured. The shapes are in figures.ts. */
import type { Histogram } from 'hdr-histogram-js'
import type { ArrivalPlan } from '../plan/arrivals.js'
import { healthySessions } from '../plan/mischief.js'
import type { LoadPlan, SourcePlan } from '../plan/plan.js'
import { askedCurve, type RateChange } from '../plan/tempo.js'
import { againstBaseline } from './baseline.js'
import { type ResultDocument, toDocument } from './document.js'
import type { LatencyRow, Result, TlsTotals } from './figures.js'
import { newHistogram } from './histogram.js'
import { Judgement } from './judgement.js'
import { type MischiefTold, mischiefResult } from './mischief.js'
import { Counter, ErrorKind, LATENCIES, Series } from './series.js'
import { errorsOf, type Tables } from './tables.js'
import type { Timeline } from './timeline.js'
import { useOf } from './use.js'
import { judge, type Verdict } from './verdict.js'
import { endedDead, serverCpu, type Watched } from './watched.js'

export type * from './figures.js'

/** A Result with what a caller asks it most. */
export interface RunResult extends Result {
  /** Accepted messages from their intended start, in milliseconds. */
  readonly message: {
    readonly count: number
    /** Milliseconds at a percentile 0..100; 0 when nothing was accepted. */
    percentile(percentile: number): number
  }
  toJSON(): ResultDocument
}

/** What of a plan its result tells of, or is judged by: little enough to be read back from a recording. */
export interface ResultPlan
  extends Pick<
    SourcePlan,
    'mischief' | 'thresholds' | 'allowReject' | 'passShare' | 'workers' | 'seed' | 'tags' | 'baseline'
  > {
  readonly target: { readonly text: string }
  readonly load: Pick<LoadPlan, 'messages' | 'durationMs' | 'arrivals' | 'sessions'>
  /** Of TLS and AUTH only whether there is any. */
  readonly wire: { readonly until: string | null; readonly tls: object | null; readonly auth: object | null }
}

/** Of several runs together: what does not follow from their sums. */
export interface SeveralRuns {
  readonly generator: Verdict
  readonly asked: number | null
  /** Sessions that behaved. */
  readonly sessions: number
}

/** All that a Result is made from. */
export interface ResultInput {
  readonly plan: ResultPlan
  /** Holds every interval of what is measured. */
  readonly timeline: Timeline
  /** By Counter, all workers: what they had counted after the last one stopped. */
  readonly counters: ArrayLike<number>
  readonly tables: Tables
  /** When what is measured begins, in milliseconds of the run: where the warm-up ended; 0 without one. Everything given here counts from then. */
  readonly fromMs?: number
  /** From then to the last outcome. */
  readonly elapsedMs: number
  /** CPU of the whole process between start and end. */
  readonly cpu: { readonly userMs: number; readonly systemMs: number }
  readonly startedAt: Date
  readonly version: string
  readonly node: string
  readonly host: string
  /** The command line that repeats the run, secrets masked. */
  readonly again: string
  readonly notes: readonly string[]
  /** What watched the run; absent: its thresholds are looked at here for the first time. */
  readonly judgement?: Judgement
  /** When clients began to misbehave on purpose (null: never), and what the workers told of it. */
  readonly mischief?: { readonly startedMs: number | null; readonly told: readonly MischiefTold[] }
  /** Changes of the rate while it went; absent: none. */
  readonly rates?: readonly RateChange[]
  /** What was seen of the server's processes; null or absent: nobody watched. */
  readonly watched?: Watched | null
  /** Absent: it was one. */
  readonly several?: SeveralRuns
}

/** Puts everything together and judges it. */
export function makeResult(input: ResultInput): RunResult {
  const { plan, timeline, counters, tables, elapsedMs, fromMs = 0, watched = null } = input
  const rates = (input.rates ?? []).filter(({ atMs }) => atMs < fromMs + elapsedMs)
  const total = (counter: Counter) => counters[counter]!
  const accepted = total(Counter.accepted)
  const deferred = total(Counter.deferred)
  const refused = total(Counter.refused)
  const failed = total(Counter.failed)
  const dropped = total(Counter.dropped)
  const done = accepted + deferred + refused + failed
  const sessions = input.several?.sessions ?? healthySessions(plan.mischief, plan.load.sessions)
  const latency = latencyRows(timeline)
  const startLag = timeline.histogram(Series.startLag)
  const message = rowOf(latency, 'response') ?? rowOf(latency, 'service') ?? newHistogram()
  const health = timeline.health
  const cpuMs = input.cpu.userMs + input.cpu.systemMs
  const generator =
    input.several?.generator ??
    judge({
      due: plan.load.arrivals === null ? null : dueFrom(plan.load.arrivals, fromMs, rates),
      elapsedMs,
      sessions,
      done,
      dropped,
      health,
      startLagP99Us: startLag.getValueAtPercentile(99),
      messageP50Us: message.getValueAtPercentile(50),
      serviceP99Us: (rowOf(latency, 'service') ?? message).getValueAtPercentile(99),
      waitingUs: total(Counter.waitingUs),
      outOfDescriptors: errorsOf(tables.errors, ErrorKind.descriptors),
      outOfPorts: errorsOf(tables.errors, ErrorKind.ports),
      server: watched === null ? null : serverCpu(watched, fromMs),
    })
  const judgement = input.judgement ?? new Judgement(plan.thresholds)
  judgement.look({
    counters,
    histogram: (series) => timeline.histogram(series),
    ...tables,
    elapsedMs,
    atMs: fromMs + elapsedMs,
  })
  const answered = accepted + deferred + refused > 0
  const held = judgement.wanted
    ? answered && judgement.results.every(({ ok }) => ok)
    : plan.passShare === undefined
      ? failed === 0 && (plan.allowReject ? done > 0 : accepted > 0 && deferred + refused === 0)
      : done > 0 && accepted / done >= plan.passShare
  return {
    schemaVersion: 1,
    role: 'source',
    unit: plan.wire.until === null ? 'messages' : 'handshakes',
    version: input.version,
    node: input.node,
    host: input.host,
    startedAt: input.startedAt.toISOString(),
    target: plan.target.text,
    seed: plan.seed,
    tags: plan.tags ?? {},
    again: input.again,
    elapsedMs,
    workers: plan.workers,
    messages: {
      asked: input.several === undefined ? askedOf(plan.load, fromMs, rates) : input.several.asked,
      scheduled: total(Counter.scheduled),
      accepted,
      deferred,
      refused,
      failed,
      dropped,
      retried: total(Counter.retried),
      perSecond: elapsedMs > 0 ? (accepted * 1000) / elapsedMs : 0,
    },
    recipients: {
      accepted: total(Counter.rcptAccepted),
      deferred: total(Counter.rcptDeferred),
      refused: total(Counter.rcptRefused),
    },
    sessions: {
      asked: sessions,
      connects: total(Counter.connects),
      connected: total(Counter.connected),
      done: total(Counter.sessionsDone),
      lost: total(Counter.sessionsLost),
    },
    bytes: { out: total(Counter.bytesOut), in: total(Counter.bytesIn) },
    tls:
      plan.wire.tls === null
        ? null
        : tlsTotals(total(Counter.tlsFull), total(Counter.tlsResumed), total(Counter.tlsFailed)),
    auth:
      plan.wire.auth === null
        ? null
        : {
            accepted: total(Counter.authOk),
            refused: total(Counter.authFailed),
            wrong: total(Counter.authWrong),
            wrongAccepted: total(Counter.authWrongTaken),
          },
    cpu: { ...input.cpu, perMessageUs: done > 0 ? (cpuMs * 1000) / done : 0 },
    latency,
    startLag,
    replies: tables.replies,
    errors: tables.errors,
    health,
    generator,
    mischief:
      plan.mischief.length === 0
        ? null
        : mischiefResult(
            {
              startedMs: input.mischief?.startedMs ?? null,
              told: input.mischief?.told ?? [],
              sessions: plan.load.sessions - sessions,
              ofSessions: plan.load.sessions,
            },
            timeline,
            { accepted, fromMs, endMs: Math.min(fromMs + elapsedMs, plan.load.durationMs ?? Number.POSITIVE_INFINITY) },
          ),
    notes: rates.length === 0 ? input.notes : [...input.notes, rateNote(rates)],
    baseline: baselineResult(plan, timeline, rates),
    thresholds: judgement.results,
    passed: held && (watched === null || !endedDead(watched)),
    watched,
    use: useOf({
      workers: plan.workers,
      elapsedMs,
      fromMs,
      cpuMs,
      health,
      startLag,
      latency,
      deferred,
      refused,
      done,
      dropped,
      errors: tables.errors,
      watched,
    }),
    message: {
      count: message.totalCount,
      percentile: (percentile) => message.getValueAtPercentile(percentile) / 1000,
    },
    toJSON() {
      return toDocument(this)
    },
  }
}

/** A sentence when the messages of a run that ended by itself do not add up; null when they do. */
export function check(result: Result): string | null {
  const { scheduled, accepted, deferred, refused, failed, dropped } = result.messages
  const ended = accepted + deferred + refused + failed + dropped
  if (ended === scheduled) return null
  return `${scheduled} messages were scheduled, but ${ended} ended: ${accepted} accepted, ${deferred} deferred, ${refused} refused, ${failed} failed, ${dropped} dropped`
}

/** Only what was counted. */
function latencyRows(timeline: Timeline): LatencyRow[] {
  return LATENCIES.filter(({ series }) => timeline.total(series) !== null).map(({ name, outcome, series }) => ({
    name,
    outcome,
    histogram: timeline.histogram(series),
  }))
}

function tlsTotals(full: number, resumed: number, failed: number): TlsTotals {
  return { full, resumed, failed, resumeShare: resumed > 0 ? resumed / (full + resumed) : 0 }
}

function rowOf(rows: readonly LatencyRow[], name: string): Histogram | undefined {
  return rows.find((row) => row.name === name && row.outcome === 'accepted')?.histogram
}

/** How it stands against its baseline; null where there is none, or nothing was kept to compare. */
function baselineResult(
  { baseline, load }: ResultPlan,
  { cells }: Timeline,
  rates: readonly RateChange[],
): Result['baseline'] {
  return baseline === undefined || cells === null ? null : againstBaseline(baseline, cells.all(dueIn(load, rates)))
}

/** Messages due in the first so many milliseconds of the run; null in a closed loop. */
export function dueIn(
  { arrivals }: Pick<LoadPlan, 'arrivals'>,
  rates: readonly RateChange[],
): ((ms: number) => number) | null {
  if (arrivals === null) return null
  const curve = askedCurve(arrivals, rates)
  return (ms) => curve.dueBy(ms)
}

/** Messages due in the milliseconds after `fromMs`. */
function dueFrom(arrivals: ArrivalPlan, fromMs: number, rates: readonly RateChange[]): (ms: number) => number {
  const curve = askedCurve(arrivals, rates)
  const before = curve.dueBy(fromMs)
  return (ms) => curve.dueBy(fromMs + ms) - before
}

/** What the plan wants in all; null when it only says for how long, or how much of it was sent in the warm-up. */
function askedOf(
  { messages, arrivals, durationMs }: ResultPlan['load'],
  fromMs: number,
  rates: readonly RateChange[],
): number | null {
  if (messages !== null) return fromMs > 0 ? null : messages
  return arrivals !== null && durationMs !== null
    ? Math.round(dueFrom(arrivals, fromMs, rates)(durationMs - fromMs))
    : null
}

/** Changes that are told one by one, the last ones; of many the summary would be a list of nothing else. */
const RATES_TOLD = 6

function rateNote(rates: readonly RateChange[]): string {
  const told = rates.slice(-RATES_TOLD)
  const words = told.map(({ atMs, factor }) => `${Number((factor * 100).toFixed(1))}% at ${(atMs / 1000).toFixed(1)} s`)
  const many = rates.length > told.length ? `${rates.length} times, at last ` : ''
  return `the rate was changed ${many}to ${words.join(', ')} (of what was planned)`
}
