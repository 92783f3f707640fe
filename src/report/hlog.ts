/** A run as HdrHistogram's interval log (`.hlog`), version 1.3: each series of each interval by its name as tag, values in microseconds. */
import { onDemand } from '../base/on-demand.js'
import { HISTOGRAM_LENGTH } from '../measure/board.js'
import { addCounts } from '../measure/counts.js'
import { histogramOfCounts } from '../measure/histogram.js'
import type { Interval } from '../measure/interval.js'
import { SERIES_NAMES } from '../measure/interval-line.js'
import type { Result } from '../measure/result.js'

const library = onDemand<typeof import('hdr-histogram-js')>('hdr-histogram-js')

/** The maximum of each line is given in milliseconds, as the format has it. */
const US_PER_MS = 1000

/** The whole log. Tags must not hold blanks or commas, so that a blank in a name is a dot. */
export function toHlog(
  result: Pick<Result, 'startedAt' | 'target' | 'version'>,
  intervals: Iterable<Interval>,
): string {
  const lines: string[] = []
  const writer = new (library().HistogramLogWriter)((line) => lines.push(line))
  const startedMs = Date.parse(result.startedAt)
  writer.outputComment(`[stampede ${result.version}, ${result.target}]`)
  writer.outputLogFormatVersion()
  // The library's own line has the time zone of whoever renders it.
  lines.push(`#[StartTime: ${(startedMs / 1000).toFixed(3)} (seconds since epoch), ${result.startedAt}]\n`)
  writer.outputLegend()
  for (const { fromMs, toMs, series } of intervals) {
    series.forEach((counts, number) => {
      if (counts === null) return
      const all = new Float64Array(HISTOGRAM_LENGTH)
      addCounts(all, counts)
      const histogram = histogramOfCounts(all)
      histogram.tag = SERIES_NAMES[number]!.replaceAll(' ', '.')
      writer.outputIntervalHistogram(histogram, (startedMs + fromMs) / 1000, (startedMs + toMs) / 1000, US_PER_MS)
    })
  }
  return lines.join('')
}
