/** An interval as a line of a recording: what comes back is what went in. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { bucketOf, HISTOGRAM_MAX_US } from '#src/measure/board.js'
import type { Counts } from '#src/measure/counts.js'
import type { Interval } from '#src/measure/interval.js'
import { fromLine, type IntervalLine, SERIES_NAMES, toLine } from '#src/measure/interval-line.js'
import { COUNTERS, Series } from '#src/measure/series.js'

const arbitraryCounts: fc.Arbitrary<Counts> = fc
  .uniqueArray(fc.tuple(fc.nat(bucketOf(HISTOGRAM_MAX_US)), fc.integer({ min: 1, max: 0xffff_ffff })), {
    selector: ([bucket]) => bucket,
    minLength: 1,
    maxLength: 40,
  })
  .map((pairs) => {
    const sorted = pairs.sort((a, b) => a[0] - b[0])
    return {
      buckets: Uint16Array.from(sorted, ([bucket]) => bucket),
      counts: Uint32Array.from(sorted, ([, count]) => count),
      total: sorted.reduce((sum, [, count]) => sum + count, 0),
    }
  })

const arbitraryInterval: fc.Arbitrary<Interval> = fc
  .record({
    second: fc.nat(100_000),
    counters: fc.array(fc.nat(), { minLength: COUNTERS.length, maxLength: COUNTERS.length }),
    series: fc.dictionary(fc.nat(Series.count - 1).map(String), arbitraryCounts, { maxKeys: 6 }),
  })
  .map(({ second, counters, series }) => ({
    role: 'source' as const,
    second,
    fromMs: second * 1000,
    toMs: second * 1000 + 1001.5,
    counters: Float64Array.from(counters),
    series: SERIES_NAMES.map((_, i) => series[String(i)] ?? null),
    slots: [],
    health: [
      {
        worker: 0,
        second,
        durationMs: 1001.5,
        utilisation: 0.5,
        loopDelayP99Us: 12,
        cpu: 0.25,
        draining: 1,
        backlog: 0,
        active: 3,
      },
    ],
  }))

describe('an interval as a line', () => {
  it('comes back as it was', () => {
    fc.assert(
      fc.property(arbitraryInterval, (interval) => {
        const gains = { replies: [['mail', 250, 3, 17] as const], errors: [] }
        const text = JSON.stringify(toLine(interval, gains))
        assert.deepEqual(fromLine(JSON.parse(text) as IntervalLine), { ...interval, gains })
      }),
      { numRuns: 60 },
    )
  })

  it('has a name of its own for every series', () => {
    assert.equal(new Set(SERIES_NAMES).size, Series.count)
    assert.ok(SERIES_NAMES.every((name) => name !== ''))
  })

  it('of a later version gives what is known here', () => {
    const line = { kind: 'interval', second: 1, fromMs: 1000, toMs: 2000, counters: { accepted: 5, newFigure: 7 } }
    const interval = fromLine({ ...line, series: { 'new series': 'x' }, replies: [], errors: [], health: [] } as never)
    assert.equal(interval.counters[COUNTERS.indexOf('accepted')], 5)
    assert.ok(interval.series.every((counts) => counts === null))
  })
})
