import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Board, SLOTS } from '#src/measure/board.js'
import { intervalBetween } from '#src/measure/interval.js'
import type { ErrorSighted, ReplySighted } from '#src/measure/protocol.js'
import { Recorder } from '#src/measure/recorder.js'
import { check, makeResult } from '#src/measure/result.js'
import { COUNTERS, Counter, ErrorKind, Phase, phaseSeries, Series } from '#src/measure/series.js'
import { Sampler, totalsOf } from '#src/measure/snapshot.js'
import { mergeTables } from '#src/measure/tables.js'
import { Timeline } from '#src/measure/timeline.js'
import type { SourcePlan } from '#src/plan/plan.js'
import { evenly, planOf } from '../plan/source-plan.js'

const PLAN: SourcePlan = {
  ...planOf({ load: { messages: 200, sessions: 10 }, workers: 2 }),
  target: { kind: 'inet', host: '127.0.0.1', port: 2525, text: 'smtp://127.0.0.1:2525' },
}

/** Two workers, each writing into its row as a real one does; the second stops half way. */
function measured(plan: SourcePlan = PLAN) {
  const board = Board.create({ workers: 2, counters: COUNTERS.length, slots: SLOTS, histograms: Series.count })
  const sightings: (ReplySighted | ErrorSighted)[] = []
  const recorders = board.rows.map((row, worker) => new Recorder(row, (one) => sightings.push(one), worker, true))
  const [one, two] = recorders as [Recorder, Recorder]
  const reply = (recorder: Recorder, phase: Phase, code: number, at: number, text: string) => {
    if (recorder.reply(phase, code, at)) recorder.describeReply(phase, code, text)
  }
  const sampler = new Sampler(board, 'source')
  const timeline = new Timeline()
  let last = sampler.start
  const step = (at: number) => {
    const now = sampler.take(at)
    timeline.add(intervalBetween(last, now))
    last = now
    return now
  }
  for (let i = 0; i < 100; i++) {
    for (const recorder of recorders) {
      if (recorder === two && i >= 50) continue
      recorder.counters[Counter.scheduled]!++
      recorder.counters[Counter.accepted]!++
      recorder.time(Series.response, 1000 + i)
      recorder.time(Series.service, 900 + i)
      recorder.time(phaseSeries(Phase.dot, 0), 500 + i)
      reply(recorder, Phase.dot, 250, i * 10, 'Ok')
    }
    if (i % 40 === 39) step((i + 1) * 25)
  }
  one.counters[Counter.scheduled]! += 7
  one.counters[Counter.deferred]! += 2
  one.counters[Counter.refused]! += 1
  one.counters[Counter.failed]! += 3
  one.counters[Counter.dropped]! += 1
  one.time(Series.service + 1, 7000)
  one.time(phaseSeries(Phase.rcpt, 1), 6000)
  reply(two, Phase.rcpt, 451, 40, '4.7.1 second saw it first')
  reply(one, Phase.rcpt, 451, 50, '4.7.1 first saw it second')
  reply(one, Phase.rcpt, 451, 90, '')
  reply(one, Phase.mail, 550, 60, 'no')
  one.error(ErrorKind.reset, Phase.data, 300, 'ECONNRESET')
  two.error(ErrorKind.reset, Phase.data, 200, 'early')
  two.error(ErrorKind.timeout, Phase.mail, 250, '')
  one.counters[Counter.connects]! += 6
  one.counters[Counter.connected]! += 5
  two.counters[Counter.connects]! += 5
  two.counters[Counter.connected]! += 5
  one.counters[Counter.sessionsDone]! += 8
  two.counters[Counter.sessionsLost]! += 2
  one.counters[Counter.bytesOut]! += 1000
  two.counters[Counter.bytesIn]! += 30
  one.counters[Counter.rcptAccepted]! += 150
  one.counters[Counter.waitingUs] = 20e6
  const end = step(2500)
  return makeResult({
    plan,
    timeline,
    counters: totalsOf(end.rows),
    tables: mergeTables(
      end.rows.map(({ slots }) => slots),
      sightings,
    ),
    elapsedMs: 2500,
    cpu: { userMs: 100, systemMs: 212 },
    startedAt: new Date(Date.UTC(2026, 0, 2, 3, 4, 5)),
    version: '0.1.0',
    node: 'v20.12.0',
    host: 'here',
    again: 'stampede source --seed 7f3a smtp://127.0.0.1:2525',
    notes: ['a note'],
  })
}

