/**
 * From policy documents (a parsed JSON or YAML file, the rules given as flags, a profile) to a Policy. A document is an object of sections; what is wrong is
 * refused with a sentence that names the place and what would be right.
 */
import { UsageError } from '../base/errors.js'
import { nearest } from '../base/nearest.js'
import {
  type CountRule,
  DEFAULT_ENTRIES,
  LIMIT_KEYS,
  type LimitKey,
  MALFORMED_KINDS,
  type Policy,
  type Refusal,
  type StageName,
  type StageRule,
} from './policy.js'
import { checkPolicy, LIFETIME_MAX_MS, WAIT_MAX_MS } from './policy-check.js'
import {
  type Field,
  type Fields,
  fieldsOf,
  readBoolean,
  readCode,
  readCount,
  readDistribution,
  readRate,
  readShare,
  readSizes,
  readStages,
  readText,
  readTime,
  shown,
} from './policy-fields.js'
import { SPEC_FORMS, type SpecSection, splitSpec } from './policy-specs.js'

/** One source of rules. */
export interface PolicyLayer {
  /** Where a section, or one rule of it, stands, for sentences: `policy.yaml: reject`, `policy.yaml: reject[0]`. */
  readonly path: (section: string, index?: number) => string
  readonly document: Readonly<Record<string, unknown>>
}

/** All a document may hold; `profile` is for whoever knows profiles. */
export const POLICY_KEYS = ['profile', 'seed', ...Object.keys(SPEC_FORMS), 'entries'] as const

/**
 * A parsed file as a layer.
 * @throws UsageError when it is no object, or has an unknown key
 */
export function fileLayer(name: string, document: unknown): PolicyLayer {
  // An empty YAML file is null.
  const object = document ?? {}
  fieldsOf({ path: name, value: object }, POLICY_KEYS, ': ')
  return documentLayer(name, object as Record<string, unknown>)
}

/** A layer of what is known to be a document. */
export function documentLayer(name: string, document: Readonly<Record<string, unknown>>): PolicyLayer {
  const path = (section: string, index?: number) => `${name}: ${section}${index === undefined ? '' : `[${index}]`}`
  return { path, document }
}

/**
 * The policy of some layers, the weakest first: each section is taken whole from the strongest layer that has it; null or an empty list there
 * clears it. `seed` is taken when no layer has one.
 * @throws UsageError
 */
export function readPolicy(layers: readonly PolicyLayer[], seed: string): Policy {
  const layerOf = (name: string) => layers.findLast(({ document }) => document[name] !== undefined)
  const section = (name: string): Field => {
    const layer = layerOf(name)
    return { path: layer?.path(name) ?? name, value: layer?.document[name] }
  }
  const each = <T>(name: SpecSection, read: (get: Fields) => T): T[] => {
    const { path, value } = section(name)
    if (value === undefined || value === null) return []
    if (!Array.isArray(value)) return [one(name, { path, value }, read)]
    return value.map((item, i) => one(name, { path: layerOf(name)!.path(name, i), value: item }, read))
  }
  const single = <T>(name: SpecSection, read: (get: Fields) => T): T | null => {
    const field = section(name)
    return field.value === undefined || field.value === null ? null : one(name, field, read)
  }
  const banner = single('slowBanner', (get) => ({ stages: ['connect'] as StageName[], ...timed(get) }))
  const policy: Policy = {
    seed: readSeed(section('seed')) ?? seed,
    reject: each('reject', (get) => ({ ...staged(get), ...refusal(get, null, readStages(get('stage'))) })),
    delay: [
      ...each('delay', (get) => ({ stages: readStages(get('stage')), ...timed(get) })),
      ...(banner ? [banner] : []),
    ],
    limit: each('limit', (get) => {
      const per = word(get('per'), LIMIT_KEYS)
      const rate = readRate(get('rate'))
      const burst = readCount(get('burst'), 1, Math.max(1, Math.ceil(rate)))
      return { per, rate, burst, ...refusal(get, LIMIT_CODES[per], limitStages(per), LIMIT_TEXT) }
    }),
    maxRecipients: single('maxRecipients', (get) => counted(get, 452, '4.5.3 Too many recipients')),
    maxMessages: single('maxMessages', (get) => counted(get, 421, '4.7.0 Too many messages in one session')),
    greylist: single('greylist', (get) => ({
      passMs: readTime(get('pass'), LIFETIME_MAX_MS),
      lifetimeMs: readTime(get('lifetime'), LIFETIME_MAX_MS, LIFETIME_MS),
      ...refusal(get, 451, ['rcpt'], '4.7.1 Greylisted, try again later'),
    })),
    tarpit: each('tarpit', (get) => ({
      per: word(get('per'), ['client', 'all'] as const),
      stepMs: readTime(get('step'), WAIT_MAX_MS),
      free: readCount(get('free'), 0, 0),
      maxMs: readTime(get('max'), WAIT_MAX_MS, 60_000),
    })),
    disconnect: each('disconnect', staged),
    reset: each('reset', staged),
    cut: each('cut', (get) => ({ ...readSizes(get('after')), share: readShare(get('share')) })),
    wrong: each('wrong', (get) => {
      const code = readCode(get('code'), 200)
      return { ...staged(get), code, text: readText(get('text')) ?? (code < 400 ? 'Ok' : 'Not as it should be') }
    }),
    malformed: each('malformed', (get) => ({ ...staged(get), as: word(get('as'), MALFORMED_KINDS) })),
    drip: single('drip', (get) => ({
      octets: readCount(get('octets'), 1),
      everyMs: readTime(get('every'), WAIT_MAX_MS),
      share: readShare(get('share')),
    })),
    slowRead: single('slowRead', (get) => ({
      pauseMs: readTime(get('pause'), WAIT_MAX_MS),
      share: readShare(get('share')),
    })),
    entries: readCount(section('entries'), 1, DEFAULT_ENTRIES),
  }
  checkPolicy(policy)
  return policy
}

