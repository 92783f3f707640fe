import assert from 'node:assert/strict'
import { it } from 'node:test'
import { ValueType } from '@opentelemetry/api'
import { AggregationTemporality, DataPointType } from '@opentelemetry/sdk-metrics'
import { counter, type Family, gauge } from '#src/serve/families.js'
import { metricsOf, OTEL } from '#src/serve/otlp-metrics.js'

it('the library’s numbers are what they were', () => {
  assert.equal(OTEL.valueType.int, ValueType.INT)
  assert.equal(OTEL.valueType.double, ValueType.DOUBLE)
  assert.equal(OTEL.cumulative, AggregationTemporality.CUMULATIVE)
  assert.equal(OTEL.point.histogram, DataPointType.HISTOGRAM)
  assert.equal(OTEL.point.gauge, DataPointType.GAUGE)
  assert.equal(OTEL.point.sum, DataPointType.SUM)
})

it('families become metrics of the same names, with unit and kind', () => {
  const families: Family[] = [
    counter('a_total', 'A.', 3),
    counter('worker_cpu_seconds_total', 'B.', [{ labels: { worker: '0' }, value: 2 }]),
    counter('sent_bytes_total', 'C.', 9),
    gauge('loop_utilization_ratio', 'D.', 0),
    gauge('nobody', 'E.', []),
    {
      type: 'histogram',
      name: 'duration_seconds',
      help: 'F.',
      bounds: [0.1, 1],
      samples: [{ labels: { phase: 'dot' }, counts: [4, 0, 2], sum: 12.5 }],
    },
  ]
  const metrics = metricsOf(families, { start: [1, 2], end: [3, 4] })
  assert.deepEqual(
    metrics.map(({ descriptor }) => [descriptor.name, descriptor.unit, descriptor.valueType]),
    [
      ['a_total', '', ValueType.INT],
      ['worker_cpu_seconds_total', 's', ValueType.DOUBLE],
      ['sent_bytes_total', 'By', ValueType.INT],
      ['loop_utilization_ratio', '1', ValueType.DOUBLE],
      ['duration_seconds', 's', ValueType.DOUBLE],
    ],
  )
  assert.deepEqual(
    metrics.map(({ dataPointType }) => dataPointType),
    [DataPointType.SUM, DataPointType.SUM, DataPointType.SUM, DataPointType.GAUGE, DataPointType.HISTOGRAM],
  )
  assert.deepEqual(metrics[1]!.dataPoints, [
    { startTime: [1, 2], endTime: [3, 4], attributes: { worker: '0' }, value: 2 },
  ])
  assert.deepEqual(metrics.at(-1)!.dataPoints[0]!.value, {
    buckets: { boundaries: [0.1, 1], counts: [4, 0, 2] },
    sum: 12.5,
    count: 6,
  })
})
