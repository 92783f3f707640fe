/** What a sink shows to Prometheus. */
import type { SeriesCounts } from '../measure/board.js'
import { Distributions } from './distribution.js'
import { counter, DURATION_BOUNDS, type Family, gauge, type Sample, SIZE_BOUNDS } from './families.js'
import { infoFamilies, type RunFacts } from './run-facts.js'

/** What is looked at, at each scrape. Counts are of the whole run so far. */
export interface SinkFacts {
  readonly about: RunFacts
  readonly connections: number
  readonly active: number
  readonly closed: number
  readonly quits: number
  readonly timeouts: number
  readonly messages: number
  readonly recipients: number
  readonly bytesIn: number
  readonly bytesOut: number
  /** Replies by verb and code. */
  readonly replies: readonly { readonly verb: string; readonly code: number; readonly count: number }[]
  /** What a receiver model did, by kind. */
  readonly faults: Readonly<Record<string, number>>
  readonly tls: { readonly full: number; readonly resumed: number; readonly failed: number }
  readonly auth: { readonly ok: number; readonly failed: number }
  /** Microseconds from read to reply. */
  readonly durations: readonly { readonly verb: string; readonly counts: SeriesCounts }[]
  /** Octets of messages. */
  readonly sizes: SeriesCounts
  readonly workers: readonly {
    readonly utilisation: number
    readonly cpuUserNs: number
    readonly cpuSystemNs: number
  }[]
}

/** `known`: what was made of the same sink before. */
export function sinkFamilies(facts: SinkFacts, known = new Distributions()): Family[] {
  const { tls, auth } = facts
  return [
    ...infoFamilies(facts.about),
    counter('stampede_sink_connections_total', 'Connections that have ended, by how.', [
      sample({ outcome: 'quit' }, facts.quits),
      sample({ outcome: 'timeout' }, facts.timeouts),
      sample({ outcome: 'other' }, Math.max(0, facts.closed - facts.quits - facts.timeouts)),
    ]),
    counter('stampede_sink_connections_accepted_total', 'Connections accepted.', facts.connections),
    gauge('stampede_sink_connections_active', 'Connections open now.', facts.active),
    counter('stampede_sink_messages_total', 'Messages by what was said to them when they were complete.', [
      sample({ outcome: 'accepted' }, facts.messages),
      sample({ outcome: 'deferred' }, repliesOf(facts, ['dot', 'bdat'], 4)),
      sample({ outcome: 'refused' }, repliesOf(facts, ['dot', 'bdat'], 5)),
    ]),
    counter('stampede_sink_recipients_total', 'Recipients: of accepted messages, and those told 4xx or 5xx.', [
      sample({ outcome: 'accepted' }, facts.recipients),
      sample({ outcome: 'deferred' }, repliesOf(facts, ['rcpt'], 4)),
      sample({ outcome: 'refused' }, repliesOf(facts, ['rcpt'], 5)),
    ]),
    counter(
      'stampede_sink_commands_total',
      'Replies by what they answered; code 0 is one that SMTP does not know.',
      facts.replies.map(({ verb, code, count }) => sample({ verb, code: String(code) }, count)),
    ),
    counter('stampede_sink_received_bytes_total', 'Octets read.', facts.bytesIn),
    counter('stampede_sink_sent_bytes_total', 'Octets written.', facts.bytesOut),
    counter(
      'stampede_sink_faults_injected_total',
      'What the receiver model did to its clients.',
      Object.entries(facts.faults).map(([kind, count]) => sample({ kind }, count)),
    ),
    counter('stampede_sink_tls_handshakes_total', 'TLS handshakes.', [
      sample({ outcome: 'full' }, tls.full),
      sample({ outcome: 'resumed' }, tls.resumed),
      sample({ outcome: 'failed' }, tls.failed),
    ]),
    counter('stampede_sink_auth_total', 'AUTH exchanges.', [
      sample({ outcome: 'accepted' }, auth.ok),
      sample({ outcome: 'refused' }, auth.failed),
    ]),
    {
      type: 'histogram',
      name: 'stampede_sink_command_duration_seconds',
      help: 'From the read that brought a command to the write of its reply.',
      bounds: DURATION_BOUNDS,
      samples: facts.durations.map(({ verb, counts }) => known.of(verb, counts, DURATION_BOUNDS, 1e-6, { verb })),
    },
    {
      type: 'histogram',
      name: 'stampede_sink_message_size_bytes',
      help: 'Octets of received messages, as they were on the wire.',
      bounds: SIZE_BOUNDS,
      samples: facts.sizes.rows.length === 0 ? [] : [known.of('sizes', facts.sizes, SIZE_BOUNDS, 1, {})],
    },
    gauge(
      'stampede_worker_loop_utilization_ratio',
      'Share of time that the event loop was busy.',
      perWorker(facts, (w) => w.utilisation),
    ),
    counter(
      'stampede_worker_cpu_seconds_total',
      'CPU time of the thread.',
      perWorker(facts, (w) => (w.cpuUserNs + w.cpuSystemNs) / 1e9),
    ),
  ]
}

function sample(labels: Sample['labels'], value: number): Sample {
  return { labels, value }
}

function perWorker(facts: SinkFacts, value: (worker: SinkFacts['workers'][number]) => number): Sample[] {
  return facts.workers.map((worker, i) => sample({ worker: String(i) }, value(worker)))
}

function repliesOf(facts: SinkFacts, verbs: readonly string[], replyClass: number): number {
  return facts.replies
    .filter(({ verb, code }) => verbs.includes(verb) && Math.floor(code / 100) === replyClass)
    .reduce((sum, { count }) => sum + count, 0)
}
