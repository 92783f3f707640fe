import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { newHistogram } from '#src/measure/histogram.js'
import { isBroken, Judgement, judgeThreshold } from '#src/measure/judgement.js'
import { COUNTERS, Counter, ErrorKind, Outcome, Phase, phaseSeries, Series } from '#src/measure/series.js'
import { type Figures, THRESHOLD_METRICS, unitOfThreshold } from '#src/measure/threshold-metrics.js'
import { parseThreshold } from '#src/plan/threshold-text.js'

const parse = (text: string) => parseThreshold(text, '--threshold', THRESHOLD_METRICS)

interface Known {
  readonly counters?: Partial<Record<keyof typeof Counter, number>>
  /** Microseconds by series. */
  readonly times?: Readonly<Record<number, readonly number[]>>
  readonly atMs?: number
  readonly elapsedMs?: number
}

const ROW = { firstMs: 0, lastMs: 0, sample: '' }

function figures({ counters = {}, times = {}, atMs = 10_000, elapsedMs = atMs }: Known = {}): Figures {
  const all = new Float64Array(COUNTERS.length)
  for (const [name, value] of Object.entries(counters)) all[Counter[name as keyof typeof Counter]] = value
  return {
    counters: all,
    histogram: (series) => {
      const histogram = newHistogram()
      for (const us of times[series] ?? []) histogram.recordValue(us)
      return histogram
    },
    replies: [
      { verb: 'rcpt', code: 451, count: 6, ...ROW },
      { verb: 'rcpt', code: 450, count: 1, ...ROW },
      { verb: 'dot', code: 451, count: 3, ...ROW },
      { verb: 'dot', code: 250, count: 90, ...ROW },
      { verb: 'other', code: 0, count: 2, ...ROW },
    ],
    errors: [
      { error: ErrorKind.reset, after: 'data', count: 4, ...ROW },
      { error: ErrorKind.reset, after: 'mail', count: 1, ...ROW },
      { error: ErrorKind.timeout, after: 'data', count: 2, ...ROW },
    ],
    elapsedMs,
    atMs,
  }
}

/** A hundred messages in ten seconds: 1..90 ms for the accepted ones. */
const RUN = figures({
  counters: {
    accepted: 90,
    deferred: 5,
    refused: 2,
    failed: 1,
    dropped: 2,
    connected: 8,
    sessionsDone: 5,
    sessionsLost: 2,
    tlsFull: 2,
    tlsResumed: 6,
    bytesOut: 50_000,
    bytesIn: 10_000,
  },
  times: {
    [Series.response]: Array.from({ length: 90 }, (_, i) => (i + 1) * 1000),
    [Series.service + Outcome.deferred]: [1500],
    [phaseSeries(Phase.dot, 0)]: [100, 300],
    [phaseSeries(Phase.rcpt, 1)]: [700],
    [Series.tlsResumed]: [900],
    [Series.startLag]: [40],
  },
})

describe('a threshold at the end of a run', () => {
  const KNOWN: readonly (readonly [text: string, value: number | null, unit: string, ok: boolean])[] = [
    ['message.count == 90', 90, 'count', true],
    ['message.p50 < 46ms', 45.023, 'ms', true],
    ['message.p100 <= 90.05ms', 90.047, 'ms', true],
    ['message.max > 1s', 90.047, 'ms', false],
    ['message.min >= 1ms', 1, 'ms', true],
    ['message{outcome=refused}.p99 < 1s', null, 'ms', false],
    ['service{outcome=deferred}.max == 1.5ms', 1.5, 'ms', true],
    ['phase{phase=dot}.mean < 201us', 0.2, 'ms', true],
    ['phase{phase=rcpt,outcome=deferred}.max < 700us', 0.7, 'ms', false],
    ['startLag.p99 < 1ms', 0.04, 'ms', true],
    ['tls{kind=resumed}.max < 1ms', 0.9, 'ms', true],
    ['tls{kind=full}.max < 1ms', null, 'ms', false],
    ['messages == 100', 100, 'count', true],
    ['messages{outcome=dropped}.rate <= 2%', 0.02, 'share', true],
    ['accepted.rate > 0.9', 0.9, 'share', false],
    ['accepted.rate >= 0.9', 0.9, 'share', true],
    ['accepted.perSecond == 9/s', 9, 'perSecond', true],
    ['errors.rate < 3%', 0.03, 'share', false],
    ['errors.count == 3', 3, 'count', true],
    ['errors{kind=reset}.count == 5', 5, 'count', true],
    ['errors{kind=reset,verb=data}.rate < 5%', 0.04, 'share', true],
    ['errors{verb=data}.count != 6', 6, 'count', false],
    ['replies{code=451}.count == 9', 9, 'count', true],
    ['replies{code=4xx}.count == 10', 10, 'count', true],
    ['replies{verb=rcpt,code=4xx}.count == 7', 7, 'count', true],
    ['replies{verb=other}.count == 2', 2, 'count', true],
    ['sessions == 8', 8, 'count', true],
    ['sessions{outcome=lost}.rate <= 25%', 0.25, 'share', true],
    ['handshakes{kind=resumed}.rate >= 75%', 0.75, 'share', true],
    ['handshakes{kind=failed} == 0', 0, 'count', true],
    ['bytes.count == 60k', 60_000, 'octets', true],
    ['bytes{direction=out}.perSecond >= 5k/s', 5000, 'octetsPerSecond', true],
  ]
  for (const [text, value, unit, ok] of KNOWN) {
    it(text, () => {
      assert.deepEqual(judgeThreshold(parse(text), RUN), { text, value, unit, ok, abortedMs: null })
      assert.equal(unitOfThreshold(parse(text)), unit)
    })
  }

  it('has not held where nothing was measured, but nothing counted is 0', () => {
    const value = (text: string) => judgeThreshold(parse(text), figures())
    for (const text of ['message.p99 < 1s', 'errors.rate < 1%', 'handshakes{kind=resumed}.rate >= 0'])
      assert.deepEqual([value(text).value, value(text).ok], [null, false], text)
    for (const text of ['dropped == 0', 'accepted.perSecond < 1/s', 'message.count == 0'])
      assert.deepEqual([value(text).value, value(text).ok], [0, true], text)
  })

  it('is per second of the time that the figures cover, without the warm-up', () => {
    const counted = figures({ counters: { accepted: 100 }, atMs: 10_000, elapsedMs: 5000 })
    assert.equal(judgeThreshold(parse('accepted.perSecond > 1/s'), counted).value, 20)
  })
})

