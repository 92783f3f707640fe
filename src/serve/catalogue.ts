/** Every metric that there is, as documentation has it: the families themselves, of a run and of a sink in which each thing happened once. */
import type { LiveFigures } from '../measure/live.js'
import { COUNTERS } from '../measure/series.js'
import type { WatchSample } from '../measure/watched.js'
import type { Family } from './families.js'
import type { RunFacts } from './run-facts.js'
import { sinkFamilies } from './sink-families.js'
import { sourceFamilies } from './source-families.js'
import { targetFamilies } from './target-families.js'

export interface MetricEntry {
  /** As it is asked for; a histogram's without `_bucket`, `_sum` and `_count`. */
  readonly name: string
  readonly type: Family['type']
  readonly labels: readonly string[]
  readonly help: string
}

const ABOUT: Omit<RunFacts, 'role'> = { version: '', node: '', run: '', target: 'smtp' }
const WORKER = { utilisation: 0, loopDelayP99Us: 0, cpuUserNs: 0, cpuSystemNs: 0 }
const ONCE = { count: 1, firstMs: 0, lastMs: 0, sample: '' }
const SERIES = { total: 1, rows: [[1]] }

const SAMPLE: WatchSample = {
  atMs: 0,
  server: {
    processes: 1,
    cpuUserMs: 0,
    cpuSystemMs: 0,
    rss: 0,
    pss: 0,
    vsz: 0,
    threads: 1,
    descriptors: { total: 0, sockets: 0, pipes: 0, files: 0, other: 0 },
    sockets: {},
    accept: { waiting: 0, limit: 0, overflows: 0 },
    switches: { voluntary: 0, involuntary: 0 },
    disk: { read: 0, written: 0 },
    cgroup: { memory: 0, cpuPressure: 0, memoryPressure: 0, ioPressure: 0 },
  },
  host: { cpu: 0, memoryUsed: 0, memoryTotal: 0, load: 0, receivedPerSecond: null, sentPerSecond: null },
}

/** What a run shows, with `--watch` too. */
export function runMetrics(): MetricEntry[] {
  const live: LiveFigures = {
    counters: () => Object.fromEntries(COUNTERS.map((name) => [name, 0])) as ReturnType<LiveFigures['counters']>,
    rows: () => SERIES,
    tables: () => ({
      replies: [{ ...ONCE, verb: 'rcpt', code: 450 }],
      errors: [{ ...ONCE, error: 'timeout', after: 'data' }],
    }),
    workers: () => [WORKER],
  }
  const threshold = { text: 'x', value: 0, unit: 'ms', ok: true, abortedMs: null } as const
  return [
    ...sourceFamilies({ ...ABOUT, role: 'source' }, live, [threshold], null),
    ...targetFamilies({ samples: [SAMPLE] }),
  ].map(entryOf)
}

/** What a sink shows. */
export function sinkMetrics(): MetricEntry[] {
  const nothing = { connections: 0, active: 0, closed: 0, quits: 0, timeouts: 0, messages: 0, recipients: 0 }
  return sinkFamilies({
    ...nothing,
    about: { ...ABOUT, role: 'sink' },
    bytesIn: 0,
    bytesOut: 0,
    replies: [{ verb: 'rcpt', code: 250, count: 1 }],
    faults: { reject: 1 },
    tls: { full: 0, resumed: 0, failed: 0 },
    auth: { ok: 0, failed: 0 },
    durations: [{ verb: 'rcpt', counts: SERIES }],
    sizes: SERIES,
    workers: [WORKER],
  }).map(entryOf)
}

function entryOf({ name, type, help, samples }: Family): MetricEntry {
  return { name, type, labels: Object.keys(samples[0]?.labels ?? {}), help }
}
