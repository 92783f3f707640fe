import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import type { ArrivalPlan, BurstPlan, RateShape } from '#src/plan/arrivals.js'
import { curveOf, dueBy, momentOf, peakOf } from '#src/plan/rate-shape.js'
import { evenly } from './source-plan.js'

function planOf(shape: RateShape, burst: BurstPlan | null = null): ArrivalPlan {
  return { ...evenly(1), shape, burst }
}

/** Messages per millisecond at a moment, written down from the definition of each shape. */
function rateAt({ shape, burst }: ArrivalPlan, ms: number): number {
  const more = burst !== null && ms % burst.everyMs < burst.forMs ? burst.rate : 0
  return (base(shape, ms) + more) / 1000
}

function base(shape: RateShape, ms: number): number {
  if (shape.kind === 'constant') return shape.rate
  if (shape.kind === 'sine') return shape.mean + shape.amplitude * Math.sin((2 * Math.PI * ms) / shape.periodMs)
  if (shape.kind === 'offsets') throw new RangeError('single moments have no rate')
  let begin = 0
  for (const { from, to, ms: length } of shape.stages) {
    if (ms < begin + length) return from + ((to - from) * (ms - begin)) / length
    begin += length
  }
  return shape.stages.at(-1)!.to
}

/** The integral of the rate by the midpoint rule, in steps that end at every whole millisecond, where all kinks of these plans are. */
function integral(plan: ArrivalPlan, toMs: number): number {
  const parts = 8
  let sum = 0
  for (let i = 0; i < toMs * parts; i++) sum += rateAt(plan, (i + 0.5) / parts) / parts
  return sum
}

const rate = fc.double({ min: 1, max: 20_000, noNaN: true })
const maybeNone = fc.oneof(fc.constant(0), rate)
const shapes: fc.Arbitrary<Exclude<RateShape, { kind: 'offsets' }>> = fc.oneof(
  fc.record({ kind: fc.constant('constant' as const), rate }),
  fc.record({
    kind: fc.constant('stages' as const),
    stages: fc.array(fc.record({ from: maybeNone, to: maybeNone, ms: fc.integer({ min: 1, max: 700 }) }), {
      minLength: 1,
      maxLength: 5,
    }),
  }),
  fc
    .tuple(rate, fc.double({ min: 0, max: 1, noNaN: true }), fc.integer({ min: 100, max: 3000 }))
    .map(([mean, part, periodMs]) => ({ kind: 'sine' as const, mean, amplitude: mean * part, periodMs })),
)
const bursts: fc.Arbitrary<BurstPlan | null> = fc.option(
  fc
    .tuple(rate, fc.integer({ min: 2, max: 900 }), fc.double({ min: 0.01, max: 1, noNaN: true }))
    .map(([rate, everyMs, part]) => ({ rate, everyMs, forMs: Math.max(1, Math.floor(everyMs * part)) })),
)
const plans = fc.tuple(shapes, bursts).map(([shape, burst]) => planOf(shape, burst))

describe('what is due', () => {
  it('is the integral of the rate', () => {
    fc.assert(
      fc.property(plans, fc.integer({ min: 0, max: 2500 }), (plan, ms) => {
        const expected = integral(plan, ms)
        assert.ok(Math.abs(dueBy(plan, ms) - expected) <= 1e-4 * (1 + expected), `${dueBy(plan, ms)}, not ${expected}`)
      }),
      { numRuns: 300, seed: 4 },
    )
  })

  it('never falls, and is 0 at the start', () => {
    fc.assert(
      fc.property(plans, fc.array(fc.double({ min: 0, max: 1e5, noNaN: true }), { minLength: 2 }), (plan, moments) => {
        const curve = curveOf(plan)
        assert.equal(curve.dueBy(0), 0)
        const due = moments.sort((a, b) => a - b).map((ms) => curve.dueBy(ms))
        for (let i = 1; i < due.length; i++) assert.ok(due[i]! >= due[i - 1]! * (1 - 1e-12))
      }),
      { numRuns: 300, seed: 5 },
    )
  })

  it('some by hand', () => {
    const stages = planOf({
      kind: 'stages',
      stages: [
        { from: 0, to: 100, ms: 1000 },
        { from: 100, to: 100, ms: 1000 },
        { from: 0, to: 0, ms: 500 },
        { from: 40, to: 40, ms: 1 },
      ],
    })
    assert.deepEqual(
      [500, 1000, 2000, 2500, 12_501].map((ms) => Number(dueBy(stages, ms).toFixed(6))),
      [12.5, 50, 150, 150, 550.04],
    )
    const burst = planOf({ kind: 'constant', rate: 10 }, { rate: 90, everyMs: 1000, forMs: 100 })
    assert.deepEqual(
      [50, 100, 1000, 1100].map((ms) => dueBy(burst, ms)),
      [5, 10, 19, 29],
    )
    const offsets = planOf({ kind: 'offsets', offsetsMs: Float64Array.of(0, 5, 5, 9), file: 'f' })
    assert.deepEqual(
      [0, 0.1, 5, 5.1, 9, 10].map((ms) => dueBy(offsets, ms)),
      [0, 1, 1, 3, 3, 4],
    )
  })
})

