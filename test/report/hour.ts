/** A long run made up, second by second: fifty thousand messages a second with the ups and downs that servers have. No clock, no socket, no chance. */
import { bucketOf } from '#src/measure/board.js'
import type { Counts } from '#src/measure/counts.js'
import type { Interval } from '#src/measure/interval.js'
import { toLine, toNames } from '#src/measure/interval-line.js'
import type { RecordingLine } from '#src/measure/recording.js'
import { makeResult, type RunResult } from '#src/measure/result.js'
import { COUNTERS, Counter, Phase, phaseSeries, Series } from '#src/measure/series.js'
import { Timeline } from '#src/measure/timeline.js'
import type { SourcePlan } from '#src/plan/plan.js'
import { evenly, planOf } from '../plan/source-plan.js'

const WORKERS = 4
const SESSIONS = 200

export interface Long {
  readonly seconds: number
  readonly rate: number
}

/** Numbers in 0..1 that look like chance and are not. */
function noise(n: number): number {
  const x = Math.sin(n * 12.9898 + 4.1414) * 43_758.5453
  return x - Math.floor(x)
}

/** So many latencies around a median in microseconds, with a tail. */
function spread(total: number, medianUs: number, tail: number, salt: number): Counts {
  const tally = new Map<number, number>()
  const steps = 120
  let left = total
  for (let i = 0; i < steps && left > 0; i++) {
    const share = (i + 0.5) / steps
    // A logistic in the logarithm: most near the median, few far above it.
    const us =
      medianUs *
      Math.exp(Math.log(share / (1 - share)) * (0.16 + tail * Math.max(0, share - 0.5)) + 0.05 * noise(salt + i))
    const count = Math.min(left, i === steps - 1 ? left : Math.ceil(total / steps))
    const bucket = bucketOf(Math.max(1, Math.round(us)))
    tally.set(bucket, (tally.get(bucket) ?? 0) + count)
    left -= count
  }
  const pairs = [...tally].sort(([a], [b]) => a - b)
  return {
    buckets: Uint16Array.from(pairs, ([bucket]) => bucket),
    counts: Uint32Array.from(pairs, ([, count]) => count),
    total,
  }
}

export function longPlan({ seconds, rate }: Long): SourcePlan {
  return {
    ...planOf({
      load: { messages: null, durationMs: seconds * 1000, sessions: SESSIONS, arrivals: evenly(rate) },
      workers: WORKERS,
    }),
    target: { kind: 'inet', host: '10.0.0.5', port: 25, text: 'smtp://10.0.0.5:25' },
    seed: '7f3a',
  }
}

export function* longIntervals({ seconds, rate }: Long): Generator<Interval> {
  for (let second = 0; second < seconds; second++) {
    // Every ten minutes the queue is flushed, and once the server is restarted.
    const flush = second % 600 > 570
    const restart = Math.abs(second - seconds * 0.62) < seconds * 0.004
    const deferred = flush ? Math.round(rate * 0.012 * noise(second)) : noise(second) > 0.97 ? 40 : 0
    const failed = restart ? Math.round(rate * 0.05) : 0
    const accepted = Math.round(rate * (1 + 0.004 * (noise(second) - 0.5)) * (restart ? 0.4 : 1)) - deferred - failed
    const slow = (1 + 0.5 * Math.sin(second / 240)) * (flush ? 3.2 : 1) * (restart ? 8 : 1)
    const series: (Counts | null)[] = new Array<Counts | null>(Series.count).fill(null)
    series[Series.response] = spread(accepted, 3100 * slow, flush ? 1.4 : 0.7, second)
    series[Series.service] = spread(accepted, 3000 * slow, flush ? 1.3 : 0.6, second + 7)
    if (deferred > 0) series[Series.response + 1] = spread(deferred, 1200, 0.3, second)
    series[phaseSeries(Phase.mail, 0)] = spread(accepted + deferred, 320, 0.4, second + 1)
    series[phaseSeries(Phase.rcpt, 0)] = spread(accepted, 410, 0.5, second + 2)
    if (deferred > 0) series[phaseSeries(Phase.rcpt, 1)] = spread(deferred, 600, 0.3, second + 3)
    series[phaseSeries(Phase.data, 0)] = spread(accepted, 210, 0.4, second + 4)
    series[phaseSeries(Phase.dot, 0)] = spread(accepted, 1700 * slow, 0.8, second + 5)
    if (second === 0 || restart)
      for (const phase of [Phase.connect, Phase.greeting, Phase.ehlo])
        series[phaseSeries(phase, 0)] = spread(SESSIONS, 400 + phase * 300, 0.4, second)
    series[Series.startLag] = spread(accepted, restart ? 4000 : 60, 0.5, second + 6)
    const counters = new Float64Array(COUNTERS.length)
    const busy = 0.55 + 0.1 * Math.sin(second / 240) + (flush ? 0.12 : 0) + (restart ? 0.3 : 0)
    const set: Partial<Record<keyof typeof Counter, number>> = {
      scheduled: accepted + deferred + failed,
      accepted,
      deferred,
      failed,
      rcptAccepted: accepted,
      rcptDeferred: deferred,
      connects: second === 0 || restart ? SESSIONS : 0,
      connected: second === 0 || restart ? SESSIONS : 0,
      sessionsLost: restart ? SESSIONS : 0,
      active: restart ? 120 : SESSIONS,
      bytesOut: accepted * 4200,
      bytesIn: accepted * 140,
      backlog: restart ? 900 : 0,
      draining: flush ? 6 : 0,
      cpuUserNs: 1.1e9 * busy,
      cpuSystemNs: 1.6e9 * busy,
      tlsFull: second === 0 ? SESSIONS : restart ? 20 : 0,
      tlsResumed: restart ? SESSIONS - 20 : 0,
    }
    for (const [name, value] of Object.entries(set)) counters[Counter[name as keyof typeof Counter]] = value
    yield {
      role: 'source',
      second,
      fromMs: second * 1000,
      toMs: second * 1000 + 1000,
      counters,
      series,
      slots: [],
      gains: {
        replies: [
          ['mail', 250, accepted + deferred, second * 1000 + 999],
          ['rcpt', 250, accepted, second * 1000 + 999],
          ...(deferred > 0 ? [['rcpt', 451, deferred, second * 1000 + 990] as const] : []),
          ['data', 354, accepted, second * 1000 + 999],
          ['dot', 250, accepted, second * 1000 + 999],
        ],
        errors: failed > 0 ? [['connection reset', 'data', failed, second * 1000 + 900]] : [],
      },
      health: Array.from({ length: WORKERS }, (_, worker) => ({
        worker,
        second,
        durationMs: 1000,
        utilisation: Math.min(0.99, busy + 0.05 * (noise(second * 4 + worker) - 0.5)),
        loopDelayP99Us: Math.round(900 + 4000 * noise(second + worker) * busy),
        cpu: busy * 0.95,
        draining: 0,
        backlog: 0,
        active: SESSIONS / WORKERS,
      })),
    }
  }
}

