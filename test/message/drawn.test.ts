import assert from 'node:assert/strict'
import { test } from 'node:test'
import { drawn, Purpose, pick } from '#src/message/drawn.js'
import { assertShares } from '../smtp/chi-square.js'

const CELLS = 8

function counted(of: (i: number) => number, samples = 20_000): number[] {
  const counts = new Array<number>(CELLS).fill(0)
  for (let i = 0; i < samples; i++) counts[of(i)]!++
  return counts
}

test('draws are even over messages, over sessions and over seeds', () => {
  const even = new Array<number>(CELLS).fill(1 / CELLS)
  for (const purpose of Object.values(Purpose)) {
    assertShares(
      counted((i) => pick(drawn(7, 3, i, purpose), CELLS)),
      even,
      `serials, ${purpose}`,
    )
    assertShares(
      counted((i) => pick(drawn(7, i, 0, purpose), CELLS)),
      even,
      `sessions, ${purpose}`,
    )
    assertShares(
      counted((i) => pick(drawn(i, 0, 0, purpose), CELLS)),
      even,
      `seeds, ${purpose}`,
    )
  }
})

test('what is drawn for one purpose says nothing of what is drawn for another, nor one message of the next', () => {
  const pairs = new Array<number>(9).fill(1 / 9)
  const counts = new Array<number>(9).fill(0)
  const next = new Array<number>(9).fill(0)
  for (let i = 0; i < 20_000; i++) {
    const variant = pick(drawn(99, 5, i, Purpose.variant), 3)
    counts[variant * 3 + pick(drawn(99, 5, i, Purpose.sender), 3)]!++
    next[variant * 3 + pick(drawn(99, 5, i + 1, Purpose.variant), 3)]!++
  }
  assertShares(counts, pairs, 'variant and sender')
  assertShares(next, pairs, 'one message and the next')
})

test('the same numbers give the same draw, whole and within its bounds', () => {
  for (let i = 0; i < 1000; i++) {
    const bits = drawn(1, 2, i, Purpose.start)
    assert.equal(bits, drawn(1, 2, i, Purpose.start))
    assert.equal(bits, bits | 0)
    const place = pick(bits, 1_000_000_000)
    assert.ok(Number.isInteger(place) && place >= 0 && place < 1_000_000_000)
  }
  assert.equal(pick(-1, 10), 9)
  assert.equal(pick(0, 10), 0)
})
