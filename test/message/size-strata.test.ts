import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { STRATA, type Stratum, sizeStrata } from '#src/message/size-strata.js'

const weightOf = (strata: readonly Stratum[]) => strata.reduce((sum, { weight }) => sum + weight, 0)
const mean = (strata: readonly Stratum[]) =>
  strata.reduce((sum, { size, weight }) => sum + size * weight, 0) / weightOf(strata)
/** The size below which this share of the mail lies. */
function quantile(strata: readonly Stratum[], share: number): number {
  let sum = 0
  for (const { size, weight } of strata) {
    sum += weight
    if (sum >= share * weightOf(strata)) return size
  }
  return Number.NaN
}

describe('sizes drawn, as a short list', () => {
  it('a narrow range has every size once', () => {
    const strata = sizeStrata({ kind: 'uniform', from: 5, to: 9 })
    assert.deepEqual(
      strata,
      [5, 6, 7, 8, 9].map((size) => ({ size, weight: 1 })),
    )
    assert.deepEqual(sizeStrata({ kind: 'uniform', from: 7, to: 7 }), [{ size: 7, weight: 1 }])
    assert.equal(sizeStrata({ kind: 'uniform', from: 1, to: STRATA }).length, STRATA)
  })

  it('a wide range is cut into equal parts, and has its mean', () => {
    const strata = sizeStrata({ kind: 'uniform', from: 1024, to: 65_536 })
    assert.equal(strata.length, STRATA)
    assert.ok(strata.every(({ size, weight }) => size >= 1024 && size <= 65_536 && weight === 1))
    assert.ok(Math.abs(mean(strata) - (1024 + 65_536) / 2) < 1)
  })

  it('log-normal: median, spread and mean are what was asked for', () => {
    const sigma = 1.2
    const median = 8192
    const strata = sizeStrata({ kind: 'lognormal', median, sigma, from: 1, to: 2 ** 31 - 1 })
    assert.equal(weightOf(strata), STRATA)
    // z of the 10th, 50th, 90th and 99th percentile.
    for (const [share, z] of [
      [0.1, -1.2816],
      [0.5, 0],
      [0.9, 1.2816],
      [0.99, 2.3263],
    ] as const) {
      const wanted = median * Math.exp(sigma * z)
      assert.ok(Math.abs(quantile(strata, share) / wanted - 1) < 0.2, `${share}: ${quantile(strata, share)}, ${wanted}`)
    }
    // The tail beyond the last stratum's middle is missing; it carries a few percent of the octets.
    const whole = median * Math.exp(sigma ** 2 / 2)
    assert.ok(mean(strata) > 0.94 * whole && mean(strata) <= whole, `${mean(strata)} of ${whole}`)
  })

  it('log-normal: nothing beyond the bounds', () => {
    const strata = sizeStrata({ kind: 'lognormal', median: 8192, sigma: 3, from: 4096, to: 16_384 })
    assert.ok(strata.every(({ size }) => size >= 4096 && size <= 16_384))
    assert.ok(Math.abs(quantile(strata, 0.5) / 8192 - 1) < 0.05)
  })

  it('a histogram: as it is when short, by equal shares when long; rows that never come are left out', () => {
    const rows = [
      { size: 300, count: 1 },
      { size: 100, count: 2.5 },
      { size: 200, count: 0 },
    ]
    assert.deepEqual(sizeStrata({ kind: 'histogram', fileName: 'f', rows }), [
      { size: 100, weight: 2.5 },
      { size: 300, weight: 1 },
    ])
    const many = Array.from({ length: 1000 }, (_, i) => ({ size: i + 1, count: i < 500 ? 3 : 1 }))
    const strata = sizeStrata({ kind: 'histogram', fileName: 'f', rows: many })
    assert.equal(weightOf(strata), STRATA)
    const small = strata.filter(({ size }) => size <= 500)
    assert.ok(Math.abs(weightOf(small) / STRATA - 0.75) < 1 / STRATA)
  })
})
