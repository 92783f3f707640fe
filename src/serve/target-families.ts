/** What the watched server (`--watch`) shows to Prometheus: whoever watches hands in the figures of its last look. */
import { counter, type Family, gauge } from './families.js'

/** The server and its children together. */
export interface TargetFacts {
  /** User and system time since it was first looked at, those of children that have ended included. */
  readonly cpuSeconds: number
  readonly residentBytes: number
  readonly openFds: number
  /** Sockets of its port by TCP state, in small letters (`established`, `close_wait`). */
  readonly sockets: Readonly<Record<string, number>>
}

export function targetFamilies({ cpuSeconds, residentBytes, openFds, sockets }: TargetFacts): Family[] {
  return [
    counter('stampede_target_cpu_seconds_total', 'CPU time of the watched server and its children.', cpuSeconds),
    gauge('stampede_target_resident_bytes', 'Memory that they hold.', residentBytes),
    gauge('stampede_target_open_fds', 'Their open descriptors.', openFds),
    gauge(
      'stampede_target_sockets',
      'Sockets of the server’s port by TCP state.',
      Object.entries(sockets).map(([state, value]) => ({ labels: { state }, value })),
    ),
  ]
}
