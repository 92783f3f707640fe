/** From seconds and readings of the counters to a picture's figures. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Board, bucketOf, SLOTS } from '#src/measure/board.js'
import { intervalBetween } from '#src/measure/interval.js'
import { COUNTERS, Counter, Phase, phaseSeries, Series } from '#src/measure/series.js'
import { Sampler, type Snapshot } from '#src/measure/snapshot.js'
import type { Tables } from '#src/measure/tables.js'
import { Timeline } from '#src/measure/timeline.js'
import { type LiveFacts, type LiveMoment, LiveStory } from '#src/report/live-story.js'

const FACTS: LiveFacts = {
  verb: 'source',
  target: '127.0.0.1:25',
  load: 'open loop 100/s',
  unit: 'messages',
  sessions: 4,
  workers: 1,
  durationMs: 60_000,
  messages: null,
  warmupMs: 3000,
}
const ZEROS = Object.fromEntries(COUNTERS.map((name) => [name, 0])) as LiveMoment['counters']

function moment(
  elapsedMs: number,
  counters: Partial<LiveMoment['counters']>,
  more: Partial<LiveMoment> = {},
): LiveMoment {
  return {
    elapsedMs,
    counters: { ...ZEROS, ...counters },
    due: (ms) => ms / 10,
    rateScale: 1,
    stopping: false,
    keys: 'q stop',
    help: null,
    ...more,
  }
}

/** A run on a Board that is played by hand. */
class Played {
  readonly board = Board.create({ workers: 1, counters: COUNTERS.length, slots: SLOTS, histograms: Series.count })
  readonly timeline = new Timeline()
  readonly #sampler = new Sampler(this.board, 'source')
  #last: Snapshot = this.#sampler.start
  #atMs = 0

