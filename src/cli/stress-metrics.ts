/** The machine under a stress run, second by second. */
import type { SecondSummary } from '../measure/timeline.js'
import { bytes, percent, significant } from '../report/format.js'
import type { SystemMetrics } from '../report/stress-json.js'
import { type HostSample, HostWatch } from '../watch/host.js'
import type { Companion } from './company.js'

/** Less time than this since the last look says little: the system counts CPU in hundredths of a second. */
const LEAST_MS = 500
const MEBIBYTE = 1024 * 1024

/** Looks at the host at the end of each second. */
export class StressMetrics implements Companion {
  readonly #watch = new HostWatch()
  readonly #rows: SystemMetrics[] = []
  #tells = true
  #lastMs = 0

  /** Every second so far; the last part of a run, where it is short, is left out. */
  get rows(): readonly SystemMetrics[] {
    return this.#rows
  }

  second(second: SecondSummary): void {
    const atMs = second.second * 1000 + second.durationMs
    if (atMs - this.#lastMs < LEAST_MS) return
    this.#lastMs = atMs
    const sample = this.#watch.look()
    this.#tells = sample.from === 'proc'
    this.#rows.push(rowOf(sample, second.active))
  }

  /** In a few words: means, and the highest second. */
  words(): string {
    if (this.#rows.length === 0) return 'not watched: the run was too short'
    const mean = (pick: (row: SystemMetrics) => number) =>
      this.#rows.reduce((sum, row) => sum + pick(row), 0) / this.#rows.length
    const most = (pick: (row: SystemMetrics) => number) =>
      this.#rows.reduce((high, row) => Math.max(high, pick(row)), 0)
    const words = [
      `cpu ${percent(mean((row) => row.cpu_percent) / 100)} (most ${percent(most((row) => row.cpu_percent) / 100)})`,
      `memory ${percent(most((row) => row.memory_percent) / 100)}`,
      `load ${significant(most((row) => row.load_average_1m))}`,
      this.#tells
        ? `network ${bytes(mean((row) => row.network_bytes_sent_per_second ?? 0))}/s out · ${bytes(mean((row) => row.network_bytes_received_per_second ?? 0))}/s in`
        : 'network not told by this system',
    ]
    return words.join(' · ')
  }
}

function rowOf(sample: HostSample, openConnections: number): SystemMetrics {
  const [one, five, fifteen] = sample.load
  return {
    timestamp: sample.at.toISOString(),
    cpu_percent: sample.cpu * 100,
    memory_percent: sample.memoryTotal > 0 ? (sample.memoryUsed * 100) / sample.memoryTotal : 0,
    memory_used_mb: sample.memoryUsed / MEBIBYTE,
    load_average_1m: one,
    load_average_5m: five,
    load_average_15m: fifteen,
    network_bytes_sent_per_second: sample.sentPerSecond,
    network_bytes_received_per_second: sample.receivedPerSecond,
    open_connections: openConnections,
  }
}
