import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Board, SLOTS } from '#src/measure/board.js'
import { intervalBetween } from '#src/measure/interval.js'
import type { ReplySighted } from '#src/measure/protocol.js'
import { Recorder } from '#src/measure/recorder.js'
import { check, makeResult } from '#src/measure/result.js'
import { COUNTERS, Counter, Outcome, Phase, phaseSeries, Series } from '#src/measure/series.js'
import { Sampler, totalsOf } from '#src/measure/snapshot.js'
import { mergeTables } from '#src/measure/tables.js'
import { Timeline } from '#src/measure/timeline.js'
import { since, warmedUp } from '#src/measure/warmup.js'
import { evenly, planOf } from '../plan/source-plan.js'

const SHAPE = { workers: 2, counters: COUNTERS.length, slots: SLOTS, histograms: Series.count }

/** Two workers whose messages begin and end when a test says so. */
function workers() {
  const board = Board.create(SHAPE)
  const sightings: ReplySighted[] = []
  const recorders = board.rows.map(
    (row, worker) => new Recorder(row, (one) => one.kind === 'reply' && sightings.push(one), worker, true),
  )
  const begin = (worker: number, count: number) => {
    recorders[worker]!.counters[Counter.scheduled]! += count
  }
  const end = (worker: number, count: number, outcome: Outcome, at: number, us: number) => {
    const recorder = recorders[worker]!
    for (let i = 0; i < count; i++) {
      recorder.counters[Counter.accepted + outcome]!++
      recorder.time(Series.response + outcome, us)
      const code = [250, 451, 550, 0][outcome]!
      recorder.time(phaseSeries(Phase.dot, 0), us)
      if (recorder.reply(Phase.dot, code, at)) recorder.describeReply(Phase.dot, code, 'text')
    }
  }
  return { board, sightings, begin, end }
}

/** A warm-up of one second with slow messages, then a second of quick ones; six are under way as it ends. */
function run() {
  const { board, sightings, begin, end } = workers()
  const sampler = new Sampler(board, 'source')
  begin(0, 100)
  begin(1, 10)
  end(0, 90, Outcome.accepted, 500, 900_000)
  end(0, 4, Outcome.refused, 600, 900_000)
  end(1, 10, Outcome.accepted, 700, 900_000)
  board.rows[0]!.counters[Counter.bytesOut] = 1000
  board.rows[0]!.counters[Counter.active] = 7
  const warm = sampler.take(1000)
  // Three more ended after the histograms had been read and before the counters were.
  end(0, 3, Outcome.accepted, 1001, 500)
  warm.rows[0]!.counters.set(board.rows[0]!.counters)
  const base = warmedUp(warm, sampler, true)
  end(0, 3, Outcome.accepted, 1500, 500)
  begin(1, 20)
  end(1, 18, Outcome.accepted, 1800, 500)
  end(1, 1, Outcome.deferred, 1900, 500)
  board.rows[1]!.counters[Counter.dropped] = 1
  board.rows[0]!.counters[Counter.bytesOut] = 1600
  const timeline = new Timeline()
  const last = sampler.take(2000)
  timeline.add(intervalBetween(warm, last))
  return { base, last, timeline, sightings }
}

test('what began in the warm-up and ended after it counts as scheduled after it, and all adds up', () => {
  const { base, last, timeline, sightings } = run()
  const about = { version: '', node: '', host: '', again: '', notes: [], startedAt: new Date(0) }
  const rows = since(base, last)
  const result = makeResult({
    plan: planOf({ load: { arrivals: evenly(30), durationMs: 2000, messages: null, warmupMs: 1000 }, workers: 2 }),
    timeline,
    counters: totalsOf(rows),
    tables: mergeTables(
      rows.map(({ slots }) => slots),
      sightings,
    ),
    fromMs: 1000,
    elapsedMs: 1000,
    cpu: { userMs: 1, systemMs: 1 },
    ...about,
  })
  assert.equal(check(result), null)
  const { asked, scheduled, accepted, deferred, refused, failed, dropped, perSecond } = result.messages
  assert.deepEqual([asked, scheduled, accepted, deferred, refused, failed, dropped], [30, 26, 24, 1, 0, 0, 1])
  assert.equal(perSecond, 24)
  assert.equal(result.bytes.out, 600)
  // The latencies are of the same messages: none of the warm-up's, and the ones at the edge on the same side of it.
  assert.equal(result.message.count, 24)
  assert.ok(result.message.percentile(100) < 1)
  assert.deepEqual(
    result.replies.map(({ code, count, firstMs, lastMs }) => [code, count, firstMs, lastMs]),
    [
      [250, 24, 1000, 1800],
      [451, 1, 1900, 1900],
    ],
  )
  assert.ok(!result.health.some(({ second }) => second < 1))
})

test('a gauge stands as it is', () => {
  const { base, last } = run()
  assert.equal(since(base, last)[0]!.counters[Counter.active], 7)
})

test('without histograms the counters have to do', () => {
  const { board, begin, end } = workers()
  const sampler = new Sampler(board, 'source')
  begin(0, 5)
  end(0, 5, Outcome.accepted, 1, 1)
  const silent = new Sampler(Board.create(SHAPE), 'source')
  assert.equal(warmedUp(sampler.take(10), silent, false).rows[0]!.counters[Counter.accepted], 5)
})
