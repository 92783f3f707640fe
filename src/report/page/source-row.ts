/** A second of a source as a row of the page. */

import type { SecondState } from '../../measure/second-states.js'
import type { SecondDetail, SeriesFigures } from '../../measure/seconds.js'
import { Counter, OUTCOMES, PHASES, type Phase, phaseSeries, Series } from '../../measure/series.js'
import { type Cell, type Row, SHORT_MS } from './model.js'

/** Workers that get a column each; of more only the busiest is shown. */
const MOST_WORKERS = 16

const COUNTS = [
  ...['scheduled', 'accepted', 'deferred', 'refused', 'failed', 'dropped', 'connects', 'connected', 'active'],
  ...['bytesOut', 'bytesIn', 'draining', 'backlog', 'tlsFull', 'tlsResumed', 'tlsFailed', 'authOk', 'authFailed'],
  ...['mischiefActive', 'sessionsLost', 'sessionsDone'],
] as const satisfies readonly (keyof typeof Counter)[]

/** `due` gives the messages due by a moment in milliseconds of the run; null in a closed loop. */
export function sourceRow(second: SecondDetail, state: SecondState, due: ((ms: number) => number) | null): Row {
  const { counters, series, health, fromMs, toMs } = second
  const values: Record<string, Cell> = {}
  if (due !== null) values.asked = rounded(due(toMs) - due(fromMs), 1)
  for (const name of COUNTS) values[name] = counters[Counter[name]]!
  const bySeries = new Map(series.map((row) => [row.series, row]))
  latencies(values, 'response', bySeries.get(Series.response), ['p50', 'p90', 'p99', 'p999', 'max'])
  latencies(values, 'service', bySeries.get(Series.service), ['p50', 'p99'])
  OUTCOMES.slice(1).forEach((outcome, i) => {
    latencies(values, `response ${outcome}`, bySeries.get(Series.response + 1 + i), ['p50', 'p99', 'max'])
  })
  PHASES.forEach((name, phase) => {
    latencies(values, `phase.${name}`, bySeries.get(phaseSeries(phase as Phase, 0)), ['p50', 'p99', 'max'])
  })
  latencies(values, 'phase.tls full', bySeries.get(Series.tlsFull), ['p50', 'p99', 'max'])
  latencies(values, 'phase.tls resumed', bySeries.get(Series.tlsResumed), ['p50', 'p99', 'max'])
  const lag = bySeries.get(Series.startLag)
  if (lag !== undefined) values.startLag = lag.p99
  for (const [kind, count] of second.replies) values[`reply.${kind}`] = count
  for (const [kind, count] of second.errors) values[`error.${kind}`] = count
  if (health.length <= MOST_WORKERS)
    for (const { worker, utilisation } of health) values[`worker.${worker}`] = rounded(utilisation, 3)
  values.busiest = rounded(Math.max(0, ...health.map(({ utilisation }) => utilisation)), 3)
  values.loopDelay = Math.max(0, ...health.map(({ loopDelayP99Us }) => Math.round(loopDelayP99Us)))
  // CPU is told in steps of milliseconds: over a few of them it would be any number.
  if (toMs - fromMs >= SHORT_MS)
    values.cpu = rounded(
      health.reduce((sum, { cpu }) => sum + cpu, 0),
      3,
    )
  values.state = state
  return { at: second.second, ms: rounded(toMs - fromMs, 1), values }
}

type Figure = 'p50' | 'p90' | 'p99' | 'p999' | 'max'

function latencies(
  values: Record<string, Cell>,
  name: string,
  figures: SeriesFigures | undefined,
  wanted: readonly Figure[],
): void {
  if (figures === undefined) return
  for (const figure of wanted) values[`${name}.${figure}`] = figures[figure]
}

function rounded(value: number, digits: number): number {
  return Number(value.toFixed(digits))
}
