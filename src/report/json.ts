/** The machine-readable result: one JSON document, every time in milliseconds, with whole histograms. */
import type { Histogram } from 'hdr-histogram-js'
import { histogramFrom, type ResultDocument, toDocument } from '../measure/document.js'
import type { LatencyRow, Result } from '../measure/result.js'

/** What a stored document holds, with its histograms (microseconds) back to work with. */
export interface StoredResult {
  readonly document: ResultDocument
  readonly latency: readonly LatencyRow[]
  readonly startLag: Histogram
}

/** The document as text, indented, without a line feed at the end. */
export function toJson(result: Result): string {
  return JSON.stringify(toDocument(result), null, 2)
}

/** Reads what `toJson` wrote. @throws Error when it is not JSON or of another schema version */
export function fromJson(text: string): StoredResult {
  const document = JSON.parse(text) as ResultDocument
  if (document.schemaVersion !== 1) {
    throw new Error(`a result of schema version 1 is needed, this one has ${String(document.schemaVersion)}`)
  }
  return {
    document,
    latency: document.latency.map((row) => ({ name: row.name, outcome: row.outcome, histogram: histogramFrom(row) })),
    startLag: histogramFrom(document.startLag),
  }
}
