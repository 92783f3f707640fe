/** Metric families as OpenTelemetry's data: the names, labels and figures of `/metrics`, cumulative from the start. */
import type { HrTime } from '@opentelemetry/api'
import type { DataPoint, Histogram, MetricData } from '@opentelemetry/sdk-metrics'
import type { Distribution, Family } from './families.js'

/**
 * The numbers of the library's own enumerations. They are values of a module that is only there when it is asked for, and this file has to do
 * without it; a test holds them against it.
 */
export const OTEL = {
  valueType: { int: 0, double: 1 },
  cumulative: 1,
  point: { histogram: 0, gauge: 2, sum: 3 },
} as const

/** When counting began, and now. */
export interface Span {
  readonly start: HrTime
  readonly end: HrTime
}

export function metricsOf(families: readonly Family[], span: Span): MetricData[] {
  return families.filter(({ samples }) => samples.length > 0).map((family) => metricOf(family, span))
}

function metricOf(family: Family, { start, end }: Span): MetricData {
  const { name, help } = family
  const unit = unitOf(name)
  const whole = unit !== 's' && !name.endsWith('_ratio')
  const about = {
    descriptor: {
      name,
      description: help,
      unit,
      valueType: whole && family.type !== 'histogram' ? OTEL.valueType.int : OTEL.valueType.double,
    },
    aggregationTemporality: OTEL.cumulative,
  }
  const times = { startTime: start, endTime: end }
  if (family.type === 'histogram') {
    const dataPoints = family.samples.map((sample): DataPoint<Histogram> => {
      return { ...times, attributes: sample.labels, value: histogramOf(family.bounds, sample) }
    })
    return { ...about, dataPointType: OTEL.point.histogram, dataPoints } as MetricData
  }
  const dataPoints = family.samples.map(({ labels, value }): DataPoint<number> => {
    return { ...times, attributes: labels, value }
  })
  return (
    family.type === 'counter'
      ? { ...about, dataPointType: OTEL.point.sum, isMonotonic: true, dataPoints }
      : { ...about, dataPointType: OTEL.point.gauge, dataPoints }
  ) as MetricData
}

function histogramOf(bounds: readonly number[], { counts, sum }: Distribution): Histogram {
  return {
    buckets: { boundaries: [...bounds], counts: [...counts] },
    sum,
    count: counts.reduce((all, count) => all + count, 0),
  }
}

/** The unit in UCUM, as OpenTelemetry wants it, from the name, as Prometheus wants it. */
function unitOf(name: string): string {
  const base = name.replace(/_total$/, '')
  if (base.endsWith('_seconds')) return 's'
  if (base.endsWith('_bytes')) return 'By'
  return base.endsWith('_ratio') ? '1' : ''
}
