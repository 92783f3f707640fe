/** What a threshold's metric came to, as people read it. */
import type { ThresholdResult } from '../measure/figures.js'
import { bytes, count, latency, number, significant } from './format.js'

/** What it was held against, where its text does not say: `bound 23.5 ms`; null: it does. */
export function boundWords({ bound, unit }: Pick<ThresholdResult, 'bound' | 'unit'>): string | null {
  return bound === undefined ? null : `bound ${thresholdValue({ value: bound, unit })}`
}

export function thresholdValue({ value, unit }: Pick<ThresholdResult, 'value' | 'unit'>): string {
  if (value === null) return 'nothing measured'
  switch (unit) {
    case 'ms':
      return latency(value * 1000)
    case 'share':
      return `${significant(value * 100)} %`
    case 'count':
      return count(value)
    case 'perSecond':
      return `${number(value)}/s`
    case 'octets':
      return bytes(value)
    case 'octetsPerSecond':
      return `${bytes(value)}/s`
  }
}