/** A triplet that was not seen for so long is forgotten, when nothing else is said. */
const LIFETIME_MS = 36 * 86_400_000

const LIMIT_CODES: Readonly<Record<LimitKey, number>> = { connection: 421, client: 421, sender: 451, domain: 451 }
const LIMIT_TEXT = '4.7.0 Rate limit exceeded, try again later'

/** The keys of a section's objects. */
const KEYS: Readonly<Record<SpecSection, readonly string[]>> = {
  reject: ['stage', 'code', 'share', 'text', 'close'],
  delay: ['stage', 'time', 'share'],
  limit: ['per', 'rate', 'burst', 'code', 'text', 'close'],
  maxRecipients: ['count', 'code', 'text', 'close'],
  maxMessages: ['count', 'code', 'text', 'close'],
  greylist: ['pass', 'lifetime', 'code', 'text', 'close'],
  tarpit: ['per', 'step', 'free', 'max'],
  disconnect: ['stage', 'share'],
  reset: ['stage', 'share'],
  cut: ['after', 'share'],
  wrong: ['stage', 'code', 'share', 'text'],
  malformed: ['stage', 'as', 'share'],
  slowBanner: ['time', 'share'],
  slowRead: ['pause', 'share'],
  drip: ['octets', 'every', 'share'],
}

function limitStages(per: LimitKey): StageName[] {
  return [per === 'connection' ? 'connect' : per === 'domain' ? 'rcpt' : 'mail']
}

/** One rule, by its spec or its object. A bare number is a spec too: `maxRecipients: 100`. */
function one<T>(section: SpecSection, { path, value }: Field, read: (get: Fields) => T): T {
  if (typeof value !== 'string' && typeof value !== 'number') return read(fieldsOf({ path, value }, KEYS[section]))
  const fields = splitSpec(section, String(value), path)
  return read(fieldsOf({ path: `${path} '${value}'`, value: fields }, KEYS[section], ' '))
}

function staged(get: Fields): StageRule {
  return { stages: readStages(get('stage')), share: readShare(get('share')) }
}

function timed(get: Fields) {
  return { time: readDistribution(get('time')), share: readShare(get('share')) }
}

function counted(get: Fields, code: number, text: string): CountRule {
  return { count: readCount(get('count'), 1), ...refusal(get, code, [], text) }
}

/** The reply of a rule that refuses. 421 announces that the connection is closed (RFC 5321 section 4.2.3), so it is. */
function refusal(get: Fields, fallback: number | null, stages: readonly StageName[], text?: string): Refusal {
  const code = readCode(get('code'), 400, fallback)
  const own = readText(get('text'))
  return {
    code,
    text: own ?? (fallback === null || text === undefined ? refusalText(code, stages) : fitted(text, code, stages)),
    close: readBoolean(get('close'), code === 421),
  }
}

function refusalText(code: number, stages: readonly StageName[]): string {
  return fitted(WORDS[code] ?? (code < 500 ? '4.3.0 Try again later' : '5.7.1 Refused'), code, stages)
}

const WORDS: Readonly<Record<number, string>> = {
  421: '4.3.2 Closing',
  450: '4.2.1 Mailbox busy',
  452: '4.3.1 No room',
  552: '5.2.2 Mailbox full',
}

/** The enhanced code in the class of the code; none in a greeting or the reply to a hello (RFC 2034 section 3). */
function fitted(text: string, code: number, stages: readonly StageName[]): string {
  const bare = stages.length > 0 && stages.every((stage) => stage === 'connect' || stage === 'hello')
  return bare ? text.replace(/^\d\.\d+\.\d+ /, '') : text.replace(/^\d/, String(code).slice(0, 1))
}

function readSeed({ path, value }: Field): string | null {
  if (value === undefined || value === null) return null
  const text = typeof value === 'number' || typeof value === 'string' ? String(value).toLowerCase() : ''
  if (!/^[0-9a-f]{1,16}$/.test(text))
    throw new UsageError(`${path}: ${shown(value)} is no seed; give 1 to 16 hexadecimal digits.`)
  return text
}

function word<T extends string>({ path, value }: Field, words: readonly T[]): T {
  const found = words.find((one) => one === value)
  if (found !== undefined) return found
  const meant = typeof value === 'string' ? nearest(value, words) : null
  const which = value === undefined ? 'is missing' : `${shown(value)} is not known`
  throw new UsageError(
    `${path}${value === undefined ? ' ' : ': '}${which}; ${meant ? `did you mean ${meant}?` : `give ${words.join(', ')}.`}`,
  )
}
