/**
 * Reads `METRIC[{label=value,…}][.AGG] OP VALUE[UNIT] [after DURATION] [abort]`. What metrics there are is handed in: they belong to
 * whoever measures. VALUE may be `baseline`, the same figure of an earlier run, or so much more or less: `baseline + 10%`, `baseline - 5ms`.
 */
import { UsageError } from '../base/errors.js'
import { nearest } from '../base/nearest.js'
import { parseCount, parseDuration, parseRate, parseShare, parseSize } from '../base/units.js'
import { orList } from '../base/words.js'
import type { BaselineQuestion } from './baseline.js'
import type { Comparison, Threshold } from './threshold.js'

/** What an aggregate comes to: a time in ms, a share 0..1, things or octets, and either per second. */
export type ThresholdUnit = 'ms' | 'share' | 'count' | 'perSecond' | 'octets' | 'octetsPerSecond'

/** A label: its values in the words of the result, and other names that they go by. */
export interface LabelForm {
  readonly values: readonly string[]
  readonly aliases?: Readonly<Record<string, string>>
  /** The metric means nothing without it. */
  readonly required?: boolean
}

/** What can be said of one metric. An aggregate named `p` stands for every percentile, `p50` to `p99.99`. */
export interface MetricForm {
  readonly labels: Readonly<Record<string, LabelForm>>
  readonly aggregates: Readonly<Record<string, ThresholdUnit>>
  /** Used when none is given; null: one must be. */
  readonly usual: string | null
}

/** Metrics by name. */
export type Vocabulary = Readonly<Record<string, MetricForm>>

const COMPARISONS: readonly Comparison[] = ['<=', '>=', '==', '!=', '<', '>']
/** A unit may stand apart from its number. */
const APART = '(?:[uµ]s|ms|[smh%]|[kKMG]?i?B?(?:/[smh])?)(?=\\s|$)'
const BASELINE = `baseline(?:\\s?[+-]\\s?[^\\s<>=!+-]*(?:\\s${APART})?)?(?=\\s|$)`
const SHAPE = new RegExp(
  `^([^\\s{.<>=!]+)\\s*(?:\\{([^}]*)\\})?\\s*(?:\\.\\s*([^\\s<>=!]*))?\\s*([<>=!]+)\\s*(${BASELINE}|[^\\s<>=!]+(?:\\s${APART})?)((?:\\s.*)?)$`,
)
const EXAMPLE = 'message.p99 < 250ms'

/**
 * `option` is what the threshold was given by, `baseline` what an earlier run answers; null: there is none. Throws UsageError, one sentence that
 * says what would be right.
 */
export function parseThreshold(
  text: string,
  option: string,
  vocabulary: Vocabulary,
  baseline: BaselineQuestion | null = null,
): Threshold {
  const single = text.trim().replace(/\s+/g, ' ')
  const refuse = (problem: string): never => {
    throw new UsageError(`${option}: '${single}': ${problem}`)
  }
  const parts = SHAPE.exec(single)
  if (parts === null)
    return refuse(`not a threshold; give METRIC.AGGREGATE, a comparison and a value, as in ${EXAMPLE}.`)
  const [, metric, inBraces, given, operator, value, rest] = parts as unknown as string[]
  const form = Object.hasOwn(vocabulary, metric!) ? vocabulary[metric!]! : undefined
  if (form === undefined) return refuse(`there is no metric ${metric}; ${hint(metric!, Object.keys(vocabulary))}`)
  const labels = labelsOf(inBraces, metric!, form, refuse)
  const aggregate = given ?? form.usual
  if (aggregate === null)
    return refuse(`${metric} needs an aggregate; give ${orList(namesOf(form).map((name) => `${metric}.${name}`))}.`)
  const unit = unitOf(form, aggregate)
  if (unit === null) return refuse(`${metric} has no aggregate '${aggregate}'; ${hint(aggregate, namesOf(form))}`)
  const comparison = COMPARISONS.find((one) => one === operator)
  if (comparison === undefined) return refuse(`'${operator}' is no comparison; give one of ${COMPARISONS.join(' ')}.`)
  const about = { text: single, metric: metric!, labels, aggregate, comparison }
  const label = `${option}: '${single}'`
  const relative = /^baseline\s?(?:([+-])\s?(.*))?$/.exec(value!)
  const bound =
    relative === null
      ? { value: valueIn(value!.replace(' ', ''), unit, label) }
      : {
          value: beside(baselineOf(about, baseline, refuse), relative[1], relative[2], unit, label),
          ofBaseline: true as const,
        }
  return {
    ...about,
    ...bound,
    ...suffix(rest ?? '', `${option}: '${single}'`, refuse),
  }
}

/** What the earlier run came to. */
function baselineOf(about: Parameters<BaselineQuestion>[0], baseline: BaselineQuestion | null, refuse: Refuse): number {
  if (baseline === null) return refuse('there is no baseline; give the recording of an earlier run with --baseline.')
  const value = baseline(about)
  return value ?? refuse('the baseline has measured nothing of the kind; give a value, or another baseline.')
}

/** So much more or less than `from`: a part of it in percent, or an amount in its unit. Never below 0. */
function beside(
  from: number,
  sign: string | undefined,
  amount: string | undefined,
  unit: ThresholdUnit,
  label: string,
): number {
  if (sign === undefined || amount === undefined) return from
  const [, part] = /^(\d+(?:\.\d+)?)\s?%$/.exec(amount) ?? []
  const by = part === undefined ? valueIn(amount.replace(' ', ''), unit, label) : (from * Number(part)) / 100
  return Math.max(0, sign === '+' ? from + by : from - by)
}

