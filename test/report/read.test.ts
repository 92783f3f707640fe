import assert from 'node:assert/strict'
import { test } from 'node:test'
import { UsageError } from '#src/base/errors.js'
import type { RunResult } from '#src/measure/result.js'
import { THRESHOLD_METRICS } from '#src/measure/threshold-metrics.js'
import { parseThreshold } from '#src/plan/threshold-text.js'
import { toCsv } from '#src/report/csv.js'
import { toHlog } from '#src/report/hlog.js'
import { toJson } from '#src/report/json.js'
import { intervalsOf, readRecordings } from '#src/report/read.js'
import { evenly } from '../plan/source-plan.js'
import { type Part, played, sourceOf } from './recorded.js'

const read = (...texts: string[]) => readRecordings(texts.map((text, i) => sourceOf(text, `${'abc'[i]}.ndjson`)))
const threshold = (text: string) => parseThreshold(text, '--threshold', THRESHOLD_METRICS)
const count = (result: RunResult, name: string) => result.latency.find((row) => row.name === name)!.histogram.totalCount

const RUNS: Readonly<Record<string, Part>> = {
  plain: {},
  'with a warm-up': { seconds: 4, warmSeconds: 2, plan: { tags: { build: '7' } } },
  'on schedule, ended early': { seconds: 3, shortMs: 400, plan: {} },
  'ended by a threshold': {
    seconds: 3,
    plan: {
      thresholds: ['accepted < 15 abort', 'accepted >= 1', 'message.p99 < 1ms'].map(threshold),
    },
  },
}

for (const [name, part] of Object.entries(RUNS)) {
  test(`a run ${name} read back gives the same result to the octet`, () => {
    const { text, result } = played(part)
    const again = read(text)
    assert.equal(toJson(again.result), toJson(result))
    assert.deepEqual(again.result.health, result.health)
    assert.ok(result.messages.accepted > 0)
    if (name.includes('threshold')) assert.equal(again.result.thresholds[0]!.abortedMs, 2000)
    // The document stands in it, too.
    assert.deepEqual(JSON.parse(text.trimEnd().split('\n').at(-1)!).result, JSON.parse(toJson(result)))
  })
}

test('messages with a moment each: their schedule comes back though the plan only names it', () => {
  const arrivals = {
    ...evenly(1),
    shape: { kind: 'offsets' as const, offsetsMs: Float64Array.of(1, 2, 900), file: 'x' },
  }
  const { text, result } = played({ load: { arrivals } })
  const lines = text.split('\n')
  const header = JSON.parse(lines[0]!)
  header.plan.load.arrivals.shape = { kind: 'offsets', file: 'x', moments: 3 }
  const again = read([JSON.stringify({ ...header, offsetsMs: [1, 2, 900] }), ...lines.slice(1)].join('\n'))
  assert.equal(again.result.messages.asked, 3)
  assert.equal(toJson(again.result), toJson(result))
})

test('cut off anywhere it gives what is there, or says that it is no recording', () => {
  const { text, result } = played({ seconds: 2, each: 2 })
  const octets = Buffer.from(text)
  const headerEnd = octets.indexOf('\n')
  const endAt = octets.indexOf('{"kind":"end"')
  const endsAt = octets.indexOf('\n', endAt)
  const wholeLines = new Map<number, string>()
  for (let at = 0; at < octets.length; at++) {
    const source = sourceOf(octets.subarray(0, at).toString(), 'run.ndjson', 333)
    if (at < headerEnd) {
      assert.throws(() => readRecordings([source]), {
        name: 'UsageError',
        message: 'run.ndjson is not a recording; give one made with --out ndjson.',
      })
      continue
    }
    const lineEnds = octets.subarray(0, at).lastIndexOf('\n')
    const before = wholeLines.get(lineEnds)
    const seconds = [...intervalsOf([source])]
    const seen = `${seconds.length} ${seconds.flatMap(({ series }) => series).reduce((sum, one) => sum + (one?.total ?? 0), 0)}`
    if (before !== undefined) {
      assert.equal(seen, before, `cut at ${at}`)
      continue
    }
    wholeLines.set(lineEnds, seen)
    const { result: part } = readRecordings([source])
    assert.equal(part.messages.accepted, seconds.length * 4)
    if (at > endsAt) assert.equal(toJson(part), toJson(result))
    else {
      const at = `${seconds.length}.0 s`
      assert.equal(part.notes.at(-1), `the recording was cut off at ${at}: what came after that is not known`)
      assert.deepEqual([part.elapsedMs, part.cpu.userMs], [seconds.length * 1000, seconds.length * 400])
    }
  }
  assert.deepEqual([...new Set(wholeLines.values())], ['0 0', '1 12', '2 24'])
})

