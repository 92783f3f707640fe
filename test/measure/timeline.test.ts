import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Board, bucketOf, SLOTS } from '#src/measure/board.js'
import { percentileOf } from '#src/measure/counts.js'
import { type Interval, intervalBetween } from '#src/measure/interval.js'
import { COUNTERS, Counter, Series, SINK_COUNTERS, SinkCounter } from '#src/measure/series.js'
import { Sampler } from '#src/measure/snapshot.js'
import { Timeline } from '#src/measure/timeline.js'
import { LatencyWindows } from '#src/measure/windows.js'

function makeBoard(workers: number): Board {
  return Board.create({ workers, counters: COUNTERS.length, slots: SLOTS, histograms: Series.count })
}

function bump(board: Board, worker: number, counter: Counter, by = 1): void {
  board.rows[worker]!.counters[counter]! += by
}

function time(board: Board, worker: number, series: number, us: number, times = 1): void {
  const counts = board.rows[worker]!.histograms[series]!
  counts[1 + bucketOf(us)]! += times
  counts[0]! += times
}

/** A sampler, its timeline, and the step that goes from one to the other. */
function follow(board: Board) {
  const sampler = new Sampler(board, 'source')
  const timeline = new Timeline()
  let last = sampler.start
  const step = (nowMs: number) => {
    const snapshot = sampler.take(nowMs)
    const interval = intervalBetween(last, snapshot)
    last = snapshot
    return { interval, summary: timeline.add(interval), snapshot }
  }
  return { sampler, timeline, step }
}

/** What one worker does in one second. */
const work = fc.record({
  accepted: fc.integer({ min: 0, max: 50 }),
  failed: fc.integer({ min: 0, max: 3 }),
  active: fc.integer({ min: 0, max: 9 }),
  latencies: fc.array(fc.integer({ min: 0, max: 90_000_000 }), { maxLength: 12 }),
  series: fc.constantFrom(Series.response, Series.service, Series.phase + 8 * 3, Series.startLag),
})

test('sums over the timeline equal the end, with a worker that stops half way and readings at any time', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.integer({ min: 1, max: 2500 }), work, work, work), { minLength: 1, maxLength: 12 }),
      (seconds) => {
        const board = makeBoard(3)
        const { timeline, step } = follow(board)
        let now = 0
        const intervals: Interval[] = []
        seconds.forEach(([wait, ...works], i) => {
          works.forEach(({ accepted, failed, active, latencies, series }, worker) => {
            if (worker === 2 && i >= seconds.length / 2) return
            bump(board, worker, Counter.accepted, accepted)
            bump(board, worker, Counter.failed, failed)
            board.rows[worker]!.counters[Counter.active] = active
            for (const us of latencies) time(board, worker, series, us)
          })
          now += wait
          intervals.push(step(now).interval)
        })
        for (const counter of [Counter.accepted, Counter.failed, Counter.active]) {
          assert.equal(timeline.counters[counter], board.total(counter))
        }
        const rows = timeline.seconds
        assert.equal(
          rows.reduce((sum, row) => sum + row.accepted, 0),
          board.total(Counter.accepted),
        )
        assert.equal(
          rows.reduce((sum, row) => sum + row.failed, 0),
          board.total(Counter.failed),
        )
        assert.equal(rows.at(-1)!.active, board.total(Counter.active))
        assert.equal(
          rows.reduce((sum, row) => sum + row.durationMs, 0),
          now,
        )
        assert.ok(rows.every((row, i) => i === 0 || row.second > rows[i - 1]!.second))
        for (let series = 0; series < Series.count; series++) {
          const expected = new Float64Array(board.rows[0]!.histograms[series]!.length - 1)
          for (const row of board.rows) {
            const counts = row.histograms[series]!
            for (let i = 0; i < expected.length; i++) expected[i]! += counts[i + 1]!
          }
          const total = timeline.total(series)
          if (total === null) assert.ok(expected.every((count) => count === 0))
          else assert.deepEqual(total, expected)
          const gained = intervals.reduce((sum, interval) => sum + (interval.series[series]?.total ?? 0), 0)
          assert.equal(
            gained,
            expected.reduce((sum, count) => sum + count, 0),
          )
        }
      },
    ),
    { numRuns: 25 },
  )
})

