import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { UsageError } from '#src/base/errors.js'
import { RateResource } from '#src/cli/rate-resource.js'
import type { ArrivalPlan, RateShape } from '#src/plan/arrivals.js'
import { type RateChange, Tempo } from '#src/plan/tempo.js'

function arrivals(shape: RateShape): ArrivalPlan {
  return { shape, burst: null, process: 'even', late: 'queue', pace: 'exact' }
}

/** A run that does as it is told. */
class Scaled {
  rateScale = 1
  rateChanges: RateChange[] = []
  scaleRate(factor: number): void {
    this.rateScale = factor
  }
}

function started(shape: RateShape) {
  const run = new Scaled()
  const resource = new RateResource(arrivals(shape))
  resource.started(run)
  return { run, resource }
}

const CONSTANT: RateShape = { kind: 'constant', rate: 1000 }

describe('/api/rate', () => {
  it('takes a factor, or a rate that it makes a factor of', () => {
    const { run, resource } = started(CONSTANT)
    assert.deepEqual(resource.get(), { asked: 1000, scale: 1, perSecond: 1000 })
    assert.deepEqual(resource.put({ scale: 0.5 }), { asked: 1000, scale: 0.5, perSecond: 500 })
    assert.deepEqual(resource.put({ rate: '2k/s' }), { asked: 1000, scale: 2, perSecond: 2000 })
    assert.deepEqual(resource.put({ rate: 3000 }), { asked: 1000, scale: 3, perSecond: 3000 })
    assert.equal(run.rateScale, 3)
  })

  it('means the plan’s rate at this moment', () => {
    const { resource } = started({
      kind: 'stages',
      stages: [
        { from: 0, to: 1000, ms: 10_000 },
        { from: 0, to: 0, ms: 10_000 },
      ],
    })
    resource.at(5000)
    assert.equal(resource.get().asked, 500)
    assert.equal(resource.put({ rate: '1k/s' }).scale, 2)
    resource.at(15_000)
    assert.throws(
      () => resource.put({ rate: '1k/s' }),
      /^UsageError: rate: the plan pauses at this moment; give a scale\.$/,
    )
    assert.equal(resource.put({ scale: 1 }).perSecond, 0)
  })

  it('follows the plan at the pace that it has been given', () => {
    const { run, resource } = started({ kind: 'stages', stages: [{ from: 0, to: 1000, ms: 10_000 }] })
    run.rateChanges = [
      { atMs: 1000, factor: 2 },
      { atMs: 2000, factor: 0.5 },
    ]
    run.rateScale = 0.5
    assert.equal(new Tempo(run.rateChanges).planOf(500), 500)
    assert.equal(new Tempo(run.rateChanges).planOf(1500), 2000)
    assert.equal(resource.at(4000), 4000)
    assert.deepEqual(resource.get(), { asked: 400, scale: 0.5, perSecond: 200 })
  })

  it('counts single moments over the second about them', () => {
    const offsetsMs = Float64Array.from({ length: 100 }, (_, i) => i * 20)
    const { resource } = started({ kind: 'offsets', offsetsMs, file: 'x' })
    resource.at(1000)
    assert.equal(resource.get().asked, 50)
  })

  it('refuses in one sentence, and changes nothing', () => {
    const { run, resource } = started(CONSTANT)
    const cases: readonly [unknown, RegExp][] = [
      [null, /^rate: give an object/],
      [[1], /^rate: give an object/],
      [2, /^rate: give an object/],
      [{}, /^rate: give either scale or rate/],
      [{ scale: 1, rate: '1/s' }, /^rate: give either scale or rate/],
      [{ scael: 2 }, /^rate: 'scael' is unknown; did you mean scale\?$/],
      [{ scale: '2' }, /^rate: scale is a factor/],
      [{ scale: 0 }, /0\.01 to 100\.$/],
      [{ scale: Number.NaN }, /^rate: scale is a factor/],
      [{ rate: 'fast' }, /^rate: 'fast' is not a rate/],
      [{ rate: -1 }, /^rate: '-1' is not a rate/],
      [{ rate: '1M/s' }, /^rate: 1M\/s is out of reach; the plan has 1000\/s now, so give 10\/s to 100k\/s\.$/],
    ]
    for (const [body, sentence] of cases) {
      assert.throws(
        () => resource.put(body),
        (error) => error instanceof UsageError && sentence.test(error.message),
        JSON.stringify(body),
      )
    }
    assert.equal(run.rateScale, 1)
  })

  it('has nothing to change in a closed loop, or before the run', () => {
    const closed = new RateResource(null)
    assert.equal(closed.get().asked, null)
    assert.match(closed.get().why!, /closed loop/)
    assert.throws(() => closed.put({ scale: 2 }), /closed loop/)
    assert.throws(() => new RateResource(arrivals(CONSTANT)).put({ scale: 2 }), /has not begun yet/)
  })
})
