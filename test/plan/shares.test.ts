import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import type { SourcePlan } from '#src/plan/plan.js'
import { shares } from '#src/plan/shares.js'
import { planOf } from './source-plan.js'

function plan(sessions: number, workers: number, messages: number | null): SourcePlan {
  return planOf({ load: { sessions, messages }, workers })
}

describe('shares', () => {
  it('spread the remainders', () => {
    const cut = (...args: Parameters<typeof plan>) =>
      shares(plan(...args)).map(({ sessions, messages, rateShare, firstSession }) => [
        sessions,
        messages,
        rateShare,
        firstSession,
      ])
    assert.deepEqual(cut(3, 2, 3001), [
      [2, 2001, 2 / 3, 0],
      [1, 1000, 1 / 3, 2],
    ])
    assert.deepEqual(cut(1, 4, 7), [[1, 7, 1, 0]])
    assert.deepEqual(cut(4, 2, null), [
      [2, null, 0.5, 0],
      [2, null, 0.5, 2],
    ])
    assert.deepEqual(cut(3, 3, 1), [
      [1, 1, 1 / 3, 0],
      [1, 0, 1 / 3, 1],
      [1, 0, 1 / 3, 2],
    ])
  })

  it('add up exactly, for any numbers', () => {
    const count = fc.integer({ min: 1, max: 20_000 })
    const messages = fc.option(fc.integer({ min: 1, max: 2 ** 52 }))
    fc.assert(
      fc.property(count, fc.integer({ min: 1, max: 200 }), messages, (sessions, workers, messages) => {
        const whole = plan(sessions, workers, messages)
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
          assert.ok(part.rateShare > 0)
          if (messages !== null)
            assert.ok(Math.abs(part.messages! - (messages / sessions) * part.sessions) < 2 + messages * 1e-12)
          session += part.sessions
          sum += part.messages ?? 0
          speed += part.rateShare
        }
        assert.equal(session, sessions)
        assert.equal(sum, messages ?? 0)
        assert.ok(Math.abs(speed - 1) < 1e-9)
      }),
      { numRuns: 500 },
    )
  })
})
