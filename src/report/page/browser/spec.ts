/** What a plot is, before anything is drawn. */
import { clock, count, latency, number, percent } from '../../format.js'
import { bottomOfBin } from '../bins.js'
import { type Cell, type PageHeat, type Rows, SHORT_MS } from '../model.js'

export interface Line {
  readonly key: string
  readonly label: string
  /** Name of a colour in the style sheet. */
  readonly color: string
  readonly values: readonly Cell[]
  readonly dash?: readonly number[]
  readonly width?: number
  readonly fill?: boolean
  readonly points?: boolean
  /** What stands beside the label while no cursor is on the plot. */
  readonly rest?: 'mean' | 'most' | 'last' | 'none'
}

export interface PlotSpec {
  readonly id: string
  readonly section: string
  readonly title: string
  /** What it means and what to look for. */
  readonly words: string
  /** `time` in seconds of the run, `oneIn` of a spectrum, a rate, or the number of a cycle. */
  readonly xKind: 'time' | 'oneIn' | 'rate' | 'cycle'
  readonly x: readonly number[]
  readonly lines: readonly Line[]
  readonly log?: boolean
  readonly format: (value: number) => string
  /** Greatest value of the axis, where that is known. */
  readonly most?: number
  /** Whether the axis leaves out what is below the lowest value: for levels of which only the change matters. */
  readonly cut?: boolean
  readonly small?: boolean
  readonly wide?: boolean
  readonly heat?: PageHeat
  /** Lines across, and upright ones, with what they stand for. */
  readonly limits?: readonly { readonly value: number; readonly label: string }[]
  readonly marks?: readonly { readonly x: number; readonly label: string }[]
  /** How it came to be thinned out, or anything else that a reader should know. */
  readonly note?: string
}

/** A column as a rate per second; null: there is no such column. */
export function rate(rows: Rows, name: string, scale = 1): Cell[] | null {
  const column = rows.columns[name]
  if (column === undefined) return null
  return column.map((value, i) =>
    value === null || rows.ms[i]! < SHORT_MS ? null : (value * scale * 1000) / rows.ms[i]!,
  )
}

/** Lines of those that there is something of. */
export function lines(
  ...candidates: readonly (Omit<Line, 'values'> & { readonly values: readonly Cell[] | null | undefined })[]
): Line[] {
  return candidates.filter((one): one is Line => one.values?.some((value) => value !== null && value !== 0) ?? false)
}

export const perSecond = (value: number) => `${number(value)}/s`
export const micros = (value: number) => (value < 1 ? '0 ms' : latency(value))
export const share = (value: number) => (value === 0 ? '0%' : percent(value))
export const whole = (value: number) =>
  Math.abs(value) < 10 && !Number.isInteger(value) ? number(value) : count(value)

/** A place on the x axis in words. */
export function place(kind: PlotSpec['xKind'], x: number): string {
  if (kind === 'time') return clock(x * 1000)
  if (kind === 'rate') return perSecond(x)
  if (kind === 'cycle') return `after cycle ${x}`
  return x <= 1 ? 'fastest' : percentileName(x)
}

/** 1 in 100 is p99. */
export function percentileName(oneIn: number): string {
  const percentile = 100 * (1 - 1 / oneIn)
  const digits = Math.max(0, Math.ceil(Math.log10(oneIn)) - 2) + (oneIn > 10 ? 1 : 0)
  return `p${Number(percentile.toFixed(Math.min(digits, 9)))}`
}

/** The plot in one sentence, for whoever does not see it. */
export function summary({ x, xKind, lines: all, format }: PlotSpec): string {
  const parts = all.map(({ label, values }) => {
    const known = values.filter((value): value is number => value !== null)
    if (known.length === 0) return `${label}: nothing`
    const low = known.reduce((a, b) => Math.min(a, b))
    const high = known.reduce((a, b) => Math.max(a, b))
    if (low === high) return `${label} ${format(low)} throughout`
    return `${label} from ${format(low)} to ${format(high)} (most at ${place(xKind, x[values.indexOf(high)]!)})`
  })
  return `${parts.join('; ')}.`
}

/** What a line says by itself: ⌀ is the mean of a rate, ≤ the greatest of a figure. */
export function resting({ values, rest = 'none' }: Line, format: (value: number) => string): string {
  const known = values.filter((value): value is number => value !== null)
  if (known.length === 0 || rest === 'none') return ''
  if (rest === 'last') return format(known.at(-1)!)
  if (rest === 'most') return `≤ ${format(known.reduce((a, b) => Math.max(a, b)))}`
  return `⌀ ${format(known.reduce((a, b) => a + b) / known.length)}`
}

/** A value of a table. */
export function worded(value: number | null | undefined, format: (value: number) => string): string {
  return value === null || value === undefined ? '–' : format(value)
}

/** A heat map in one sentence. */
export function heatSummary({ heat }: PlotSpec): string {
  let [sum, low, high] = [0, Number.POSITIVE_INFINITY, 0]
  for (const bins of heat!.columns)
    for (let i = 0; i < bins.length; i += 2) {
      sum += bins[i + 1]!
      low = Math.min(low, bins[i]!)
      high = Math.max(high, bins[i]!)
    }
  return `${count(sum)} messages between ${latency(bottomOfBin(low))} and ${latency(bottomOfBin(high + 1))}.`
}