describe('while a run goes', () => {
  const slow = { [Series.response]: [2_000_000] }
  const broken = (text: string, known: Known) => isBroken(parse(text), figures(known))

  it('a latency, share or rate ends it when it is broken over the run so far', () => {
    assert.equal(broken('message.p99 < 1s abort', { times: slow }), true)
    assert.equal(broken('message.p99 < 3s abort', { times: slow }), false)
    assert.equal(broken('errors.rate < 1% abort', { counters: { accepted: 9, failed: 1 } }), true)
    assert.equal(broken('accepted.perSecond > 5/s abort', { counters: { accepted: 40 } }), true)
    assert.equal(broken('accepted.perSecond > 3/s abort', { counters: { accepted: 40 } }), false)
  })

  it('not before its time', () => {
    const text = 'message.p99 < 1s after 10s abort'
    assert.equal(broken(text, { times: slow, atMs: 9999 }), false)
    assert.equal(broken(text, { times: slow, atMs: 10_000 }), true)
    assert.equal(
      broken(text, { times: slow, atMs: 10_000, elapsedMs: 1000 }),
      true,
      'of the run, not of what is counted',
    )
  })

  it('not as long as nothing was measured', () => {
    assert.equal(broken('message.p99 < 1s abort', {}), false)
    assert.equal(broken('errors.rate < 1% abort', {}), false)
  })

  it('what only grows or falls ends it when nothing can mend it any more', () => {
    const counters = { accepted: 10 }
    assert.equal(broken('accepted.count >= 1000 abort', { counters }), false)
    assert.equal(broken('accepted.count > 10 abort', { counters }), false)
    assert.equal(broken('accepted.count == 11 abort', { counters }), false)
    assert.equal(broken('accepted.count == 9 abort', { counters }), true)
    assert.equal(broken('accepted.count != 10 abort', { counters }), false)
    assert.equal(broken('accepted.count < 10 abort', { counters }), true)
    assert.equal(broken('accepted.count <= 9 abort', { counters }), true)
    const times = { [Series.response]: [2_000_000] }
    assert.equal(broken('message.max < 1s abort', { times }), true)
    assert.equal(broken('message.max > 3s abort', { times }), false)
    assert.equal(broken('message.min < 1s abort', { times }), false)
    assert.equal(broken('message.min > 3s abort', { times }), true)
    assert.equal(broken('message.min == 1s abort', { times }), false)
    assert.equal(broken('message.min == 3s abort', { times }), true)
  })
})

describe('a run that is watched', () => {
  const at = (atMs: number, failed: number) => figures({ counters: { accepted: 90, failed }, atMs })

  it('is ended once, and what ended it stays broken with the figure of that moment', () => {
    const text = 'errors.rate < 5% after 2s abort'
    const judgement = new Judgement([parse('failed.count < 1k'), parse(text)])
    assert.equal(judgement.results.length, 0)
    assert.equal(judgement.look(at(1000, 10)), null)
    assert.deepEqual(
      judgement.results.map(({ ok }) => ok),
      [true, false],
    )
    const ended = { text, value: 0.1, unit: 'share', ok: false, abortedMs: 2000 }
    assert.deepEqual(judgement.look(at(2000, 10)), ended)
    assert.equal(judgement.look(at(3000, 0)), null)
    assert.deepEqual(judgement.results[1], ended)
    assert.equal(judgement.results[0]!.value, 0)
  })

  it('is not ended by a threshold that is only broken', () => {
    const judgement = new Judgement([parse('errors.rate < 5%')])
    assert.equal(judgement.look(at(5000, 50)), null)
    assert.equal(judgement.results[0]!.ok, false)
    assert.equal(judgement.look(at(6000, 1)), null)
    assert.equal(judgement.results[0]!.ok, true)
  })

  it('without thresholds has nothing to look at', () => {
    assert.equal(new Judgement([]).wanted, false)
    assert.equal(new Judgement([parse('dropped == 0')]).wanted, true)
  })
})
