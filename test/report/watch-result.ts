import { findingOfSamples } from '#src/measure/leak-watch.js'
import type { WatchEvent, WatchSample } from '#src/measure/watched.js'
import type { WatchResult } from '#src/report/watch-text.js'

export interface WatchParts {
  readonly seconds?: number
  /** Octets that stay with each second. */
  readonly leak?: number
  readonly events?: readonly WatchEvent[]
  readonly about?: string
  readonly notes?: readonly string[]
}

/** What watching a server comes to that takes 40 ms of CPU each second, with leaks looked for. */
export function watchResult({ seconds = 60, leak = 0, events = [], about, notes = [] }: WatchParts = {}): WatchResult {
  const deadMs = events.find(({ kind }) => kind === 'died')?.atMs ?? Number.POSITIVE_INFINITY
  const samples = Array.from({ length: seconds + 1 }, (_, i): WatchSample => {
    const open = 20 + (i % 3)
    return {
      atMs: i * 1000,
      server:
        i * 1000 > deadMs
          ? null
          : {
              processes: 2,
              cpuUserMs: i * 30,
              cpuSystemMs: i * 10,
              rss: 80e6 + i * leak,
              pss: null,
              vsz: 900e6,
              threads: 3,
              descriptors: { total: open + 5, sockets: open, pipes: 1, files: 4, other: 0 },
              sockets: { ESTABLISHED: open - 1, LISTEN: 1 },
              accept: { waiting: 0, limit: 128, overflows: 0 },
              switches: { voluntary: i, involuntary: 0 },
              disk: null,
              cgroup: null,
            },
      host: { cpu: 0.25, memoryUsed: 1e9, memoryTotal: 4e9, load: 1, receivedPerSecond: 10, sentPerSecond: null },
    }
  })
  return {
    schemaVersion: 1,
    role: 'watch',
    version: '1',
    node: 'v20',
    host: 'here',
    startedAt: '2026-01-01T00:00:00.000Z',
    elapsedMs: seconds * 1000,
    watched: { target: ':25', about: about ?? 'smtpd (process 7), port 25', cores: 2, samples, events },
    notes,
    leaks: [findingOfSamples(samples)],
  }
}

/** Its recording. */
export function watchLines({ watched, notes, leaks, ...about }: WatchResult): string[] {
  const { version, node, host, startedAt, elapsedMs } = about
  const { samples, events, ...whom } = watched
  return [
    { kind: 'watch-header', schemaVersion: 1, version, node, host, startedAt, intervalMs: 1000, leaks: !!leaks },
    { kind: 'watching', ...whom },
    ...samples.map((sample) => ({ kind: 'watch', ...sample })),
    ...events.map((event) => ({ kind: 'happened', event })),
    ...notes.map((text) => ({ kind: 'note', text })),
    { kind: 'watch-end', elapsedMs },
  ].map((line) => `${JSON.stringify(line)}\n`)
}
