/** Latency distributions over time in few enough columns and bins for a page. */
import { type Counts, valueFromBucket } from '../../measure/counts.js'
import type { LatencyWindow } from '../../measure/windows.js'
import { binOf } from './bins.js'
import { addHeat } from './heat-columns.js'
import type { PageHeat } from './model.js'

/** `bin, count, bin, count …` of all that was counted. */
export function binsOf(counts: Counts | null): number[] {
  const bins: number[] = []
  for (let i = 0; i < (counts?.buckets.length ?? 0); i++) {
    const bin = binOf(valueFromBucket(counts!.buckets[i]!))
    if (bins.at(-2) === bin) bins[bins.length - 1]! += counts!.counts[i]!
    else bins.push(bin, counts!.counts[i]!)
  }
  return bins
}

/** Of accepted messages from their intended start; null where nothing was timed. */
export function heatOf(windows: readonly LatencyWindow[]): PageHeat | null {
  const heat: PageHeat = { seconds: windows[0]?.seconds ?? 1, at: [], columns: [] }
  for (const { second, response } of windows) addHeat(heat, second, binsOf(response))
  return heat.columns.some((column) => column.length > 0) ? heat : null
}
