/** Misbehaving parts of a plan's mix as options: a part's weight is its share of the sessions. */
import { UsageError } from '../base/errors.js'
import { formatShare } from '../base/units.js'

/** What each fault may say beside its weight: in the order of its option's parts, what stands for one that is left out, and what it is. */
export const FAULT_KEYS = {
  'slow-client': { where: 'data', octets: '16', delay: '100ms' },
  malformed: { cases: '' },
  abort: { stage: 'body', how: 'reset' },
  'half-open': { hold: '60s' },
} as const satisfies Readonly<Record<string, Readonly<Record<string, string>>>>

export type FaultName = keyof typeof FAULT_KEYS

/** The value of the option of that name. Throws UsageError for a key that belongs to another fault, or to mail. */
export function faultText(
  fault: FaultName,
  fields: Readonly<Record<string, unknown>>,
  share: number,
  label: (key: string) => string,
): string {
  const usual: Readonly<Record<string, string>> = FAULT_KEYS[fault]
  for (const key of Object.keys(fields)) {
    if (Object.hasOwn(usual, key)) continue
    throw new UsageError(
      `${label(key)} means nothing with ${fault}; what it takes is ${Object.keys(usual).join(', ')}.`,
    )
  }
  const part = (key: string) => [fields[key] ?? usual[key]].flat().join(',')
  const parts =
    fault === 'slow-client' ? [part('where'), `${part('octets')}/${part('delay')}`] : Object.keys(usual).map(part)
  return [formatShare(share), ...parts.filter((text) => text !== '')].join(':')
}
