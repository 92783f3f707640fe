/** What `stampede stress --output` writes: the keys that users of that set of flags read. Times in seconds, shares in percent. */
import type { ErrorRow, ReplyRow, Result } from '../measure/result.js'

/** One second of the run. */
export interface SystemMetrics {
  /** ISO 8601. */
  readonly timestamp: string
  /** All CPUs of the machine together, 0..100. */
  readonly cpu_percent: number
  readonly memory_percent: number
  /** Mebibytes. */
  readonly memory_used_mb: number
  readonly load_average_1m: number
  readonly load_average_5m: number
  readonly load_average_15m: number
  /** Octets per second through all interfaces, loopback included; null where the system does not tell. */
  readonly network_bytes_sent_per_second: number | null
  readonly network_bytes_received_per_second: number | null
  /** Connections of the run at the end of the second. */
  readonly open_connections: number
}

/** The document. */
export interface StressDocument {
  /** Options by their names; secrets masked. */
  readonly config: Readonly<Record<string, string | number | boolean | null>>
  /** ISO 8601. */
  readonly start_time: string
  readonly end_time: string
  readonly total_duration: number
  /** Messages that came to an end, good or bad. */
  readonly total_emails_sent: number
  /** Accepted ones, and all others. */
  readonly successful_emails: number
  readonly failed_emails: number
  readonly success_rate: number
  /** Of `total_emails_sent`. */
  readonly emails_per_second: number
  /** From the first octet of an accepted message to its acceptance; 0 where there was none. */
  readonly min_response_time: number
  readonly max_response_time: number
  readonly avg_response_time: number
  readonly percentile_50: number
  readonly percentile_95: number
  readonly percentile_99: number
  /** How often each negative reply came, and each way for a conversation to fail. */
  readonly error_counts: Readonly<Record<string, number>>
  readonly system_metrics: readonly SystemMetrics[]
}

/** Accepted messages among those that came to an end, in percent; 0 where none did. */
function successRate({ messages }: Pick<Result, 'messages'>): number {
  const ended = messages.accepted + messages.deferred + messages.refused + messages.failed
  return ended === 0 ? 0 : (messages.accepted * 100) / ended
}

/** Puts the document together. */
export function toStressDocument(
  result: Result,
  config: StressDocument['config'],
  metrics: readonly SystemMetrics[],
): StressDocument {
  const { accepted, deferred, refused, failed } = result.messages
  const seconds = result.elapsedMs / 1000
  const ended = accepted + deferred + refused + failed
  const response = result.latency.find((row) => row.name === 'response' && row.outcome === 'accepted')?.histogram
  const at = (percentile: number) => (response === undefined ? 0 : response.getValueAtPercentile(percentile) / 1e6)
  return {
    config,
    start_time: result.startedAt,
    end_time: new Date(Date.parse(result.startedAt) + result.elapsedMs).toISOString(),
    total_duration: seconds,
    total_emails_sent: ended,
    successful_emails: accepted,
    failed_emails: ended - accepted,
    success_rate: successRate(result),
    emails_per_second: seconds > 0 ? ended / seconds : 0,
    min_response_time: at(0),
    max_response_time: at(100),
    avg_response_time: response === undefined ? 0 : response.mean / 1e6,
    percentile_50: at(50),
    percentile_95: at(95),
    percentile_99: at(99),
    error_counts: errorCounts(result.replies, result.errors),
    system_metrics: metrics,
  }
}

function errorCounts(replies: readonly ReplyRow[], errors: readonly ErrorRow[]): Record<string, number> {
  const negative = replies.filter(({ code }) => code >= 400)
  return Object.fromEntries([
    ...negative.map((row) => [`${`${row.code} ${row.sample}`.trimEnd()} (${row.verb})`, row.count] as const),
    ...errors.map((row) => [`${row.error} (${row.after})`, row.count] as const),
  ])
}
