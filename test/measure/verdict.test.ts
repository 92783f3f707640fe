import assert from 'node:assert/strict'
import { test } from 'node:test'
import { drainingShare, type Health, overRun, stoodAbove } from '#src/measure/health.js'
import { type JudgeInput, judge } from '#src/measure/verdict.js'

/** One worker's seconds with these utilisations. */
function worker(utilisations: readonly number[], also: Partial<Health> = {}): Health[] {
  return utilisations.map((utilisation, second) => ({
    worker: 0,
    second,
    durationMs: 1000,
    utilisation,
    loopDelayP99Us: 500,
    cpu: 0,
    draining: 0,
    backlog: 0,
    active: 100,
    ...also,
  }))
}

function steady(utilisation: number, also: Partial<Health> = {}): Health[] {
  return worker(new Array<number>(10).fill(utilisation), also)
}

/** Ten seconds at 1,000/s, answered promptly: clear. */
const OPEN: JudgeInput = {
  due: (ms) => ms,
  elapsedMs: 10_000,
  sessions: 100,
  done: 10_000,
  dropped: 0,
  health: steady(0.41),
  startLagP99Us: 200,
  messageP50Us: 3100,
  serviceP99Us: 5000,
  waitingUs: 30e6,
  outOfDescriptors: 0,
  outOfPorts: 0,
}
/** The same as fast as it went, sessions waiting 95 % of the time. */
const CLOSED: JudgeInput = { ...OPEN, due: null, waitingUs: 950e6 }

const hot = [0.4, 0.95, 0.95, 0.95, 0.4, 0.4, 0.4, 0.4, 0.4, 0.4]
const spikes = [0.4, 0.95, 0.95, 0.4, 0.95, 0.95, 0.4, 0.4, 0.4, 0.4]

const cases: [name: string, input: JudgeInput, state: string, limit: string | null, reason: string][] = [
  ['open, all well', OPEN, 'clear', null, 'busiest worker 41%, start lag p99 0.2 ms'],
  [
    'open, a lag of less than 1 ms is clear whatever the median',
    { ...OPEN, messageP50Us: 300, startLagP99Us: 999 },
    'clear',
    null,
    'busiest worker 41%, start lag p99 0.999 ms',
  ],
  [
    'open, a lag within 5 % of the median',
    { ...OPEN, messageP50Us: 100_000, startLagP99Us: 5000 },
    'clear',
    null,
    'busiest worker 41%, start lag p99 5 ms',
  ],
  [
    'open, a lag above 5 % of the median',
    { ...OPEN, messageP50Us: 100_000, startLagP99Us: 5001 },
    'stretched',
    'generator',
    'busiest worker 41%, start lag p99 5 ms',
  ],
  [
    'open, lag because sessions were all waiting',
    { ...OPEN, startLagP99Us: 500_000, waitingUs: 900e6 },
    'stretched',
    'server',
    'busiest worker 41%, start lag p99 500 ms',
  ],
  [
    'open, just below 0.70',
    { ...OPEN, health: steady(0.699) },
    'clear',
    null,
    'busiest worker 70%, start lag p99 0.2 ms',
  ],
  [
    'open, at 0.70',
    { ...OPEN, health: steady(0.7) },
    'stretched',
    'generator',
    'busiest worker 70%, start lag p99 0.2 ms',
  ],
  [
    'open, at 0.90',
    { ...OPEN, health: steady(0.9) },
    'stretched',
    'generator',
    'busiest worker 90%, start lag p99 0.2 ms',
  ],
  [
    'open, above 0.90',
    { ...OPEN, health: steady(0.91) },
    'saturated',
    'generator',
    'busiest worker 91%, start lag p99 0.2 ms',
  ],
  [
    'open, above 0.90 for three seconds running',
    { ...OPEN, health: worker(hot) },
    'saturated',
    'generator',
    'busiest worker 61%, start lag p99 0.2 ms',
  ],
  [
    'open, above 0.90 for two seconds at a time',
    { ...OPEN, health: worker(spikes) },
    'clear',
    null,
    'busiest worker 68%, start lag p99 0.2 ms',
  ],
  [
    'open, dropped while prompt',
    { ...OPEN, done: 9950, dropped: 50 },
    'stretched',
    'generator',
    '50 dropped, busiest worker 41%, start lag p99 0.2 ms',
  ],
  [
    'open, dropped because sessions were all waiting',
    { ...OPEN, done: 9000, dropped: 1000, waitingUs: 990e6 },
    'stretched',
    'server',
    '1000 dropped, busiest worker 41%, start lag p99 0.2 ms',
  ],
  [
    'open, dropped because nothing drained',
    { ...OPEN, done: 9000, dropped: 1000, waitingUs: 990e6, health: steady(0.3, { draining: 80 }) },
    'stretched',
    'network window',
    '1000 dropped, busiest worker 30%, start lag p99 0.2 ms',
  ],
  [
    'open, rate missed by less than 1 %',
    { ...OPEN, done: 9920 },
    'clear',
    null,
    'busiest worker 41%, start lag p99 0.2 ms',
  ],
  [
    'open, rate missed by more than 1 % though replies were prompt',
    { ...OPEN, done: 9700 },
    'saturated',
    'generator',
    'asked rate missed by 3.0%, busiest worker 41%, start lag p99 0.2 ms',
  ],
  [
    'open, rate missed because the server was slow',
    { ...OPEN, done: 5000, waitingUs: 990e6 },
    'clear',
    'server',
    'asked rate missed by 50%, busiest worker 41%, start lag p99 0.2 ms',
  ],
  [
    'open, the last answers are not held against the rate',
    { ...OPEN, elapsedMs: 12_000, serviceP99Us: 2_000_000, waitingUs: 400e6 },
    'clear',
    null,
    'busiest worker 41%, start lag p99 0.2 ms',
  ],
  [
    'open, one message short is rounding',
    { ...OPEN, due: (ms) => ms / 1000, done: 9 },
    'clear',
    null,
    'busiest worker 41%, start lag p99 0.2 ms',
  ],
  [
    'open, out of descriptors',
    { ...OPEN, outOfDescriptors: 3 },
    'saturated',
    'generator',
    'out of descriptors 3 times, busiest worker 41%, start lag p99 0.2 ms',
  ],
  [
    'closed, out of ports',
    { ...CLOSED, outOfPorts: 1 },
    'saturated',
    'generator',
    'out of ports once, busiest worker 41%',
  ],
  ['closed, the server', CLOSED, 'clear', 'server', 'sessions waited for replies 95% of the time, busiest worker 41%'],
  [
    'closed, the server, and not far from the generator',
    { ...CLOSED, health: steady(0.8) },
    'stretched',
    'server',
    'sessions waited for replies 95% of the time, busiest worker 80%',
  ],
  ['closed, the generator', { ...CLOSED, health: steady(0.97) }, 'saturated', 'generator', 'busiest worker 97%'],
  ['closed, at 0.90 over the run', { ...CLOSED, health: steady(0.9) }, 'saturated', 'generator', 'busiest worker 90%'],
  [
    'closed, the window',
    { ...CLOSED, health: steady(0.3, { draining: 60 }) },
    'clear',
    'network window',
    '60% of the connections were waiting to drain, busiest worker 30%',
  ],
  [
    'closed, told to wait between messages',
    { ...CLOSED, waitingUs: 5e6 },
    'clear',
    null,
    'sessions waited for replies 0.5% of the time, busiest worker 41%',
  ],
  [
    'closed, too short for a utilisation: CPU stands in',
    { ...CLOSED, elapsedMs: 300, health: worker([0], { cpu: 0.95, durationMs: 300 }) },
    'saturated',
    'generator',
    'busiest worker 95%',
  ],
  [
    'closed, nothing known of any worker',
    { ...CLOSED, health: [] },
    'clear',
    'server',
    'sessions waited for replies 95% of the time, busiest worker 0%',
  ],
  [
    'closed, no time at all',
    { ...CLOSED, elapsedMs: 0, waitingUs: 0, done: 0, health: [] },
    'clear',
    null,
    'sessions waited for replies 0% of the time, busiest worker 0%',
  ],
]

