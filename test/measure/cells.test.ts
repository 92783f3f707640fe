import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Cells } from '#src/measure/cells.js'
import type { Interval } from '#src/measure/interval.js'
import { COUNTERS, Counter, Series } from '#src/measure/series.js'
import type { WatchedServer } from '#src/measure/watched.js'
import { countsOfValues } from './made-cells.js'

function interval(second: number, accepted: number, ms = 1000): Interval {
  const counters = new Float64Array(COUNTERS.length)
  counters[Counter.accepted] = accepted
  counters[Counter.active] = 7
  counters[Counter.utilisation] = 0.25
  const series = new Array(Series.count).fill(null)
  series[Series.response] = countsOfValues(Array(accepted).fill(1000 + second))
  return {
    role: 'source',
    second,
    fromMs: second * 1000,
    toMs: second * 1000 + ms,
    counters,
    series,
    slots: [],
    health: [],
  }
}

const server = (cpuMs: number, rss: number) => ({ server: { cpuUserMs: cpuMs, cpuSystemMs: 1, rss } as WatchedServer })
const accepted = (cells: Cells) => cells.all(null).map(({ counters }) => counters[Counter.accepted])

test('a cell a second; gauges are left out, and what is due follows the schedule', () => {
  const cells = new Cells()
  for (let second = 3; second < 6; second++) cells.add(interval(second, second))
  assert.deepEqual(accepted(cells), [3, 4, 5])
  const [first] = cells.all((ms) => ms / 100)
  assert.deepEqual([first!.second, first!.ms, first!.busyMs, first!.due], [3, 1000, 250, 10])
  assert.equal(first!.counters[Counter.active], 0)
  assert.equal(new Cells().all(null).length, 0)
})

test('a last second that was cut off is left out, one that is nearly whole is not', () => {
  const cells = new Cells()
  cells.add(interval(0, 10))
  cells.add(interval(1, 4, 400))
  assert.deepEqual(accepted(cells), [10])
  cells.add(interval(2, 9, 950))
  // What came before the last is whole, however short: the main thread read twice in that second.
  assert.deepEqual(accepted(cells), [10, 4, 9])
})

test('two looks at one second are one cell', () => {
  const cells = new Cells()
  cells.add(interval(0, 1, 1))
  cells.add(interval(0, 2, 999))
  cells.add(interval(1, 5))
  assert.deepEqual(accepted(cells), [3, 5])
  assert.equal(cells.all(null)[0]!.ms, 1000)
})

test('a long run has wider cells, and nothing is lost', () => {
  const cells = new Cells(16)
  let most = 0
  for (let second = 100; second < 1100; second++) {
    cells.add(interval(second, second % 7))
    most = Math.max(most, cells.all(null).length)
  }
  assert.ok(most <= 18, `${most} cells`)
  assert.ok(cells.all(null).length > 8, `${cells.all(null).length} cells`)
  const sum = Array.from({ length: 1000 }, (_, i) => (100 + i) % 7).reduce((all, one) => all + one, 0)
  assert.equal(
    accepted(cells).reduce((all, one) => all! + one!, 0),
    sum,
  )
  assert.equal(
    cells.all(null).reduce((all, { series }) => all + series[Series.response]!.total, 0),
    sum,
  )
  assert.equal(
    cells.all(null).reduce((all, { ms }) => all + ms, 0),
    1_000_000,
  )
})

test('the watched server: what its CPU grew by, and its memory averaged', () => {
  const cells = new Cells()
  cells.watched(server(100, 5000))
  cells.add(interval(0, 1))
  cells.watched(server(130, 7000))
  cells.add(interval(1, 1))
  // It was started anew: its sum begins again, and what it used between is not known.
  cells.watched({ server: null })
  cells.watched(server(5, 1000))
  cells.add(interval(2, 1))
  assert.deepEqual(
    cells.all(null).map(({ server }) => server),
    [
      { cpuMs: 0, rss: 5000, samples: 1 },
      { cpuMs: 30, rss: 7000, samples: 1 },
      { cpuMs: 0, rss: 1000, samples: 1 },
    ],
  )
})
