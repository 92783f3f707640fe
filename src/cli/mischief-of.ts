/** Misbehaving clients: from what was given to the plan, and from the plan to words again. Each value is how much, then what, between colons. */
import { UsageError } from '../base/errors.js'
import { nearest } from '../base/nearest.js'
import {
  formatCount,
  formatDuration,
  formatRate,
  formatShare,
  formatSize,
  parseCount,
  parseDuration,
  parseRate,
  parseShare,
  parseSize,
} from '../base/units.js'
import { ABORT_STAGES, type MischiefPlan, SLOW_PLACES } from '../plan/mischief.js'
import type { SourcePlan } from '../plan/plan.js'
import { casesNamed } from '../smtp/malformed/catalogue.js'
import { type Given, orList } from './given.js'

const SLOW = { where: 'data', octets: 16, everyMs: 100 } as const
const HALF_OPEN_MS = 60_000
const FLOOD_OPEN = 100
const HOW = ['reset', 'close'] as const

/** How a value is read: `label` is the option as it was given. */
type Reader = (parts: readonly string[], label: string) => MischiefPlan

const READERS: Readonly<Record<string, { readonly most: number; readonly read: Reader }>> = {
  'slow-client': { most: 3, read: readSlow },
  malformed: { most: 2, read: readMalformed },
  abort: { most: 3, read: readAbort },
  'half-open': { most: 2, read: readHalfOpen },
  'connect-flood': { most: 2, read: readFlood },
}

/** The plan's misbehaving clients, kind after kind. Throws UsageError. */
export function mischiefOf(given: Given): MischiefPlan[] {
  return Object.entries(READERS).flatMap(([name, { most, read }]) =>
    given.texts(name).map((text, i) => {
      const label = given.label(name, i)
      const parts = text.split(':')
      if (parts.length > most) throw new UsageError(`${label}: '${parts.slice(most).join(':')}' is one part too many.`)
      return read(parts, label)
    }),
  )
}

function readSlow([share, where, pace]: readonly string[], label: string): MischiefPlan {
  const [octets, every, ...more] = pace === undefined ? [] : pace.split('/')
  if (pace !== undefined && (every === undefined || more.length > 0))
    throw new UsageError(`${label}: '${pace}' is no pace; give octets and time such as 16/100ms.`)
  return {
    kind: 'slow',
    share: parseShare(share!, label),
    where: where === undefined ? SLOW.where : oneOf(where, SLOW_PLACES, label),
    octets: octets === undefined ? SLOW.octets : parseSize(octets, label, { min: 1 }),
    everyMs: every === undefined ? SLOW.everyMs : parseDuration(every, label, { min: 1 }),
  }
}

function readMalformed([share, cases]: readonly string[], label: string): MischiefPlan {
  const names = cases === undefined ? null : casesNamed(cases.split(','), label).map(({ name }) => name)
  return { kind: 'malformed', share: parseShare(share!, label), cases: names }
}

function readAbort([share, stage = 'body', how = 'reset']: readonly string[], label: string): MischiefPlan {
  return {
    kind: 'abort',
    share: parseShare(share!, label),
    stage: oneOf(stage, ABORT_STAGES, label),
    how: oneOf(how, HOW, label),
  }
}

function readHalfOpen([share, time]: readonly string[], label: string): MischiefPlan {
  const holdMs = time === undefined ? HALF_OPEN_MS : parseDuration(time, label, { min: 1 })
  return { kind: 'half-open', share: parseShare(share!, label), holdMs }
}

function readFlood([rate, open]: readonly string[], label: string): MischiefPlan {
  return {
    kind: 'flood',
    perSecond: parseRate(rate!, label),
    open: open === undefined ? FLOOD_OPEN : parseCount(open, label),
  }
}

function oneOf<T extends string>(text: string, words: readonly T[], label: string): T {
  if ((words as readonly string[]).includes(text)) return text as T
  const meant = nearest(text, words)
  throw new UsageError(
    `${label}: '${text}' is not known; give ${orList(words)}${meant ? ` (did you mean ${meant}?)` : ''}.`,
  )
}

/** The words that give the same misbehaviour. */
export function mischiefWords({
  mischief,
  mischiefAfterMs,
}: Pick<SourcePlan, 'mischief' | 'mischiefAfterMs'>): string[] {
  const words = mischief.flatMap(wordsOf)
  if (mischiefAfterMs !== null && mischiefAfterMs !== undefined)
    words.push('--fault-after', formatDuration(mischiefAfterMs))
  return words
}

function wordsOf(one: MischiefPlan): string[] {
  switch (one.kind) {
    case 'slow':
      return [
        '--slow-client',
        `${formatShare(one.share)}:${one.where}:${formatSize(one.octets)}/${formatDuration(one.everyMs)}`,
      ]
    case 'malformed':
      return ['--malformed', [formatShare(one.share), ...(one.cases === null ? [] : [one.cases.join(',')])].join(':')]
    case 'abort':
      return ['--abort', `${formatShare(one.share)}:${one.stage}:${one.how}`]
    case 'half-open':
      return ['--half-open', `${formatShare(one.share)}:${formatDuration(one.holdMs)}`]
    case 'flood':
      return ['--connect-flood', `${formatRate(one.perSecond)}:${formatCount(one.open)}`]
  }
}
