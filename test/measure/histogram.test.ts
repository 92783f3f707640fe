import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { bucketOf, HISTOGRAM_LENGTH, HISTOGRAM_MAX_US } from '#src/measure/board.js'
import { type Counts, maxOf, mergeCounts, percentileOf, topOfBucket, valueFromBucket } from '#src/measure/counts.js'
import { histogramOf, histogramOfCounts, mergeInto, newHistogram, subtract } from '#src/measure/histogram.js'

const PERCENTILES = [0, 1, 25, 50, 75, 90, 99, 99.9, 99.99, 100]

/** Spread over all orders of magnitude, as latencies are. */
const microseconds = fc
  .tuple(fc.integer({ min: 0, max: 31 }), fc.double({ min: 0, max: 1, noNaN: true }))
  .map(([bits, part]) => Math.min(HISTOGRAM_MAX_US, Math.floor(2 ** bits * (1 + part)) - 1))
const samples = fc.array(microseconds, { minLength: 1, maxLength: 200 })

function row(values: readonly number[]): Uint32Array {
  const counts = new Uint32Array(1 + HISTOGRAM_LENGTH)
  for (const value of values) {
    counts[0]!++
    counts[1 + bucketOf(value)]!++
  }
  return counts
}

function sparse(values: readonly number[]): Counts {
  const full = row(values).subarray(1)
  const buckets = [...new Set(values.map(bucketOf))].sort((a, b) => a - b)
  return {
    buckets: Uint16Array.from(buckets),
    counts: Uint32Array.from(buckets, (bucket) => full[bucket]!),
    total: values.length,
  }
}

test('bucketOf files a value where hdr-histogram-js files it', () => {
  const reference = newHistogram()
  const same = (value: number) => {
    reference.reset()
    reference.recordValue(value)
    const bucket = bucketOf(value)
    assert.ok(bucket >= 0 && bucket < HISTOGRAM_LENGTH, `${value} in ${bucket}`)
    assert.equal(valueFromBucket(bucket), reference.getValueAtPercentile(0), `lowest equivalent of ${value}`)
    assert.equal(topOfBucket(bucket), reference.getValueAtPercentile(100), `highest equivalent of ${value}`)
  }
  for (let bits = 0; bits < 32; bits++) {
    for (const value of [2 ** bits - 1, 2 ** bits, 2 ** bits + 1]) if (value <= HISTOGRAM_MAX_US) same(value)
  }
  same(HISTOGRAM_MAX_US)
  fc.assert(fc.property(fc.integer({ min: 0, max: HISTOGRAM_MAX_US }), same), { numRuns: 300 })
  fc.assert(fc.property(microseconds, same), { numRuns: 300 })
})

test('bucketOf: what is out of range goes to the ends, fractions are cut off', () => {
  assert.equal(bucketOf(-5), 0)
  assert.equal(bucketOf(HISTOGRAM_MAX_US * 10), bucketOf(HISTOGRAM_MAX_US))
  assert.equal(bucketOf(1.9), 1)
  assert.equal(bucketOf(4097.9), bucketOf(4097))
})

test('every bucket is the bucket of its lowest and its highest value', () => {
  const last = bucketOf(HISTOGRAM_MAX_US)
  for (let bucket = 0; bucket < last; bucket++) {
    assert.equal(bucketOf(valueFromBucket(bucket)), bucket)
    assert.equal(bucketOf(topOfBucket(bucket)), bucket)
  }
})

test('percentiles from counts are those of hdr-histogram-js recording the values itself', () => {
  fc.assert(
    fc.property(samples, (values) => {
      const reference = newHistogram()
      for (const value of values) reference.recordValue(value)
      const ours = histogramOf(row(values))
      const few = sparse(values)
      assert.equal(ours.totalCount, values.length)
      for (const percentile of PERCENTILES) {
        const expected = reference.getValueAtPercentile(percentile)
        assert.equal(ours.getValueAtPercentile(percentile), expected, `p${percentile} of a row`)
        assert.equal(percentileOf(few, percentile), expected, `p${percentile} of sparse counts`)
      }
      assert.equal(maxOf(few), reference.getValueAtPercentile(100))
      assert.equal(ours.maxValue, reference.getValueAtPercentile(100))
      assert.equal(ours.mean, reference.mean)
    }),
    { numRuns: 60 },
  )
})

test('percentiles of large counts follow hdr-histogram-js too', () => {
  const counts = new Float64Array(HISTOGRAM_LENGTH)
  counts[100] = 3e9
  counts[5000] = 7e9
  const histogram = histogramOfCounts(counts)
  assert.equal(histogram.totalCount, 1e10)
  assert.equal(histogram.getValueAtPercentile(30), 100)
  assert.equal(histogram.getValueAtPercentile(30.001), topOfBucket(5000))
  const few = { buckets: Uint16Array.of(7, 9), counts: Uint32Array.of(999, 1), total: 1000 }
  assert.equal(percentileOf(few, 99.9), 7)
  assert.equal(percentileOf(few, 99.91), 9)
})

test('nothing counted gives zeros', () => {
  const none = { buckets: new Uint16Array(0), counts: new Uint32Array(0), total: 0 }
  assert.equal(percentileOf(none, 99), 0)
  assert.equal(maxOf(none), 0)
  assert.equal(histogramOf(new Uint32Array(1 + HISTOGRAM_LENGTH)).totalCount, 0)
})

test('merging counts or histograms is recording all values in one', () => {
  fc.assert(
    fc.property(samples, samples, (a, b) => {
      assert.deepEqual(mergeCounts(sparse(a), sparse(b)), sparse([...a, ...b]))
      const merged = histogramOf(row(a))
      mergeInto(merged, histogramOf(row(b)))
      const whole = histogramOf(row([...a, ...b]))
      assert.equal(merged.totalCount, whole.totalCount)
      for (const percentile of PERCENTILES) {
        assert.equal(merged.getValueAtPercentile(percentile), whole.getValueAtPercentile(percentile))
      }
    }),
    { numRuns: 40 },
  )
})

test('the difference of two readings holds what came between, even where a count went round', () => {
  fc.assert(
    fc.property(samples, samples, (before, between) => {
      const all = subtract(row([...before, ...between]).subarray(1), row(before).subarray(1))
      assert.deepEqual(all, Float64Array.from(row(between).subarray(1)))
    }),
    { numRuns: 20 },
  )
  assert.equal(subtract([1, 4], [0xffff_ffff, 4])[0], 2)
})