/** Everything that a report is made from. */
export function longRun(long: Long): {
  readonly result: RunResult
  readonly timeline: Timeline
  readonly plan: SourcePlan
} {
  const timeline = new Timeline()
  for (const interval of longIntervals(long)) timeline.add(interval)
  const plan = longPlan(long)
  return { result: resultOf(long, timeline, plan), timeline, plan }
}

function resultOf({ seconds }: Long, timeline: Timeline, plan: SourcePlan): RunResult {
  const rows = (verb: string, code: number, count: number, sample: string) => ({
    verb,
    code,
    count,
    firstMs: 1,
    lastMs: seconds * 1000 - 1,
    sample,
  })
  const { counters } = timeline
  return makeResult({
    plan,
    timeline,
    counters,
    tables: {
      replies: [
        rows('mail', 250, counters[Counter.accepted]! + counters[Counter.deferred]!, '2.1.0 Ok'),
        rows('rcpt', 250, counters[Counter.accepted]!, '2.1.5 Ok'),
        rows('rcpt', 451, counters[Counter.deferred]!, '4.7.1 Greylisted, try again'),
        rows('data', 354, counters[Counter.accepted]!, 'End data with <CR><LF>.<CR><LF>'),
        rows('dot', 250, counters[Counter.accepted]!, '2.0.0 Ok: queued'),
      ],
      errors: [
        {
          error: 'connection reset',
          after: 'data',
          count: counters[Counter.failed]!,
          firstMs: 1000,
          lastMs: 2000,
          sample: 'ECONNRESET',
        },
      ],
    },
    elapsedMs: seconds * 1000,
    cpu: { userMs: seconds * 700, systemMs: seconds * 1000 },
    ...ABOUT,
    startedAt: new Date(ABOUT.startedAt),
    notes: [],
  })
}

const ABOUT = {
  version: '0.1.0',
  node: 'v20.12.0',
  host: 'bench',
  startedAt: '2026-01-02T03:04:05.000Z',
  again: 'stampede source --seed 7f3a --rate 50k/s -s 200 --duration 1h smtp://10.0.0.5:25',
} as const

/** The same as the lines of a recording. */
export function* longLines(long: Long): Generator<RecordingLine> {
  const plan = longPlan(long)
  yield { kind: 'header', schemaVersion: 1, ...ABOUT, seed: plan.seed, tags: {}, plan }
  const { result, timeline } = longRun(long)
  for (const { count: _, lastMs: __, ...row } of result.replies) yield { kind: 'reply', ...row }
  for (const { count: _, lastMs: __, ...row } of result.errors) yield { kind: 'error', ...row }
  for (const interval of longIntervals(long)) yield toLine(interval, interval.gains!)
  yield {
    kind: 'end',
    elapsedMs: result.elapsedMs,
    cpu: result.cpu,
    counters: toNames(timeline.counters),
    mischief: { startedMs: null, told: [] },
  }
  yield { kind: 'summary', result: result.toJSON() }
}
