/** Comparisons as people and programs read them: golden files, and what reading recordings makes of them. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { UsageError } from '#src/base/errors.js'
import { compareEstimates } from '#src/measure/compare.js'
import { type ComparedSide, type Comparison, comparisonDocument } from '#src/measure/comparison.js'
import { estimate } from '#src/measure/estimate.js'
import { histogramOfCounts } from '#src/measure/histogram.js'
import { Spread } from '#src/measure/resample.js'
import { Series } from '#src/measure/series.js'
import { compareRecordings } from '#src/report/compare.js'
import { comparisonMarkdown } from '#src/report/compare-markdown.js'
import { comparisonText } from '#src/report/compare-text.js'
import { differencesOf } from '#src/report/differences.js'
import { type Made, madeCells } from '../measure/made-cells.js'
import { evenly, planOf } from '../plan/source-plan.js'
import { histogram } from './fixture.js'
import { golden } from './golden.js'
import { played, sourceOf } from './recorded.js'

const at = (texts: readonly string[], side: string) => texts.map((text, i) => sourceOf(text, `${side}${i + 1}.ndjson`))

function side(seed: number, made: Made, about: Partial<ComparedSide>) {
  const cells = madeCells(seed, made)
  const spread = new Spread(cells.map(({ series }) => series[Series.response] ?? null))
  const once = new Uint8Array(cells.length).fill(1)
  const us = [50, 75, 90, 95, 99, 99.9, 100].map((percentile) => spread.percentile(percentile, once, 0))
  const whole: ComparedSide = {
    files: [],
    target: 'smtp://10.0.0.5:25',
    unit: 'messages',
    version: '0.1.0',
    node: 'v20.12.0',
    host: 'bench',
    startedAt: '2026-01-02T03:04:05.000Z',
    tags: {},
    seconds: cells.length,
    accepted: spread.total,
    generator: {
      state: 'clear',
      limit: null,
      reason: 'busiest worker 41%, start lag p99 0.2 ms',
      busiest: 0.41,
      startLagP99Us: 200,
    },
    response: histogram(...us.map((value, i) => [value, [500, 250, 150, 50, 40, 9, 1][i]!] as const)),
    service: histogramOfCounts([]),
    ...about,
  }
  return { whole, figures: estimate([cells]) }
}

function made(): Comparison {
  const a = side(1, { rate: 800 }, { files: ['before.ndjson'] })
  const b = side(
    2,
    { rate: 640, us: 2500, slow: 0.04 },
    {
      files: ['after.ndjson'],
      startedAt: '2026-01-02T04:04:05.000Z',
      generator: {
        state: 'saturated',
        limit: 'generator',
        reason: 'busiest worker 97%',
        busiest: 0.97,
        startLagP99Us: 0,
      },
    },
  )
  return {
    a: a.whole,
    b: b.whole,
    confidence: 0.95,
    least: 0.01,
    differences: [{ name: 'size', a: 'none', b: '10240' }],
    warnings: ["the generator of B was saturated: its figures are the generator's, not the server's"],
    figures: compareEstimates(a.figures, b.figures),
  }
}

test('text', () => {
  golden('compare.txt', comparisonText(made()))
  const painted = comparisonText(made(), { color: true })
  assert.match(painted, /\x1b\[31mworse\x1b\[0m/)
  assert.match(painted, /generator: \x1b\[31msaturated\x1b\[0m/)
  assert.equal(painted.replace(/\x1b\[[\d;]*m/g, ''), comparisonText(made()))
})

test('markdown', () => {
  golden('compare.md', comparisonMarkdown(made()))
})

test('json: all of it as plain data, with whole histograms', () => {
  const document = JSON.parse(JSON.stringify(comparisonDocument(made())))
  assert.deepEqual([document.schemaVersion, document.confidence, document.least], [1, 0.95, 0.01])
  assert.equal(document.a.response.count, 1000)
  assert.match(document.a.response.histogram, /^H/)
  const accepted = document.figures.find(({ name }: { name: string }) => name === 'accepted')
  assert.deepEqual(
    [accepted.verdict, accepted.unit, accepted.better, accepted.interval.length],
    ['worse', 'perSecond', 'more', 2],
  )
  assert.equal(
    Object.values(document.verdicts as Record<string, number>).reduce((sum, one) => sum + one, 0),
    document.figures.length,
  )
})

test('recordings: warm-up left out, the last second too, and the runs’ own words', () => {
  const a = played({ seconds: 14, each: 20, warmSeconds: 2, shortMs: 400 })
  const b = played({ seconds: 12, each: 15, plan: { tags: { build: '8' } } })
  const { figures, differences, warnings, ...sides } = compareRecordings(at([a.text], 'a'), at([b.text], 'b'))
  assert.deepEqual([sides.a.seconds, sides.b.seconds, sides.a.files], [11, 12, ['a1.ndjson']])
  const accepted = figures.find(({ name }) => name === 'accepted')!
  assert.deepEqual([accepted.a, accepted.b, accepted.verdict], [40, 30, 'worse'])
  assert.deepEqual(differences, [])
  assert.equal(warnings.length, 2)
  assert.match(warnings[0]!, /^the generator of A was saturated/)
})

test('a recording against itself: no difference everywhere, and the same words each time', () => {
  const { text } = played({ seconds: 12, each: 20 })
  const comparison = compareRecordings(at([text], 'a'), at([text], 'b'))
  assert.deepEqual(new Set(comparison.figures.map(({ verdict }) => verdict)), new Set(['no difference', 'unknown']))
  assert.deepEqual(comparison.differences, [])
  assert.equal(comparisonText(compareRecordings(at([text], 'a'), at([text], 'b'))), comparisonText(comparison))
})

test('several runs of a side are one, and one that is not like the others is told', () => {
  const one = played({ seconds: 10, each: 10 })
  const two = played({ seconds: 10, each: 12, load: { sessions: 9 } })
  const { a, b, warnings, figures } = compareRecordings(at([one.text, two.text], 'a'), at([one.text], 'b'))
  assert.deepEqual([a.seconds, b.seconds, a.accepted, b.accepted], [20, 10, 440, 200])
  assert.equal(figures.find(({ name }) => name === 'accepted')!.a, 22)
  assert.equal(warnings[0], 'the runs of A are not alike: a1.ndjson and a2.ndjson differ in sessions (4, 9)')
})

test('too short: it says so at the top, and of each figure', () => {
  const { text } = played({ seconds: 3 })
  const comparison = compareRecordings(at([text], 'a'), at([text], 'b'))
  assert.match(comparisonText(comparison), /^A has 3 whole seconds of 8 that it takes to know its noise$/m)
  assert.match(comparisonText(comparison), /^ {2}accepted .* not enough seconds to tell$/m)
})

test('handshakes and messages are not compared, nor what is no recording', () => {
  const { text } = played()
  const handshakes = text.replace('"until":null', '"until":"greeting"')
  assert.throws(
    () => compareRecordings(at([text], 'a'), at([handshakes], 'b')),
    (error) =>
      error instanceof UsageError &&
      error.message === 'a1.ndjson and b1.ndjson cannot be compared: one counts messages, the other handshakes.',
  )
  assert.throws(() => compareRecordings(at([text], 'a'), at(['x'], 'b')), /^UsageError: b1\.ndjson is not a recording/)
})

test('plans that differ, in words that people use; seeds, tags and lengths may', () => {
  const about = { host: 'a', version: '0.1.0' }
  const base = planOf({ load: { sessions: 4, messages: 10 }, mail: { size: null } })
  const other = {
    ...planOf({
      load: { sessions: 8, messages: 99, arrivals: evenly(50), warmupMs: 1000 },
      mail: { size: 10_240, recipients: 5 },
      wire: { pipelining: 'off', timeoutMs: 5000 },
    }),
    seed: 'ffff',
    tags: { x: 'y' },
    target: { kind: 'inet', host: 'h', port: 1, text: 'h:1' },
  }
  const words = (a: object, b: object, host = 'a') =>
    differencesOf({ plan: a, about }, { plan: b, about: { ...about, host } }).map(
      (one) => `${one.name} (${one.a}, ${one.b})`,
    )
  assert.deepEqual(words(base, other, 'b'), [
    'target (127.0.0.1:25, h:1)',
    'rate (none, 50/s)',
    'sessions (4, 8)',
    'pipelining (auto, off)',
    'timeout (none, 5.00 s)',
    'recipients (1, 5)',
    'most recipients (1, 5)',
    'size (none, 10240)',
    'host (a, b)',
  ])
  assert.deepEqual(words(base, { ...base, seed: '1', tags: { a: 'b' } }), [])
  // A part that only one of them has is one difference, not one for each of its leaves.
  const tls = { ...base, wire: { ...base.wire, tls: { mode: 'starttls', share: 1, resume: 0 } } }
  assert.deepEqual(words(base, tls), ['TLS (none, starttls)'])
})
