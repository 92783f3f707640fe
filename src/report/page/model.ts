/**
 * What the page shows, as plain data that the report embeds and the live page is fed with. Numbers only where numbers are meant: texts of targets
 * and servers are texts here and stay texts on the page.
 *
 * A row is a second, or several where a run is so long that seconds would not fit (`Rows.seconds`). Columns by name:
 *
 *     asked scheduled accepted deferred refused failed dropped          messages in the row (sink: messages, recipients)
 *     connects connected done lost tlsFull tlsResumed tlsFailed …       growth of a counter
 *     active backlog draining                                           how a gauge stood at the end of the row
 *     response.p50 .p90 .p99 .p999 .max   phase.dot.p50 .p99 .max       microseconds, null where nothing was timed
 *     reply.2 … reply.5 reply.0   error.timeout   fault.greylist        replies by class, failures by kind, faults by kind
 *     busiest worker.0 … cpu loopDelay startLag state                   the generator: shares 0..1, microseconds, `STATES`
 */

/** Names of the generator's states by number in the column `state`. */
export const STATES = ['clear', 'stretched', 'saturated'] as const
export type State = (typeof STATES)[number]

/** A row of fewer milliseconds says nothing of a rate. */
export const SHORT_MS = 200

/** A value of a column; null: there is none. */
export type Cell = number | null

/** The run over time. All arrays are of one length. */
export interface Rows {
  /** How many seconds each row stands for, as a rule. */
  seconds: number
  /** Beginning of each row in seconds of the run, and how much of it was watched in milliseconds. */
  readonly at: number[]
  readonly ms: number[]
  readonly columns: Record<string, Cell[]>
}

/** One row as it comes. */
export interface Row {
  readonly at: number
  readonly ms: number
  readonly values: Readonly<Record<string, Cell>>
}

/** What is known when a run starts. */
export interface PageHead {
  /** `source`, `stress`, `run`, `sink`. */
  readonly verb: string
  readonly target: string
  readonly version: string
  readonly node: string
  readonly host: string
  /** ISO 8601. */
  readonly startedAt: string
  readonly seed: string
  readonly again: string
  readonly tags: Readonly<Record<string, string>>
  readonly unit: 'messages' | 'handshakes'
  readonly workers: number
  readonly sessions: number
  /** Milliseconds, and messages, that the plan wants; null: the plan does not say. */
  readonly durationMs: number | null
  readonly asked: number | null
  /** Messages are due by a schedule, not when the one before is answered. */
  readonly openLoop: boolean
}

export interface PageVerdict {
  readonly passed: boolean
  readonly state: State
  readonly limit: string | null
  readonly reason: string
}

export interface PageThreshold {
  readonly text: string
  /** As people read it. */
  readonly value: string
  readonly ok: boolean
  readonly abortedMs: number | null
}

/** A latency over the run; microseconds. */
export interface PageLatency {
  readonly name: string
  readonly outcome: string
  readonly count: number
  /** p50 p90 p99 p99.9 p99.99 max. */
  readonly values: readonly number[]
}

export interface PageReply {
  readonly verb: string
  readonly code: number
  readonly count: number
  readonly firstMs: number
  readonly lastMs: number
  readonly sample: string
}

export interface PageError {
  readonly error: string
  readonly after: string
  readonly count: number
  readonly firstMs: number
  readonly lastMs: number
  readonly sample: string
}

/** How many took how long, over time. Bins are logarithmic (see `bins.ts`). */
export interface PageHeat {
  /** How many seconds a column stands for. */
  seconds: number
  /** Beginning of each column in seconds of the run. */
  readonly at: number[]
  /** Of each column: bin, count, bin, count … */
  readonly columns: number[][]
}

/** A latency by its percentiles: for 1 in so many, at least so many microseconds. */
export interface PageSpectrum {
  readonly name: string
  /** 1 / (1 - percentile), and the latency there. */
  readonly points: readonly (readonly [oneIn: number, us: number])[]
}

/** Sums and figures of the whole run by name. */
export type PageTotals = Readonly<Record<string, number>>

/** A point of a search for capacity. */
export interface FindPoint {
  /** Messages per second: asked, and accepted. */
  readonly rate: number
  readonly accepted: number
  /** Microseconds. */
  readonly p99: number
  readonly held: boolean
}

export interface PageFind {
  readonly points: readonly FindPoint[]
  /** The place of the last point that held; null: there is none. */
  readonly knee: number | null
}

/** Another run beside this one. */
export interface PageOther {
  readonly label: string
  readonly own: string
  readonly rows: Rows
  readonly spectra: readonly PageSpectrum[]
}

/** Two sides figure by figure, in words as people read them. */
export interface PageComparison {
  readonly title: string
  /** What the two are called. */
  readonly columns: readonly [string, string]
  /** A line for each. */
  readonly sides: readonly string[]
  readonly warnings: readonly string[]
  /** Name, both values, difference, interval, verdict. */
  readonly rows: readonly { readonly group: string; readonly verdict: string; readonly cells: readonly string[] }[]
  /** What the verdicts rest on. */
  readonly basis: readonly string[]
}

/** The server under test, sample by sample. */
export interface PageWatched {
  readonly target: string
  readonly rows: Rows
  readonly events: readonly { readonly at: number; readonly kind: string; readonly text: string }[]
}

export interface PageData {
  readonly schemaVersion: 1
  readonly kind: 'source' | 'sink'
  head: PageHead
  /** Null while it goes. */
  verdict: PageVerdict | null
  elapsedMs: number
  thresholds: readonly PageThreshold[]
  totals: PageTotals
  latency: readonly PageLatency[]
  replies: PageReply[]
  errors: PageError[]
  notes: readonly string[]
  rows: Rows
  heat: PageHeat | null
  spectra: readonly PageSpectrum[]
  watched: PageWatched | null
  find: PageFind | null
  other: PageOther | null
  /** Absent or null: nothing is compared. */
  comparison?: PageComparison | null
}

/** What the feed of a live page says. `end` is followed by nothing. */
export interface PageEvents {
  /** Everything begins. */
  readonly head: Pick<PageData, 'kind' | 'head'>
  /** The warm-up is over: what was shown so far is no part of the result. */
  readonly reset: null
  readonly second: PageSecond
  readonly watch: PageWatched
  readonly end: PageData
}

/** A second as it comes; what did not change is left out. One with the `at` of the row before takes its place. */
export interface PageSecond {
  readonly row: Row
  readonly elapsedMs: number
  readonly totals: PageTotals
  /** So many rows before this one turn out to have been saturated. */
  readonly saturatedBefore?: number
  /** Bin, count, bin, count …: what came since the event before. */
  readonly heat?: readonly number[]
  /** The whole table, now and then, and the row at the head of the page. */
  readonly latency?: readonly PageLatency[]
  readonly response?: PageLatency
  /** Rows that are others now; a sample that was told is left out from then on. */
  readonly replies?: readonly PageReply[]
  readonly errors?: readonly PageError[]
  readonly thresholds?: readonly PageThreshold[]
  readonly spectra?: readonly PageSpectrum[]
}
