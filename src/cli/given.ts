/** What was given on the command line and in the environment, read as the table says. */
import { UsageError } from '../base/errors.js'
import { nearest } from '../base/nearest.js'
import { parseCount, parseDuration, parseShare, parseSize } from '../base/units.js'
import { orList } from '../base/words.js'
import type { Kind, Option, Verb } from './option.js'
import { optionsOf } from './options.js'

export { orList } from '../base/words.js'

/** The values of one command line. Each reader takes a long name and gives null where the option was not given. */
export class Given {
  readonly verb: Verb
  readonly operands: readonly string[]
  readonly #options: ReadonlyMap<string, Option>
  readonly #values: { readonly [name: string]: unknown }
  readonly #labels: ReadonlyMap<string, string>
  readonly #order: readonly string[]
  readonly #valueLabels: ReadonlyMap<string, readonly string[]>

  constructor(
    verb: Verb,
    values: { readonly [name: string]: unknown },
    operands: readonly string[],
    labels: ReadonlyMap<string, string>,
    order: readonly string[],
    valueLabels: ReadonlyMap<string, readonly string[]> = new Map(),
  ) {
    this.verb = verb
    this.#options = new Map(optionsOf(verb).map((option) => [option.name, option]))
    this.#values = values
    this.operands = operands
    this.#labels = labels
    this.#order = order
    this.#valueLabels = valueLabels
  }

  has(name: string): boolean {
    return this.#labels.has(name)
  }

  /** The option as the user gave it: `-m`, `--messages`, `STAMPEDE_MESSAGES` or its place in a plan file. Of one that is repeated, the value at `index`. */
  label(name: string, index?: number): string {
    const label = index === undefined ? undefined : this.#valueLabels.get(name)?.[index]
    return label ?? this.#labels.get(name) ?? `--${name}`
  }

  /** Of several options the one that was given last; null when none was. */
  last(names: readonly string[]): string | null {
    return this.#order.findLast((name) => names.includes(name)) ?? null
  }

  /** Every time one of several options was given, in order. */
  sequence(names: readonly string[]): string[] {
    return this.#order.filter((name) => names.includes(name))
  }

  /** What was given as words of a command line, in the order of the table; `wanted` says of which options. */
  words(wanted: (option: Option) => boolean): string[] {
    return [...this.#options.values()]
      .filter((option) => this.has(option.name) && wanted(option))
      .flatMap((option) => this.#words(option))
  }

  flag(name: string): boolean | null {
    this.#expect(name, 'flag')
    return this.has(name) ? this.#values[name] === true : null
  }

  /** How often it was given. */
  counter(name: string): number {
    this.#expect(name, 'counter')
    const value = this.#values[name]
    return Array.isArray(value) ? value.length : value === undefined ? 0 : 1
  }

  text(name: string): string | null {
    this.#expect(name, 'text', 'file')
    return this.#text(name)
  }

  /** Every value, in order, of an option that may be repeated. */
  texts(name: string): string[] {
    this.#expect(name, 'text', 'file')
    const value = this.#values[name]
    return value === undefined ? [] : Array.isArray(value) ? value.map(String) : [String(value)]
  }

  /** One value of a kind that its owner reads. */
  written(name: string): string | null {
    this.#expect(name, 'counts', 'sizes')
    return this.#text(name)
  }

  count(name: string): number | null {
    const { min } = this.#expect(name, 'count')
    const text = this.#text(name)
    return text === null ? null : parseCount(text, this.label(name), { min })
  }

  /** Octets. */
  size(name: string, max?: number): number | null {
    const { min } = this.#expect(name, 'size')
    const text = this.#text(name)
    return text === null ? null : parseSize(text, this.label(name), max === undefined ? { min } : { min, max })
  }

  /** Milliseconds. */
  duration(name: string): number | null {
    const { min, bareUnit } = this.#expect(name, 'duration')
    const text = this.#text(name)
    return text === null ? null : parseDuration(text, this.label(name), bareUnit === null ? { min } : { min, bareUnit })
  }

  /** A part of the whole, 0..1. */
  share(name: string): number | null {
    this.#expect(name, 'share')
    const text = this.#text(name)
    return text === null ? null : parseShare(text, this.label(name))
  }

  choice<T extends string>(name: string): T | null {
    const { choices } = this.#expect(name, 'choice')
    const text = this.#text(name)
    if (text === null || choices.includes(text)) return text as T | null
    const meant = nearest(text, choices)
    throw new UsageError(
      `${this.label(name)}: '${text}' is not known; give ${orList(choices)}${meant ? ` (did you mean ${meant}?)` : ''}.`,
    )
  }

  /** The items between commas. */
  list(name: string): string[] | null {
    this.#expect(name, 'list')
    return this.#text(name)?.split(',') ?? null
  }

  /** A number of threads, or `auto`. */
  workers(name: string): number | 'auto' {
    this.#expect(name, 'workers')
    const text = this.#text(name) ?? 'auto'
    if (text === 'auto') return 'auto'
    if (!/^\d+$/.test(text))
      throw new UsageError(`${this.label(name)}: '${text}' is not a number of threads; give 1 or more, or auto.`)
    return parseCount(text, this.label(name), { max: 1024 })
  }

  #words(option: Option): string[] {
    const { name, kind } = option
    if (kind === 'counter') return Array<string>(this.counter(name)).fill(`--${name}`)
    if (kind === 'flag') return this.flag(name) ? [`--${name}`] : option.negatable ? [`--no-${name}`] : []
    const values = [this.#values[name]].flat().map(String)
    return (option.repeatable ? values : values.slice(-1)).map((value) => `--${name}=${value}`)
  }

  /** The last of repeated ones wins. */
  #text(name: string): string | null {
    const value = this.#values[name]
    const last = Array.isArray(value) ? value.at(-1) : value
    return this.has(name) && last !== undefined ? String(last) : null
  }

  /** A name that is not in the table, or of another kind, is a mistake in this program, not of its user. */
  #expect(name: string, ...kinds: Kind[]): Option {
    const option = this.#options.get(name)
    if (!option || !kinds.includes(option.kind))
      throw new TypeError(`option table: no ${kinds.join(' or ')} named ${name}`)
    return option
  }
}
