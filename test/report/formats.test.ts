/** The file formats made of a run: golden files, and what their own readers make of them. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { HistogramLogReader } from 'hdr-histogram-js'
import type { Interval } from '#src/measure/interval.js'
import { SERIES_NAMES } from '#src/measure/interval-line.js'
import type { Result } from '#src/measure/result.js'
import { COUNTERS, Series } from '#src/measure/series.js'
import type { SecondSummary } from '#src/measure/timeline.js'
import { toCsv } from '#src/report/csv.js'
import { toHgrm } from '#src/report/hgrm.js'
import { toHlog } from '#src/report/hlog.js'
import { toJunit } from '#src/report/junit.js'
import { toMarkdown } from '#src/report/markdown.js'
import { CLOSED, HANDSHAKES, OPEN } from './fixture.js'
import { golden } from './golden.js'

const JUDGED: Result = {
  ...OPEN,
  thresholds: [
    { text: 'message.p99 < 50ms', value: 21.4, unit: 'ms', ok: true, abortedMs: null },
    { text: 'errors.rate < 0.1% "& more"', value: 0.002, unit: 'share', ok: false, abortedMs: null },
  ],
}

function interval(second: number, ...series: [number, [bucket: number, count: number][]][]): Interval {
  const all = SERIES_NAMES.map((_, i) => {
    const pairs = series.find(([number]) => number === i)?.[1]
    if (pairs === undefined) return null
    return {
      buckets: Uint16Array.from(pairs, ([bucket]) => bucket),
      counts: Uint32Array.from(pairs, ([, count]) => count),
      total: pairs.reduce((sum, [, count]) => sum + count, 0),
    }
  })
  const counters = new Float64Array(COUNTERS.length)
  return {
    role: 'source',
    second,
    fromMs: second * 1000,
    toMs: second * 1000 + 1000,
    counters,
    series: all,
    slots: [],
    health: [],
  }
}

test('markdown', () => {
  golden('report.md', toMarkdown(JUDGED))
  assert.doesNotMatch(toMarkdown(HANDSHAKES), /\| latency|\| error \||\| reply/)
  const rude = { ...OPEN, replies: [{ ...OPEN.replies[1]!, sample: '<script>|x\n|' }] }
  assert.match(toMarkdown(rude), /&lt;script>\\\|x \\\|/)
})

test('junit: thresholds are cases', () => {
  golden('report.junit.xml', toJunit(JUDGED))
  assert.match(toJunit(CLOSED), /tests="1" failures="0"/)
  assert.match(toJunit({ ...CLOSED, passed: false }), /<failure message="20,000 accepted/)
  assert.match(toJunit({ ...CLOSED, target: 'a\x00b' }), /name="a\?b"/)
})

test('csv: a row a second', () => {
  const second = (number: number): SecondSummary => ({
    second: number,
    durationMs: 1000.25,
    accepted: 4990 + number,
    deferred: 3,
    refused: 2,
    failed: 1,
    dropped: 0,
    scheduled: 5000,
    connects: 4,
    active: 200,
    bytesOut: 21_000_000,
    bytesIn: 690_000,
    message: { p50: 3.1, p99: 21.3995, max: 240 },
    utilisation: number === 0 ? [] : [0.38, 0.41],
  })
  golden('report.csv', toCsv([second(0), second(1)]))
})

test('hgrm: one row of the latencies, in milliseconds', () => {
  golden('report.hgrm', toHgrm(OPEN)!)
  assert.equal(toHgrm(OPEN, 'starttls'), null)
  assert.match(toHgrm(OPEN, 'rcpt', 'refused')!, /Total count {4}= +18\]/)
})

test('hgrm: every line says what the histogram says', () => {
  const { histogram } = OPEN.latency[0]!
  const rows = toHgrm(OPEN)!
    .split('\n')
    .flatMap((line) => {
      const found = /^ *([\d.]+) +([\d.]+) +(\d+)(?: +[\d.]+)?$/.exec(line)
      return found === null ? [] : [found.slice(1).map(Number)]
    })
  assert.ok(rows.length > 20, `${rows.length} rows`)
  let before = 0
  for (const [ms, percentile, count] of rows) {
    assert.ok(Math.abs(histogram.getValueAtPercentile(percentile! * 100) / 1000 - ms!) < 0.001 * ms!, `${percentile}`)
    assert.ok(
      count! >= before && count! >= Math.floor(percentile! * histogram.totalCount) - 1,
      `${percentile}: ${count}`,
    )
    before = count!
  }
  assert.deepEqual([rows.at(-1)![1], rows.at(-1)![2]], [1, histogram.totalCount])
})

test('hlog: the golden file itself, as any reader of the format would find it', () => {
  const text = readFileSync(new URL('../../test/golden/report.hlog', import.meta.url), 'utf8')
  const reader = new HistogramLogReader(text)
  let counted = 0
  for (let next = reader.nextIntervalHistogram(); next !== null; next = reader.nextIntervalHistogram())
    counted += next.totalCount
  assert.equal(counted, 11)
})

test('hlog: the library reads back what was measured', () => {
  const text = toHlog(OPEN, [
    interval(
      0,
      [
        Series.response,
        [
          [100, 2],
          [3000, 1],
        ],
      ],
      [Series.startLag, [[7, 3]]],
    ),
    interval(1, [Series.response, [[100, 5]]]),
  ])
  golden('report.hlog', text)
  const reader = new HistogramLogReader(text)
  const read: [string, number, number, number][] = []
  for (let next = reader.nextIntervalHistogram(); next !== null; next = reader.nextIntervalHistogram()) {
    read.push([next.tag, next.startTimeStampMsec, next.totalCount, next.getValueAtPercentile(50)])
  }
  const startedMs = Date.parse(OPEN.startedAt)
  assert.deepEqual(read, [
    ['response.accepted', startedMs, 3, 100],
    ['startLag', startedMs, 3, 7],
    ['response.accepted', startedMs + 1000, 5, 100],
  ])
})
