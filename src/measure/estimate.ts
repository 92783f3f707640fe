/** Each figure of a run, or of several runs of the same thing, with how far off it may be. */
import { bucketOf } from './board.js'
import type { Cell } from './cells.js'
import { FIGURES, type Figure } from './compared-figures.js'
import { topOfBucket, valueFromBucket } from './counts.js'
import { type Draws, drawn, ratios, Spread } from './resample.js'

/** Seconds below which a run says nothing of its own noise. */
export const FEWEST_SECONDS = 8
/** So many messages must lie beyond a percentile for it to be told from chance. */
const FEWEST_BEYOND = 5

/** A figure and its noise: plain data. */
export interface Estimate {
  readonly name: string
  /** In the figure's unit. */
  readonly value: number
  /** The standard error; null: not known. */
  readonly error: number | null
  /** Degrees of freedom of that error. */
  readonly freedom: number
  /** Why the error is not known. */
  readonly why: 'seconds' | 'messages' | 'maximum' | null
}

/**
 * What the runs come to together; figures of which they measured nothing are missing. Between several runs there is more noise than within
 * each: where they differ by more than their own seconds explain, that is the error.
 */
export function estimate(runs: readonly (readonly Cell[])[]): Estimate[] {
  const cells = runs.flat()
  const enough = runs.every((run) => run.length >= FEWEST_SECONDS) && runs.length > 0
  const draws = enough ? drawn(runs) : null
  const spreads = new Spreads()
  return FIGURES.flatMap((figure): Estimate[] => {
    const value = valueIn(figure, cells, spreads)
    if (value === null) return []
    const why = whyUnknown(figure, cells, draws, spreads)
    const none = { name: figure.name, value, error: null, freedom: 0 }
    if (why !== null) return [{ ...none, why }]
    const within = withinRuns(figure, cells, draws!, spreads)
    if (within === null) return [{ ...none, why: 'seconds' }]
    const each = runs.length > 1 ? runs.map((run) => valueIn(figure, run, new Spreads())) : []
    return [{ ...none, ...larger(within, betweenRuns(each)), why: null }]
  })
}

type Noise = Pick<Estimate, 'freedom'> & { readonly error: number }

/** Series already put in order, so that several percentiles share them. */
class Spreads {
  readonly #made = new Map<number, Spread>()

  of(series: number, cells: readonly Cell[]): Spread {
    let spread = this.#made.get(series)
    if (spread === undefined) {
      spread = new Spread(cells.map((cell) => cell.series[series] ?? null))
      this.#made.set(series, spread)
    }
    return spread
  }
}

function valueIn(figure: Figure, cells: readonly Cell[], spreads: Spreads): number | null {
  if (figure.kind === 'time') {
    const us = spreads.of(figure.series, cells).percentile(figure.percentile, new Uint8Array(cells.length).fill(1), 0)
    return Number.isNaN(us) ? null : us / 1000
  }
  const bottom = cells.reduce((sum, cell) => sum + figure.bottom(cell), 0)
  return bottom > 0 ? cells.reduce((sum, cell) => sum + figure.top(cell), 0) / bottom : null
}

function whyUnknown(figure: Figure, cells: readonly Cell[], draws: Draws | null, spreads: Spreads): Estimate['why'] {
  if (figure.kind === 'time') {
    // The maximum is a single message: which runs could have had a slower one, no resample of this one tells.
    if (figure.percentile === 100) return 'maximum'
    const { total } = spreads.of(figure.series, cells)
    if (total * (1 - figure.percentile / 100) < FEWEST_BEYOND) return 'messages'
  }
  return draws === null ? 'seconds' : null
}

function withinRuns(figure: Figure, cells: readonly Cell[], draws: Draws, spreads: Spreads): Noise | null {
  const values =
    figure.kind === 'ratio'
      ? ratios(cells.map(figure.top), cells.map(figure.bottom), draws)
      : percentiles(spreads.of(figure.series, cells), figure.percentile, draws)
  const variance = varianceOf(values)
  if (variance === null || draws.blocks < 2) return null
  // Resamples of few blocks vary less than new runs would.
  const full = (variance * draws.blocks) / (draws.blocks - 1)
  return { error: Math.sqrt(full + (figure.kind === 'time' ? rounding(values) : 0)), freedom: draws.blocks - 1 }
}

function percentiles(spread: Spread, percentile: number, { cells, times }: Draws): Float64Array {
  return Float64Array.from(
    { length: times.length / cells },
    (_, i) => spread.percentile(percentile, times, i * cells) / 1000,
  )
}

/** The variance that comes of values being filed in buckets, in square milliseconds. */
function rounding(values: Float64Array): number {
  const bucket = bucketOf(Math.round(values[0]! * 1000))
  const widthMs = (topOfBucket(bucket) + 1 - valueFromBucket(bucket)) / 1000
  return (widthMs * widthMs) / 12
}

/** Null when most resamples had nothing to measure. */
function varianceOf(values: ArrayLike<number>): number | null {
  const known = Array.from(values).filter((value) => !Number.isNaN(value))
  if (known.length < 2 || known.length < values.length / 2) return null
  const mean = known.reduce((sum, value) => sum + value, 0) / known.length
  return known.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (known.length - 1)
}

function betweenRuns(values: readonly (number | null)[]): Noise | null {
  const known = values.filter((value) => value !== null)
  const variance = known.length < 2 ? null : varianceOf(known)
  return variance === null ? null : { error: Math.sqrt(variance / known.length), freedom: known.length - 1 }
}

function larger(within: Noise, between: Noise | null): Noise {
  return between !== null && between.error > within.error ? between : within
}
