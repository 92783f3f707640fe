import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { glibcRandom } from '#src/base/glibc-random.js'

describe('random(3) of the GNU C library', () => {
  it('gives its well-known first numbers', () => {
    const take = (seed: number, n: number): number[] => {
      const next = glibcRandom(seed)
      return Array.from({ length: n }, next)
    }
    assert.deepEqual(take(1, 5), [1804289383, 846930886, 1681692777, 1714636915, 1957747793])
    assert.deepEqual(take(0, 3), take(1, 3))
    assert.deepEqual(take(42, 3), [71876166, 708592740, 1483128881])
  })

  it('stays within 31 bits for any seed', () => {
    for (const seed of [-1, 2 ** 31 - 1, -(2 ** 31), 1_795_000_000]) {
      const next = glibcRandom(seed)
      for (let i = 0; i < 1000; i++) {
        const number = next()
        assert.ok(Number.isInteger(number) && number >= 0 && number < 2 ** 31)
      }
    }
  })
})
