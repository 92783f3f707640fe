/** What a source shows to Prometheus. */
import type { ThresholdResult } from '../measure/figures.js'
import type { LiveFigures } from '../measure/live.js'
import { OUTCOMES, PHASES, phaseSeries, Series } from '../measure/series.js'
import { GENERATOR_STATES, type GeneratorState } from '../measure/verdict.js'
import { Distributions } from './distribution.js'
import {
  counter,
  type Distribution,
  DURATION_BOUNDS,
  type Family,
  gauge,
  type Labels,
  type Sample,
} from './families.js'
import { infoFamilies, type RunFacts } from './run-facts.js'

/** `generator`: how it was judged of late; null: it has not been yet. `known`: what was made of the same run before. */
export function sourceFamilies(
  facts: RunFacts,
  live: LiveFigures,
  thresholds: readonly ThresholdResult[],
  generator: GeneratorState | null,
  known = new Distributions(),
): Family[] {
  const all = live.counters()
  const { replies, errors } = live.tables()
  const workers = live.workers()
  const perWorker = (value: (worker: (typeof workers)[number]) => number): Sample[] =>
    workers.map((worker, i) => ({ labels: { worker: String(i) }, value: value(worker) }))
  return [
    ...infoFamilies(facts),
    counter('stampede_messages_scheduled_total', 'Messages whose intended start has come.', all.scheduled),
    counter('stampede_messages_dropped_total', 'Due messages given up before they were tried.', [
      { labels: { reason: 'ended' }, value: all.dropped - all.droppedLate },
      { labels: { reason: 'late' }, value: all.droppedLate },
    ]),
    counter(
      'stampede_messages_total',
      'Messages by outcome.',
      OUTCOMES.map((outcome) => ({ labels: { outcome }, value: all[outcome] })),
    ),
    counter('stampede_recipients_total', 'Recipients by the reply to their RCPT.', [
      { labels: { outcome: 'accepted' }, value: all.rcptAccepted },
      { labels: { outcome: 'deferred' }, value: all.rcptDeferred },
      { labels: { outcome: 'refused' }, value: all.rcptRefused },
    ]),
    counter(
      'stampede_replies_total',
      'Replies by what they answered; code 0 is where a worker died before it could tell.',
      summed(replies.map(({ verb, code, count }) => ({ labels: { verb, code: String(code) }, value: count }))),
    ),
    counter(
      'stampede_errors_total',
      'Failures without a usable reply, by kind and by what came last.',
      summed(errors.map(({ error, after, count }) => ({ labels: { kind: error, verb: after }, value: count }))),
    ),
    counter('stampede_sessions_total', 'Connections that have ended, by how.', [
      { labels: { outcome: 'done' }, value: all.sessionsDone },
      { labels: { outcome: 'lost' }, value: all.sessionsLost },
    ]),
    gauge('stampede_sessions_active', 'Connections open now.', all.active),
    counter('stampede_connects_total', 'Calls of connect().', all.connects),
    counter('stampede_tls_handshakes_total', 'TLS handshakes, by how they ended.', [
      { labels: { outcome: 'full' }, value: all.tlsFull },
      { labels: { outcome: 'resumed' }, value: all.tlsResumed },
      { labels: { outcome: 'failed' }, value: all.tlsFailed },
    ]),
    counter('stampede_auth_total', 'AUTH exchanges, by how they ended; wrong ones had a wrong secret on purpose.', [
      { labels: { outcome: 'accepted' }, value: all.authOk },
      { labels: { outcome: 'refused' }, value: all.authFailed },
      { labels: { outcome: 'wrong_refused' }, value: all.authWrong - all.authWrongTaken },
      { labels: { outcome: 'wrong_accepted' }, value: all.authWrongTaken },
    ]),
    counter('stampede_misbehaving_connections_total', 'Connections that misbehaved on purpose.', all.mischief),
    gauge('stampede_misbehaving_connections_active', 'Those of them open now.', all.mischiefActive),
    counter('stampede_sent_bytes_total', 'Octets written.', all.bytesOut),
    counter('stampede_received_bytes_total', 'Octets read.', all.bytesIn),
    gauge('stampede_messages_backlog', 'Due messages that wait for a free session.', all.backlog),
    gauge('stampede_sessions_draining', 'Sockets whose last write has not drained.', all.draining),
    durations(
      'stampede_message_duration_seconds',
      'From the intended start of a message to its reply.',
      OUTCOMES.map((outcome, i) => [Series.response + i, { outcome }]),
      live,
      known,
    ),
    durations(
      'stampede_message_service_duration_seconds',
      'From the first octet of a message to its reply.',
      OUTCOMES.map((outcome, i) => [Series.service + i, { outcome }]),
      live,
      known,
    ),
    durations(
      'stampede_phase_duration_seconds',
      'From the write that carried a command to its positive reply.',
      PHASES.map((phase, i) => [phaseSeries(i as Parameters<typeof phaseSeries>[0], 0), { phase }]),
      live,
      known,
    ),
    durations(
      'stampede_tls_handshake_duration_seconds',
      'TLS handshakes by themselves, without STARTTLS and its reply.',
      [
        [Series.tlsFull, { kind: 'full' }],
        [Series.tlsResumed, { kind: 'resumed' }],
      ],
      live,
      known,
    ),
    durations(
      'stampede_start_lag_seconds',
      'From the intended start of a message to its real one.',
      [[Series.startLag, {}]],
      live,
      known,
    ),
    gauge(
      'stampede_worker_loop_utilization_ratio',
      'Share of time that the event loop was busy.',
      perWorker((w) => w.utilisation),
    ),
    gauge(
      'stampede_worker_loop_delay_seconds',
      '99th percentile of the event loop’s delay in the last second.',
      perWorker((w) => w.loopDelayP99Us / 1e6),
    ),
    counter(
      'stampede_worker_cpu_seconds_total',
      'CPU time of the thread.',
      perWorker((w) => (w.cpuUserNs + w.cpuSystemNs) / 1e9),
    ),
    gauge(
      'stampede_generator_state',
      'Was it the generator? 1 at the state that the last seconds were in; 0 at each where they have not been judged.',
      GENERATOR_STATES.map((state) => ({ labels: { state }, value: Number(state === generator) })),
    ),
    gauge(
      'stampede_threshold_ok',
      'Whether a threshold held at the end of the last second.',
      // One that stands twice is one.
      [...new Map(thresholds.map(({ text, ok }) => [text, Number(ok)]))].map(([threshold, value]) => ({
        labels: { threshold },
        value,
      })),
    ),
  ]
}

/** Two rows of a table may differ in what no label shows. */
function summed(samples: readonly Sample[]): Sample[] {
  const sums = new Map<string, Sample>()
  for (const { labels, value } of samples) {
    const key = JSON.stringify(labels)
    sums.set(key, { labels, value: value + (sums.get(key)?.value ?? 0) })
  }
  return [...sums.values()]
}

function durations(
  name: string,
  help: string,
  series: readonly (readonly [number, Labels])[],
  live: LiveFigures,
  known: Distributions,
): Family {
  const samples: Distribution[] = series.map(([index, labels]) =>
    known.of(String(index), live.rows(index), DURATION_BOUNDS, 1e-6, labels),
  )
  return { type: 'histogram', name, help, bounds: DURATION_BOUNDS, samples }
}