test('cut off in the warm-up: nothing was measured', () => {
  const { text } = played({ seconds: 4, warmSeconds: 2 })
  const { result } = read(text.slice(0, text.indexOf('{"kind":"warm"')))
  assert.equal(result.messages.accepted, 0)
  assert.equal(result.notes.at(-1), 'the recording was cut off within the warm-up: nothing was measured')
})

test('what is no recording is refused in one sentence', () => {
  const { text } = played()
  const lines = text.split('\n')
  const at = (number: number, line: string) => lines.map((one, i) => (i === number - 1 ? line : one)).join('\n')
  const header = JSON.parse(lines[0]!)
  const second = lines.findIndex((line) => line.startsWith('{"kind":"interval"')) + 1
  for (const [bad, sentence] of [
    ['', /^a\.ndjson is not a recording; give one made with --out ndjson\.$/],
    ['hello\nworld\n', /^a\.ndjson is not a recording/],
    ['null\n', /^a\.ndjson is not a recording/],
    ['[]\n', /^a\.ndjson is not a recording/],
    [lines.slice(1).join('\n'), /^a\.ndjson is not a recording/],
    [
      at(1, JSON.stringify({ ...header, schemaVersion: 2 })),
      /^a\.ndjson: a recording of schema version 1 is needed, this one has 2\.$/,
    ],
    [
      at(1, JSON.stringify({ ...header, plan: {} })),
      /^a\.ndjson: the plan in the header of this recording is not whole\.$/,
    ],
    [
      at(1, JSON.stringify({ ...header, plan: null })),
      /^a\.ndjson: the plan in the header of this recording is not whole\.$/,
    ],
    [at(second, '{"kind":"interval"'), new RegExp(`^a\\.ndjson: line ${second} is broken \\(.+\\)\\.$`)],
    [at(second, '{"kind":"interval"}'), new RegExp(`^a\\.ndjson: line ${second} is broken \\(.+\\)\\.$`)],
    [
      at(second, lines[second - 1]!.replace(/"response accepted":"[^"]{9}/, '"response accepted":"!!!!!!!!!')),
      new RegExp(`^a\\.ndjson: line ${second} is broken \\(.+\\)\\.$`),
    ],
  ] as const) {
    assert.throws(
      () => read(bad),
      (error) => error instanceof UsageError && sentence.test(error.message),
      String(sentence),
    )
  }
  assert.equal(toJson(read(at(2, '{"kind":"of a later version"}')).result).length > 0, true)
})

