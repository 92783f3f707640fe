/** Single values of a policy document: each reader takes a Field, which knows what to call itself, and refuses with one sentence. */
import { UsageError } from '../base/errors.js'
import { nearest } from '../base/nearest.js'
import { parseCount, parseDuration, parseRate, parseSize, shareOf } from '../base/units.js'
import { type Distribution, POLICY_STAGES, type StageName } from './policy.js'
import { WAIT_MAX_MS } from './policy-check.js'

/** A value and where it stands: `policy.yaml: reject[0].share`. */
export interface Field {
  readonly path: string
  /** Undefined: not given. */
  readonly value: unknown
}

/** Gives the fields of one object by name. */
export type Fields = (key: string) => Field

/**
 * The fields of an object; `separator` stands between its path and theirs.
 * @throws UsageError when it is none, or has a key that is not among `known`
 */
export function fieldsOf({ path, value }: Field, known: readonly string[], separator = '.'): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new UsageError(`${path}: ${shown(value)} is no object; give one with ${known.join(', ')}.`)
  for (const key of Object.keys(value)) {
    if (known.includes(key)) continue
    const meant = nearest(key, known)
    const hint = meant === null ? `known are ${known.join(', ')}.` : `did you mean ${meant}?`
    throw new UsageError(`${path}${separator}${key} is unknown; ${hint}`)
  }
  return (key) => ({
    path: `${path}${separator}${key}`,
    value: Object.hasOwn(value, key) ? (value as Record<string, unknown>)[key] : undefined,
  })
}

/** A probability: `0.02` or `2%`; not given: 1. */
export function readShare({ path, value }: Field): number {
  if (value === undefined) return 1
  const share = shareOf(String(value))
  if (share === null)
    throw new UsageError(`${path}: ${shown(value)} is no share; give a number from 0 to 1, or a percentage such as 2%.`)
  return share
}

/** Stages: one, several between commas, a list, or `all`. */
export function readStages({ path, value }: Field): StageName[] {
  const given: unknown[] = Array.isArray(value) ? value : typeof value === 'string' ? value.split(',') : []
  const words = given.filter((one) => typeof one === 'string')
  if (words.length === 0 || words.length < given.length) {
    const odd = given.find((one) => typeof one !== 'string') ?? value
    throw new UsageError(`${path}: ${shown(odd)} is no stage; give one of ${stageList()}.`)
  }
  const stages = new Set<StageName>()
  for (const word of words.map((one) => one.trim())) {
    if (word === 'all') {
      for (const stage of POLICY_STAGES) stages.add(stage)
      continue
    }
    const stage = POLICY_STAGES.find((name) => name === word)
    if (stage === undefined) {
      const meant = nearest(word, [...POLICY_STAGES, 'all'])
      throw new UsageError(
        `${path}: '${word}' is no stage; ${meant ? `did you mean ${meant}?` : `give one of ${stageList()}.`}`,
      )
    }
    stages.add(stage)
  }
  // In the order of a conversation, so that the same rule is always the same data.
  return POLICY_STAGES.filter((stage) => stages.has(stage))
}

function stageList(): string {
  return `${POLICY_STAGES.join(', ')} or all`
}

/** A reply code from `lowest` to 599. */
export function readCode({ path, value }: Field, lowest: number, fallback: number | null = null): number {
  if (value === undefined && fallback !== null) return fallback
  const code = /^\d{3}$/.test(String(value)) ? Number(value) : Number.NaN
  if (!(code >= lowest && code <= 599))
    throw new UsageError(`${path}: ${shown(value)} is no code that can be given here; give ${lowest} to 599.`)
  return code
}

export function readText({ path, value }: Field): string | null {
  if (value === undefined) return null
  if (typeof value !== 'string') throw new UsageError(`${path}: ${shown(value)} is no text; give it in quotes.`)
  return value
}

export function readBoolean({ path, value }: Field, fallback: boolean): boolean {
  if (value === undefined) return fallback
  if (typeof value !== 'boolean')
    throw new UsageError(`${path}: ${shown(value)} is neither true nor false; give one of them.`)
  return value
}

/** A whole number; not given: `fallback`. */
export function readCount({ path, value }: Field, min: number, fallback: number | null = null): number {
  if (value === undefined && fallback !== null) return fallback
  return parseCount(plain(path, value), path, { min, max: 1e9 })
}

/** Whole milliseconds of a time with its unit; not given: `fallback`. */
export function readTime({ path, value }: Field, max: number, fallback: number | null = null): number {
  if (value === undefined && fallback !== null) return fallback
  return parseDuration(plain(path, value), path, { max })
}

/** Per second. */
export function readRate({ path, value }: Field): number {
  return parseRate(plain(path, value), path)
}

/** `10KiB` or `0..64KiB`. */
export function readSizes({ path, value }: Field): { minOctets: number; maxOctets: number } {
  const [first, second] = ends(plain(path, value))
  const minOctets = parseSize(first, path)
  return { minOctets, maxOctets: second === null ? minOctets : parseSize(second, path, { min: minOctets }) }
}

/** `20ms`, `10ms..50ms`, `exp:30ms`, `normal:30ms:5ms`, `lognormal:20ms:200ms`, `geometric:5s:30%`. */
export function readDistribution({ path, value }: Field): Distribution {
  const text = plain(path, value)
  const time = (part: string) => parseDuration(part, path, { max: WAIT_MAX_MS })
  const [kind, first, second, ...rest] = text.split(':')
  if (first === undefined) {
    const [low, high] = ends(text)
    return high === null ? { kind: 'fixed', ms: time(low) } : { kind: 'uniform', minMs: time(low), maxMs: time(high) }
  }
  if (kind === 'exp' && second === undefined) return { kind, meanMs: time(first) }
  if (second !== undefined && rest.length === 0) {
    if (kind === 'geometric') return { kind, ms: time(first), odds: readShare({ path, value: second }) }
    if (kind === 'normal') return { kind, meanMs: time(first), sdMs: time(second) }
    if (kind === 'lognormal') return { kind, medianMs: time(first), p99Ms: time(second) }
  }
  throw new UsageError(
    `${path}: '${text}' is no time; give one such as 20ms, 10ms..50ms, exp:MEAN, normal:MEAN:SD, lognormal:MEDIAN:P99 or geometric:TIME:ODDS.`,
  )
}

/** Octets of `A..B`, or of A alone. */
function ends(text: string): [first: string, second: string | null] {
  const at = text.indexOf('..')
  return at < 0 ? [text, null] : [text.slice(0, at), text.slice(at + 2)]
}

function plain(path: string, value: unknown): string {
  if (value === undefined) throw new UsageError(`${path} is missing.`)
  if (typeof value !== 'string' && typeof value !== 'number')
    throw new UsageError(`${path}: ${shown(value)} is neither a number nor a text with a unit; give one of them.`)
  return String(value)
}

/** A value as it would be written in a file, short. */
export function shown(value: unknown): string {
  if (typeof value === 'string') return `'${value}'`
  const text = JSON.stringify(value) ?? 'nothing'
  return text.length > 60 ? `${text.slice(0, 57)}...` : text
}