test('the result holds what was counted, all workers together', () => {
  const result = measured()
  assert.deepEqual(result.messages, {
    asked: 200,
    scheduled: 157,
    accepted: 150,
    deferred: 2,
    refused: 1,
    failed: 3,
    dropped: 1,
    retried: 0,
    perSecond: 60,
  })
  assert.deepEqual(result.sessions, { asked: 10, connects: 11, connected: 10, done: 8, lost: 2 })
  assert.deepEqual(result.bytes, { out: 1000, in: 30 })
  assert.deepEqual(result.recipients, { accepted: 150, deferred: 0, refused: 0 })
  assert.deepEqual(result.cpu, { userMs: 100, systemMs: 212, perMessageUs: 2000 })
  assert.equal(result.startedAt, '2026-01-02T03:04:05.000Z')
  assert.equal(result.unit, 'messages')
  assert.equal(result.target, 'smtp://127.0.0.1:2525')
  assert.equal(result.passed, false)
})

test('latencies are merged exactly, accepted apart from the rest', () => {
  const result = measured()
  assert.deepEqual(
    result.latency.map(({ name, outcome, histogram }) => [name, outcome, histogram.totalCount]),
    [
      ['response', 'accepted', 150],
      ['service', 'accepted', 150],
      ['service', 'deferred', 1],
      ['rcpt', 'deferred', 1],
      ['dot', 'accepted', 150],
    ],
  )
  assert.equal(result.message.count, 150)
  assert.equal(result.message.percentile(50), 1.037)
  assert.equal(result.message.percentile(100), 1.099)
})

test('reply and error rows of several workers are one row: first, last, sum, and the earliest sample', () => {
  const result = measured()
  assert.deepEqual(result.replies, [
    { verb: 'mail', code: 550, count: 1, firstMs: 60, lastMs: 60, sample: 'no' },
    { verb: 'rcpt', code: 451, count: 3, firstMs: 40, lastMs: 90, sample: '4.7.1 second saw it first' },
    { verb: 'dot', code: 250, count: 150, firstMs: 0, lastMs: 990, sample: 'Ok' },
  ])
  assert.deepEqual(result.errors, [
    { error: 'timeout', after: 'mail', count: 1, firstMs: 250, lastMs: 250, sample: '' },
    { error: 'connection reset', after: 'data', count: 2, firstMs: 200, lastMs: 300, sample: 'early' },
  ])
})

test('replies that found no slot, or whose worker died before it named them, are called other', () => {
  const slots = [Float64Array.of(4, 10, 20, 2, 5, 30), Float64Array.of(1, 2, 3)]
  const tables = mergeTables(slots, [
    { kind: 'reply', worker: 0, slot: 0, phase: Phase.dot, code: 0, sample: 'x' },
    { kind: 'error', worker: 0, slot: 1, phase: Phase.dot, error: 'other error', sample: 'y' },
  ])
  assert.deepEqual(tables.replies, [{ verb: 'other', code: 0, count: 5, firstMs: 2, lastMs: 20, sample: '' }])
  assert.deepEqual(tables.errors, [
    { error: 'other error', after: 'dot', count: 2, firstMs: 5, lastMs: 30, sample: 'y' },
  ])
})

test('the verdict is made from the same figures', () => {
  const result = measured()
  assert.equal(result.generator.state, 'clear')
  assert.equal(result.generator.limit, 'server')
  assert.equal(result.generator.reason, 'sessions waited for replies 80% of the time, busiest worker 0%')
})