test('readings that come late keep the number of their second; two in one second are merged', () => {
  const board = makeBoard(1)
  const { timeline, step } = follow(board)
  for (const [at, second] of [
    [1001, 0],
    [2003, 1],
    [3500, 2],
    [3990, 3],
    [4002, 3],
    [9000, 6],
    [9200, 9],
  ] as const) {
    bump(board, 0, Counter.accepted, 10)
    time(board, 0, Series.response, at, 10)
    assert.equal(step(at).summary.second, second, `read at ${at}`)
  }
  assert.deepEqual(
    timeline.seconds.map(({ second, durationMs, accepted, message }) => [second, durationMs, accepted, message.max]),
    [
      [0, 1001, 10, 1.001],
      [1, 1002, 10, 2.003],
      [2, 1497, 10, 3.501],
      [3, 502, 20, 4.003],
      [6, 4998, 10, 9.007],
      [9, 200, 10, 9.207],
    ],
  )
  const high = { p90: 4003, p99: 4003, p999: 4003, max: 4003 }
  assert.deepEqual(timeline.figures(3), [{ series: Series.response, count: 20, p50: 3991, ...high }])
  assert.deepEqual(timeline.figures(4), [])
})

test('a summary tells this second alone, and its percentiles are of this second', () => {
  const board = makeBoard(2)
  const { step } = follow(board)
  bump(board, 0, Counter.scheduled, 3)
  time(board, 0, Series.response, 900_000, 50)
  step(1000)
  bump(board, 0, Counter.accepted, 90)
  bump(board, 1, Counter.accepted, 10)
  bump(board, 1, Counter.deferred, 2)
  bump(board, 1, Counter.refused, 3)
  bump(board, 0, Counter.bytesOut, 1000)
  bump(board, 0, Counter.bytesIn, 20)
  bump(board, 0, Counter.connects, 4)
  bump(board, 0, Counter.active, 4)
  bump(board, 1, Counter.active, 5)
  board.rows[0]!.counters[Counter.utilisation] = 0.25
  board.rows[1]!.counters[Counter.utilisation] = 0.5
  time(board, 0, Series.response, 1000, 98)
  time(board, 1, Series.response, 1500, 2)
  assert.deepEqual(step(2000).summary, {
    second: 1,
    durationMs: 1000,
    accepted: 100,
    deferred: 2,
    refused: 3,
    failed: 0,
    dropped: 0,
    scheduled: 0,
    connects: 4,
    active: 9,
    bytesOut: 1000,
    bytesIn: 20,
    message: { p50: 1, p99: 1.5, max: 1.5 },
    utilisation: [0.25, 0.5],
  })
})

test('the last few seconds as one', () => {
  const board = makeBoard(1)
  const { timeline, step } = follow(board)
  assert.equal(timeline.last(5), null)
  for (let second = 1; second <= 20; second++) {
    bump(board, 0, Counter.accepted, second)
    board.rows[0]!.counters[Counter.active] = second
    time(board, 0, Series.response, second * 10, second)
    step(second * 1000)
  }
  const last = timeline.last(3)!
  assert.equal(last.accepted, 18 + 19 + 20)
  assert.equal(last.active, 20)
  assert.equal(last.durationMs, 3000)
  assert.deepEqual(last.message, { p50: 0.19, p99: 0.2, max: 0.2 })
  assert.equal(timeline.last(100)!.durationMs, 10_000)
  assert.deepEqual(timeline.last(1), timeline.seconds.at(-1))
})

test('vital signs per worker and second; a lost worker keeps its counts and loses its gauges', () => {
  const board = makeBoard(2)
  const { sampler, timeline, step } = follow(board)
  for (const worker of [0, 1]) {
    bump(board, worker, Counter.accepted, 5)
    bump(board, worker, Counter.active, 7)
    bump(board, worker, Counter.draining, 2)
    bump(board, worker, Counter.backlog, 3)
    bump(board, worker, Counter.cpuUserNs, 300_000_000)
    bump(board, worker, Counter.cpuSystemNs, 100_000_000)
    board.rows[worker]!.counters[Counter.utilisation] = 0.6
    board.rows[worker]!.counters[Counter.loopDelayP99Us] = 1500
  }
  const first = step(500)
  const shared = { second: 0, utilisation: 0.6, loopDelayP99Us: 1500, draining: 2, backlog: 3, active: 7 }
  assert.deepEqual(first.interval.health, [
    { worker: 0, durationMs: 500, cpu: 0.8, ...shared },
    { worker: 1, durationMs: 500, cpu: 0.8, ...shared },
  ])
  assert.equal(first.interval.counters[Counter.active], 14)
  assert.equal(first.interval.counters[Counter.utilisation], 0.6)
  sampler.lose(0)
  const second = step(1000)
  assert.equal(second.interval.counters[Counter.active], 7)
  assert.deepEqual(second.interval.health, [{ worker: 1, durationMs: 500, cpu: 0, ...shared }])
  assert.equal(timeline.counters[Counter.accepted], 10)
  const merged = timeline.health
  assert.deepEqual(
    merged.map(({ worker, durationMs, cpu }) => [worker, durationMs, cpu]),
    [
      [0, 500, 0.8],
      [1, 1000, 0.4],
    ],
  )
  assert.deepEqual(step(2000).summary.utilisation, [0, 0.6])
})

