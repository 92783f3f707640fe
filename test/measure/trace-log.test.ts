import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { eachBlock, enhancedText, HEAD, Head, packEnhanced } from '#src/measure/trace-blocks.js'
import { TraceLog } from '#src/measure/trace-log.js'

/** A block of that length, told from others by its session. */
function block(length: number, session: number): Float64Array {
  const made = new Float64Array(length + 7)
  made[Head.length] = length
  made[Head.session] = session
  return made
}

function sessions(records: Float64Array | null): number[] {
  const found: number[] = []
  eachBlock(records ?? new Float64Array(0), (at) => found.push(records![at + Head.session]!))
  return found
}

describe('a trace log', () => {
  it('gives back what was put in, whole and in order, and is empty then', () => {
    const log = new TraceLog(100)
    assert.equal(log.take(), null)
    assert.ok(log.append(block(HEAD, 1)))
    assert.equal(log.halfFull, false)
    assert.ok(log.append(block(40, 2)))
    assert.equal(log.halfFull, true)
    const taken = log.take()
    assert.equal(taken!.length, HEAD + 40)
    assert.deepEqual(sessions(taken), [1, 2])
    assert.equal(log.take(), null)
    assert.equal(log.halfFull, false)
  })

  it('counts what finds no room, and takes again what does', () => {
    const log = new TraceLog(64)
    assert.ok(log.append(block(40, 1)))
    assert.equal(log.append(block(25, 2)), false)
    assert.ok(log.append(block(24, 3)))
    assert.equal(log.append(block(HEAD, 4)), false)
    assert.equal(log.lost, 2)
    assert.deepEqual(sessions(log.take()), [1, 3])
    assert.ok(log.append(block(64, 5)))
    assert.deepEqual(sessions(log.take()), [5])
    assert.equal(log.lost, 2)
  })

  it('keeps nothing of what was taken: an array is the taker’s own', () => {
    const log = new TraceLog(64)
    log.append(block(20, 1))
    const first = log.take()!
    log.append(block(20, 2))
    assert.deepEqual(sessions(first), [1])
  })

  it('any sequence: what was taken and what was lost is what was put in', () => {
    const lengths = fc.array(fc.oneof(fc.integer({ min: HEAD, max: 60 }), fc.constant(0)), { maxLength: 60 })
    fc.assert(
      fc.property(lengths, fc.integer({ min: 60, max: 300 }), (all, capacity) => {
        const log = new TraceLog(capacity)
        const seen: number[] = []
        let put = 0
        all.forEach((length, i) => {
          // 0 stands for somebody who takes.
          if (length === 0) seen.push(...sessions(log.take()))
          else {
            put++
            log.append(block(length, i))
          }
        })
        seen.push(...sessions(log.take()))
        assert.equal(seen.length + log.lost, put)
        assert.deepEqual(
          seen,
          [...seen].sort((a, b) => a - b),
        )
      }),
    )
  })
})

describe('blocks', () => {
  it('that are cut off are left out, and nonsense ends the reading', () => {
    fc.assert(
      fc.property(fc.array(fc.double(), { maxLength: 200 }), (numbers) => {
        const records = Float64Array.from(numbers)
        eachBlock(records, (at, end) => {
          assert.ok(end - at >= HEAD && end <= records.length)
        })
      }),
    )
    const whole = new Float64Array([...block(HEAD, 1).slice(0, HEAD), ...block(40, 2).slice(0, 30)])
    assert.deepEqual(sessions(whole), [1])
  })

  it('keep an enhanced code in one number', () => {
    assert.equal(enhancedText(packEnhanced(5, 7, 1)), '5.7.1')
    assert.equal(enhancedText(packEnhanced(2, 0, 0)), '2.0.0')
    assert.equal(enhancedText(0), null)
    const part = fc.integer({ min: 0, max: 999 })
    fc.assert(
      fc.property(fc.constantFrom(2, 4, 5), part, part, (first, subject, detail) => {
        assert.equal(enhancedText(packEnhanced(first, subject, detail)), `${first}.${subject}.${detail}`)
      }),
    )
  })
})
