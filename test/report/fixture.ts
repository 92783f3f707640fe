/** Results written by hand, so that what is printed can be checked by eye. */
import type { Histogram } from 'hdr-histogram-js'
import { histogramOfCounts, newHistogram } from '#src/measure/histogram.js'
import type { Result } from '#src/measure/result.js'
import type { Use } from '#src/measure/use.js'

/** A histogram of `[microseconds, count]` pairs. */
export function histogram(...pairs: readonly (readonly [us: number, count: number])[]): Histogram {
  const made = newHistogram()
  for (const [us, count] of pairs) made.recordValueWithCount(us, count)
  return made
}

const shape = [
  [3100, 60_000],
  [6800, 35_000],
  [21_400, 4800],
  [88_000, 180],
  [201_000, 18],
  [240_000, 2],
] as const

const USE: Use = {
  generator: {
    utilisation: { loop: 0.41, cpu: 0.38, cpus: 0.05 },
    saturation: { startLagP99Ms: 0.2, backlog: { mean: 0, most: 0 }, draining: 0, dropped: 0 },
    errors: [],
  },
  server: {
    utilisation: null,
    saturation: {
      acceptWait: { meanMs: 0.1, p50Ms: 0, p99Ms: 1.49 },
      acceptQueue: null,
      runQueue: null,
      pressure: null,
      deferred: 412,
      deferredShare: 0.00137,
    },
    errors: [
      { kind: 'refused (5xx)', count: 18 },
      { kind: 'connection reset', count: 7 },
      { kind: 'connect timeout', count: 1 },
    ],
  },
}

/** An open loop with a few refusals and failures. */
export const OPEN: Result = {
  schemaVersion: 1,
  role: 'source',
  unit: 'messages',
  version: '0.1.0',
  node: 'v20.12.0',
  host: 'bench',
  startedAt: '2026-01-02T03:04:05.000Z',
  target: 'smtp://10.0.0.5:25',
  seed: '7f3a',
  tags: {},
  again: 'stampede source --seed 7f3a --rate 5k/s -s 200 --duration 60s smtp://10.0.0.5:25',
  elapsedMs: 60_020,
  workers: 4,
  messages: {
    asked: 300_000,
    scheduled: 300_000,
    accepted: 299_563,
    deferred: 412,
    refused: 18,
    failed: 7,
    dropped: 0,
    retried: 0,
    perSecond: 4991.05,
  },
  recipients: { accepted: 299_563, deferred: 412, refused: 18 },
  sessions: { asked: 200, connects: 203, connected: 203, done: 200, lost: 3 },
  bytes: { out: 1_280_000_000, in: 41_200_000 },
  tls: null,
  auth: null,
  cpu: { userMs: 930, systemMs: 2010, perMessageUs: 9.8 },
  latency: [
    { name: 'response', outcome: 'accepted', histogram: histogram(...shape) },
    { name: 'response', outcome: 'deferred', histogram: histogram([900, 400], [1200, 12]) },
    { name: 'service', outcome: 'accepted', histogram: histogram([3000, 99_999], [9_999_600, 1]) },
    { name: 'connect', outcome: 'accepted', histogram: histogram([410, 200], [1900, 3]) },
    { name: 'rcpt', outcome: 'accepted', histogram: histogram([52, 299_000]) },
    { name: 'rcpt', outcome: 'refused', histogram: histogram([7, 18]) },
    { name: 'dot', outcome: 'accepted', histogram: histogram([1600, 299_563]) },
  ],
  startLag: histogram([200, 1000]),
  replies: [
    { verb: 'mail', code: 250, count: 300_000, firstMs: 3, lastMs: 60_000, sample: '2.1.0 Ok' },
    { verb: 'rcpt', code: 451, count: 412, firstMs: 12_100, lastMs: 44_900, sample: '4.7.1 Greylisted, try again' },
    { verb: 'dot', code: 554, count: 18, firstMs: 840, lastMs: 9210, sample: 'no' },
    { verb: 'other', code: 0, count: 3, firstMs: 1, lastMs: 2, sample: '' },
  ],
  errors: [
    { error: 'connection reset', after: 'data', count: 7, firstMs: 31_000, lastMs: 31_400, sample: '' },
    { error: 'connect timeout', after: 'connect', count: 1, firstMs: 100, lastMs: 100, sample: 'ETIMEDOUT' },
  ],
  health: [0, 1].map((worker) => ({
    worker,
    second: 0,
    durationMs: 1000,
    utilisation: 0.4,
    loopDelayP99Us: 1500,
    cpu: 0.38,
    draining: 0,
    backlog: 0,
    active: 100,
  })),
  generator: {
    state: 'clear',
    limit: null,
    reason: 'busiest worker 41%, start lag p99 0.2 ms',
    busiest: 0.41,
    startLagP99Us: 200,
  },
  mischief: null,
  baseline: null,
  watched: null,
  use: USE,
  notes: ['worker 3 ended early; what it had counted is included'],
  thresholds: [],
  passed: false,
}

/** A closed loop in which all went well, in 4 seconds, a connection for each message. */
export const CLOSED: Result = {
  ...OPEN,
  again: 'stampede source --seed 7f3a --per-session 1 -m 20000 smtp://127.0.0.1:2525',
  elapsedMs: 4213,
  messages: {
    ...OPEN.messages,
    asked: 20_000,
    scheduled: 20_000,
    accepted: 20_000,
    deferred: 0,
    refused: 0,
    failed: 0,
    perSecond: 4747.2,
  },
  recipients: { accepted: 100_000, deferred: 0, refused: 0 },
  sessions: { asked: 100, connects: 20_002, connected: 20_000, done: 20_000, lost: 0 },
  cpu: { userMs: 412, systemMs: 800, perMessageUs: 60.6 },
  latency: OPEN.latency.filter((row) => row.outcome === 'accepted').slice(1, 3),
  startLag: histogramOfCounts([]),
  replies: OPEN.replies.slice(0, 1),
  errors: [],
  generator: {
    state: 'saturated',
    limit: 'generator',
    reason: 'busiest worker 97%',
    busiest: 0.97,
    startLagP99Us: 0,
  },
  use: {
    generator: { ...USE.generator, utilisation: { loop: 0.97, cpu: 0.96, cpus: 0.29 } },
    server: {
      ...USE.server,
      saturation: { ...USE.server.saturation, deferred: 0, deferredShare: 0 },
      errors: [],
    },
  },
  mischief: null,
  notes: [],
  passed: true,
}

/** Sessions that stop after the greeting; nothing timed. */
export const HANDSHAKES: Result = {
  ...CLOSED,
  unit: 'handshakes',
  again: '',
  elapsedMs: 830,
  messages: { ...CLOSED.messages, asked: null, scheduled: 5000, accepted: 5000, perSecond: 6024.1 },
  recipients: { accepted: 0, deferred: 0, refused: 0 },
  sessions: { asked: 100, connects: 90, connected: 88, done: 0, lost: 2 },
  bytes: { out: 0, in: 999_600 },
  tls: null,
  auth: null,
  latency: [],
  generator: {
    state: 'stretched',
    limit: 'server',
    reason: 'sessions waited for replies 95% of the time, busiest worker 80%',
    busiest: 0.8,
    startLagP99Us: 0,
  },
}
