/** A plan document as values of the table's options: from here on it is one thing with the command line. */

import { dirname, isAbsolute, join } from 'node:path'
import { UsageError } from '../base/errors.js'
import { FAULT_KEYS, type FaultName, faultText } from './plan-faults.js'
import { didYouMean, type Path, type PlanDocument } from './plan-file.js'
import { mailOptions, optionKeys, planOptions, SESSION_KEYS } from './plan-keys.js'
import { stageValues } from './plan-stages.js'

/** One value of an option, and what to call it in a sentence. */
export interface FileValue {
  /** The long name. */
  readonly name: string
  /** As on the command line; 'true' and 'false' for flags. */
  readonly text: string
  readonly label: string
}

/** One part of the mix: its own values, ahead of those that stand outside. */
export interface MixValues {
  readonly weight: number
  readonly values: readonly FileValue[]
}

/** What a document comes to. */
export interface PlanValues {
  readonly target: { readonly text: string; readonly label: string } | null
  readonly values: readonly FileValue[]
  readonly mix: readonly MixValues[]
}

/** Options that may name a file, as file:NAME. */
const FILES_TOO = ['rate', 'size']

type Fields = Readonly<Record<string, unknown>>

/** Reads a document whose shape has been checked. Throws UsageError. */
export function valuesOf(document: PlanDocument): PlanValues {
  return new Reading(document).all()
}

class Reading {
  readonly #document: PlanDocument
  readonly #keys = optionKeys(planOptions())
  readonly #mailKeys = optionKeys(mailOptions())

  #stagesLabel: string | null = null

  constructor(document: PlanDocument) {
    this.#document = document
  }

  all(): PlanValues {
    const { target, mix = [], ...rest } = this.#document.value as { target?: string; mix?: readonly Fields[] } & Fields
    const parts = mix.map(({ weight = 1, fault, ...fields }, i) => ({
      weight: Number(weight),
      fault,
      fields,
      path: ['mix', i],
    }))
    const whole = parts.reduce((sum, { weight }) => sum + weight, 0)
    const mails = parts.filter(({ fault }) => fault === undefined)
    if (mix.length > 0 && mails.length === 0)
      throw new UsageError(`${this.#document.label(['mix'])}: no part of it is healthy mail; give one without fault.`)
    const faults = parts.flatMap(({ fault, fields, weight, path }) =>
      fault === undefined ? [] : this.#fault(String(fault), fields, weight / whole, path),
    )
    return {
      target: target === undefined ? null : { text: target, label: this.#document.label(['target']) },
      values: this.#once([...Object.entries(rest).flatMap(([key, value]) => this.#top(key, value)), ...faults]),
      mix: mails.map(({ weight, fields, path }) => ({ weight, values: this.#mail(fields, path) })),
    }
  }

  /** Without the time of the stages where a duration is given; what is said twice in two places is refused. */
  #once(values: readonly FileValue[]): FileValue[] {
    const durations = values.filter(({ name }) => name === 'duration')
    const ofStages = durations.length > 1 ? durations.find(({ label }) => label === this.#stagesLabel) : undefined
    const kept = values.filter((value) => value !== ofStages)
    const first = new Map<string, string>()
    for (const { name, label } of kept) {
      const { repeatable, kind } = this.#keys.get(name)!
      const before = first.get(name)
      if (before !== undefined && !repeatable && kind !== 'counter')
        throw new UsageError(`${label} says again what ${before} says; leave one of them out.`)
      first.set(name, label)
    }
    return kept
  }

  #mail(fields: Fields, path: Path): FileValue[] {
    return Object.entries(fields).flatMap(([key, value]) => {
      if (this.#mailKeys.has(key)) return this.#option(key, value, [...path, key])
      throw new UsageError(
        `${this.#document.label([...path, key])} means nothing without fault; leave it out, or give one.`,
      )
    })
  }

  #fault(fault: string, fields: Fields, share: number, path: Path): FileValue[] {
    const label = (key: string) => this.#document.label([...path, key])
    if (!Object.hasOwn(FAULT_KEYS, fault)) {
      throw new UsageError(`${label('fault')}: '${fault}' is not known; ${didYouMean(fault, Object.keys(FAULT_KEYS))}`)
    }
    return [{ name: fault, text: faultText(fault as FaultName, fields, share, label), label: label('fault') }]
  }

  #top(key: string, value: unknown): FileValue[] {
    if (key === '$schema') return []
    if (key === 'load') return this.#load(value as Fields | readonly Fields[])
    if (key === 'sessions' && isFields(value)) {
      return Object.entries(value).flatMap(([name, one]) =>
        this.#option(SESSION_KEYS[name as keyof typeof SESSION_KEYS], one, ['sessions', name]),
      )
    }
    if (key === 'tags') {
      return Object.entries(value as Fields).map(([tag, text]) => ({
        name: 'tag',
        text: `${tag}=${text}`,
        label: this.#document.label(['tags', tag]),
      }))
    }
    return this.#option(key, value, [key])
  }

  #load(load: Fields | readonly Fields[]): FileValue[] {
    if (!isFields(load)) return this.#stages(load, ['load'])
    return Object.entries(load).flatMap(([key, value]) =>
      key === 'stages'
        ? this.#stages(value as readonly Fields[], ['load', 'stages'])
        : this.#option(key, value, ['load', key]),
    )
  }

  #stages(stages: readonly Fields[], path: Path): FileValue[] {
    const texts = stages.map(({ rate, sessions, for: time }, i) => ({
      rate,
      sessions,
      time: String(time),
      label: (key?: string) => this.#document.label([...path, i, ...(key === undefined ? [] : [key])]),
    }))
    this.#stagesLabel = this.#document.label(path)
    return stageValues(texts, this.#stagesLabel).map(([name, text, label]) => ({ name, text, label }))
  }

  #option(key: string, value: unknown, path: Path): FileValue[] {
    const option = this.#keys.get(key)!
    const label = this.#document.label(path)
    if (Array.isArray(value) && option.kind === 'list') return [{ name: option.name, text: value.join(','), label }]
    if (Array.isArray(value)) return value.flatMap((one, i) => this.#option(key, one, [...path, i]))
    if (option.kind === 'counter') {
      return Array<FileValue>(Number(value)).fill({ name: option.name, text: '1', label })
    }
    const file = option.kind === 'file' || (FILES_TOO.includes(option.name) && /^file:/.test(String(value)))
    const text = file
      ? String(value).replace(/^(file:)?(.*)$/s, (_, word = '', name) => word + this.#beside(name))
      : String(value)
    return [{ name: option.name, text, label }]
  }

  /** Files are named as seen from the plan. */
  #beside(file: string): string {
    const { file: plan } = this.#document
    return plan === null || isAbsolute(file) ? file : join(dirname(plan), file)
  }
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
