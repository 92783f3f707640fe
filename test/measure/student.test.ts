import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { criticalT, holm, twoSided } from '#src/measure/student.js'

const near = (value: number, wanted: number, within: number) =>
  assert.ok(Math.abs(value - wanted) <= within, `${value}, not ${wanted}`)

test('the critical values that every table of Student has', () => {
  for (const [probability, freedom, t] of [
    [0.05, 1, 12.7062],
    [0.05, 2, 4.30265],
    [0.05, 10, 2.228139],
    [0.05, 30, 2.042272],
    [0.01, 5, 4.032143],
    [0.001, 20, 3.849516],
    [0.05, 1e6, 1.959966],
  ] as const) {
    near(criticalT(probability, freedom), t, 1e-4 * t)
    near(twoSided(t, freedom), probability, 1e-5)
  }
  assert.deepEqual([twoSided(0, 4), twoSided(Number.POSITIVE_INFINITY, 4), twoSided(Number.NaN, 4)], [1, 0, 1])
})

test('one freedom is the Cauchy distribution, two have a closed form', () => {
  fc.assert(
    fc.property(fc.double({ min: 0.001, max: 1000, noNaN: true }), (t) => {
      near(twoSided(t, 1), 1 - (2 / Math.PI) * Math.atan(t), 1e-9)
      near(twoSided(t, 2), 1 - t / Math.sqrt(2 + t * t), 1e-9)
    }),
  )
})

test('Holm: the example of his paper, and never less than what it was', () => {
  const adjusted = holm([0.01, 0.04, 0.03, 0.005])
  for (const [i, wanted] of [0.03, 0.06, 0.06, 0.02].entries()) near(adjusted[i]!, wanted, 1e-12)
  assert.deepEqual(holm([]), [])
  fc.assert(
    fc.property(fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 30 }), (chances) => {
      const made = holm(chances)
      assert.ok(made.every((one, i) => one >= chances[i]! && one <= 1))
    }),
  )
})