/** The unit of a metric's aggregate; null when it has no such aggregate. */
export function unitOf(form: MetricForm, aggregate: string): ThresholdUnit | null {
  if (Object.hasOwn(form.aggregates, aggregate) && aggregate !== 'p') return form.aggregates[aggregate]!
  return percentileOf(aggregate) === null ? null : (form.aggregates.p ?? null)
}

/** 99.9 of `p99.9`; null for what is no percentile from 0 to 100. */
export function percentileOf(aggregate: string): number | null {
  const match = /^p(\d{1,3}(?:\.\d{1,4})?)$/.exec(aggregate)
  return match !== null && Number(match[1]) <= 100 ? Number(match[1]) : null
}

type Refuse = (problem: string) => never

function labelsOf(text: string | undefined, metric: string, form: MetricForm, refuse: Refuse): Record<string, string> {
  const labels: Record<string, string> = {}
  const known = Object.keys(form.labels)
  for (const pair of text === undefined || text.trim() === '' ? [] : text.split(',')) {
    const match = /^([^=]*)=(.*)$/.exec(pair)
    if (match === null) return refuse(`'${pair.trim()}' is no label; give one as in {name=value}.`)
    const name = match[1]!.trim()
    const value = match[2]!.trim().replace(/^"(.*)"$/, '$1')
    const label = Object.hasOwn(form.labels, name) ? form.labels[name]! : undefined
    if (label === undefined) {
      const words = known.length === 0 ? 'leave it out.' : hint(name, known)
      return refuse(`${metric} has no label '${name}'; ${words}`)
    }
    if (Object.hasOwn(labels, name)) return refuse(`the label ${name} stands twice; give it once.`)
    labels[name] =
      labelValue(label, value) ?? refuse(`${name} is never '${value}'; ${hint(value, namesOfValues(label))}`)
  }
  for (const name of known) {
    if (form.labels[name]!.required && !Object.hasOwn(labels, name))
      refuse(`${metric} needs the label ${name}; give ${metric}{${name}=${form.labels[name]!.values[0]}}.`)
  }
  return labels
}

function labelValue({ values, aliases = {} }: LabelForm, value: string): string | null {
  if (values.includes(value)) return value
  return Object.hasOwn(aliases, value) ? aliases[value]! : null
}

function namesOfValues({ values, aliases = {} }: LabelForm): string[] {
  return [...values, ...Object.keys(aliases).filter((name) => !values.includes(name))]
}

/** Aggregates as a user may write them. */
function namesOf(form: MetricForm): string[] {
  return Object.keys(form.aggregates).flatMap((name) => (name === 'p' ? ['p50', 'p95', 'p99', 'p99.9'] : [name]))
}

const MS: Readonly<Record<string, number>> = { us: 0.001, µs: 0.001, ms: 1, s: 1000, m: 60_000 }

/** What stands in a metric's own unit. Zero is zero in any unit; else one is needed wherever a bare number could be misread. */
function valueIn(text: string, unit: ThresholdUnit, label: string): number {
  if (/^0+(\.0+)?$/.test(text)) return 0
  if (unit === 'count') return parseCount(text, label)
  if (unit === 'octets') return parseSize(text, label)
  const [, amount = '', per = ''] = /^(.*)\/([smh])$/.exec(text) ?? []
  if (unit === 'perSecond' && per !== '') return parseRate(text, label)
  if (unit === 'octetsPerSecond' && per !== '') return parseSize(amount, label) / PER[per]!
  const [, digits = '', tail = ''] = /^(\d+(?:\.\d+)?)(us|µs|ms|s|m|%|)$/.exec(text) ?? []
  if (unit === 'ms' && Object.hasOwn(MS, tail)) return scaled(digits, MS[tail]!)
  // `2%` and `0.02` are clear; a bare 1 might be either.
  if (unit === 'share' && (tail === '%' || (digits.includes('.') && tail === ''))) return parseShare(text, label)
  const problem = digits !== '' && tail === '' ? 'could be misread' : 'cannot be compared with it'
  throw new UsageError(`${label}: '${text}' ${problem}; give ${NEEDS[unit]}.`)
}

const PER: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600 }

const NEEDS = {
  ms: 'a time such as 250ms, 1.5s or 800us',
  share: 'a share of the whole such as 0.1%, or 0.001',
  perSecond: 'a rate such as 500/s or 4.5k/s',
  octetsPerSecond: 'a rate such as 64k/s or 10MiB/s',
} as const

/** Without the dust of 0.1 * 0.01. */
function scaled(digits: string, factor: number): number {
  return Number((Number(digits) * factor).toPrecision(15))
}

function suffix(text: string, label: string, refuse: Refuse): Pick<Threshold, 'afterMs' | 'abort'> {
  let afterMs: number | null = null
  let abort = false
  const words = text.split(' ').filter((word) => word !== '')
  for (let at = 0; at < words.length; at++) {
    const word = words[at]!
    if (word === 'abort' && !abort) abort = true
    else if (word === 'after' && afterMs === null) {
      const time = words[++at] ?? refuse("'after' lacks its time; give one such as 10s.")
      afterMs = parseDuration(time, `${label}: after`)
    } else refuse(`'${word}' is one word too many; after the value come only 'after TIME' and 'abort'.`)
  }
  return { afterMs: afterMs ?? 0, abort }
}

function hint(word: string, known: readonly string[]): string {
  const meant = nearest(word, known)
  return meant === null ? `give ${orList(known)}.` : `did you mean ${meant}?`
}
