/** The picture of a run under way: golden files at three sizes, and that it never leaves its terminal. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { stripVTControlCharacters } from 'node:util'
import fc from 'fast-check'
import { liveFrame } from '#src/report/live-frame.js'
import type { LiveState } from '#src/report/live-state.js'
import { golden } from './golden.js'

const STATE: LiveState = {
  verb: 'source',
  target: 'smtp://10.0.0.5:25',
  load: 'open loop 5k/s',
  unit: 'messages',
  sessions: 200,
  workers: 4,
  elapsedMs: 41_000,
  durationMs: 60_000,
  done: 0.683,
  stage: '',
  state: 'clear',
  asked: 5000,
  sent: 4998,
  accepted: 4991,
  dropped: 0,
  backlog: 0,
  rates: Array.from({ length: 41 }, (_, i) => Math.min(5000, 500 * (i + 1)) - (i % 3) * 40),
  p99s: Array.from({ length: 41 }, (_, i) => (i === 13 ? 60_000 : 21_000 + (i % 5) * 300)),
  latency: { p50: 3100, p90: 6800, p99: 21_400, p999: 88_000 },
  maxUs: 240_000,
  phases: [
    { name: 'connect', p50: 400, p99: 1900, max: 12_000, past: true },
    { name: 'mail', p50: 300, p99: 1100, max: 9000, past: false },
    { name: 'dot', p50: 1600, p99: 14_800, max: 201_000, past: false },
  ],
  replies: [
    { name: '2xx', now: 14_973, total: 613_902, kind: 'good' },
    { name: '451 4.7.1 rcpt', now: 9, total: 371, kind: 'deferred' },
    { name: 'connection reset (data)', now: 0, total: 7, kind: 'bad' },
    { name: 'timeout (dot)', now: 0, total: 2, kind: 'bad' },
  ],
  active: 200,
  connects: 12,
  bytesOut: 21_300_000,
  utilisation: [0.38, 0.41, 0.4, 0.39],
  thresholds: [
    { text: 'message.p99 < 50ms', ok: true, value: '21.4 ms' },
    { text: 'errors.rate < 0.1%', ok: false, value: '0.2 %' },
  ],
  keys: 'q stop  +/- rate  ? help',
  help: null,
}

test('three sizes of terminal', () => {
  const sizes = [
    [80, 24],
    [200, 50],
    [40, 12],
  ] as const
  const frames = sizes.map(([columns, rows]) => {
    const lines = liveFrame(STATE, { columns, rows, depth: 1, unicode: true })
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
  golden('live-ascii.txt', `${liveFrame(state, { columns: 80, rows: 24, depth: 1, unicode: false }).join('\n')}\n`)
})

test('colour changes nothing but colour', () => {
  const options = { columns: 80, rows: 24, unicode: true }
  const plain = liveFrame(STATE, { ...options, depth: 1 })
  for (const [depth, red] of [
    [4, '31'],
    [8, '38;5;167'],
    [24, '38;2;220;76;70'],
  ] as const) {
    const colored = liveFrame(STATE, { ...options, depth })
    assert.deepEqual(colored.map(stripVTControlCharacters), plain)
    assert.ok(colored.join('\n').includes(`\x1b[${red}m✗`))
  }
})

test('what is not the usual is said: late, dropped, warming up, no verdict yet, a rate that was changed', () => {
  const state: LiveState = {
    ...STATE,
    load: 'open loop 5k/s at 121%',
    stage: 'warm-up',
    state: null,
    dropped: 12,
    backlog: 340,
    thresholds: [{ text: 'message.p99 < 50ms', ok: null, value: 'nothing yet' }],
    unit: 'handshakes',
  }
  const text = liveFrame(state, { columns: 100, rows: 30, depth: 1, unicode: true }).join('\n')
  for (const words of ['at 121%', 'warm-up', 'generator: …', 'dropped 12', 'late 340', '… message.p99', 'handshakes/s'])
    assert.ok(text.includes(words), `${words} in\n${text}`)
})

test('ASCII only where there is nothing else, also in what a target is called', () => {
  const state = { ...STATE, target: 'smtp://münchen.example:25\x1b[2J' }
  const lines = liveFrame(state, { columns: 120, rows: 40, depth: 1, unicode: false })
  for (const line of lines) assert.match(line, /^[\x20-\x7e]*$/)
  assert.ok(lines[0]!.includes('m?nchen.example:25?[2J'))
})

test('help takes the place of the tables', () => {
  const text = liveFrame({ ...STATE, help: ['q   stop'] }, { columns: 80, rows: 24, depth: 1, unicode: true }).join(
    '\n',
  )
  assert.ok(text.includes('q   stop') && !text.includes('phase  '))
})

test('never wider or higher than the terminal', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 260 }),
      fc.integer({ min: 1, max: 70 }),
      fc.constantFrom(1 as const, 4 as const, 24 as const),
      fc.integer({ min: 0, max: 41 }),
      fc.boolean(),
      (columns, rows, depth, seconds, unicode) => {
        const state = { ...STATE, rates: STATE.rates.slice(0, seconds), p99s: STATE.p99s.slice(0, seconds) }
        const lines = liveFrame(state, { columns, rows, depth, unicode }).map(stripVTControlCharacters)
        assert.ok(lines.length <= rows)
        for (const line of lines) assert.ok(line.length <= columns, `${line.length} > ${columns}: ${line}`)
      },
    ),
    { numRuns: 400 },
  )
})
