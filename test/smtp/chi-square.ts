/** Pearson's test: do counts agree with their probabilities? */
import assert from 'node:assert/strict'

/** Values that one in a hundred true samples exceeds, by degrees of freedom from 1. */
const CRITICAL = [6.635, 9.21, 11.345, 13.277, 15.086, 16.812, 18.475, 20.09, 21.666, 23.209]

/** Fails when counts that came from these probabilities (which add up to 1) would be as far off in less than one of a hundred samples. */
export function assertShares(counts: readonly number[], shares: readonly number[], what: string): void {
  const total = counts.reduce((sum, count) => sum + count, 0)
  assert.ok(Math.abs(shares.reduce((sum, share) => sum + share, 0) - 1) < 1e-9, `${what}: shares add up to 1`)
  let chi = 0
  counts.forEach((count, i) => {
    const expected = total * shares[i]!
    assert.ok(expected >= 5, `${what}: ${expected} expected in cell ${i} are too few to test`)
    chi += (count - expected) ** 2 / expected
  })
  const critical = CRITICAL[counts.length - 2]!
  assert.ok(chi <= critical, `${what}: chi-square ${chi.toFixed(2)} of [${counts}], critical ${critical}`)
}
