/**
 * The way to a collector: OTLP over HTTP, in JSON, by OpenTelemetry's own exporters, which also decide what is worth another try. They are heavy
 * and rarely wanted, so they are loaded when somebody asks.
 */
import type { Agent } from 'node:http'
import type { HrTime } from '@opentelemetry/api'
import type { Resource } from '@opentelemetry/resources'
import type { MetricData } from '@opentelemetry/sdk-metrics'
import type { ReadableSpan } from '@opentelemetry/sdk-trace-base'
import type { Attributes, Span } from './otlp-spans.js'

/** Where it is, and what it wants to be told with every request. */
export interface Collector {
  readonly tracesUrl: string
  readonly metricsUrl: string
  readonly headers: Readonly<Record<string, string>>
}

/** Who sends. */
export interface Sender {
  readonly version: string
  /** What all that is sent is about; `OTEL_RESOURCE_ATTRIBUTES` and `OTEL_SERVICE_NAME` add to it. */
  readonly resource: Attributes
}

/** Null when it arrived, else why it did not, in a few words. */
type Outcome = string | null

/** Of what arrived, what the collector said that it did not take. */
export interface Rejected {
  spans: number
  points: number
}

/** The libraries, as loaded. */
export interface OtlpModules {
  readonly api: typeof import('@opentelemetry/api')
  readonly resources: typeof import('@opentelemetry/resources')
  readonly traces: typeof import('@opentelemetry/exporter-trace-otlp-http')
  readonly metrics: typeof import('@opentelemetry/exporter-metrics-otlp-http')
}

/** Loads them; rejects with the loader's error where one is missing. */
export async function loadOtlpModules(): Promise<OtlpModules> {
  const [api, resources, traces, metrics] = await Promise.all([
    import('@opentelemetry/api'),
    import('@opentelemetry/resources'),
    import('@opentelemetry/exporter-trace-otlp-http'),
    import('@opentelemetry/exporter-metrics-otlp-http'),
  ])
  return { api, resources, traces, metrics }
}

interface Exporter<T> {
  export(items: T, done: (result: { readonly code: number; readonly error?: Error }) => void): void
}

const PARTIAL = 'Received Partial Success response'
/** Connections to a collector: a batch of spans and one of metrics may be under way together. */
const SOCKETS = 2
const SUCCESS = 0

export class OtlpWire {
  readonly rejected: Rejected = { spans: 0, points: 0 }
  readonly #modules: OtlpModules
  readonly #collector: Collector
  readonly #resource: Resource
  readonly #scope: { readonly name: string; readonly version: string }
  readonly #agents = new Map<string, Agent>()

  constructor(modules: OtlpModules, collector: Collector, { resource, version }: Sender) {
    const { api, resources } = modules
    this.#modules = modules
    this.#collector = collector
    this.#scope = { name: 'stampede', version }
    const environment = resources.detectResources({ detectors: [resources.envDetector] })
    this.#resource = resources.resourceFromAttributes(resource).merge(environment)
    const quiet = () => {}
    const warn = (message: string, ...rest: unknown[]) => this.#warned(message, rest)
    // The only way to hear that a request was taken in part: the exporters tell nobody else.
    api.diag.setLogger(
      { error: quiet, warn, info: quiet, debug: quiet, verbose: quiet },
      { logLevel: api.DiagLogLevel.WARN, suppressOverrideMessage: true },
    )
  }