test('several merged: sums, histograms, tables, workers, and the worst verdict', () => {
  const a = played({ seconds: 3, each: 5, startedAt: 1000 })
  const b = played({ seconds: 2, each: 7, startedAt: 500, plan: { seed: 'beef', allowReject: true } })
  const { result, timeline } = read(a.text, b.text)
  assert.equal(result.messages.accepted, 3 * 10 + 2 * 14)
  assert.equal(result.messages.scheduled, 58)
  assert.equal(result.messages.asked, null)
  assert.deepEqual([result.workers, result.sessions.asked, result.elapsedMs], [4, 8, 3000])
  assert.equal(result.messages.perSecond, 58 / 3)
  assert.equal(result.cpu.userMs, 801)
  assert.equal(result.startedAt, '1970-01-01T00:00:00.500Z')
  for (const name of ['response', 'service', 'dot'])
    assert.equal(count(result, name), count(a.result, name) + count(b.result, name))
  // Percentiles of all messages, not of percentiles: what one histogram of both would have said.
  const both = a.result.latency[0]!.histogram
  both.add(b.result.latency[0]!.histogram)
  for (const percentile of [1, 25, 50, 75, 90, 99, 100])
    assert.equal(result.message.percentile(percentile), both.getValueAtPercentile(percentile) / 1000)
  assert.deepEqual(result.replies, [{ verb: 'dot', code: 250, count: 58, firstMs: 0, lastMs: 2030, sample: 'Ok 0' }])
  assert.deepEqual(result.errors, [
    { error: 'connection reset', after: 'data', count: 5, firstMs: 500, lastMs: 2500, sample: 'ECONNRESET' },
  ])
  assert.deepEqual([...new Set(result.health.map(({ worker }) => worker))].sort(), [0, 1, 2, 3])
  assert.deepEqual(
    timeline.seconds.map(({ second, accepted, active }) => [second, accepted, active]),
    [
      [0, 24, 8],
      [1, 24, 8],
      [2, 10, 4],
    ],
  )
  assert.deepEqual(result.notes, [
    `2 recordings merged; they differ in seed (${a.result.seed}, beef)`,
    ...['a', 'b'].flatMap((name) => [`${name}.ndjson: a note`, `${name}.ndjson: ended as planned`]),
  ])
  assert.equal(result.generator.reason, `a.ndjson: ${a.result.generator.reason}`)
  const csv = toCsv(timeline.seconds).split('\r\n')
  assert.deepEqual([csv.length, csv[1]!.split(',').slice(0, 4)], [5, ['0', '1000', '24', '24']])
  assert.match(toHlog(result, intervalsOf([sourceOf(a.text), sourceOf(b.text)])), /^Tag=response\.accepted,/m)
})

test('the worst verdict is that of the run whose generator was worst off', () => {
  const a = played({ seconds: 2 })
  const b = played({ seconds: 9 })
  assert.deepEqual([a.result.generator.state, b.result.generator.state], ['clear', 'saturated'])
  const { generator } = read(a.text, b.text).result
  assert.deepEqual(generator, { ...b.result.generator, reason: `b.ndjson: ${b.result.generator.reason}` })
})

test('thresholds of merged runs are held against all of them, and what ended one stays broken', () => {
  const thresholds = ['accepted >= 40', 'accepted < 15 abort'].map(threshold)
  const a = played({ seconds: 3, plan: { thresholds } })
  const b = played({ seconds: 3, plan: { thresholds: thresholds.slice(0, 1) } })
  assert.equal(a.result.thresholds[0]!.ok, false)
  const { result } = read(a.text, b.text)
  assert.deepEqual(
    result.thresholds.map(({ text, value, ok, abortedMs }) => [text, value, ok, abortedMs]),
    [
      ['accepted >= 40', 60, true, null],
      ['accepted < 15 abort', 20, false, 2000],
    ],
  )
})

test('runs that were not side by side are put together by the number of the second, and it says so', () => {
  const { result } = read(played().text, played({ startedAt: 90_000 }).text)
  assert.deepEqual([result.messages.accepted, result.elapsedMs], [40, 2000])
  assert.equal(result.notes[1], 'they started 90.0 s apart, and are put together as if they had not')
})

test('three at once, one of them cut off: it says which', () => {
  const { text } = played()
  const { result } = read(text, text.slice(0, text.indexOf('{"kind":"end"')), text)
  assert.equal(result.messages.accepted, 60)
  assert.ok(result.notes.includes('b.ndjson: the recording was cut off at 2.0 s: what came after that is not known'))
})

test('what cannot be added up is refused', () => {
  const plain = played()
  const until = played()
  const handshakes = until.text.replace('"until":null', '"until":"greeting"')
  assert.throws(() => read(plain.text, handshakes), {
    name: 'UsageError',
    message: 'a.ndjson and b.ndjson cannot be merged: one counts messages, the other handshakes.',
  })
  const bad = plain.text.replace('"mischief":[]', '"mischief":[{"kind":"flood","perSecond":1,"open":1}]')
  assert.throws(
    () => read(plain.text, bad),
    /a\.ndjson and b\.ndjson cannot be merged: their clients misbehaved in different ways\./,
  )
})