for (const [name, input, state, limit, reason] of cases) {
  test(`verdict: ${name}`, () => {
    const verdict = judge(input)
    assert.deepEqual({ state: verdict.state, limit: verdict.limit, reason: verdict.reason }, { state, limit, reason })
    assert.equal(verdict.startLagP99Us, input.startLagP99Us)
  })
}

test('the busiest of several workers decides', () => {
  const other = steady(0.95).map((row) => ({ ...row, worker: 1 }))
  const verdict = judge({ ...OPEN, health: [...steady(0.2), ...other] })
  assert.equal(verdict.state, 'saturated')
  assert.ok(Math.abs(verdict.busiest - 0.95) < 1e-9)
})

test('the mean leaves out the first and the last second of a longer run, and seconds without a figure', () => {
  const mean = (rows: Health[]) => overRun(rows)[0]!.utilisation.toFixed(3)
  assert.equal(mean(worker([0.1, 0.8, 0.6, 0.1])), '0.700')
  assert.equal(mean(worker([0.1, 0.8, 0.6])), '0.500')
  assert.equal(mean(worker([0, 0.8, 0.6])), '0.700')
  assert.equal(mean(worker([0, 0])), '0.000')
  const [long, short] = worker([0.9, 0.3])
  assert.equal(mean([long!, { ...short!, durationMs: 200 }]), '0.800')
})

test('above a limit means in seconds that follow each other', () => {
  assert.equal(stoodAbove(worker([0.95, 0.95, 0.95]), 0.9, 3), true)
  assert.equal(stoodAbove(worker([0.95, 0.9, 0.95, 0.95]), 0.9, 3), false)
  const gap = worker([0.95, 0.95, 0.95]).map((row) => ({ ...row, second: row.second * 2 }))
  assert.equal(stoodAbove(gap, 0.9, 3), false)
  assert.equal(stoodAbove(worker([0.95]), 0.9, 3), true)
  assert.equal(stoodAbove(worker([0.95, 0.5]), 0.9, 3), false)
  assert.equal(stoodAbove(worker([]), 0.9, 3), false)
  assert.equal(stoodAbove(worker([0, 0]), 0.9, 3), false)
})

test('the share of draining connections is over connections, weighed by time', () => {
  assert.equal(drainingShare(steady(0.5, { draining: 25 })), 0.25)
  assert.equal(drainingShare(steady(0.5, { active: 0, draining: 1 })), 0)
  assert.equal(drainingShare([]), 0)
})