describe('the moment of a count', () => {
  it('is where so many are due', () => {
    fc.assert(
      fc.property(plans, fc.double({ min: 0, max: 1e5, noNaN: true }), (plan, count) => {
        const curve = curveOf(plan)
        const moment = curve.momentOf(count)
        if (moment === Number.POSITIVE_INFINITY) {
          assert.ok(curve.dueBy(1e7) <= count * (1 + 1e-9) + 1e-9)
          assert.equal(rateAt(plan, 1e7), 0)
          return
        }
        assert.ok(moment >= 0)
        // A count of one kind is a moment of the other: the error allowed is a nanosecond at the greatest rate.
        assert.ok(Math.abs(curve.dueBy(moment) - count) <= 1e-4 + 1e-9 * count, `${curve.dueBy(moment)}, not ${count}`)
      }),
      { numRuns: 3000, seed: 6 },
    )
  })

  it('never goes back, and is after every pause', () => {
    fc.assert(
      fc.property(plans, fc.integer({ min: 1, max: 20 }), (plan, step) => {
        const curve = curveOf(plan)
        let last = 0
        for (let count = 0; count < 300; count += step) {
          const moment = curve.momentOf(count)
          assert.ok(moment >= last - 1e-6, `${count}: ${moment} after ${last}`)
          if (moment === Number.POSITIVE_INFINITY) break
          // Something comes right after it.
          const soon = curve.dueBy(moment + 0.01) - curve.dueBy(moment)
          assert.ok(soon > 0 || rateAt(plan, moment + 0.001) <= 1e-9 * peakOf(plan), `${count}: ${moment}`)
          last = moment
        }
      }),
      { numRuns: 500, seed: 7 },
    )
  })

  it('some by hand', () => {
    const pause = planOf({
      kind: 'stages',
      stages: [
        { from: 0, to: 0, ms: 300 },
        { from: 100, to: 100, ms: 1000 },
        { from: 0, to: 0, ms: 5000 },
        { from: 100, to: 0, ms: 1000 },
      ],
    })
    const at = (plan: ArrivalPlan, ...counts: number[]) => counts.map((n) => Number(momentOf(plan, n).toFixed(6)))
    assert.deepEqual(at(pause, 0, 1, 99, 100), [300, 310, 1290, 6300])
    assert.deepEqual(
      [149.9, 150, 151].map((count) => momentOf(pause, count) < 7300),
      [true, false, false],
    )
    assert.equal(momentOf(pause, 151), Number.POSITIVE_INFINITY)
    const alone = planOf(
      { kind: 'stages', stages: [{ from: 0, to: 0, ms: 1 }] },
      { rate: 1000, everyMs: 1000, forMs: 10 },
    )
    assert.deepEqual(at(alone, 0, 9, 10, 25), [0, 9, 1000, 2005])
    const sine = planOf({ kind: 'sine', mean: 1000, amplitude: 500, periodMs: 2000 })
    assert.deepEqual(at(sine, 2000, 20_000_000_000), [2000, 20_000_000_000])
    const offsets = planOf({ kind: 'offsets', offsetsMs: Float64Array.of(0, 5, 5, 9), file: 'f' })
    assert.deepEqual(
      [0, 1, 2, 3, 4].map((n) => momentOf(offsets, n)),
      [0, 5, 5, 9, Number.POSITIVE_INFINITY],
    )
  })
})

it('the peak is the greatest rate', () => {
  assert.equal(peakOf(planOf({ kind: 'constant', rate: 5 }, { rate: 2, everyMs: 10, forMs: 1 })), 7)
  assert.equal(peakOf(planOf({ kind: 'sine', mean: 5, amplitude: 3, periodMs: 10 })), 8)
  assert.equal(peakOf(planOf({ kind: 'stages', stages: [{ from: 9, to: 1, ms: 1 }] })), 9)
})