  /** Sends spans whose times count from `origin`, nanoseconds since 1970. Never rejects. */
  sendSpans(spans: readonly Span[], origin: bigint, withinMs: number): Promise<Outcome> {
    const { OTLPTraceExporter } = this.#modules.traces
    const exporter = new OTLPTraceExporter(this.#config(this.#collector.tracesUrl, withinMs))
    return sent(
      exporter,
      spans.map((span) => this.#readable(span, origin)),
    )
  }

  /** Never rejects. */
  sendMetrics(metrics: MetricData[], withinMs: number): Promise<Outcome> {
    const { OTLPMetricExporter } = this.#modules.metrics
    const exporter = new OTLPMetricExporter(this.#config(this.#collector.metricsUrl, withinMs))
    return sent(exporter, { resource: this.#resource, scopeMetrics: [{ scope: this.#scope, metrics }] })
  }

  /** Breaks off what is under way. */
  close(): void {
    for (const agent of this.#agents.values()) agent.destroy()
    this.#modules.api.diag.disable()
  }

  #config(url: string, withinMs: number) {
    const { headers } = this.#collector
    return {
      url,
      headers,
      timeoutMillis: Math.max(1, withinMs),
      httpAgentOptions: (scheme: string) => this.#agent(scheme),
    }
  }

  async #agent(scheme: string): Promise<Agent> {
    const known = this.#agents.get(scheme)
    if (known !== undefined) return known
    const { Agent } = scheme === 'https:' ? await import('node:https') : await import('node:http')
    const agent = new Agent({ keepAlive: true, maxSockets: SOCKETS })
    this.#agents.set(scheme, agent)
    return agent
  }

  #readable(span: Span, origin: bigint): ReadableSpan {
    const { SpanKind, SpanStatusCode, TraceFlags } = this.#modules.api
    const context = (spanId: string) => ({ traceId: span.traceId, spanId, traceFlags: TraceFlags.SAMPLED })
    const { failure, parentSpanId } = span
    return {
      name: span.name,
      kind: SpanKind.CLIENT,
      spanContext: () => context(span.spanId),
      ...(parentSpanId !== null && { parentSpanContext: context(parentSpanId) }),
      startTime: hrTime(origin, span.startMs),
      endTime: hrTime(origin, span.endMs),
      duration: hrTime(0n, span.endMs - span.startMs),
      status: failure === null ? { code: SpanStatusCode.UNSET } : { code: SpanStatusCode.ERROR, message: failure },
      attributes: span.attributes,
      links: [],
      events: span.events.map(({ name, atMs, attributes }) => ({ name, attributes, time: hrTime(origin, atMs) })),
      ended: true,
      resource: this.#resource,
      instrumentationScope: this.#scope,
      droppedAttributesCount: 0,
      droppedEventsCount: span.droppedEvents,
      droppedLinksCount: 0,
    }
  }

  #warned(message: string, rest: readonly unknown[]): void {
    const at = [message, ...rest].findIndex((word) => typeof word === 'string' && word.startsWith(PARTIAL))
    if (at < 0) return
    const { rejectedSpans = 0, rejectedDataPoints = 0 } = parsed(rest[at])
    this.rejected.spans += Number(rejectedSpans) || 0
    this.rejected.points += Number(rejectedDataPoints) || 0
  }
}

/** Numbers of 64 bits are texts in this JSON, and not with everybody. */
function parsed(text: unknown): { rejectedSpans?: number | string; rejectedDataPoints?: number | string } {
  try {
    return JSON.parse(String(text)) ?? {}
  } catch {
    return {}
  }
}

function sent<T>(exporter: Exporter<T>, items: T): Promise<Outcome> {
  return new Promise((resolve) => {
    try {
      exporter.export(items, ({ code, error }) => resolve(code === SUCCESS ? null : reason(error)))
    } catch (error) {
      resolve(reason(error as Error))
    }
  })
}

function reason(error: (Error & { readonly code?: unknown }) | undefined): string {
  if (error === undefined) return 'not taken'
  const { code, message } = error
  if (typeof code === 'number') return `HTTP ${code} ${message}`.trim()
  if (typeof code === 'string') return code
  // The exporters give up so on a status that asks for patience, and do not say which.
  if (/retryable status/.test(message)) return 'the collector asked for patience (HTTP 429, 502, 503 or 504)'
  return message === 'Request timed out' ? 'no answer in time' : message
}

/** Nanoseconds of the run, exact to the last one, on a clock that stood at `origin` when it began. */
export function hrTime(origin: bigint, ms: number): HrTime {
  const nanos = origin + BigInt(Math.round(ms * 1e6))
  return [Number(nanos / 1_000_000_000n), Number(nanos % 1_000_000_000n)]
}
