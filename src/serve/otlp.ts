/** What a run or a sink tells a collector: its metrics every so often and at its end, and the spans of what was followed. */
import { hrtime } from 'node:process'
import type { OtlpTotals } from '../measure/figures.js'
import { counter, type Family } from './families.js'
import { metricsOf } from './otlp-metrics.js'
import { inTime, Outbox } from './otlp-outbox.js'
import type { Span } from './otlp-spans.js'
import { hrTime, type OtlpWire } from './otlp-wire.js'

/** Spans that wait, and that leave together, at most; as the batch processor of OpenTelemetry's SDK has it. */
const ROOM = 2048
const BATCH = 512
const EVERY_MS = 1000
/** What one request may take with its repetitions. Less than the end of a run may take, or one under way then could outlast it. */
const REQUEST_MS = 4000
/** What the end of a run may take: as a rule, and where nothing has arrived so far. */
const END_MS = 5000
const HOPELESS_MS = 1000
/** How much of that spans may use, so that the last metrics have their turn. */
const SPANS_SHARE = 0.6

export interface OtlpOptions {
  readonly wire: OtlpWire
  /** The collector as it may be shown. */
  readonly url: string
  readonly intervalMs: number
  /** The figures of the moment; whoever makes this adds its own (`families`) to them. */
  readonly families: () => readonly Family[]
  /** Spans that wait, at most. */
  readonly room?: number
}

interface Batched {
  readonly span: Span
  readonly origin: bigint
}

export class Otlp {
  readonly #options: OtlpOptions
  readonly #spans: Outbox<Batched>
  /** What the workers had no room for. */
  #unrecorded = 0
  readonly #exports = { sent: 0, failed: 0, skipped: 0 }
  #trouble: string | null = null
  #startedAt = wallNow()
  #timer: NodeJS.Timeout | undefined
  #flight: Promise<void> | null = null

  constructor(options: OtlpOptions) {
    this.#options = options
    this.#spans = new Outbox({
      room: options.room ?? ROOM,
      batch: Math.min(BATCH, options.room ?? BATCH),
      everyMs: EVERY_MS,
      withinMs: REQUEST_MS,
      // All of a run have one origin.
      send: (items, withinMs) =>
        options.wire.sendSpans(
          items.map(({ span }) => span),
          items[0]!.origin,
          withinMs,
        ),
    })
  }

  /** Counting begins now, and so do the exports. */
  start(): void {
    this.#startedAt = wallNow()
    this.#timer = setInterval(() => this.#tick(), this.#options.intervalMs)
    this.#timer.unref()
  }

  /** Spans whose times count from `origin`, nanoseconds since 1970; the same in every call. */
  spans(spans: readonly Span[], origin: bigint): void {
    this.#spans.push(spans.map((span) => ({ span, origin })))
  }

  /** What the workers had to leave out so far, all together. */
  unrecorded(count: number): void {
    this.#unrecorded = count
  }

  get totals(): OtlpTotals {
    const { sent, dropped, failed } = this.#spans
    const { rejected } = this.#options.wire
    return {
      url: this.#options.url,
      spans: { sent, dropped, failed, rejected: rejected.spans, unrecorded: this.#unrecorded },
      exports: { ...this.#exports, rejectedPoints: rejected.points },
      trouble: this.#spans.trouble ?? this.#trouble,
    }
  }

  /** How the exporting itself goes. */
  readonly families = (): Family[] => {
    const { spans, exports } = this.totals
    const samples = (figures: Readonly<Record<string, number>>) =>
      Object.entries(figures).map(([outcome, value]) => ({ labels: { outcome }, value }))
    return [
      counter('stampede_otlp_spans_total', 'Spans by what became of them.', samples(spans)),
      counter('stampede_otlp_metric_exports_total', 'Exports of metrics by what became of them.', [
        ...samples({ sent: exports.sent, failed: exports.failed, skipped: exports.skipped }),
      ]),
    ]
  }

  /** Sends what is left and the last figures, within `withinMs` at most. */
  async finish(withinMs = END_MS): Promise<void> {
    clearInterval(this.#timer)
    let endMs = performance.now() + Math.min(withinMs, this.#patience)
    const left = () => endMs - performance.now()
    await this.#spans.close(left() * SPANS_SHARE)
    endMs = Math.min(endMs, performance.now() + this.#patience)
    if (this.#flight !== null) await inTime(this.#flight, left() / 2)
    if (this.#flight !== null) this.#exports.skipped++
    else {
      this.#export(Math.max(1, left()))
      await inTime(this.#flight, left())
    }
    if (this.#flight !== null) {
      // Broken off by `close`; what becomes of it then is not waited for.
      this.#exports.failed++
      this.#trouble ??= 'no answer in time'
      this.#flight = null
    }
    this.close()
  }

  /** Who has taken nothing so far is waited for less. */
  get #patience(): number {
    const { spans, exports, trouble } = this.totals
    return spans.sent + exports.sent === 0 && trouble !== null ? HOPELESS_MS : END_MS
  }

  close(): void {
    clearInterval(this.#timer)
    this.#options.wire.close()
  }

  #tick(): void {
    if (this.#flight === null) this.#export(REQUEST_MS)
    else this.#exports.skipped++
  }

  #export(withinMs: number): void {
    const { wire, families } = this.#options
    const span = { start: hrTime(this.#startedAt, 0), end: hrTime(wallNow(), 0) }
    const flight = wire.sendMetrics(metricsOf(families(), span), withinMs).then((trouble) => {
      if (this.#flight !== flight) return
      this.#flight = null
      if (trouble === null) this.#exports.sent++
      else {
        this.#exports.failed++
        this.#trouble = trouble
      }
    })
    this.#flight = flight
  }
}

/** Nanoseconds since 1970, in steps finer than a millisecond. */
export function wallNow(): bigint {
  return BigInt(Math.round((performance.timeOrigin + performance.now()) * 1000)) * 1000n
}

/** When the clock of `monotonicMs` stood at so many milliseconds, in nanoseconds since 1970. */
export function wallOf(monotonicMs: number): bigint {
  return wallNow() - (hrtime.bigint() - BigInt(Math.round(monotonicMs * 1e6)))
}
