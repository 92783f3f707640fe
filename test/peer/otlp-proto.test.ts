import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { decodeMetrics, decodeTraces } from './otlp-proto.js'

const AT = '1795000000000000000'

const SPAN = {
  traceId: '6b0a0866bece8311547d1cbd65d2db00',
  spanId: '5c5f500e1d293302',
  name: 'smtp session',
  kind: 3,
  startTimeUnixNano: AT,
  endTimeUnixNano: AT,
  attributes: [{ key: 'a', value: { intValue: '1' } }],
}

function traces(span: object): unknown {
  return {
    resourceSpans: [{ resource: { attributes: [] }, scopeSpans: [{ scope: { name: 'x' }, spans: [span] }] }],
  }
}

function metrics(metric: object): unknown {
  return {
    resourceMetrics: [{ resource: { attributes: [] }, scopeMetrics: [{ scope: { name: 'x' }, metrics: [metric] }] }],
  }
}

const TIMES = { startTimeUnixNano: AT, timeUnixNano: AT }
const SUM = { dataPoints: [{ ...TIMES, asInt: '5' }], aggregationTemporality: 2, isMonotonic: true }
const HISTOGRAM = {
  dataPoints: [{ ...TIMES, count: '3', sum: 2.5, bucketCounts: ['1', 2], explicitBounds: [0.5] }],
  aggregationTemporality: 2,
}

describe('the decoder of OTLP', () => {
  it('takes what is right', () => {
    const [span] = decodeTraces(traces(SPAN))
    assert.deepEqual([span!.name, span!.start, span!.attributes.a], ['smtp session', BigInt(AT), 1])
    assert.equal(decodeMetrics(metrics({ name: 'm', unit: '', sum: SUM }))[0]!.value, 5)
    assert.deepEqual(decodeMetrics(metrics({ name: 'm', unit: 's', histogram: HISTOGRAM }))[0]!.counts, [1, 2])
  })

  it('refuses spans that are wrong', () => {
    for (const [wrong, message] of [
      [{ ...SPAN, trace_id: '1' }, /spans\[0\]\.trace_id is no field/],
      [{ ...SPAN, traceId: 'bece' }, /32 hexadecimal digits/],
      [{ ...SPAN, spanId: '0'.repeat(16) }, /not all 0/],
      [{ ...SPAN, spanId: SPAN.spanId.toUpperCase() }, /16 hexadecimal digits/],
      [{ ...SPAN, startTimeUnixNano: 1_795_000_000 }, /19 digits in a text/],
      [{ ...SPAN, kind: 'SPAN_KIND_CLIENT' }, /an enumeration/],
      [{ ...SPAN, status: { code: 3 } }, /an enumeration/],
      [{ ...SPAN, name: undefined, kind: 3 }, /a string/],
      [{ ...SPAN, attributes: [{ key: 'a', value: {} }] }, /one of/],
      [{ ...SPAN, attributes: [SPAN.attributes[0], SPAN.attributes[0]] }, /stands twice/],
      [{ ...SPAN, attributes: [{ key: 'a', value: { intValue: 1.5 } }] }, /a whole number/],
      [{ ...SPAN, events: [{ name: 'x' }] }, /timeUnixNano is missing/],
    ] as const) {
      assert.throws(() => decodeTraces(traces(wrong)), message)
    }
  })

  it('refuses metrics that are wrong', () => {
    const [one] = HISTOGRAM.dataPoints
    for (const [wrong, message] of [
      [{ name: 'm', unit: '' }, /is of one kind/],
      [{ name: 'm', unit: '', sum: { ...SUM, aggregationTemporality: 1 } }, /is cumulative/],
      [{ name: 'm', unit: '', sum: { ...SUM, dataPoints: [TIMES] } }, /has one value/],
      [{ name: 'm', unit: '', gauge: { dataPoints: [{ ...TIMES, asDouble: null }] } }, /a number/],
      [{ name: 'm', unit: '', histogram: { ...HISTOGRAM, dataPoints: [{ ...one, count: 4 }] } }, /add up/],
      [{ name: 'm', unit: '', histogram: { ...HISTOGRAM, dataPoints: [{ ...one, explicitBounds: [] }] } }, /more than/],
    ] as const) {
      assert.throws(() => decodeMetrics(metrics(wrong)), message)
    }
  })
})
