/**
 * The one list of what a threshold can speak of: metrics, their labels, their aggregates with units, and where each value comes from.
 * Whatever shows thresholds takes its words from here.
 */
import type { Histogram } from 'hdr-histogram-js'
import type { Threshold } from '../plan/threshold.js'
import { type MetricForm, percentileOf, type ThresholdUnit } from '../plan/threshold-text.js'
import type { ErrorRow, ReplyRow } from './figures.js'
import { Counter, ErrorKind, OUTCOMES, Outcome, PHASES, Phase, phaseSeries, Series } from './series.js'

/** What of a run a threshold is held against: from the end of the warm-up to some moment. */
export interface Figures {
  /** By Counter. */
  readonly counters: ArrayLike<number>
  /** A series in microseconds. */
  histogram(series: number): Histogram
  readonly replies: readonly ReplyRow[]
  readonly errors: readonly ErrorRow[]
  /** The time that they cover. */
  readonly elapsedMs: number
  /** The moment, in milliseconds of the run; a warm-up lies between the two. */
  readonly atMs: number
}

type Labels = Readonly<Record<string, string>>

/** A metric: how it is written, and how it is read. */
export type Metric = MetricForm & {
  /** What it is, for the manual. */
  readonly sentence: string
} & (
    | { readonly kind: 'time'; readonly series: (labels: Labels) => number }
    | {
        readonly kind: 'count'
        readonly count: (figures: Figures, labels: Labels) => number
        /** What it is a share of. */
        readonly whole: (figures: Figures) => number
      }
  )

const TIMES = { p: 'ms', min: 'ms', max: 'ms', mean: 'ms', count: 'count' } as const
const COUNTS = { count: 'count', rate: 'share', perSecond: 'perSecond' } as const
const ENDINGS = [...OUTCOMES, 'dropped'] as const

const sum = (rows: readonly { readonly count: number }[]) => rows.reduce((all, row) => all + row.count, 0)
const by =
  (...counters: readonly Counter[]) =>
  (figures: Figures) =>
    counters.reduce<number>((all, counter) => all + figures.counters[counter]!, 0)

/** Messages that came to an end, the ones given up included. */
const messages = by(Counter.accepted, Counter.deferred, Counter.refused, Counter.failed, Counter.dropped)
const outcomeOf = ({ outcome = 'accepted' }: Labels) => Outcome[outcome as keyof typeof Outcome]

function count(
  sentence: string,
  labels: MetricForm['labels'],
  read: (figures: Figures, labels: Labels) => number,
  whole: (figures: Figures) => number = messages,
): Metric {
  return { kind: 'count', sentence, labels, aggregates: COUNTS, usual: 'count', count: read, whole }
}

function time(sentence: string, labels: MetricForm['labels'], series: (labels: Labels) => number): Metric {
  return { kind: 'time', sentence, labels, aggregates: TIMES, usual: null, series }
}

const OUTCOME = { values: OUTCOMES }
const REPLY_CLASSES = { values: OUTCOMES.slice(0, 3) }
const CODES = Array.from({ length: 500 }, (_, i) => String(i + 100))

