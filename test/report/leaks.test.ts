import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { leakStatus } from '#src/cli/leak-of.js'
import { findingOf } from '#src/measure/leak-finding.js'
import { type LeakDocument, leaksJson, leaksMarkdown, leaksText } from '#src/report/leaks.js'
import { type Simulated, simulate } from '../measure/leak-series.js'

function documentOf(simulated: Omit<Simulated, 'seed'>): LeakDocument {
  const cycles = simulate({ ...simulated, seed: 1 })
  const finding = findingOf({
    plan: 'short-sessions',
    sentence: 'many short sessions',
    candidates: ['message', 'connection'],
    cycles,
    notes: [],
  })
  return {
    schemaVersion: 1,
    role: 'leaks',
    version: '1',
    node: 'v20',
    host: 'here',
    startedAt: '2026-01-01T00:00:00.000Z',
    target: '127.0.0.1:25',
    watched: 'process 1 (server)',
    seed: 'abcd',
    again: 'stampede source --leaks short-sessions 127.0.0.1:25',
    elapsedMs: 30_000,
    word: finding.word,
    leaks: [finding],
    notes: [],
  }
}

describe('what a search found, shown', () => {
  it('a leak: how much, of what, with what', () => {
    const text = leaksText(documentOf({ cycles: 12, leaks: { message: 1024 } }))
    assert.match(text, /^LEAK {2}short-sessions: memory leaking \(≈ 1,02\d B per message\)$/m)
    assert.match(text, /1,02\d B per message \(1,0\d\d B to 1,0\d\d B\) {2}← leaks/)
    assert.match(text, /^ {2}descriptors +flat +24 → 24/m)
    assert.match(text, /^again +stampede source/m)
    assert.doesNotMatch(text, / \n/)
  })

  it('nothing: flat', () => {
    const document = documentOf({ cycles: 12 })
    assert.match(leaksText(document), /^FLAT {2}short-sessions: flat, nothing leaking$/m)
    assert.match(leaksText(document, true), /\x1b\[1;32mFLAT/)
  })

  it('too little: unsure, with the reason', () => {
    assert.match(leaksText(documentOf({ cycles: 4 })), /^UNSURE[\s\S]*4 of at least 6 cycles/)
  })

  it('as Markdown, a table; as JSON, every cycle', () => {
    const document = documentOf({ cycles: 12, leaks: { message: 1024 } })
    assert.match(leaksMarkdown(document), /\| memory \| leaking \|/)
    const read = JSON.parse(leaksJson(document)) as LeakDocument
    assert.equal(read.leaks[0]!.cycles.length, 13)
    assert.equal(read.leaks[0]!.verdicts[0]!.levels.length, 13)
  })

  it('and what it ends with', () => {
    assert.deepEqual((['flat', 'warming up', 'leaking', 'not enough evidence'] as const).map(leakStatus), [0, 0, 99, 1])
  })
})
