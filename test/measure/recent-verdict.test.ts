import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Board, bucketOf } from '#src/measure/board.js'
import { LiveRun } from '#src/measure/live.js'
import { RecentVerdict } from '#src/measure/recent-verdict.js'
import { COUNTERS, Counter, Series } from '#src/measure/series.js'
import type { ArrivalPlan } from '#src/plan/arrivals.js'

const RATE = 1000
const ARRIVALS: ArrivalPlan = {
  shape: { kind: 'constant', rate: RATE },
  burst: null,
  process: 'even',
  late: 'queue',
  pace: 'exact',
}

/** A run of one worker whose seconds are told. */
function running(load: { arrivals?: ArrivalPlan | null; messages?: number; durationMs?: number } = {}) {
  const board = Board.create({ workers: 1, counters: COUNTERS.length, slots: 4, histograms: Series.count })
  const [row] = board.rows as [(typeof board.rows)[0]]
  const verdict = new RecentVerdict(
    { arrivals: ARRIVALS, messages: null, durationMs: null, sessions: 10, ...load },
    new LiveRun(board, []),
  )
  let ms = 0
  let planMs = 0
  verdict.look(ms)
  return {
    verdict,
    /** A second in which so many were accepted and the worker was so busy; sessions waited for so much of it. */
    second({ accepted = RATE, busy = 0.3, waited = 0.1, lagUs = 100, dropped = 0, scale = 1 } = {}) {
      const counters = row.counters
      counters[Counter.scheduled]! += accepted + dropped
      counters[Counter.accepted]! += accepted
      counters[Counter.dropped]! += dropped
      counters[Counter.utilisation] = busy
      counters[Counter.waitingUs]! += waited * 10 * 1e6
      counters[Counter.cpuUserNs]! += busy * 1e9
      counters[Counter.active] = 10
      for (const [series, us] of [
        [Series.response, 2000],
        [Series.service, 2000],
        [Series.startLag, lagUs],
      ] as const) {
        row.histograms[series]![1 + bucketOf(us)]! += accepted
        row.histograms[series]![0]! += accepted
      }
      ms += 1000
      planMs += 1000 * scale
      verdict.look(ms, planMs)
      return verdict.latest?.state
    },
  }
}

describe('the verdict on the last seconds', () => {
  it('is not given before there was one', () => assert.equal(running().verdict.latest, null))

  it('is clear where there is room, and saturated where there has been none for three seconds', () => {
    const { second } = running()
    assert.equal(second(), 'clear')
    second({ busy: 0.95 })
    assert.notEqual(second({ busy: 0.95 }), 'saturated')
    assert.equal(second({ busy: 0.95 }), 'saturated')
  })

  it('forgets', () => {
    const { second } = running()
    for (let i = 0; i < 5; i++) second({ busy: 0.97 })
    assert.equal(second({ busy: 0.97 }), 'saturated')
    for (let i = 0; i < 6; i++) second()
    assert.equal(second(), 'clear')
  })

  it('is saturated where the asked rate is missed and the replies were prompt', () => {
    const { second, verdict } = running()
    second({ accepted: 900 })
    assert.equal(second({ accepted: 900 }), 'saturated')
    assert.match(verdict.latest!.reason, /^asked rate missed by (10|9\.9)%/)
  })

  it('asks for what the scale asks for', () => {
    const slower = running()
    slower.second({ accepted: 500, scale: 0.5 })
    assert.equal(slower.second({ accepted: 500, scale: 0.5 }), 'clear')
    const faster = running()
    for (let i = 0; i < 7; i++) faster.second({ accepted: 1000, scale: 2 })
    assert.equal(faster.second({ accepted: 1000, scale: 2 }), 'saturated')
  })

  it('is stretched by a lag that shows beside the latency, and by what was dropped', () => {
    const late = running()
    assert.equal(late.second({ lagUs: 1500 }), 'stretched')
    const dropped = running()
    assert.equal(dropped.second({ accepted: 990, dropped: 10, waited: 0.9 }), 'stretched')
  })

  it('of a closed loop says whose limit it was', () => {
    const { second, verdict } = running({ arrivals: null })
    assert.equal(second({ waited: 0.9 }), 'clear')
    assert.equal(verdict.latest!.limit, 'server')
  })

  it('does not hold it against the rate that nothing is started any more', () => {
    const ended = running({ durationMs: 3000 })
    for (let i = 0; i < 3; i++) ended.second()
    assert.equal(ended.second({ accepted: 0 }), 'clear')
    const sent = running({ messages: 3000 })
    for (let i = 0; i < 3; i++) sent.second()
    assert.equal(sent.second({ accepted: 0 }), 'clear')
  })
})
