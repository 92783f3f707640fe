/**
 * HdrHistogram's own text form of a histogram (V2, deflated, base64), by hdr-histogram-js. The library is loaded with the first one that is written or
 * read: its deflate, its WebAssembly and its number format take as long to load as all of ours, and most runs write none.
 */
import type { Histogram } from 'hdr-histogram-js'
import { onDemand } from '../base/on-demand.js'

const library = onDemand<typeof import('hdr-histogram-js')>('hdr-histogram-js')

/** One line without blanks. */
export function encodeHistogram(histogram: Histogram): string {
  return library().encodeIntoCompressedBase64(histogram)
}

/** With counts as float64, as all of ours. @throws Error when it is no such text */
export function decodeHistogram(text: string): Histogram {
  return library().decodeFromCompressedBase64(text, 64)
}
