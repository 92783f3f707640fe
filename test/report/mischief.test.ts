import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type MischiefResult, type MischiefTold, mischiefDocument, mischiefResult } from '#src/measure/mischief.js'
import { Timeline } from '#src/measure/timeline.js'
import { costSentence, mischiefLines } from '#src/report/mischief.js'

const plain = (text: string) => text

const RESULT: MischiefResult = {
  startedMs: 2500,
  sessions: 5,
  ofSessions: 100,
  kinds: [
    { kind: 'malformed', sessions: 3, ends: { '2xx': 1200, '5xx': 34, closed: 2 }, heldMs: [] },
    { kind: 'half-open', sessions: 2, ends: { closed: 3 }, heldMs: [7, 900, 8] },
  ],
  cases: [
    { name: 'vrfy', section: 'RFC 5321 7.3', answer: '252', verdict: 'right', word: null, count: 1200 },
    {
      name: 'smuggle-n.n',
      section: 'RFC 5321 4.1.1.4',
      answer: '250×3 354 250',
      verdict: 'wrong',
      word: 'smuggled',
      count: 1,
    },
  ],
  cost: {
    alone: { messages: 12_475, perSecond: 4990, p50Ms: 3.1, p99Ms: 12 },
    beside: { messages: 35_250, perSecond: 4700, p50Ms: 3.4, p99Ms: 48 },
  },
}

describe('misbehaving clients in the summary', () => {
  it('are a line each, one for their cost, and the table', () => {
    assert.deepEqual(mischiefLines(RESULT, plain), [
      'misbehaving  5 of 100 sessions, from 2.50 s on',
      '  malformed   1,200 2xx · 34 5xx · 2 closed',
      '  half-open   3 closed · held 8 ms in the middle, 900 ms at most',
      'cost         the bad 5% cost the good 95%: p99 12 → 48 ms (p50 3.1 → 3.4), 4,990 → 4,700/s',
      '',
      'malformed    section             times  answer         verdict',
      'vrfy         RFC 5321 7.3        1,200  252            right',
      'smuggle-n.n  RFC 5321 4.1.1.4        1  250×3 354 250  wrong (smuggled)',
    ])
  })

  it('are nothing where there were none, and say when they never began', () => {
    assert.deepEqual(mischiefLines(null, plain), [])
    const never = { ...RESULT, startedMs: null, cases: [], cost: null, kinds: [] }
    assert.deepEqual(mischiefLines(never, plain), [
      'misbehaving  5 of 100 sessions: the run was over before they began; a longer run would show them',
    ])
  })

  it('name a flood as what it is', () => {
    const flood = { kind: 'connect flood', sessions: 0, ends: {}, heldMs: [] }
    assert.match(
      costSentence({ ...RESULT, kinds: [...RESULT.kinds, flood] })!,
      /^the bad 5% and the flood cost the good 95%:/,
    )
    assert.match(costSentence({ ...RESULT, sessions: 0, kinds: [flood] })!, /^the flood cost the sessions:/)
    assert.equal(costSentence({ ...RESULT, cost: null }), null)
  })

  it('are in the document with what holding times come to', () => {
    const { kinds, cost } = mischiefDocument(RESULT)
    assert.deepEqual(
      kinds.map(({ held }) => held),
      [null, { count: 3, medianMs: 8, maxMs: 900 }],
    )
    assert.deepEqual(cost, RESULT.cost)
  })
})

it('what the workers tell is put together', () => {
  const row = { name: 'vrfy', section: 's', answer: '252', verdict: 'right', word: null, count: 2 }
  const told = (worker: number, count: number): MischiefTold => ({
    kind: 'mischief',
    worker,
    kinds: [
      {
        kind: 'malformed',
        sessions: worker + 1,
        ends: { '2xx': count, ...(worker > 0 ? { reset: 1 } : {}) },
        heldMs: [worker],
      },
    ],
    cases: [row, ...(worker > 0 ? [{ ...row, answer: '502' }] : [])],
  })
  const input = { startedMs: 10, told: [told(0, 5), told(1, 7)], sessions: 3, ofSessions: 9 }
  const result = mischiefResult(input, new Timeline(), { accepted: 0, fromMs: 0, endMs: 100 })
  assert.deepEqual(result.kinds, [{ kind: 'malformed', sessions: 3, ends: { '2xx': 12, reset: 1 }, heldMs: [0, 1] }])
  assert.deepEqual(
    result.cases.map(({ answer, count }) => [answer, count]),
    [
      ['252', 4],
      ['502', 2],
    ],
  )
  assert.equal(result.cost, null, 'there is nothing to compare')
  assert.equal(mischiefResult(input, new Timeline(), { accepted: 0, fromMs: 0, endMs: 5 }).startedMs, null)
})
