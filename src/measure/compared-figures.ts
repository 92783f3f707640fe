/** The list of figures that two runs are compared by: where each comes from, in what unit, and which way is better. */
import type { ThresholdUnit } from '../plan/threshold-text.js'
import type { Cell } from './cells.js'
import { Counter, PHASES, type Phase, phaseSeries, Series } from './series.js'

/** Units of thresholds, and microseconds of CPU. */
export type ComparedUnit = ThresholdUnit | 'us'

/** A figure of a run. */
export type Figure = {
  readonly name: string
  readonly group: FigureGroup
  readonly unit: ComparedUnit
  /** Null: neither way. */
  readonly better: 'more' | 'less' | null
} & (
  | {
      /** One sum over the run divided by another. */
      readonly kind: 'ratio'
      readonly top: (cell: Cell) => number
      readonly bottom: (cell: Cell) => number
    }
  | {
      /** Milliseconds at a percentile of a series. */
      readonly kind: 'time'
      readonly series: number
      readonly percentile: number
    }
)

export const FIGURE_GROUPS = ['messages', 'latency', 'phases', 'traffic', 'generator', 'server'] as const
export type FigureGroup = (typeof FIGURE_GROUPS)[number]

const by =
  (...counters: readonly Counter[]) =>
  (cell: Cell) =>
    counters.reduce<number>((sum, counter) => sum + cell.counters[counter]!, 0)

const sent = by(Counter.accepted, Counter.deferred, Counter.refused, Counter.failed)
/** Messages that came to an end, the ones given up included: what thresholds take shares of. */
const ended = by(Counter.accepted, Counter.deferred, Counter.refused, Counter.failed, Counter.dropped)
const seconds = ({ ms }: Cell) => ms / 1000

function rate(name: string, group: FigureGroup, better: Figure['better'], top: (cell: Cell) => number): Figure {
  return { kind: 'ratio', name, group, unit: 'perSecond', better, top, bottom: seconds }
}

function share(name: string, ...counters: readonly Counter[]): Figure {
  return { kind: 'ratio', name, group: 'messages', unit: 'share', better: 'less', top: by(...counters), bottom: ended }
}

function times(name: string, group: FigureGroup, series: number, percentiles: readonly number[]): Figure[] {
  return percentiles.map((percentile) => ({
    kind: 'time',
    name: `${name} ${percentile === 100 ? 'max' : `p${percentile}`}`,
    group,
    unit: 'ms',
    better: 'less',
    series,
    percentile,
  }))
}

/** In the order in which they are shown. Not every run has all of them. */
export const FIGURES: readonly Figure[] = [
  rate('accepted', 'messages', 'more', by(Counter.accepted)),
  rate('sent', 'messages', 'more', sent),
  {
    kind: 'ratio',
    name: 'asked met',
    group: 'messages',
    unit: 'share',
    better: 'more',
    top: sent,
    bottom: ({ due }) => due,
  },
  share('errors', Counter.refused, Counter.failed),
  share('deferred', Counter.deferred),
  share('refused', Counter.refused),
  share('failed', Counter.failed),
  share('dropped', Counter.dropped),
  ...times('response', 'latency', Series.response, [50, 90, 99, 99.9, 100]),
  ...times('service', 'latency', Series.service, [50, 90, 99, 99.9, 100]),
  ...PHASES.flatMap((phase, i) => times(phase, 'phases', phaseSeries(i as Phase, 0), [50, 99])),
  ...times('tls full', 'phases', Series.tlsFull, [50, 99]),
  ...times('tls resumed', 'phases', Series.tlsResumed, [50, 99]),
  rate('connects', 'traffic', null, by(Counter.connects)),
  { ...rate('bytes out', 'traffic', null, by(Counter.bytesOut)), unit: 'octetsPerSecond' },
  { ...rate('bytes in', 'traffic', null, by(Counter.bytesIn)), unit: 'octetsPerSecond' },
  {
    kind: 'ratio',
    name: 'worker cpu each',
    group: 'generator',
    unit: 'us',
    better: 'less',
    // Time spent watching the clock for the next start is not the message's. It is the clock's time, of which a busy machine gives less as CPU.
    top: ({ counters }) =>
      Math.max(
        0,
        (counters[Counter.cpuUserNs]! + counters[Counter.cpuSystemNs]!) / 1000 - counters[Counter.watchingUs]!,
      ),
    bottom: sent,
  },
  {
    kind: 'ratio',
    name: 'utilisation',
    group: 'generator',
    unit: 'share',
    better: null,
    top: ({ busyMs }) => busyMs,
    bottom: ({ ms }) => ms,
  },
  ...times('start lag', 'generator', Series.startLag, [99]),
  {
    kind: 'ratio',
    name: 'server cpu each',
    group: 'server',
    unit: 'us',
    better: 'less',
    top: ({ server }) => server.cpuMs * 1000,
    bottom: (cell) => (cell.server.samples > 0 ? sent(cell) : 0),
  },
  {
    kind: 'ratio',
    name: 'server memory',
    group: 'server',
    unit: 'octets',
    better: 'less',
    top: ({ server }) => server.rss,
    bottom: ({ server }) => server.samples,
  },
]
