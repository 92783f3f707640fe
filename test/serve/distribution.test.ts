import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { bucketOf, HISTOGRAM_LENGTH } from '#src/measure/board.js'
import { distributionOf } from '#src/serve/distribution.js'
import { DURATION_BOUNDS } from '#src/serve/families.js'

function countsOf(values: readonly number[]): Uint32Array {
  const counts = new Uint32Array(HISTOGRAM_LENGTH)
  for (const value of values) counts[bucketOf(value)]!++
  return counts
}

test('a value that is a bound belongs below it', () => {
  const { counts, sum } = distributionOf(countsOf([100, 101, 500, 1000, 40_000_000]), DURATION_BOUNDS, 1e-6)
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
      const { counts, sum } = distributionOf(countsOf(values), DURATION_BOUNDS, 1e-6)
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
