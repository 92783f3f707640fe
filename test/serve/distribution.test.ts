import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { bucketOf, HISTOGRAM_LENGTH } from '#src/measure/board.js'
import { Distributions, distributionOf } from '#src/serve/distribution.js'
import { DURATION_BOUNDS } from '#src/serve/families.js'

function countsOf(values: readonly number[]): Uint32Array {
  const counts = new Uint32Array(HISTOGRAM_LENGTH)
  for (const value of values) counts[bucketOf(value)]!++
  return counts
}

test('a value that is a bound belongs below it', () => {
  const { counts, sum } = distributionOf(
    [countsOf([100, 101]), countsOf([500, 1000, 40_000_000])],
    DURATION_BOUNDS,
    1e-6,
  )
  assert.equal(counts[0], 1)
  assert.equal(counts[1], 1)
  assert.equal(counts[2], 1)
  assert.equal(counts[3], 1)
  assert.equal(counts.at(-1), 1)
  assert.ok(Math.abs(sum - 40.001701) < 0.05)
})

test('every value is filed once, within the precision of its bucket', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 100_000_000 }), { maxLength: 200 }), (values) => {
      const { counts, sum } = distributionOf([countsOf(values)], DURATION_BOUNDS, 1e-6)
      assert.equal(
        counts.reduce((a, b) => a + b, 0),
        values.length,
      )
      let below = 0
      DURATION_BOUNDS.forEach((bound, i) => {
        below += counts[i]!
        const exactly = values.filter((value) => value <= bound * 1e6).length
        const surely = values.filter((value) => value <= bound * 1e6 * 0.999).length
        assert.ok(below <= exactly && below >= surely, `${surely} <= ${below} <= ${exactly} at ${bound}`)
      })
      const exact = values.reduce((a, b) => a + b, 0) / 1e6
      assert.ok(Math.abs(sum - exact) <= exact * 0.001 + 1e-9)
    }),
    { numRuns: 200 },
  )
})

test('what nothing was added to is the same object, and what was is told anew', () => {
  const known = new Distributions()
  const counts = countsOf([100])
  const of = (total: number) => known.of('a', { total, rows: [counts] }, DURATION_BOUNDS, 1e-6, { phase: 'mail' })
  const first = of(1)
  assert.deepEqual([first.labels, first.counts[0]], [{ phase: 'mail' }, 1])
  assert.equal(of(1), first)
  counts[bucketOf(100)]!++
  const second = of(2)
  assert.equal(second.counts[0], 2)
  // The workers have told of one more than could be read: it is looked for again the next time.
  assert.notEqual(of(3), second)
  counts[bucketOf(100)]!++
  assert.equal(of(3).counts[0], 3)
  assert.equal(known.of('b', { total: 0, rows: [] }, DURATION_BOUNDS, 1e-6, {}).counts[0], 0)
})
