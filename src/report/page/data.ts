/** A run as the data of its page. */
import type { Result } from '../../measure/figures.js'
import { decodeHistogram } from '../../measure/histogram-codec.js'
import { SecondStates } from '../../measure/second-states.js'
import type { Timeline } from '../../measure/timeline.js'
import type { Watched } from '../../measure/watched.js'
import { thresholdValue } from '../threshold.js'
import { pageBaseline } from './comparison.js'
import { heatOf } from './heat.js'
import type { PageData, PageFind, PageHead, PageOther, PageSpectrum, PageThreshold, PageTotals, Rows } from './model.js'
import { addRow, markSaturated, newRows, widened, withoutEmpty } from './rows.js'
import { sourceRow } from './source-row.js'
import { latencyOf, spectraOf } from './spectrum.js'
import { pageWatched } from './watched.js'

/** What a page is made from. */
export interface PageRun {
  readonly result: Result
  readonly timeline: Timeline
  /** Messages due by a moment in milliseconds of the run; null in a closed loop. */
  readonly due: ((ms: number) => number) | null
  /** What the plan wants, in milliseconds. */
  readonly durationMs?: number | null
}

export interface PageExtras {
  readonly watched?: Watched | null
  /** An earlier run that this one is held against. */
  readonly baseline?: Pick<Result, 'latency'> | null
  readonly find?: PageFind | null
  /** A second run to be laid over this one, and what each of the two is called. */
  readonly other?: { readonly run: PageRun; readonly label: string; readonly own: string } | null
}

export function pageData(run: PageRun, { watched, baseline, find, other }: PageExtras = {}): PageData {
  const { result, timeline } = run
  const { generator } = result
  return {
    schemaVersion: 1,
    kind: 'source',
    head: pageHead(run),
    verdict: {
      passed: result.passed,
      state: generator.state,
      limit: generator.limit,
      reason: generator.reason,
    },
    elapsedMs: Math.round(result.elapsedMs),
    thresholds: pageThresholds(result.thresholds),
    totals: pageTotals(result),
    latency: result.latency.map((row) =>
      latencyOf(row, row.histogram.totalCount, (p) => row.histogram.getValueAtPercentile(p)),
    ),
    replies: rounded(result.replies),
    errors: rounded(result.errors),
    notes: result.notes,
    rows: rowsOf(run),
    heat: heatOf(timeline.windows),
    spectra: [...spectraOf(result.latency), ...baselineSpectra(baseline ?? earlier(result.baseline))],
    watched: pageWatched(watched ?? null),
    find: find ?? null,
    comparison: pageBaseline(result.baseline),
    other: other === undefined || other === null ? null : otherOf(other),
  }
}

export function pageHead({ result, due, durationMs }: Omit<PageRun, 'timeline'>): PageHead {
  return {
    verb: verbOf(result.again),
    target: result.target,
    version: result.version,
    node: result.node,
    host: result.host,
    startedAt: result.startedAt,
    seed: result.seed,
    again: result.again,
    tags: result.tags,
    unit: result.unit,
    workers: result.workers,
    sessions: result.sessions.asked,
    durationMs: durationMs ?? null,
    asked: result.messages.asked,
    openLoop: due !== null,
  }
}

/** Times of a table in whole milliseconds: nobody reads more, and it halves the row. */
export function rounded<Row extends { readonly firstMs: number; readonly lastMs: number }>(
  rows: readonly Row[],
): Row[] {
  return rows.map((row) => ({ ...row, firstMs: Math.round(row.firstMs), lastMs: Math.round(row.lastMs) }))
}

/** The verb of the line that repeats a run. */
export function verbOf(again: string): string {
  return /^stampede ([a-z]+)/.exec(again)?.[1] ?? 'source'
}

export function pageThresholds(thresholds: Result['thresholds']): PageThreshold[] {
  return thresholds.map((one) => ({
    text: one.text,
    value: thresholdValue(one),
    ok: one.ok,
    abortedMs: one.abortedMs,
  }))
}

function pageTotals({ messages, recipients, sessions, bytes, tls, auth, cpu, generator }: Result): PageTotals {
  const { asked: _, perSecond, ...counts } = messages
  return {
    ...counts,
    perSecond,
    rcptAccepted: recipients.accepted,
    rcptDeferred: recipients.deferred,
    rcptRefused: recipients.refused,
    connects: sessions.connects,
    connected: sessions.connected,
    lost: sessions.lost,
    bytesOut: bytes.out,
    bytesIn: bytes.in,
    cpuPerMessage: cpu.perMessageUs,
    cpuMs: cpu.userMs + cpu.systemMs,
    busiest: generator.busiest,
    startLag: generator.startLagP99Us,
    ...(tls !== null && { tlsFull: tls.full, tlsResumed: tls.resumed, tlsFailed: tls.failed }),
    ...(auth !== null && { authOk: auth.accepted, authFailed: auth.refused }),
  }
}

function rowsOf({ timeline, due }: PageRun): Rows {
  const rows = newRows()
  const states = new SecondStates(due !== null)
  for (const second of timeline.details()) {
    const { state, before } = states.next(second)
    addRow(rows, sourceRow(second, state, due))
    markSaturated(rows, before)
  }
  return withoutEmpty(widened(rows))
}

function baselineSpectra(baseline: Pick<Result, 'latency'> | null): PageSpectrum[] {
  return baseline === null ? [] : spectraOf(baseline.latency, 'baseline ').slice(0, 1)
}

/** The latencies of the run that this one is compared with. */
function earlier(baseline: Result['baseline']): Pick<Result, 'latency'> | null {
  if (baseline === null) return null
  const row = (name: 'response' | 'service') => ({
    name,
    outcome: 'accepted',
    histogram: decodeHistogram(baseline[name]),
  })
  return { latency: [row('response'), row('service')].filter(({ histogram }) => histogram.totalCount > 0) }
}

function otherOf({ run, label, own }: NonNullable<PageExtras['other']>): PageOther {
  return { label, own, rows: rowsOf(run), spectra: spectraOf(run.result.latency) }
}
