import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import type { ArrivalPlan, RateShape } from '#src/plan/arrivals.js'
import { dealt, dealtBefore } from '#src/plan/deal.js'
import type { LoadPlan } from '#src/plan/plan.js'
import { Ramp } from '#src/plan/ramp.js'
import { curveOf } from '#src/plan/rate-shape.js'
import { seatOf, shares } from '#src/plan/shares.js'
import { intendedStarts } from './intended.js'
import { distance, exponential, gapsOf, limitAtOnePercent } from './kolmogorov.js'
import { evenly, planOf } from './source-plan.js'

const CONSTANT: RateShape = { kind: 'constant', rate: 1000 }

function startsBefore(arrivals: ArrivalPlan, endMs: number, workers = 1, sessions = workers, seed = 'abcd'): number[] {
  return intendedStarts(arrivals, endMs, { workers, sessions, seed })
}

const seats = fc
  .tuple(fc.integer({ min: 1, max: 300 }), fc.integer({ min: 1, max: 40 }))
  .map(([sessions, workers]) => shares(planOf({ load: { sessions }, workers })).map((share) => seatOf(share)))

describe('dealing', () => {
  it('gives everything to somebody, once', () => {
    fc.assert(
      fc.property(seats, fc.integer({ min: 0, max: 2000 }), (all, count) => {
        const seen = new Uint8Array(count)
        for (const seat of all) {
          const own = dealtBefore(seat, count)
          for (let n = 0; n < own; n++) seen[dealt(seat, n)]!++
          assert.ok(dealt(seat, own) >= count)
        }
        assert.ok(seen.every((times) => times === 1))
      }),
      { numRuns: 300, seed: 8 },
    )
  })

  it('gives sessions as well: the first numbers are those of the run', () => {
    fc.assert(
      fc.property(seats, (all) => {
        const numbers = all.flatMap((seat) => Array.from({ length: seat.own }, (_, i) => dealt(seat, i)))
        assert.deepEqual(
          numbers.sort((a, b) => a - b),
          Array.from(numbers, (_, i) => i),
        )
      }),
      { numRuns: 200, seed: 9 },
    )
  })
})

describe('even starts', () => {
  it('are those of the run, whoever has them', () => {
    const plan: ArrivalPlan = {
      ...evenly(1),
      shape: { kind: 'stages', stages: [{ from: 0, to: 2000, ms: 900 }] },
      burst: { rate: 700, everyMs: 100, forMs: 13 },
    }
    const alone = startsBefore(plan, 1000)
    assert.equal(alone.length, Math.ceil(curveOf(plan).dueBy(1000)))
    for (const [workers, sessions] of [
      [2, 2],
      [3, 5],
      [7, 100],
    ] as const) {
      assert.deepEqual(startsBefore(plan, 1000, workers, sessions), alone)
    }
  })
})

describe('Poisson starts', () => {
  const poisson = (shape: RateShape): ArrivalPlan => ({ ...evenly(1), shape, process: 'poisson' })

  for (const [workers, sessions] of [
    [1, 1],
    [4, 6],
  ] as const) {
    it(`${workers} workers: exponential gaps, by Kolmogorov and Smirnov at 1 %`, () => {
      const moments = startsBefore(poisson(CONSTANT), 20_000, workers, sessions)
      const gaps = gapsOf(moments)
      const far = distance(gaps, exponential(1))
      assert.ok(far < limitAtOnePercent(gaps.length), `${far} of ${limitAtOnePercent(gaps.length)}`)
      // What is not exponential is seen by it.
      const even = gapsOf(startsBefore(evenly(1000), 20_000, workers, sessions))
      assert.ok(distance(even, exponential(1)) > 10 * limitAtOnePercent(even.length))
    })

    it(`${workers} workers: counts vary as much as they are great`, () => {
      const counts = new Array<number>(1000).fill(0)
      for (const moment of startsBefore(poisson(CONSTANT), 20_000, workers, sessions))
        counts[Math.floor(moment / 20)]!++
      const mean = counts.reduce((sum, n) => sum + n, 0) / counts.length
      const variance = counts.reduce((sum, n) => sum + (n - mean) ** 2, 0) / (counts.length - 1)
      assert.ok(Math.abs(mean - 20) < (4 * Math.sqrt(20)) / Math.sqrt(1000), `mean ${mean}`)
      // Of a thousand counts the index of dispersion varies by √(2/999) around 1.
      assert.ok(Math.abs(variance / mean - 1) < 4 * Math.sqrt(2 / 999), `dispersion ${variance / mean}`)
    })
  }

  it('of a changing rate: rescaled by the expected count they are of rate 1', () => {
    for (const shape of [
      { kind: 'sine', mean: 1000, amplitude: 1000, periodMs: 3000 },
      { kind: 'stages', stages: [{ from: 0, to: 2000, ms: 10_000 }] },
    ] as const) {
      const curve = curveOf(poisson(shape))
      const moments = startsBefore(poisson(shape), 10_000, 2, 2)
      const gaps = gapsOf(moments.map((ms) => curve.dueBy(ms)))
      const far = distance(gaps, exponential(1))
      assert.ok(far < limitAtOnePercent(gaps.length), `${shape.kind}: ${far} of ${limitAtOnePercent(gaps.length)}`)
    }
  })

  it("are the seed's", () => {
    assert.deepEqual(startsBefore(poisson(CONSTANT), 100), startsBefore(poisson(CONSTANT), 100))
    assert.notDeepEqual(startsBefore(poisson(CONSTANT), 100), startsBefore(poisson(CONSTANT), 100, 1, 1, 'abce'))
  })
})

