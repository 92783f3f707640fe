/** The picture of a run under way: golden files at three sizes, and that it never leaves its terminal. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { stripVTControlCharacters } from 'node:util'
import fc from 'fast-check'
import { type LiveState, liveFrame } from '#src/report/live-frame.js'
import { golden } from './golden.js'

const STATE: LiveState = {
  verb: 'source',
  target: 'smtp://10.0.0.5:25',
  load: 'open loop 5k/s',
  sessions: 200,
  workers: 4,
  elapsedMs: 41_000,
  durationMs: 60_000,
  done: 0.683,
  state: 'clear',
  asked: 5000,
  sent: 4998,
  accepted: 4991,
  rates: Array.from({ length: 41 }, (_, i) => Math.min(5000, 500 * (i + 1)) - (i % 3) * 40),
  p99s: Array.from({ length: 41 }, (_, i) => (i === 13 ? 60_000 : 21_000 + (i % 5) * 300)),
  latency: { p50: 3100, p90: 6800, p99: 21_400, p999: 88_000 },
  maxUs: 240_000,
  phases: [
    { name: 'connect', p50: 400, p99: 1900, max: 12_000 },
    { name: 'mail', p50: 300, p99: 1100, max: 9000 },
    { name: 'dot', p50: 1600, p99: 14_800, max: 201_000 },
  ],
  replies: [
    { name: '2xx', now: 14_973, total: 613_902 },
    { name: '451 4.7.1 after RCPT', now: 9, total: 371 },
    { name: 'connection reset', now: 0, total: 7 },
    { name: 'timeout', now: 0, total: 2 },
  ],
  active: 200,
  connects: 12,
  bytesOut: 21_300_000,
  utilisation: [0.38, 0.41, 0.4, 0.39],
  thresholds: [
    { text: 'message.p99 < 50ms', ok: true, value: '21.4 ms' },
    { text: 'errors.rate < 0.1%', ok: false, value: '0.2 %' },
  ],
  keys: 'q stop  +/- rate',
}

test('three sizes of terminal', () => {
  const sizes = [
    [80, 24],
    [200, 50],
    [40, 12],
  ] as const
  const frames = sizes.map(([columns, rows]) => {
    const lines = liveFrame(STATE, { columns, rows, color: false, unicode: true })
    return `${columns} × ${rows}\n${lines.join('\n')}\n`
  })
  golden('live.txt', frames.join('\n'))
})

test('a closed loop at its beginning, in ASCII', () => {
  const state: LiveState = {
    ...STATE,
    load: 'closed loop',
    durationMs: null,
    done: null,
    asked: null,
    rates: [],
    p99s: [],
    latency: null,
    phases: [],
    replies: [],
    thresholds: [],
    keys: 'q stop',
  }
  golden('live-ascii.txt', `${liveFrame(state, { columns: 80, rows: 24, color: false, unicode: false }).join('\n')}\n`)
})

test('colour changes nothing but colour', () => {
  const options = { columns: 80, rows: 24, unicode: true }
  const colored = liveFrame(STATE, { ...options, color: true })
  assert.deepEqual(colored.map(stripVTControlCharacters), liveFrame(STATE, { ...options, color: false }))
  assert.match(colored.join('\n'), /\x1b\[31m✗/)
})

test('never wider or higher than the terminal', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 220 }),
      fc.integer({ min: 1, max: 60 }),
      fc.boolean(),
      (columns, rows, color) => {
        const lines = liveFrame(STATE, { columns, rows, color, unicode: true }).map(stripVTControlCharacters)
        assert.ok(lines.length <= rows)
        for (const line of lines) assert.ok(line.length <= columns, `${line.length} > ${columns}: ${line}`)
      },
    ),
    { numRuns: 300 },
  )
})