test('counts that go round at 2^32 go on', () => {
  const board = makeBoard(1)
  const { timeline, step } = follow(board)
  time(board, 0, Series.service, 5, 4_000_000_000)
  step(1000)
  time(board, 0, Series.service, 5, 2_000_000_000)
  time(board, 0, Series.service, 6, 1)
  step(2000)
  assert.equal(timeline.total(Series.service)![5], 6_000_000_000)
  assert.equal(timeline.total(Series.service)![6], 1)
  assert.equal(timeline.histogram(Series.service).totalCount, 6_000_000_001)
})

test('a count seen before its total, or a total before its count, is in the end counted once', () => {
  const board = makeBoard(1)
  const { timeline, step } = follow(board)
  const counts = board.rows[0]!.histograms[Series.service]!
  counts[0] = 1
  assert.equal(step(1000).interval.series[Series.service], null)
  counts[1 + 42] = 1
  assert.equal(step(2000).interval.series[Series.service]!.total, 1)
  counts[1 + 43] = 1
  assert.equal(step(3000).interval.series[Series.service], null)
  counts[0] = 2
  assert.equal(step(4000).interval.series[Series.service]!.total, 1)
  assert.equal(timeline.histogram(Series.service).totalCount, 2)
})

test('slots that were counted are in the interval', () => {
  const board = makeBoard(2)
  const { step } = follow(board)
  board.rows[1]!.slots.set([5, 1, 2], 3 * 4)
  assert.deepEqual(step(1000).interval.slots, [{ worker: 1, slot: 4, count: 5 }])
  assert.deepEqual(step(2000).interval.slots, [])
})

test('a sink has counters and gauges of its own', () => {
  const board = Board.create({ workers: 2, counters: SINK_COUNTERS.length, slots: 0, histograms: 0 })
  const sampler = new Sampler(board, 'sink')
  for (const row of board.rows) {
    row.counters[SinkCounter.messages] = 10
    row.counters[SinkCounter.active] = 3
    row.counters[SinkCounter.utilisation] = 0.3
  }
  const first = sampler.take(1000)
  board.rows[1]!.counters[SinkCounter.messages] = 15
  const interval = intervalBetween(first, sampler.take(2000))
  assert.equal(interval.counters[SinkCounter.messages], 5)
  assert.equal(interval.counters[SinkCounter.active], 6)
  assert.equal(interval.counters[SinkCounter.utilisation], 0.3)
  assert.deepEqual(interval.health, [])
  assert.throws(() => new Timeline().add(interval), /source/)
})

test('readings out of order are refused', () => {
  const board = makeBoard(1)
  const sampler = new Sampler(board, 'source')
  const [a, b, c] = [sampler.take(1000), sampler.take(2000), sampler.take(3000)]
  assert.throws(() => intervalBetween(a, c), /snapshot 3 does not follow snapshot 1/)
  const timeline = new Timeline()
  timeline.add(intervalBetween(b, c))
  assert.throws(() => timeline.add(intervalBetween(a, b)), /second 1 comes after second 2/)
})

test('windows widen to stay within their memory and lose nothing', () => {
  const windows = new LatencyWindows(100)
  const counts = (bucket: number) => ({
    buckets: Uint16Array.of(bucket, bucket + 1, bucket + 2),
    counts: Uint32Array.of(1, 2, 3),
    total: 6,
  })
  for (let second = 0; second < 1000; second++) windows.add(second, counts(second % 7), second % 2 ? null : counts(40))
  const all = windows.all
  assert.ok(all.length > 1)
  assert.ok(all.reduce((sum, one) => sum + one.response!.buckets.length + one.service!.buckets.length, 0) <= 100)
  assert.ok(all.every((one, i) => one.second === i * one.seconds && Math.log2(one.seconds) % 1 === 0))
  assert.equal(
    all.reduce((sum, one) => sum + one.response!.total, 0),
    6000,
  )
  assert.equal(
    all.reduce((sum, one) => sum + one.service!.total, 0),
    3000,
  )
  assert.equal(percentileOf(all[0]!.service!, 100), 42)
})

test('a timeline offers the windows of accepted messages', () => {
  const board = makeBoard(1)
  const { timeline, step } = follow(board)
  time(board, 0, Series.response, 10)
  time(board, 0, Series.service + 3, 10)
  step(1000)
  step(2000)
  assert.deepEqual(
    timeline.windows.map(({ second, response, service }) => [second, response?.total ?? 0, service]),
    [
      [0, 1, null],
      [1, 0, null],
    ],
  )
})
