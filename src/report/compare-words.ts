/** The figures of a comparison as people read them: shared by its text, Markdown and page. */
import type { Histogram } from 'hdr-histogram-js'
import type { ComparedFigure } from '../measure/compare.js'
import { type ComparedSide, type Comparison, verdictCounts } from '../measure/comparison.js'
import { count, latency, number, significant } from './format.js'
import { thresholdValue } from './threshold.js'

/** How a verdict looks on a terminal; null: plain. */
export const VERDICT_STYLES = {
  better: 'green',
  worse: 'red',
  differs: 'yellow',
  'no difference': null,
  unknown: 'dim',
} as const

/** Percentiles of the table of spectra. */
export const SPECTRUM_PERCENTILES = [50, 75, 90, 95, 99, 99.9, 99.99, 100] as const

/** A figure's value in its unit. */
export function valueWords(value: number | null, unit: ComparedFigure['unit']): string {
  if (value === null) return '-'
  return unit === 'us' ? `${number(value)} µs` : thresholdValue({ value, unit })
}

/** How much more or less B has: as a part of A, of shares in points, of what A has none of in its unit. */
export function differenceWords(figure: ComparedFigure): string {
  return figure.difference === null ? '' : signed(figure.difference, figure)
}

/** Between what the difference lies. */
export function intervalWords(figure: ComparedFigure): string {
  if (figure.interval === null) return ''
  return figure.interval.map((end) => signed(end, figure)).join(' … ')
}

/** The verdict, or why there is none. */
export function verdictWords({ verdict, why }: ComparedFigure): string {
  return why ?? verdict
}

/** How many figures have which verdict: `1 better · 3 worse · 20 no difference`. */
export function countWords(comparison: Pick<Comparison, 'figures'>): string {
  const counts = verdictCounts(shownFigures(comparison))
  const parts = [
    `${counts.better} better`,
    `${counts.worse} worse`,
    ...(counts.differs > 0 ? [`${counts.differs} different`] : []),
    `${counts['no difference']} no difference`,
    ...(counts.unknown > 0 ? [`${counts.unknown} not known`] : []),
  ]
  return parts.join(' · ')
}

/** The figures that are shown: not shares that are nothing on both sides. */
export function shownFigures({ figures }: Pick<Comparison, 'figures'>): ComparedFigure[] {
  return figures.filter(({ name, unit, a, b }) => name === 'errors' || unit !== 'share' || a !== 0 || b !== 0)
}

/** What the verdicts rest on, in sentences. */
export function basisWords({ a, b, ...options }: Comparison): string[] {
  const one = a.files.length < 2 || b.files.length < 2
  return [
    certaintyWords(options),
    ...(one
      ? ['what differs from run to run is not in the noise of a single run; give several of each side to have it in']
      : []),
  ]
}

/** What intervals and verdicts mean. */
export function certaintyWords({ confidence, least }: Pick<Comparison, 'confidence' | 'least'>): string {
  const sure = `${significant(confidence * 100)}%`
  const small = least > 0 ? `; less than ${significant(least * 100)}% is no difference` : ''
  return `intervals: ${sure}, by a block bootstrap over seconds; verdicts: ${sure} sure of all together (Holm)${small}`
}

/** `the runs differ in size (none, 10240) and sessions (2, 4)`; null: in nothing that matters. */
export function differWords({ differences }: Pick<Comparison, 'differences'>): string | null {
  if (differences.length === 0) return null
  const parts = differences.map(({ name, a, b }) => `${name} (${a}, ${b})`)
  const last = parts.pop()
  return `the runs differ in ${parts.length === 0 ? last : `${parts.join(', ')} and ${last}`}`
}

/** `30 seconds`, or of several runs `90 seconds of 3 runs`. */
export function lengthWords({ seconds, files }: Pick<ComparedSide, 'seconds' | 'files'>): string {
  return `${count(seconds)} seconds${files.length > 1 ? ` of ${files.length} runs` : ''}`
}

export function generatorWords({ generator: { state, limit, reason } }: Pick<ComparedSide, 'generator'>): string {
  return `${state}${limit === null ? '' : `, limit: ${limit}`} (${reason})`
}

/** A row of the table of spectra. */
export interface SpectrumRow {
  readonly name: string
  /** By `SPECTRUM_PERCENTILES`. */
  readonly values: readonly string[]
}

/** The latencies of both sides below each other, and how much B's are off; empty when neither has any. */
export function spectrumRows({ a, b }: Pick<Comparison, 'a' | 'b'>): SpectrumRow[] {
  return (['response', 'service'] as const).flatMap((name) => {
    const both = [a[name], b[name]] as const
    if (both.every(({ totalCount }) => totalCount === 0)) return []
    const rows = (['A', 'B'] as const).map((side, i) => ({
      name: `${name} ${side}`,
      values: SPECTRUM_PERCENTILES.map((percentile) =>
        both[i]!.totalCount === 0 ? '-' : latency(both[i]!.getValueAtPercentile(percentile)),
      ),
    }))
    return [...rows, { name: `${name} B to A`, values: SPECTRUM_PERCENTILES.map((one) => relation(both, one)) }]
  })
}

function relation([a, b]: readonly [Histogram, Histogram], percentile: number): string {
  const from = a.getValueAtPercentile(percentile)
  return a.totalCount === 0 || b.totalCount === 0 || from === 0
    ? ''
    : points(b.getValueAtPercentile(percentile) / from - 1)
}

function signed(difference: number, { unit, a }: ComparedFigure): string {
  if (unit === 'share') return `${points(difference).slice(0, -1)} pp`
  if (a !== null && a !== 0) return points(difference / a)
  return `${sign(difference)}${valueWords(Math.abs(difference), unit)}`
}

/** A part as signed percent: +3.2%, +214%; finer only below a tenth of a percent. */
function points(part: number): string {
  const size = Math.abs(part * 100)
  const text = size >= 99.95 ? count(size) : size >= 0.1 ? size.toFixed(1) : significant(Number(size.toPrecision(1)))
  return `${Number(text) === 0 ? '' : sign(part)}${text}%`
}

function sign(value: number): string {
  return value < 0 ? '-' : value > 0 ? '+' : ''
}
