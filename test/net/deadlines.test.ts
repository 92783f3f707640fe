import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Deadlines } from '#src/net/deadlines.js'

function make(count: number): { deadlines: Deadlines; expired: [number, number][] } {
  const expired: [number, number][] = []
  return { deadlines: new Deadlines(count, (index, now) => expired.push([index, now])), expired }
}

test('without deadlines nothing expires', () => {
  const { deadlines, expired } = make(3)
  deadlines.look(Number.MAX_VALUE)
  assert.deepEqual(expired, [])
})

test('at its moment or later, once, never early', () => {
  const { deadlines, expired } = make(3)
  deadlines.set(1, 100)
  deadlines.look(99.999)
  assert.deepEqual(expired, [])
  deadlines.look(100)
  assert.deepEqual(expired, [[1, 100]])
  deadlines.look(1000)
  assert.deepEqual(expired, [[1, 100]])
})

test('set anew and cleared', () => {
  const { deadlines, expired } = make(2)
  deadlines.set(0, 100)
  deadlines.set(0, 200)
  deadlines.set(1, 100)
  deadlines.clear(1)
  deadlines.look(150)
  assert.deepEqual(expired, [])
  deadlines.look(200)
  assert.deepEqual(expired, [[0, 200]])
})

test('who expires may set and clear, its own and others', () => {
  const seen: number[] = []
  const deadlines: Deadlines = new Deadlines(4, (index, now) => {
    seen.push(index)
    if (index === 0) {
      deadlines.clear(2)
      deadlines.set(0, now + 50)
    }
  })
  for (let i = 0; i < 4; i++) deadlines.set(i, 10)
  deadlines.look(20)
  assert.deepEqual(seen, [0, 1, 3])
  deadlines.look(69)
  assert.deepEqual(seen, [0, 1, 3])
  deadlines.look(70)
  assert.deepEqual(seen, [0, 1, 3, 0])
})

test('none for no connections', () => {
  const { deadlines, expired } = make(0)
  deadlines.look(1)
  assert.deepEqual(expired, [])
})

test('any deadlines and looks: each is met by the first look that is not before it', () => {
  fc.assert(
    fc.property(
      fc.array(fc.nat(100), { maxLength: 20 }),
      fc.array(fc.nat(120), { maxLength: 10 }),
      (moments, times) => {
        const { deadlines, expired } = make(moments.length)
        for (const [i, at] of moments.entries()) deadlines.set(i, at)
        const looks = [...times].sort((a, b) => a - b)
        for (const now of looks) deadlines.look(now)
        const wanted = moments.flatMap((at, i): [number, number][] => {
          const look = looks.find((now) => now >= at)
          return look === undefined ? [] : [[i, look]]
        })
        const order = (a: [number, number], b: [number, number]) => a[0] - b[0]
        assert.deepEqual(expired.sort(order), wanted.sort(order))
      },
    ),
    { numRuns: 300, seed: 31 },
  )
})
