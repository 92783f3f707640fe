import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { badSessions, healthySessions, type MischiefPlan, mischiefName, mischiefStart } from '#src/plan/mischief.js'
import { mischiefParts } from '#src/plan/mischief-shares.js'
import { shares } from '#src/plan/shares.js'
import { planOf } from './source-plan.js'

const malformed = (share: number): MischiefPlan => ({ kind: 'malformed', share, cases: null })
const flood = (perSecond: number, open: number): MischiefPlan => ({ kind: 'flood', perSecond, open })

describe('shares of sessions', () => {
  it('are of all sessions: with 100 and 5 %, 5 misbehave and 95 do not', () => {
    assert.deepEqual(badSessions([malformed(0.05)], 100), [5])
    assert.equal(healthySessions([malformed(0.05)], 100), 95)
    assert.deepEqual(badSessions([malformed(0.001), malformed(0.5), flood(1, 1)], 10), [1, 5, 0])
    const plan = { ...planOf({ load: { sessions: 100 }, workers: 3 }), mischief: [malformed(0.05), flood(90, 10)] }
    const parts = shares(plan)
    assert.deepEqual(
      parts.map((part) => [part.sessions, part.plan.load.sessions, part.mischief.map((one) => one.sessions)]),
      [
        [32, 95, [2, 0]],
        [32, 95, [2, 0]],
        [31, 95, [1, 0]],
      ],
    )
    assert.deepEqual(
      parts.map((part) => part.mischief[1]!),
      [4, 3, 3].map((open) => ({ plan: plan.mischief[1], sessions: 0, first: 0, open, perSecond: open * 9 })),
    )
  })

  it('add up over the workers, are as even as can be, and number each session once', () => {
    const kind = fc.oneof(
      fc.double({ min: 0.001, max: 0.3, noNaN: true }).map(malformed),
      fc
        .tuple(fc.integer({ min: 1, max: 9999 }), fc.integer({ min: 1, max: 999 }))
        .map(([rate, open]) => flood(rate, open)),
    )
    fc.assert(
      fc.property(
        fc.array(kind, { maxLength: 5 }),
        fc.integer({ min: 1, max: 500 }),
        fc.integer({ min: 1, max: 9 }),
        (mischief, sessions, workers) => {
          const parts = Array.from({ length: workers }, (_, worker) =>
            mischiefParts(mischief, sessions, worker, workers),
          )
          const counts = badSessions(mischief, sessions)
          const all = parts.map((own) => own.reduce((sum, part) => sum + part.sessions, 0))
          assert.ok(Math.max(...all) - Math.min(...all) <= 1)
          mischief.forEach((one, at) => {
            const own = parts.map((part) => part[at]!)
            const numbers = own.flatMap((part) => Array.from({ length: part.sessions }, (_, i) => part.first + i))
            assert.deepEqual(
              numbers,
              Array.from({ length: counts[at]! }, (_, i) => i),
            )
            if (one.kind !== 'flood') return
            assert.equal(
              own.reduce((sum, part) => sum + part.open, 0),
              one.open,
            )
            const rate = own.reduce((sum, part) => sum + part.perSecond, 0)
            assert.ok(Math.abs(rate - one.perSecond) < 1e-6)
          })
        },
      ),
      { numRuns: 200 },
    )
  })

  it('change nothing where nobody misbehaves', () => {
    const plan = planOf({ load: { sessions: 7 }, workers: 2 })
    assert.ok(shares(plan).every((part) => part.plan === plan && part.mischief.length === 0))
  })
})

describe('the beginning of misbehaviour', () => {
  const load = { durationMs: null, messages: null, warmupMs: 0 }

  it('is a quarter into the run, and 15 s at most', () => {
    assert.deepEqual(mischiefStart({ ...load, durationMs: 20_000 }, null), { ms: 5000, messages: null })
    assert.deepEqual(mischiefStart({ ...load, durationMs: 600_000 }, null), { ms: 15_000, messages: null })
    assert.deepEqual(mischiefStart({ ...load, messages: 1000 }, undefined), { ms: 15_000, messages: 250 })
    assert.deepEqual(mischiefStart({ ...load, messages: 1 }, null), { ms: 15_000, messages: 1 })
    assert.deepEqual(mischiefStart({ ...load, durationMs: 4000, messages: 400 }, null), { ms: 1000, messages: 100 })
  })

  it('counts from the end of the warm-up', () => {
    assert.deepEqual(mischiefStart({ ...load, durationMs: 30_000, warmupMs: 10_000 }, null), {
      ms: 15_000,
      messages: null,
    })
  })

  it('is where it was asked for', () => {
    assert.deepEqual(mischiefStart({ ...load, durationMs: 20_000, messages: 5 }, 0), { ms: 0, messages: null })
    assert.deepEqual(mischiefStart({ ...load, durationMs: 20_000 }, 7000), { ms: 7000, messages: null })
  })
})

it('kinds have names', () => {
  const names = [
    { kind: 'slow', share: 0.1, where: 'read', octets: 1, everyMs: 1 },
    malformed(0.1),
    { kind: 'abort', share: 0.1, stage: 'dot', how: 'close' },
    { kind: 'half-open', share: 0.1, holdMs: 1 },
    flood(1, 1),
  ] as const
  assert.deepEqual(names.map(mischiefName), [
    'slow read',
    'malformed',
    'abort dot by close',
    'half-open',
    'connect flood',
  ])
})