  /** A second in which so many were accepted after so many microseconds, and busy as said. */
  second(accepted: number, us: number, utilisation: number, phase: Phase = Phase.dot, ms = 1000) {
    const { counters, histograms } = this.board.rows[0]!
    counters[Counter.accepted]! += accepted
    counters[Counter.utilisation] = utilisation
    for (const series of [Series.response, Series.service, phaseSeries(phase, 0)]) {
      histograms[series]![0]! += accepted
      histograms[series]![bucketOf(us) + 1]! += accepted
    }
    this.#atMs += ms
    const snapshot = this.#sampler.take(this.#atMs)
    const summary = this.timeline.add(intervalBetween(this.#last, snapshot))
    this.#last = snapshot
    return summary
  }
}

function tell(
  story: LiveStory,
  played: Played,
  args: Parameters<Played['second']>,
  tables: Tables = { replies: [], errors: [] },
) {
  const summary = played.second(...args)
  const { timeline } = played
  story.second({
    summary,
    five: timeline.recent(5),
    ten: timeline.recent(10),
    tables,
    thresholds: [],
    due: (ms) => ms / 10,
  })
}

test('rates are of the last second, however often it is drawn', () => {
  const story = new LiveStory(FACTS)
  assert.deepEqual([story.at(moment(0, {})).accepted, story.at(moment(0, {})).asked], [0, null])
  for (let i = 1; i <= 20; i++) story.at(moment(i * 200, { accepted: i * 10, scheduled: i * 12, dropped: i * 2 }))
  const state = story.at(moment(4200, { accepted: 310, scheduled: 352, dropped: 42, connects: 5, bytesOut: 9000 }))
  // From 3,200 ms on: 160 accepted before it.
  assert.deepEqual([state.accepted, state.sent, state.dropped, state.connects, state.bytesOut], [150, 150, 10, 5, 9000])
  assert.equal(state.asked, 100)
  assert.equal(state.done, 4200 / 60_000)
  assert.equal(state.stage, '')
})

test('how far it is, and in which stage', () => {
  const story = new LiveStory({ ...FACTS, durationMs: 10_000, messages: 100 })
  assert.equal(story.at(moment(1000, { accepted: 60, failed: 20, dropped: 10 })).done, 0.9)
  assert.equal(story.at(moment(1000, {})).stage, 'warm-up')
  assert.equal(story.at(moment(1000, {}, { stopping: true })).stage, 'stopping')
  assert.equal(story.at(moment(1000, {}, { rateScale: 1.331 })).load, 'open loop 100/s at 133.1%')
  assert.equal(new LiveStory({ ...FACTS, durationMs: null }).at(moment(1000, {})).done, null)
})

test('latencies are of the last five seconds, phases keep their last figures, the maximum stays', () => {
  const story = new LiveStory(FACTS)
  const played = new Played()
  tell(story, played, [10, 50_000, 0.2, Phase.connect])
  for (let i = 0; i < 6; i++) tell(story, played, [100, 1000, 0.2])
  const state = story.at(moment(7000, {}))
  assert.deepEqual(state.latency, { p50: 1000, p90: 1000, p99: 1000, p999: 1000 })
  assert.ok(Math.abs(state.maxUs - 50_000) < 50)
  assert.deepEqual(
    state.phases.map(({ name, past }) => [name, past]),
    [
      ['connect', true],
      ['dot', false],
    ],
  )
  assert.deepEqual(state.rates, [10, 100, 100, 100, 100, 100, 100])
  assert.equal(state.p99s.length, 7)
})

test('the verdict is of the last ten seconds, and there is none at the beginning', () => {
  const story = new LiveStory(FACTS)
  const played = new Played()
  tell(story, played, [100, 1000, 0.99])
  assert.equal(story.at(moment(1000, {})).state, null)
  for (let i = 0; i < 3; i++) tell(story, played, [100, 1000, 0.99])
  assert.equal(story.at(moment(4000, {})).state, 'saturated')
  for (let i = 0; i < 10; i++) tell(story, played, [100, 1000, 0.1])
  assert.equal(story.at(moment(14_000, {})).state, 'clear')
})

test('replies: good ones together, the others by code and place, those that come now first', () => {
  const story = new LiveStory(FACTS)
  const played = new Played()
  const row = (verb: string, code: number, count: number, sample = '') => ({
    verb,
    code,
    count,
    firstMs: 0,
    lastMs: 0,
    sample,
  })
  const tables = (n: number): Tables => ({
    replies: [
      row('mail', 250, 10 * n),
      row('rcpt', 451, 3, '4.7.1 Greylisted'),
      row('data', 354, 9 * n),
      row('dot', 552, n),
    ],
    errors: [{ error: 'connection reset', after: 'data', count: 2, firstMs: 0, lastMs: 0, sample: '' }],
  })
  tell(story, played, [1, 1000, 0.1], tables(1))
  tell(story, played, [1, 1000, 0.1], tables(3))
  assert.deepEqual(
    story.at(moment(2000, {})).replies.map(({ name, now, total, kind }) => [name, now, total, kind]),
    [
      ['2xx', 38, 57, 'good'],
      ['552 dot', 2, 3, 'bad'],
      ['451 4.7.1 rcpt', 0, 3, 'deferred'],
      ['connection reset (data)', 0, 2, 'bad'],
    ],
  )
})

test('the last seconds as one, and one that was read twice', () => {
  const played = new Played()
  played.second(10, 1000, 0.5)
  played.second(20, 1000, 0.5)
  const recent = played.timeline.recent(1)!
  assert.deepEqual([recent.fromMs, recent.toMs, recent.counters[Counter.accepted]], [1000, 2000, 20])
  assert.equal(played.timeline.recent(10)!.counters[Counter.accepted], 30)
  played.second(1, 1000, 0.5, Phase.dot, 300)
  played.second(2, 1000, 0.5, Phase.dot, 300)
  const twice = played.timeline.recent(1)!
  assert.deepEqual(
    [twice.fromMs, twice.toMs, twice.counters[Counter.accepted], twice.health.length],
    [2000, 2600, 3, 1],
  )
  assert.equal(twice.series[Series.response]!.total, 3)
  assert.equal(new Timeline().recent(5), null)
})
