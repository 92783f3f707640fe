import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { editDistance, nearest } from '#src/base/nearest.js'

describe('nearest', () => {
  it('counts edits, a swap as one', () => {
    assert.equal(editDistance('', 'abc'), 3)
    assert.equal(editDistance('abc', 'abc'), 0)
    assert.equal(editDistance('messgaes', 'messages'), 1)
    assert.equal(editDistance('mesages', 'messages'), 1)
    assert.equal(editDistance('kitten', 'sitting'), 3)
  })

  it('is a distance: none to itself, equal both ways, bounded by the longer', () => {
    const word = fc.string({ maxLength: 12 })
    fc.assert(
      fc.property(word, word, (a, b) => {
        const distance = editDistance(a, b)
        assert.equal(distance, editDistance(b, a))
        assert.equal(distance === 0, a === b)
        assert.ok(distance <= Math.max(a.length, b.length))
        assert.ok(distance >= Math.abs(a.length - b.length))
      }),
      { numRuns: 300 },
    )
  })

  it('names the one that was meant, and none when nothing is near', () => {
    const names = ['--messages', '--message-file', '--rate', '--retry', '--sessions']
    assert.equal(nearest('--mesages', names), '--messages')
    assert.equal(nearest('--rat', names), '--rate')
    assert.equal(nearest('--retyr', names), '--retry')
    assert.equal(nearest('--session', names), '--sessions')
    assert.equal(nearest('--frobnicate', names), null)
    assert.equal(nearest('x', []), null)
  })
})
