/** When a server has come to rest, and what its level is then. */
import { LEAK_RESOURCES, type LeakLevels, type LeakResource } from './leaks.js'

/** Garbage that waits for its collector only ever adds: the level is what a resource keeps coming back to from above. */
const LEVEL_QUANTILE = 0.25
/** Memory within this share, or this many octets, of itself is at rest. */
const REST_SHARE = 0.003
const REST_OCTETS = 256 * 1024
/** A rest is this many samples long. */
export const REST_SAMPLES = 4

/** Whether the last samples are a rest: nobody connected, and nothing changes any more. */
export function isAtRest(samples: readonly LeakLevels[]): boolean {
  if (samples.length < REST_SAMPLES) return false
  const last = samples.slice(-REST_SAMPLES)
  return LEAK_RESOURCES.every((resource) => {
    const values = valuesOf(last, resource)
    if (values.length < REST_SAMPLES) return values.length === 0
    const low = Math.min(...values)
    const spread = Math.max(...values) - low
    return spread <= (resource === 'memory' ? Math.max(REST_OCTETS, low * REST_SHARE) : 0)
  })
}

/** The settled levels of an idle phase: a low quantile of its later half. */
export function settledLevels(samples: readonly LeakLevels[]): LeakLevels {
  const from = Math.min(Math.floor(samples.length / 2), Math.max(0, samples.length - REST_SAMPLES))
  const late = samples.slice(from)
  const levels: Partial<Record<LeakResource, number>> = {}
  for (const resource of LEAK_RESOURCES) {
    const values = valuesOf(late, resource)
    if (values.length > 0) levels[resource] = lowQuantile(values)
  }
  return levels
}

/** The value that a quarter of all lies at or below; the values need no order. */
export function lowQuantile(values: readonly number[], share: number = LEVEL_QUANTILE): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.floor((sorted.length - 1) * share)]!
}

function valuesOf(samples: readonly LeakLevels[], resource: LeakResource): number[] {
  return samples.map((levels) => levels[resource]).filter((value) => value !== undefined)
}
