import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { leakStatus } from '#src/cli/leak-of.js'
import { leakPageData } from '#src/report/leak-page/data.js'
import { leaksPage } from '#src/report/leak-page/html.js'
import { type LeakDocument, leaksJson, leaksMarkdown, leaksText } from '#src/report/leaks.js'
import { documentOf } from './leak-document.js'

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

  it('what cannot be told apart is named with all that it came with', () => {
    const { leaks, ...document } = documentOf({ cycles: 12 })
    const together = [{ driver: 'MB', with: ['message', 'connection'] }] as const
    const text = leaksText({ ...document, leaks: [{ ...leaks[0]!, together }] })
    assert.match(
      text,
      /^ {2}note {2}MBs always came with messages and connections here, and cannot be told from them$/m,
    )
  })
})

describe('the page of a search', () => {
  it('has a line through the levels that the verdict is of, and none where nothing grows', () => {
    const data = leakPageData(documentOf({ cycles: 12, leaks: { message: 1024 } }))
    assert.deepEqual([data.word, data.plans.length, data.plans[0]!.warming], ['leaking', 1, 1])
    const [plot, ...others] = data.plans[0]!.plots
    assert.deepEqual([plot!.resource, plot!.levels.length, others.length], ['memory', 13, 0])
    assert.match(plot!.says, /^≈ 1,02\d B per message$/)
    plot!.line!.forEach((value, i) => {
      assert.ok(Math.abs(value! - plot!.levels[i]!) < 0.01 * plot!.levels[i]!, `${value} and ${plot!.levels[i]}`)
    })
    assert.deepEqual(
      data.plans[0]!.rows.map(([resource, word]) => [resource, word]),
      [
        ['memory', 'leaking'],
        ['descriptors', 'flat'],
        ['threads', 'flat'],
        ['processes', 'flat'],
      ],
    )
    const flat = leakPageData(documentOf({ cycles: 12, garbage: 100_000 }))
    assert.deepEqual([flat.word, flat.plans[0]!.plots[0]!.line], ['flat', null])
  })

  it('the line begins where early cycles were set aside', () => {
    const warm = { most: 200 * 1024 * 1024, part: 0.3 }
    const data = leakPageData(documentOf({ cycles: 24, leaks: { message: 1024 }, warm }))
    const [plot] = data.plans[0]!.plots
    assert.equal(plot!.word, 'leaking')
    assert.equal(plot!.line![0], null)
    assert.ok(plot!.line!.filter((value) => value !== null).length >= 7)
    assert.ok(Math.abs(plot!.line!.at(-1)! - plot!.levels.at(-1)!) < 0.02 * plot!.levels.at(-1)!)
  })

  it('stands for itself, and what a target is called is never markup', () => {
    const page = leaksPage({ ...documentOf({ cycles: 12 }), target: '</script><b id="planted">' })
    assert.ok(!page.includes('<b id='))
    assert.match(page, /default-src 'none'; script-src 'sha256-[^']+'; style-src 'sha256-[^']+'; connect-src 'none'/)
    assert.match(page, /<noscript><pre>FLAT {2}short-sessions/)
  })
})
