/** The vital signs of this host from one look to the next. */
import { monotonicMs } from '../base/clock.js'
import { type HostReading, readHost } from './host-reading.js'

/** What the host did between two looks. */
export interface HostSample {
  readonly from: HostReading['from']
  /** Wall clock at the later look. */
  readonly at: Date
  readonly durationMs: number
  /** All CPUs together, 0..1. */
  readonly cpu: number
  /** At the later look, octets. */
  readonly memoryUsed: number
  readonly memoryTotal: number
  readonly load: HostReading['load']
  /** Octets per second through all interfaces, loopback included; null: this system does not tell. */
  readonly receivedPerSecond: number | null
  readonly sentPerSecond: number | null
}

/** Looks at the host whenever it is asked to. */
export class HostWatch {
  #last: HostReading
  #lastMs: number

  constructor() {
    this.#last = readHost()
    this.#lastMs = monotonicMs()
  }

  /** What came about since the last look, or since this was made. */
  look(): HostSample {
    const reading = readHost()
    const now = monotonicMs()
    const sample = sampleBetween(this.#last, reading, now - this.#lastMs, new Date())
    this.#last = reading
    this.#lastMs = now
    return sample
  }
}

/** Two readings to what lies between them. Counters that fell (an interface is gone) count as nothing. */
export function sampleBetween(before: HostReading, after: HostReading, durationMs: number, at: Date): HostSample {
  const total = after.cpuTotal - before.cpuTotal
  const perSecond = (name: 'received' | 'sent') =>
    before.network === null || after.network === null || durationMs <= 0
      ? null
      : (Math.max(0, after.network[name] - before.network[name]) * 1000) / durationMs
  return {
    from: after.from,
    at,
    durationMs,
    cpu: total > 0 ? Math.min(1, Math.max(0, (after.cpuBusy - before.cpuBusy) / total)) : 0,
    memoryUsed: after.memoryUsed,
    memoryTotal: after.memoryTotal,
    load: after.load,
    receivedPerSecond: perSecond('received'),
    sentPerSecond: perSecond('sent'),
  }
}
