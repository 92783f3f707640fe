import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { SecondSummary } from '#src/measure/timeline.js'
import { type LineInput, toLine } from '#src/report/line.js'
import { golden } from './golden.js'

const SECOND: SecondSummary = {
  second: 40,
  durationMs: 1000,
  accepted: 4998,
  deferred: 0,
  refused: 0,
  failed: 0,
  dropped: 0,
  scheduled: 5000,
  connects: 0,
  active: 200,
  bytesOut: 0,
  bytesIn: 0,
  message: { p50: 3.1, p99: 21.4, max: 88 },
  utilisation: [0.38, 0.31],
}
const INPUT: LineInput = {
  second: SECOND,
  unit: 'messages',
  elapsedMs: 41_003,
  accepted: 204_918,
  deferred: 0,
  refused: 0,
  failed: 0,
}

test('the progress line', () => {
  const none = { ...SECOND, accepted: 0, active: 1, message: { p50: 0, p99: 0, max: 0 }, utilisation: [] }
  const lines = [
    toLine(INPUT),
    toLine({ ...INPUT, columns: 120 }),
    toLine({ ...INPUT, columns: 60 }),
    toLine({ ...INPUT, columns: 10 }),
    toLine({ ...INPUT, deferred: 371, refused: 2, failed: 7, columns: 132 }),
    toLine({ ...INPUT, deferred: 371, refused: 2, failed: 7 }),
    toLine({ ...INPUT, second: none, accepted: 0, elapsedMs: 1000 }),
    toLine({ ...INPUT, unit: 'handshakes', second: { ...SECOND, durationMs: 500 }, elapsedMs: 3_723_000 }),
  ]
  golden('lines.txt', `${lines.join('\n')}\n`)
})

test('it is ASCII, one line, and shorter than the terminal is wide', () => {
  const big = fc.nat({ max: 5_000_000_000 })
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 200 }),
      big,
      big,
      fc.double({ min: 0, max: 3.6e6, noNaN: true }),
      (columns, a, b, ms) => {
        const second = { ...SECOND, accepted: a, active: b, message: { p50: ms, p99: ms, max: ms } }
        const line = toLine({ ...INPUT, second, accepted: b, failed: a, deferred: b, elapsedMs: ms, columns })
        assert.match(line, /^[\x20-\x7e]*$/)
        assert.ok(line.length < columns)
      },
    ),
    { numRuns: 200 },
  )
})
