import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fromJson, toJson } from '#src/report/json.js'
import { CLOSED, HANDSHAKES, OPEN } from './fixture.js'

test('histograms come back whole from the JSON document', () => {
  for (const result of [OPEN, CLOSED, HANDSHAKES]) {
    const stored = fromJson(toJson(result))
    assert.equal(stored.latency.length, result.latency.length)
    result.latency.forEach(({ name, outcome, histogram }, i) => {
      const back = stored.latency[i]!
      assert.deepEqual([back.name, back.outcome], [name, outcome])
      assert.equal(back.histogram.totalCount, histogram.totalCount)
      for (const percentile of [0, 10, 50, 90, 99, 99.9, 99.99, 100]) {
        assert.equal(back.histogram.getValueAtPercentile(percentile), histogram.getValueAtPercentile(percentile))
      }
      assert.equal(back.histogram.mean, histogram.mean)
    })
    assert.equal(stored.startLag.totalCount, result.startLag.totalCount)
  }
})

test('the document has a schema version, one unit of time, and the tables as they are', () => {
  const { document } = fromJson(toJson(OPEN))
  assert.equal(document.schemaVersion, 1)
  assert.equal(document.unit, 'messages')
  assert.deepEqual(document.messages, OPEN.messages)
  assert.deepEqual(document.replies, OPEN.replies)
  assert.deepEqual(document.errors, OPEN.errors)
  assert.equal(document.generator.startLagP99Ms, 0.2)
  assert.equal(document.latency[0]!.p50Ms, 3.101)
  assert.equal(document.latency[0]!.valueUnitMs, 0.001)
  assert.deepEqual(document.health[1], {
    worker: 1,
    utilisation: 0.4,
    maxUtilisation: 0.4,
    maxLoopDelayP99Ms: 1.5,
    cpu: 0.38,
  })
  assert.doesNotMatch(toJson(OPEN), /Us":|Ns":/)
})

test('another schema version is refused', () => {
  assert.throws(() => fromJson('{"schemaVersion":2}'), /version 1 is needed, this one has 2/)
  assert.throws(() => fromJson('{'), SyntaxError)
})
