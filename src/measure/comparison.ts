/** A comparison of two sides as a whole: plain data but for the histograms. */
import type { Histogram } from 'hdr-histogram-js'
import type { ComparedFigure, ComparedVerdict, CompareOptions } from './compare.js'
import { type HistogramDocument, histogramDocument } from './document.js'
import type { Verdict } from './verdict.js'

/** One side: a run, or several of the same thing. */
export interface ComparedSide {
  readonly files: readonly string[]
  readonly target: string
  readonly unit: 'messages' | 'handshakes'
  readonly version: string
  readonly node: string
  readonly host: string
  /** ISO 8601, of the first. */
  readonly startedAt: string
  readonly tags: Readonly<Record<string, string>>
  /** Whole seconds that the figures are of. */
  readonly seconds: number
  /** Messages accepted in all. */
  readonly accepted: number
  /** Of the run whose generator was worst off. */
  readonly generator: Verdict
  /** Latency of accepted messages in microseconds; without a message, empty. */
  readonly response: Histogram
  readonly service: Histogram
}

/** In what the runs differ that should have been the same. */
export interface Difference {
  readonly name: string
  readonly a: string
  readonly b: string
}

export interface Comparison extends CompareOptions {
  readonly a: ComparedSide
  readonly b: ComparedSide
  readonly differences: readonly Difference[]
  /** Sentences about what makes the figures hard to compare. */
  readonly warnings: readonly string[]
  readonly figures: readonly ComparedFigure[]
}

/** How many figures have which verdict. */
export function verdictCounts(figures: readonly ComparedFigure[]): Record<ComparedVerdict, number> {
  const counts = { better: 0, worse: 0, differs: 0, 'no difference': 0, unknown: 0 }
  for (const { verdict } of figures) counts[verdict]++
  return counts
}

/** As it is written as JSON; every latency in milliseconds. */
export interface ComparisonDocument extends Omit<Comparison, 'a' | 'b'> {
  readonly schemaVersion: 1
  readonly a: ComparedSideDocument
  readonly b: ComparedSideDocument
  readonly verdicts: Readonly<Record<ComparedVerdict, number>>
}

export interface ComparedSideDocument extends Omit<ComparedSide, 'response' | 'service' | 'generator'> {
  readonly generator: Omit<Verdict, 'startLagP99Us'> & { readonly startLagP99Ms: number }
  readonly response: HistogramDocument
  readonly service: HistogramDocument
}

export function comparisonDocument({ a, b, ...rest }: Comparison): ComparisonDocument {
  return { schemaVersion: 1, a: sideDocument(a), b: sideDocument(b), verdicts: verdictCounts(rest.figures), ...rest }
}

function sideDocument({ response, service, generator, ...rest }: ComparedSide): ComparedSideDocument {
  const { startLagP99Us, ...verdict } = generator
  return {
    ...rest,
    generator: { ...verdict, startLagP99Ms: startLagP99Us / 1000 },
    response: histogramDocument(response),
    service: histogramDocument(service),
  }
}