describe('the ramp of sessions', () => {
  /** What each session answers, in order. */
  const all = (load: Partial<LoadPlan>, workers: number, ask: (ramp: Ramp, index: number) => number) => {
    const plan = planOf({ load, workers })
    return shares(plan)
      .flatMap((share) => {
        const ramp = new Ramp(plan.load, seatOf(share))
        return Array.from({ length: share.sessions }, (_, i) => ask(ramp, i))
      })
      .sort((a, b) => a - b)
  }
  const comes = (ms: number) => (ramp: Ramp, index: number) => ramp.comes(index, ms)
  const goes = (ms: number) => (ramp: Ramp, index: number) => ramp.goes(index, ms)
  const ramp = { from: 2, upMs: 400, downMs: 100 }

  it('up: from those at the foot to all, at even distances', () => {
    assert.deepEqual(all({ sessions: 6, ramp }, 1, comes(0)), [0, 0, 100, 200, 300, 400])
    assert.deepEqual(all({ sessions: 6, ramp }, 4, comes(0)), [0, 0, 100, 200, 300, 400])
    assert.deepEqual(all({ sessions: 6, ramp }, 4, comes(250)), [250, 250, 250, 250, 300, 400])
    assert.deepEqual(all({ sessions: 3, ramp: null }, 2, comes(0)), [0, 0, 0])
  })

  it('down: the last ones first, those at the foot not at all', () => {
    const load = { sessions: 6, ramp, durationMs: 1000 }
    assert.deepEqual(all(load, 3, goes(500)), [900, 925, 950, 975, Infinity, Infinity])
    assert.deepEqual(all(load, 3, comes(960)), [960, 960, 960, Infinity, Infinity, Infinity])
    assert.deepEqual(all({ ...load, ramp: { ...ramp, downMs: 0 } }, 1, goes(500)), Array(6).fill(Infinity))
  })

  it('an open loop has one session on each worker throughout', () => {
    const load = { sessions: 6, ramp, durationMs: 1000, arrivals: evenly(1) }
    assert.deepEqual(all(load, 4, comes(0)), [0, 0, 0, 0, 200, 400])
    assert.deepEqual(all(load, 4, goes(500)), [900, 950, ...Array(4).fill(Infinity)])
  })

  it('in bursts: those at the foot throughout, the others as far as the ramp is up, and away between', () => {
    const load = { sessions: 4, ramp: { from: 2, upMs: 200, downMs: 0, bursts: { everyMs: 100, forMs: 30 } } }
    assert.deepEqual(all(load, 2, comes(0)), [0, 0, 100, 200])
    assert.deepEqual(all(load, 2, comes(129)), [129, 129, 129, 200])
    assert.deepEqual(all(load, 2, comes(130)), [130, 130, 200, 200])
    assert.deepEqual(all(load, 2, goes(205)), [230, 230, Infinity, Infinity])
    const ending = { ...load, ramp: { ...load.ramp, downMs: 100 }, durationMs: 500 }
    assert.deepEqual(all(ending, 2, comes(440)), [440, 440, Infinity, Infinity])
    assert.deepEqual(all(ending, 2, goes(400)), [400, 430, Infinity, Infinity])
  })
})
