/** Families as the text that Prometheus reads, in the format that was asked for. The writing is prom-client's. */
import promClient, { type PrometheusContentType } from 'prom-client'
import type { Distribution, Family, Labels } from './families.js'

/** OpenMetrics 1.0, or the older Prometheus text format 0.0.4. */
export type Format = 'openmetrics' | 'prometheus'

/** A text and the media type that it goes under. */
export interface Exposition {
  readonly contentType: string
  readonly text: string
}

/** Which format an Accept header asks for: OpenMetrics where it is named and not put behind plain text. */
export function formatFor(accept: string): Format {
  const weight = (type: string) => {
    const range = accept.split(',').find((part) => part.trim().toLowerCase().startsWith(type))
    if (range === undefined) return 0
    const q = /;\s*q=([\d.]+)/i.exec(range)?.[1]
    return q === undefined ? 1 : Number(q) || 0
  }
  const open = weight('application/openmetrics-text')
  return open > 0 && open >= weight('text/plain') ? 'openmetrics' : 'prometheus'
}

/** The whole text. */
export async function exposition(families: readonly Family[], format: Format): Promise<Exposition> {
  const contentType =
    format === 'openmetrics'
      ? promClient.Registry.OPENMETRICS_CONTENT_TYPE
      : promClient.Registry.PROMETHEUS_CONTENT_TYPE
  const registry = new promClient.Registry<PrometheusContentType>()
  registry.setContentType(contentType as PrometheusContentType)
  for (const family of families) {
    const { help, type } = family
    // In OpenMetrics a counter's family has no suffix, and the library puts it to its samples.
    const name = format === 'openmetrics' && type === 'counter' ? family.name.replace(/_total$/, '') : family.name
    const metric = { name, get: () => Promise.resolve({ name, help, type, values: valuesOf(family) }) }
    // A registry asks its metrics for no more than this; what prom-client's own ones add is keeping values, which the Board does.
    registry.registerMetric(metric as unknown as Parameters<typeof registry.registerMetric>[0])
  }
  return { contentType, text: await registry.metrics() }
}

interface Value {
  readonly labels: Labels
  readonly value: number
  readonly metricName?: string
}

function valuesOf(family: Family): Value[] {
  if (family.type !== 'histogram') return family.samples.map(({ labels, value }) => ({ labels, value }))
  return family.samples.flatMap((sample) => bucketsOf(family.name, family.bounds, sample))
}

function bucketsOf(name: string, bounds: readonly number[], { labels, counts, sum }: Distribution): Value[] {
  let below = 0
  const buckets = [...bounds, Number.POSITIVE_INFINITY].map((bound, i) => {
    below += counts[i] ?? 0
    const le = bound === Number.POSITIVE_INFINITY ? '+Inf' : String(bound)
    return { metricName: `${name}_bucket`, labels: { ...labels, le }, value: below }
  })
  return [
    ...buckets,
    { metricName: `${name}_sum`, labels, value: sum },
    { metricName: `${name}_count`, labels, value: below },
  ]
}
