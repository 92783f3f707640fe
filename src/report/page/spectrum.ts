/** A latency by its percentiles, from the half of the messages to the one that took longest. */
import type { LatencyRow } from '../../measure/figures.js'
import type { PageLatency, PageSpectrum } from './model.js'

/** Points for each halving of what is left to 100 %. */
const TICKS = 5
const PERCENTILES = [50, 90, 99, 99.9, 99.99, 100] as const

/** Looks percentiles (0..100) up in microseconds. */
type Lookup = (percentile: number) => number

export function spectrumOf(name: string, count: number, at: Lookup): PageSpectrum {
  const points: [number, number][] = []
  for (let tick = 0; count > 0; tick++) {
    const oneIn = Math.min(2 ** (tick / TICKS), count)
    points.push([Number(oneIn.toPrecision(4)), at(oneIn >= count ? 100 : 100 * (1 - 1 / oneIn))])
    if (oneIn >= count) break
  }
  return { name, points }
}

export function latencyOf(
  { name, outcome }: Pick<LatencyRow, 'name' | 'outcome'>,
  count: number,
  at: Lookup,
): PageLatency {
  return { name, outcome, count, values: PERCENTILES.map(at) }
}

/** Response and service of accepted messages, and `prefix` before their names. */
export function spectraOf(rows: readonly LatencyRow[], prefix = ''): PageSpectrum[] {
  return ['response', 'service'].flatMap((name) => {
    const row = rows.find((one) => one.name === name && one.outcome === 'accepted')
    if (row === undefined) return []
    return spectrumOf(`${prefix}${name}`, row.histogram.totalCount, (p) => row.histogram.getValueAtPercentile(p))
  })
}
