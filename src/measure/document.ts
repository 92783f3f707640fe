/** A result as plain data for `JSON.stringify`: every time in milliseconds, histograms whole. */
import type { Histogram } from 'hdr-histogram-js'
import type { ErrorRow, MessageTotals, OtlpTotals, ReplyRow, Result } from './figures.js'
import { overRun } from './health.js'
import { decodeHistogram, encodeHistogram } from './histogram-codec.js'
import { type MischiefDocument, mischiefDocument } from './mischief.js'
import type { Use } from './use.js'
import type { Verdict } from './verdict.js'
import { happenings, type Watched } from './watched.js'

/** A latency with its percentiles and the whole of its histogram. */
export interface HistogramDocument {
  readonly count: number
  readonly minMs: number
  readonly meanMs: number
  readonly p50Ms: number
  readonly p90Ms: number
  readonly p95Ms: number
  readonly p99Ms: number
  readonly p99_9Ms: number
  readonly p99_99Ms: number
  readonly maxMs: number
  /** HdrHistogram V2, deflated, base64; one unit of its values is `valueUnitMs` milliseconds. */
  readonly histogram: string
  readonly valueUnitMs: number
}

/** One series of the result. */
export interface LatencyDocument extends HistogramDocument {
  readonly name: string
  readonly outcome: string
}

/** What `result.toJSON()` gives. */
export interface ResultDocument {
  /** What happened to the server that was watched, a sentence each; absent: nothing did. */
  readonly happened?: readonly string[]
  readonly schemaVersion: 1
  readonly role: 'source'
  readonly unit: 'messages' | 'handshakes'
  readonly version: string
  readonly node: string
  readonly host: string
  readonly startedAt: string
  readonly target: string
  readonly seed: string
  readonly tags: Result['tags']
  readonly again: string
  readonly passed: boolean
  readonly thresholds: Result['thresholds']
  readonly elapsedMs: number
  readonly workers: number
  readonly messages: MessageTotals
  readonly recipients: Result['recipients']
  readonly sessions: Result['sessions']
  readonly bytes: Result['bytes']
  readonly tls: Result['tls']
  readonly auth: Result['auth']
  readonly cpu: { readonly userMs: number; readonly systemMs: number; readonly perMessageMs: number }
  readonly generator: Omit<Verdict, 'startLagP99Us'> & { readonly startLagP99Ms: number }
  readonly latency: readonly LatencyDocument[]
  readonly startLag: HistogramDocument
  readonly replies: readonly ReplyRow[]
  readonly errors: readonly ErrorRow[]
  /** Each worker over the run; utilisation and CPU 0..1. */
  readonly health: readonly {
    readonly worker: number
    readonly utilisation: number
    readonly maxUtilisation: number
    readonly maxLoopDelayP99Ms: number
    readonly cpu: number
  }[]
  readonly notes: readonly string[]
  readonly mischief: MischiefDocument | null
  /** Absent: nothing was exported. */
  readonly otlp?: OtlpTotals
  readonly baseline: Result['baseline']
  readonly use: Use
  readonly watched: Watched | null
}

const VALUE_UNIT_MS = 0.001

/** The result as plain data. */
export function toDocument(result: Result): ResultDocument {
  const { startLagP99Us, ...verdict } = result.generator
  const happened = result.watched === null ? [] : happenings(result.watched)
  return {
    ...(happened.length > 0 && { happened }),
    schemaVersion: result.schemaVersion,
    role: result.role,
    unit: result.unit,
    version: result.version,
    node: result.node,
    host: result.host,
    startedAt: result.startedAt,
    target: result.target,
    seed: result.seed,
    tags: result.tags,
    again: result.again,
    passed: result.passed,
    thresholds: result.thresholds,
    elapsedMs: result.elapsedMs,
    workers: result.workers,
    messages: result.messages,
    recipients: result.recipients,
    sessions: result.sessions,
    bytes: result.bytes,
    tls: result.tls,
    auth: result.auth,
    cpu: {
      userMs: result.cpu.userMs,
      systemMs: result.cpu.systemMs,
      perMessageMs: result.cpu.perMessageUs / 1000,
    },
    generator: { ...verdict, startLagP99Ms: startLagP99Us / 1000 },
    latency: result.latency.map(({ name, outcome, histogram }) => ({ name, outcome, ...histogramDocument(histogram) })),
    startLag: histogramDocument(result.startLag),
    replies: result.replies,
    errors: result.errors,
    health: overRun(result.health).map((one) => ({
      worker: one.worker,
      utilisation: one.utilisation,
      maxUtilisation: one.maxUtilisation,
      maxLoopDelayP99Ms: one.maxLoopDelayP99Us / 1000,
      cpu: one.cpu,
    })),
    notes: result.notes,
    mischief: result.mischief === null ? null : mischiefDocument(result.mischief),
    ...(result.otlp !== undefined && { otlp: result.otlp }),
    baseline: result.baseline,
    use: result.use,
    watched: result.watched,
  }
}

/** A histogram of microseconds in the document's form. */
export function histogramDocument(histogram: Histogram): HistogramDocument {
  const at = (percentile: number) => histogram.getValueAtPercentile(percentile) / 1000
  return {
    count: histogram.totalCount,
    minMs: at(0),
    meanMs: histogram.mean / 1000,
    p50Ms: at(50),
    p90Ms: at(90),
    p95Ms: at(95),
    p99Ms: at(99),
    p99_9Ms: at(99.9),
    p99_99Ms: at(99.99),
    maxMs: at(100),
    histogram: encodeHistogram(histogram),
    valueUnitMs: VALUE_UNIT_MS,
  }
}

/** The histogram, in microseconds, that a document holds. @throws Error when it is not one */
export function histogramFrom(document: HistogramDocument): Histogram {
  return decodeHistogram(document.histogram)
}
