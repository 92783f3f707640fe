import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import type { SourcePlan } from '#src/plan/plan.js'
import { shares } from '#src/plan/shares.js'

function plan(sessions: number, workers: number, messages: number | null, rate: number | null): SourcePlan {
  return { load: { sessions, messages, rate }, workers } as SourcePlan
}

describe('shares', () => {
  it('spread the remainders', () => {
    const cut = (...args: Parameters<typeof plan>) =>
      shares(plan(...args)).map(({ sessions, messages, rate, firstSession }) => [
        sessions,
        messages,
        rate,
        firstSession,
      ])
    assert.deepEqual(cut(3, 2, 3001, null), [
      [2, 2000, null, 0],
      [1, 1001, null, 2],
    ])
    assert.deepEqual(cut(1, 4, 7, 5), [[1, 7, 5, 0]])
    assert.deepEqual(cut(4, 2, null, 5), [
      [2, null, 2.5, 0],
      [2, null, 2.5, 2],
    ])
    assert.deepEqual(cut(3, 3, 1, null), [
      [1, 0, null, 0],
      [1, 0, null, 1],
      [1, 1, null, 2],
    ])
  })

  it('add up exactly, for any numbers', () => {
    const count = fc.integer({ min: 1, max: 20_000 })
    const messages = fc.option(fc.integer({ min: 1, max: 2 ** 52 }))
    const rate = fc.option(fc.double({ min: 1e-3, max: 1e7, noNaN: true }))
    fc.assert(
      fc.property(count, fc.integer({ min: 1, max: 200 }), messages, rate, (sessions, workers, messages, rate) => {
        const whole = plan(sessions, workers, messages, rate)
        const parts = shares(whole)
        assert.equal(parts.length, Math.min(workers, sessions))
        let session = 0
        let sum = 0
        let speed = 0
        for (const [i, part] of parts.entries()) {
          assert.equal(part.worker, i)
          assert.equal(part.plan, whole)
          assert.equal(part.firstSession, session)
          assert.ok(part.sessions >= 1)
          assert.ok(part.sessions <= Math.ceil(sessions / parts.length))
          assert.ok((part.messages ?? 0) >= 0)
          assert.ok(part.rate === null || part.rate > 0)
          if (messages !== null)
            assert.ok(Math.abs(part.messages! - (messages / sessions) * part.sessions) <= 1 + messages * 1e-12)
          session += part.sessions
          sum += part.messages ?? 0
          speed += part.rate ?? 0
        }
        assert.equal(session, sessions)
        assert.equal(sum, messages ?? 0)
        assert.equal(speed, rate ?? 0)
      }),
      { numRuns: 500 },
    )
  })
})
