/** What a run came to: plain data with one time unit each (milliseconds for run times, microseconds for latencies), made to be stored and compared. */
import type { Histogram } from 'hdr-histogram-js'
import type { ThresholdUnit } from '../plan/threshold-text.js'
import type { BaselineResult } from './baseline.js'
import type { Health } from './health.js'
import type { MischiefResult } from './mischief.js'
import type { Use } from './use.js'
import type { Verdict } from './verdict.js'
import type { Watched } from './watched.js'

/** Messages by how they ended. accepted + deferred + refused + failed + dropped = scheduled when the run ended by itself. */
export interface MessageTotals {
  readonly asked: number | null
  readonly scheduled: number
  readonly accepted: number
  readonly deferred: number
  readonly refused: number
  readonly failed: number
  readonly dropped: number
  readonly retried: number
  /** Accepted messages per second of `elapsedMs`. */
  readonly perSecond: number
}

/** One line of the reply table. Times are milliseconds since the start of the run. */
export interface ReplyRow {
  readonly verb: string
  readonly code: number
  readonly count: number
  readonly firstMs: number
  readonly lastMs: number
  readonly sample: string
}

/** One line of the error table. */
export interface ErrorRow {
  readonly error: string
  readonly after: string
  readonly count: number
  readonly firstMs: number
  readonly lastMs: number
  readonly sample: string
}

/** A latency in microseconds with its percentiles. */
export interface LatencyRow {
  /** `response`, `service`, or a phase. */
  readonly name: string
  /** `accepted`, `deferred`, `refused` or `failed`. */
  readonly outcome: string
  readonly histogram: Histogram
}

/** TLS handshakes by how they ended. */
export interface TlsTotals {
  readonly full: number
  readonly resumed: number
  readonly failed: number
  /** Resumed ones among those that succeeded, 0..1; 0 when none did. */
  readonly resumeShare: number
}

/** AUTH exchanges by how they ended. Those with a wrong secret on purpose are counted by themselves only. */
export interface AuthTotals {
  readonly accepted: number
  readonly refused: number
  readonly wrong: number
  /** Of `wrong` those that the server accepted all the same. */
  readonly wrongAccepted: number
}

/** What came of one threshold. */
export interface ThresholdResult {
  /** As it was written. */
  readonly text: string
  /** What was measured, in `unit`; null where nothing was. */
  readonly value: number | null
  readonly unit: ThresholdUnit
  /** What it was held against, in `unit`, where that came of a baseline and does not stand in the text. */
  readonly bound?: number
  readonly ok: boolean
  /** Milliseconds of the run at which it ended it, and of which its value is; null: it did not. */
  readonly abortedMs: number | null
}

/** What a collector was told of a run (`--otlp`), and what was not. */
export interface OtlpTotals {
  /** The collector, without secrets. */
  readonly url: string
  /** `dropped` found the queue full, `failed` were sent in vain, `rejected` arrived and were refused, `unrecorded` found no room in a worker. */
  readonly spans: {
    readonly sent: number
    readonly dropped: number
    readonly failed: number
    readonly rejected: number
    readonly unrecorded: number
  }
  /** Exports of all metrics; `skipped` because the one before was still under way. */
  readonly exports: {
    readonly sent: number
    readonly failed: number
    readonly skipped: number
    readonly rejectedPoints: number
  }
  /** Why the last thing that did not arrive did not; null: all did. */
  readonly trouble: string | null
}

/** The whole result of a source run. */
export interface Result {
  readonly schemaVersion: 1
  readonly role: 'source'
  /** What was counted: whole messages, or handshakes (`--until`). */
  readonly unit: 'messages' | 'handshakes'
  readonly version: string
  readonly node: string
  readonly host: string
  /** ISO 8601, wall clock. */
  readonly startedAt: string
  readonly target: string
  readonly seed: string
  /** What the plan wants to be known by. */
  readonly tags: Readonly<Record<string, string>>
  /** The command line that repeats the run. */
  readonly again: string
  /** From the common start to the last outcome. */
  readonly elapsedMs: number
  readonly workers: number
  readonly messages: MessageTotals
  readonly recipients: { readonly accepted: number; readonly deferred: number; readonly refused: number }
  readonly sessions: {
    readonly asked: number
    readonly connects: number
    readonly connected: number
    readonly done: number
    readonly lost: number
  }
  readonly bytes: { readonly out: number; readonly in: number }
  /** null: no TLS. */
  readonly tls: TlsTotals | null
  /** null: nobody logs in. */
  readonly auth: AuthTotals | null
  /** CPU of the workers and the main thread between start and end; per message counts every message that got an outcome. */
  readonly cpu: { readonly userMs: number; readonly systemMs: number; readonly perMessageUs: number }
  readonly latency: readonly LatencyRow[]
  readonly startLag: Histogram
  readonly replies: readonly ReplyRow[]
  readonly errors: readonly ErrorRow[]
  readonly health: readonly Health[]
  readonly generator: Verdict
  /** Sentences about the run itself: a worker that died, a limit that was met. */
  readonly notes: readonly string[]
  /** Clients that misbehaved on purpose: what they met, and what they cost the others; null: there were none. */
  readonly mischief: MischiefResult | null
  /** Absent: nothing was exported. */
  readonly otlp?: OtlpTotals
  /** How it stands against an earlier run; null: it was compared with none. */
  readonly baseline: BaselineResult | null
  /** The server's processes and this host through the run; null: nobody watched. */
  readonly watched: Watched | null
  /** Utilisation, saturation and errors of both ends. */
  readonly use: Use
  /** In the order of the plan. */
  readonly thresholds: readonly ThresholdResult[]
  /**
   * With thresholds: all held, and something was answered at all. Without: something was accepted, nothing failed, nothing was refused or
   * deferred; where refusals are part of the test they count as answers, and where a share of the messages is enough, that share was accepted.
   * Never when a server that was watched was dead at the end.
   */
  readonly passed: boolean
}
