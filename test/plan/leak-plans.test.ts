import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { checkPlan } from '#src/plan/check.js'
import { PLAIN_TLS } from '#src/plan/client-tls-plan.js'
import { LEAK_PLANS, leakPlan } from '#src/plan/leak-plans.js'
import { planOf } from './source-plan.js'

const BASE = planOf({ workers: 4 })
const AUTH = {
  mechanism: null,
  credentials: [{ user: 'a', secret: 'b' }],
  order: 'robin',
  failureRate: 0.5,
  inClear: true,
  file: null,
} as const

describe('ready-made leak plans', () => {
  for (const name of LEAK_PLANS) {
    it(`${name}: every load can be run, and ends by itself`, () => {
      for (const base of [
        BASE,
        planOf({ load: { sessions: 40, messages: 900, warmupMs: 10, ramp: { from: 1, upMs: 10, downMs: 0 } } }),
        planOf({ wire: { tls: { ...PLAIN_TLS, mode: 'starttls' }, auth: AUTH } }),
        planOf({ wire: { tls: { ...PLAIN_TLS, mode: 'implicit' } } }),
      ]) {
        const { loads, candidates } = leakPlan(name, base)
        assert.ok(candidates.length > 0)
        for (const { plan } of loads) {
          checkPlan(plan)
          assert.ok(plan.load.durationMs! <= 8000)
          assert.deepEqual([plan.load.warmupMs, plan.load.ramp, plan.thresholds.length], [0, null, 0])
        }
      }
    })
  }

  it('sessions and messages of the flags are kept where there are several', () => {
    const { loads } = leakPlan('short-sessions', planOf({ load: { sessions: 40, messages: 900 } }))
    assert.deepEqual(
      loads.map(({ plan }) => [plan.load.sessions, plan.load.messages, plan.load.perSession]),
      [
        [40, 900, 1],
        [40, 900, null],
      ],
    )
  })

  it('without users nobody logs in rightly; with them a wrong password comes before the right one', () => {
    const [nobody] = leakPlan('auth-failures', BASE).loads
    assert.equal(nobody.plan.wire.auth?.credentials[0]?.user, 'stampede-nobody')
    const [wrong, right] = leakPlan('auth-failures', planOf({ wire: { auth: AUTH } })).loads
    assert.deepEqual([wrong.plan.wire.auth?.failureRate, right?.plan.wire.auth?.failureRate], [1, 0])
  })

  it('on a port of implicit TLS no load is plain', () => {
    const base = planOf({ wire: { tls: { ...PLAIN_TLS, mode: 'implicit' } } })
    assert.equal(leakPlan('tls-handshakes', base).loads.length, 1)
    assert.notEqual(leakPlan('handshakes', base).loads[0].plan.wire.tls, null)
  })
})