test('check says when messages are missing', () => {
  const result = measured()
  assert.equal(check(result), null)
  assert.equal(
    check({ ...result, messages: { ...result.messages, failed: 2 } }),
    '157 messages were scheduled, but 156 ended: 150 accepted, 2 deferred, 1 refused, 2 failed, 1 dropped',
  )
})

test('what was asked: a number, or a rate for a time, or nothing definite', () => {
  const load = { ...PLAN.load, messages: null }
  const asked = (more: Partial<SourcePlan['load']>) => measured({ ...PLAN, load: { ...load, ...more } }).messages.asked
  assert.equal(asked({ arrivals: evenly(80), durationMs: 2500 }), 200)
  assert.equal(asked({ durationMs: 2500 }), null)
})

test('passed: nothing failed, and refusals only where they are part of the test', () => {
  const base = measured()
  assert.equal(base.passed, false)
  const board = Board.create({ workers: 1, counters: COUNTERS.length, slots: SLOTS, histograms: Series.count })
  const judged = (counter: Counter | null, allowReject: boolean) => {
    board.rows[0]!.counters.fill(0)
    if (counter !== null) board.rows[0]!.counters[counter] = 1
    const plan = { ...PLAN, allowReject }
    const about = { version: '', node: '', host: '', again: '', notes: [], startedAt: new Date(0) }
    return makeResult({
      plan,
      timeline: new Timeline(),
      counters: totalsOf(new Sampler(board, 'source').take(1000).rows),
      tables: { replies: [], errors: [] },
      elapsedMs: 1000,
      cpu: { userMs: 0, systemMs: 0 },
      ...about,
    }).passed
  }
  assert.equal(judged(null, false), false, 'nothing was accepted')
  assert.equal(judged(null, true), false)
  assert.equal(judged(Counter.accepted, false), true)
  assert.equal(judged(Counter.deferred, false), false)
  assert.equal(judged(Counter.refused, false), false)
  assert.equal(judged(Counter.refused, true), true)
  assert.equal(judged(Counter.failed, true), false)
})

test('an empty run gives zeros, not NaN', () => {
  const board = Board.create({ workers: 1, counters: COUNTERS.length, slots: SLOTS, histograms: Series.count })
  const result = makeResult({
    plan: { ...PLAN, wire: { ...PLAN.wire, until: 'greeting' } },
    timeline: new Timeline(),
    counters: totalsOf(new Sampler(board, 'source').take(0).rows),
    tables: { replies: [], errors: [] },
    elapsedMs: 0,
    cpu: { userMs: 1, systemMs: 0 },
    startedAt: new Date(0),
    version: '',
    node: '',
    host: '',
    again: '',
    notes: [],
  })
  assert.equal(result.unit, 'handshakes')
  assert.equal(result.messages.perSecond, 0)
  assert.equal(result.cpu.perMessageUs, 0)
  assert.equal(result.message.percentile(99), 0)
  // JSON has no NaN and writes null for it: the verdict's limit may be null, no figure may.
  assert.deepEqual(JSON.stringify(result).match(/"\w+":null/g), [
    '"tls":null',
    '"auth":null',
    '"limit":null',
    '"mischief":null',
    '"baseline":null',
    // Nobody connected and nobody watched.
    '"utilisation":null',
    '"acceptWait":null',
    '"acceptQueue":null',
    '"runQueue":null',
    '"pressure":null',
    '"watched":null',
  ])
})

test('the plain document has every time in milliseconds and keeps the buckets', () => {
  const document = measured().toJSON()
  const response = document.latency[0]!
  assert.equal(response.count, 150)
  assert.equal(response.p50Ms, 1.037)
  assert.equal(response.maxMs, 1.099)
  assert.equal(document.cpu.perMessageMs, 2)
  assert.equal(document.generator.startLagP99Ms, 0)
  const keys = JSON.stringify(document).matchAll(/"(\w+)":/g)
  for (const [, key] of keys) assert.doesNotMatch(key!, /Us$|Ns$/)
})
