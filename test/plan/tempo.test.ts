/** A rate that is changed while the run goes: planned time against the run's. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { ArrivalPlan } from '#src/plan/arrivals.js'
import { curveOf } from '#src/plan/rate-shape.js'
import { shares } from '#src/plan/shares.js'
import { type Starts, startsOf } from '#src/plan/starts.js'
import { askedCurve, type RateChange, Tempo, TempoCurve } from '#src/plan/tempo.js'
import { evenly, planOf } from './source-plan.js'

const END_MS = 10_000

const SHAPES: readonly ArrivalPlan[] = [
  evenly(200),
  { ...evenly(1), process: 'poisson', shape: { kind: 'constant', rate: 150 } },
  {
    ...evenly(1),
    shape: {
      kind: 'stages',
      stages: [
        { from: 0, to: 300, ms: 3000 },
        { from: 300, to: 50, ms: 2000 },
      ],
    },
  },
  { ...evenly(1), shape: { kind: 'sine', mean: 100, amplitude: 100, periodMs: 1500 } },
  { ...evenly(40), burst: { rate: 500, everyMs: 2000, forMs: 300 } },
  { ...evenly(1), shape: { kind: 'offsets', offsetsMs: Float64Array.from([0, 5, 5, 900, 4000, 9000]), file: 'x' } },
]

/** Changes in the order of their times, some at the same moment. */
const CHANGES = fc
  .array(fc.record({ atMs: fc.integer({ min: 0, max: END_MS }), thousandths: fc.integer({ min: 10, max: 100_000 }) }), {
    maxLength: 6,
  })
  .map((all): RateChange[] =>
    all.sort((a, b) => a.atMs - b.atMs).map(({ atMs, thousandths }) => ({ atMs, factor: thousandths / 1000 })),
  )

test('twice as fast from a moment on, and back', () => {
  const tempo = new Tempo([
    { atMs: 1000, factor: 2 },
    { atMs: 3000, factor: 1 },
  ])
  assert.deepEqual(
    [0, 1000, 2000, 3000, 4000].map((ms) => tempo.planOf(ms)),
    [0, 1000, 3000, 5000, 6000],
  )
  assert.deepEqual(
    [0, 1000, 3000, 5000, 6000].map((ms) => tempo.runOf(ms)),
    [0, 1000, 2000, 3000, 4000],
  )
  assert.equal(tempo.runOf(Number.POSITIVE_INFINITY), Number.POSITIVE_INFINITY)
})

test('a change at the same moment takes the place of the one before', () => {
  const both = new Tempo([
    { atMs: 0, factor: 5 },
    { atMs: 0, factor: 0.5 },
    { atMs: 100, factor: 9 },
    { atMs: 100, factor: 1 },
  ])
  assert.deepEqual(
    [50, 100, 200].map((ms) => both.planOf(ms)),
    [25, 50, 150],
  )
})

test('who missed a change is right again with the next', () => {
  const all = new Tempo()
  const some = new Tempo()
  all.change({ atMs: 1000, factor: 0.1 })
  const planMs = all.planOf(3000)
  for (const tempo of [all, some]) tempo.change({ atMs: 3000, factor: 2, planMs })
  for (const ms of [3000, 3500, 9000]) assert.equal(some.planOf(ms), all.planOf(ms))
  // Until then planned time went on too fast, and stood when it had come to where it should be.
  assert.equal(some.planOf(2900), planMs)
  assert.equal(some.runOf(planMs), 3000)
})

test('planned time rises, and the way back is the way there', () => {
  fc.assert(
    fc.property(
      CHANGES,
      fc.array(fc.double({ min: 0, max: 2 * END_MS, noNaN: true }), { maxLength: 20 }),
      (changes, moments) => {
        const tempo = new Tempo(changes)
        let before = -1
        for (const ms of moments.sort((a, b) => a - b)) {
          const plan = tempo.planOf(ms)
          assert.ok(plan >= before - 1e-6, `${plan} after ${before}`)
          assert.ok(Math.abs(tempo.runOf(plan) - ms) < 1e-6 * (1 + ms))
          before = plan
        }
      },
    ),
  )
})

/** Everyone's starts, taken as workers take them: each change is heard before it takes effect. */
function taken(arrivals: ArrivalPlan, changes: readonly RateChange[], workers: number): number[] {
  const curve = curveOf(arrivals)
  const all: number[] = []
  for (const share of shares(planOf({ load: { arrivals, sessions: workers, messages: null }, workers }))) {
    const starts: Starts = startsOf(share)!
    const tempo = new Tempo()
    const own: number[] = []
    const until = (ms: number) => {
      while (starts.next[0]! < ms) {
        own.push(starts.next[0]!)
        starts.advance()
      }
    }
    for (const change of changes) {
      until(change.atMs)
      tempo.change(change)
      starts.follow(new TempoCurve(curve, tempo))
    }
    until(END_MS)
    assert.equal(starts.before(END_MS), own.length)
    for (let i = 1; i < own.length; i++) assert.ok(own[i]! >= own[i - 1]! - 1e-9, `start ${i} goes back`)
    all.push(...own)
  }
  return all
}

test('every message of the plan starts once, in order, and as many as were asked for', () => {
  const few = CHANGES.filter((changes) => changes.every(({ factor }) => factor <= 3))
  fc.assert(
    fc.property(fc.constantFrom(...SHAPES), few, fc.integer({ min: 1, max: 3 }), (arrivals, changes, workers) => {
      const all = taken(arrivals, changes, workers)
      const asked = askedCurve(arrivals, changes).dueBy(END_MS)
      const spread = arrivals.process === 'poisson' ? 6 * Math.sqrt(asked + 1) + 2 : 2
      assert.ok(Math.abs(all.length - asked) <= spread, `${all.length} started, ${asked} asked`)
    }),
    { numRuns: 150 },
  )
})

test('heard late: what should have started is due at once, and nothing is lost', () => {
  const [share] = shares(planOf({ load: { arrivals: evenly(100), messages: null } }))
  const starts = startsOf(share!)!
  for (let i = 0; i < 20; i++) starts.advance()
  const tempo = new Tempo([{ atMs: 100, factor: 2 }])
  starts.follow(new TempoCurve(curveOf(evenly(100)), tempo))
  // Message 20 was due at 200 ms; at twice the rate since 100 ms it was at 150.
  assert.equal(starts.next[0], 150)
  assert.equal(starts.before(200), 30)
})