export const THRESHOLD_METRICS = {
  message: time(
    'From the intended start of a message to its end; of the accepted ones unless another outcome is named.',
    { outcome: OUTCOME },
    (labels) => Series.response + outcomeOf(labels),
  ),
  service: time(
    'From the first octet of a message to its end; of the accepted ones unless another outcome is named.',
    { outcome: OUTCOME },
    (labels) => Series.service + outcomeOf(labels),
  ),
  phase: time(
    'From the write that carried a command to its reply; positive ones unless another outcome is named.',
    { phase: { values: PHASES, required: true }, outcome: REPLY_CLASSES },
    (labels) => phaseSeries(Phase[labels.phase as keyof typeof Phase], outcomeOf(labels) as 0 | 1 | 2),
  ),
  startLag: time('From the intended start of a message to its real one.', {}, () => Series.startLag),
  tls: time('TLS handshakes by themselves.', { kind: { values: ['full', 'resumed'], required: true } }, ({ kind }) =>
    kind === 'full' ? Series.tlsFull : Series.tlsResumed,
  ),
  messages: count('Messages by how they ended.', { outcome: { values: ENDINGS } }, (figures, { outcome }) =>
    outcome === undefined ? messages(figures) : figures.counters[Counter[outcome as (typeof ENDINGS)[number]]]!,
  ),
  accepted: count('Messages accepted.', {}, by(Counter.accepted)),
  deferred: count('Messages answered 4xx.', {}, by(Counter.deferred)),
  refused: count('Messages answered 5xx.', {}, by(Counter.refused)),
  failed: count('Messages without a usable answer.', {}, by(Counter.failed)),
  dropped: count('Due messages given up before they were tried.', {}, by(Counter.dropped)),
  errors: count(
    'Messages that were refused (5xx) or failed; with a kind or a verb, failures of the table of errors.',
    {
      kind: { values: Object.values(ErrorKind), aliases: ErrorKind },
      verb: { values: PHASES },
    },
    (figures, { kind, verb }) =>
      kind === undefined && verb === undefined
        ? by(Counter.refused, Counter.failed)(figures)
        : sum(
            figures.errors.filter(
              (row) => (kind === undefined || row.error === kind) && (verb === undefined || row.after === verb),
            ),
          ),
  ),
  replies: count(
    'Replies by what they answered and by code, such as 451 or 4xx.',
    { verb: { values: [...PHASES, 'other'] }, code: { values: ['2xx', '3xx', '4xx', '5xx', ...CODES] } },
    ({ replies }, { verb, code }) =>
      sum(
        replies.filter(
          (row) => (verb === undefined || row.verb === verb) && (code === undefined || isCode(row.code, code)),
        ),
      ),
  ),
  sessions: count(
    'Connections made; with an outcome, those that ended in order, or were lost. The rate is their share of the connections.',
    { outcome: { values: ['done', 'lost'] } },
    (figures, { outcome }) =>
      figures.counters[
        outcome === 'done' ? Counter.sessionsDone : outcome === 'lost' ? Counter.sessionsLost : Counter.connected
      ]!,
    by(Counter.connected),
  ),
  handshakes: count(
    'TLS handshakes; of one kind where that is named. The rate is their share of the handshakes.',
    { kind: { values: ['full', 'resumed', 'failed'] } },
    (figures, { kind }) =>
      kind === undefined
        ? handshakes(figures)
        : figures.counters[
            kind === 'full' ? Counter.tlsFull : kind === 'resumed' ? Counter.tlsResumed : Counter.tlsFailed
          ]!,
    (figures) => handshakes(figures),
  ),
  bytes: {
    ...count(
      'Octets, both ways unless one is named.',
      { direction: { values: ['out', 'in'] } },
      (figures, { direction }) =>
        direction === undefined
          ? by(Counter.bytesOut, Counter.bytesIn)(figures)
          : figures.counters[direction === 'out' ? Counter.bytesOut : Counter.bytesIn]!,
    ),
    aggregates: { count: 'octets', perSecond: 'octetsPerSecond' },
  },
} satisfies Readonly<Record<string, Metric>>

const handshakes = by(Counter.tlsFull, Counter.tlsResumed, Counter.tlsFailed)

function isCode(code: number, wanted: string): boolean {
  return wanted.endsWith('xx') ? Math.floor(code / 100) === Number(wanted[0]) : code === Number(wanted)
}

/**
 * What a threshold's metric stands at, in its unit; null where nothing was measured: no latency of that kind, no message to have a share of.
 */
export function figureOf({ metric, labels, aggregate }: Threshold, figures: Figures): number | null {
  const form: Metric = THRESHOLD_METRICS[metric as keyof typeof THRESHOLD_METRICS]
  if (form.kind === 'time') return timeOf(figures.histogram(form.series(labels)), aggregate)
  const value = form.count(figures, labels)
  if (aggregate === 'count') return value
  const whole = aggregate === 'rate' ? form.whole(figures) : figures.elapsedMs / 1000
  return whole > 0 ? value / whole : null
}

function timeOf(histogram: Histogram, aggregate: string): number | null {
  if (aggregate === 'count') return histogram.totalCount
  if (histogram.totalCount === 0) return null
  if (aggregate === 'mean') return histogram.mean / 1000
  const percentile = aggregate === 'min' ? 0 : aggregate === 'max' ? 100 : percentileOf(aggregate)!
  return histogram.getValueAtPercentile(percentile) / 1000
}

/** The unit in which `figureOf` answers. */
export function unitOfThreshold({ metric, aggregate }: Threshold): ThresholdUnit {
  const form: MetricForm = THRESHOLD_METRICS[metric as keyof typeof THRESHOLD_METRICS]
  return form.aggregates[percentileOf(aggregate) === null ? aggregate : 'p']!
}
