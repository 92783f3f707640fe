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

/** The lines of a distribution, for as long as it is the same object. */
const WRITTEN = new WeakMap<Distribution, string>()

/** The whole text. */
export async function exposition(families: readonly Family[], format: Format): Promise<Exposition> {
  const contentType =
    format === 'openmetrics'
      ? promClient.Registry.OPENMETRICS_CONTENT_TYPE
      : promClient.Registry.PROMETHEUS_CONTENT_TYPE
  const registry = new promClient.Registry<PrometheusContentType>()
  registry.setContentType(contentType as PrometheusContentType)
  const texts: string[] = []
  for (const family of families) texts.push(await textOf(registry, family, format))
  const text = format === 'openmetrics' ? `${texts.join('\n')}\n# EOF\n` : `${texts.join('\n\n')}\n`
  return { contentType, text }
}

type Registry = InstanceType<typeof promClient.Registry<PrometheusContentType>>

async function textOf(registry: Registry, family: Family, format: Format): Promise<string> {
  if (family.type !== 'histogram') {
    return write(
      registry,
      family,
      format,
      family.samples.map(({ labels, value }) => ({ labels, value })),
    )
  }
  const head = await write(registry, family, format, [])
  const bodies: string[] = []
  for (const sample of family.samples) {
    let lines = WRITTEN.get(sample)
    if (lines === undefined) {
      const whole = await write(registry, family, format, bucketsOf(family.name, family.bounds, sample))
      lines = whole.slice(head.length)
      WRITTEN.set(sample, lines)
    }
    bodies.push(lines)
  }
  return head + bodies.join('')
}

/** Family head and lines. A registry asks a metric for no more than this; what prom-client's own ones add is keeping values, which the Board does. */
function write(registry: Registry, family: Family, format: Format, values: readonly Value[]): Promise<string> {
  const { help, type } = family
  // In OpenMetrics a counter's family has no suffix, and the library puts it to its samples.
  const name = format === 'openmetrics' && type === 'counter' ? family.name.replace(/_total$/, '') : family.name
  const metric = { name, get: () => ({ name, help, type, values }) }
  registry.registerMetric(metric as unknown as Parameters<Registry['registerMetric']>[0])
  const text = registry.getSingleMetricAsString(name)
  registry.removeSingleMetric(name)
  return text
}

interface Value {
  readonly labels: Labels
  readonly value: number
  readonly metricName?: string
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
