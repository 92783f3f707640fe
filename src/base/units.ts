/**
 * Numbers with units, as people type them, and back. Every parser takes the option's name as the user knows it and refuses
 * with one sentence (UsageError) that names it and shows what would be right. A formatted value parses to the same value.
 */
import { UsageError } from './errors.js'

const DECIMAL: Readonly<Record<string, number>> = { '': 1, k: 1e3, K: 1e3, M: 1e6, G: 1e9 }
const BINARY: Readonly<Record<string, number>> = { Ki: 1024, ki: 1024, Mi: 1024 ** 2, Gi: 1024 ** 3 }
const MS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }
const PER: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600 }

/** Bounds of a value, both included. */
export interface Bounds {
  readonly min?: number
  readonly max?: number
}

/** Whole things: `5`, `10k`, `2M`, `1.5k`; prefixes are powers of a thousand. */
export function parseCount(
  text: string,
  option: string,
  { min = 1, max = Number.MAX_SAFE_INTEGER }: Bounds = {},
): number {
  const match = /^(\d+(?:\.\d+)?)([kKMG]?)$/.exec(text)
  const value = match ? scaled(match[1]!, DECIMAL[match[2]!]!) : Number.NaN
  if (!Number.isInteger(value))
    throw new UsageError(`${option}: '${text}' is not a count; give a whole number such as 5, 10k or 2M.`)
  return within(value, text, option, min, max, formatCount)
}

/** Octets: `1024`, `64k` and `5MB` (powers of a thousand), `1KiB` (powers of 1024). */
export function parseSize(
  text: string,
  option: string,
  { min = 0, max = Number.MAX_SAFE_INTEGER }: Bounds = {},
): number {
  const match = /^(\d+(?:\.\d+)?)([kKMG]?|[kKMG]i)B?$/.exec(text)
  const value = match ? scaled(match[1]!, BINARY[match[2]!] ?? DECIMAL[match[2]!]!) : Number.NaN
  if (!Number.isInteger(value))
    throw new UsageError(`${option}: '${text}' is not a size; give octets such as 1024, 64k, 5MB or 10KiB.`)
  return within(value, text, option, min, max, formatSize)
}

/**
 * Milliseconds of `500ms`, `30s`, `2m`, `1h`, `1m30s`. A bare number is refused, except 0 and where `bareUnit` says what it
 * means. The result is whole.
 */
export function parseDuration(
  text: string,
  option: string,
  { min = 0, max = 365 * MS.d!, bareUnit }: Bounds & { bareUnit?: 's' | 'ms' } = {},
): number {
  const known = /^(?:\d+(?:\.\d+)?(?:ms|[smhd]))+$/.test(text)
  const bare = /^\d+(?:\.\d+)?$/.test(text)
  let value = Number.NaN
  if (known) {
    value = 0
    for (const [, digits, unit] of text.matchAll(/(\d+(?:\.\d+)?)(ms|[smhd])/g)) value += scaled(digits!, MS[unit!]!)
  } else if (bare && bareUnit) value = scaled(text, MS[bareUnit]!)
  else if (bare && Number(text) === 0) value = 0
  if (Number.isNaN(value)) {
    const lacks = bare ? `'${text}' lacks its unit` : `'${text}' is not a time`
    throw new UsageError(
      `${option}: ${lacks}; give one such as ${bareUnit === 's' ? '2 (seconds), ' : ''}500ms, 30s, 2m or 1h.`,
    )
  }
  return within(Math.round(value), text, option, min, max, formatDuration)
}

/** Things per second: `5k/s`, `300/m`, `0.5/s`, `2M/h`; a bare number is per second. Always above 0. */
export function parseRate(text: string, option: string): number {
  const match = /^(\d+(?:\.\d+)?)([kKMG]?)(?:\/([smh]))?$/.exec(text)
  const value = match ? scaled(match[1]!, DECIMAL[match[2]!]!) / PER[match[3] ?? 's']! : Number.NaN
  if (!(value > 0) || value > 1e9)
    throw new UsageError(`${option}: '${text}' is not a rate; give messages per time such as 500/s, 5k/s or 300/m.`)
  return value
}

/** A part of the whole, 0..1: `0.02`, `.5`, `1` or `2%`. */
export function parseShare(text: string, option: string): number {
  const share = shareOf(text)
  if (share === null)
    throw new UsageError(`${option}: '${text}' is no share; give a number from 0 to 1, or a percentage such as 2%.`)
  return share
}

/** The same, null for what is no share. */
export function shareOf(text: string): number | null {
  const match = /^(\d+(?:\.\d+)?|\.\d+)(%?)$/.exec(text)
  const share = match ? Number(match[1]) / (match[2] === '%' ? 100 : 1) : Number.NaN
  return share >= 0 && share <= 1 ? share : null
}

/** `5`, `1234`, `10k`, `2M`: a prefix only where it says the same in fewer letters. */
export function formatCount(count: number): string {
  if (count >= 1e6 && count % 1e6 === 0) return `${count / 1e6}M`
  if (count >= 1e4 && count % 1e3 === 0) return `${count / 1e3}k`
  return String(count)
}

/** `1000`, `10KiB`, `5MiB`: binary prefixes where they are exact. */
export function formatSize(octets: number): string {
  for (const [unit, factor] of [
    ['GiB', 1024 ** 3],
    ['MiB', 1024 ** 2],
    ['KiB', 1024],
  ] as const) {
    if (octets >= factor && octets % factor === 0) return `${octets / factor}${unit}`
  }
  return String(octets)
}

/** `250ms`, `1500ms`, `60s`, `5m`, `2h`; whole milliseconds. */
export function formatDuration(ms: number): string {
  if (ms % 1000 !== 0) return `${ms}ms`
  if (ms >= MS.h! && ms % MS.h! === 0) return `${ms / MS.h!}h`
  if (ms > 2 * MS.m! && ms % MS.m! === 0) return `${ms / MS.m!}m`
  return `${ms / 1000}s`
}

/** `5k/s`, `0.5/s`, `1/m`: the shortest form that means exactly `perSecond`. */
export function formatRate(perSecond: number): string {
  for (const [unit, seconds] of Object.entries(PER)) {
    const count = Math.round(perSecond * seconds)
    if (count > 0 && count / seconds === perSecond) return `${formatCount(count)}/${unit}`
  }
  // Never an exponent: parseRate has none.
  const plain = String(perSecond)
  return `${plain.includes('e') ? perSecond.toFixed(20) : plain}/s`
}

/** `0`, `0.05`, `1`. */
export function formatShare(share: number): string {
  // Never an exponent: parseShare has none.
  const plain = String(share)
  return plain.includes('e') ? share.toFixed(20) : plain
}

/** `digits` times `factor` without the dust of 0.29 * 1000. */
function scaled(digits: string, factor: number): number {
  if (factor === 1) return Number(digits)
  const value = Number(digits) * factor
  const whole = Math.round(value)
  return Math.abs(value - whole) <= Math.abs(value) * 1e-15 ? whole : value
}

function within(
  value: number,
  text: string,
  option: string,
  min: number,
  max: number,
  format: (value: number) => string,
): number {
  if (value < min) throw new UsageError(`${option}: ${text} is too small; give at least ${format(min)}.`)
  if (value > max) throw new UsageError(`${option}: ${text} is too large; give at most ${format(max)}.`)
  return value
}
