/** The rows of `--otlp` and its companions: metrics and traces for a collector of OpenTelemetry. */
import { group, type Option, type Row } from './option.js'

/** For everyone who has metrics. */
const METRICS: readonly Row[] = [
  {
    name: 'otlp',
    kind: 'text',
    value: 'URL',
    sentence:
      'Send metrics, and traces of some conversations, to this collector by OTLP over HTTP, such as http://127.0.0.1:4318. /v1/metrics and /v1/traces are added.',
  },
  {
    name: 'otlp-header',
    kind: 'text',
    value: "'K: V'",
    repeatable: true,
    sentence: 'A header for the collector, such as a token; never shown. May be repeated.',
  },
  {
    name: 'otlp-interval',
    kind: 'duration',
    min: 100,
    default: '10s',
    sentence: 'How often metrics are sent; once more at the end.',
  },
]

const TRACES: readonly Row[] = [
  {
    name: 'otlp-sample',
    kind: 'share',
    sentence:
      'Share of the connections that are followed for traces, drawn by the seed; 0: no traces. Default: as many as 16 sessions make.',
  },
  {
    name: 'otlp-traces',
    kind: 'text',
    value: 'RATE',
    default: '10/s',
    sentence:
      'Messages of followed connections that are traced, at most, over all workers; as many failures, and the slowest of each second, come on top.',
  },
]

export const OTLP_OPTIONS: readonly Option[] = [
  ...group('Output', ['source', 'stress'], [...METRICS, ...TRACES]),
  ...group(
    'Output',
    ['sink'],
    METRICS.map((row) =>
      row.name === 'otlp'
        ? {
            ...row,
            sentence:
              'Send metrics to this collector by OTLP over HTTP, such as http://127.0.0.1:4318. /v1/metrics is added.',
          }
        : row,
    ),
  ),
]
