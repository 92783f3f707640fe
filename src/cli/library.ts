/** The library's options are the command line's: one table, one set of checks, one set of sentences. */
import { UsageError } from '../base/errors.js'
import type { SourcePlan } from '../plan/plan.js'
import type { SinkPlan } from '../plan/sink-plan.js'
import { thisMachine } from './machine.js'
import { optionsOf } from './options.js'
import { parse } from './parse.js'
import { sourcePlan } from './plan-of.js'
import { sinkPlan } from './sink-plan-of.js'

/** A value of an option: as on the command line, or a number where that is plain; true and false switch flags. */
export type OptionValue = string | number | boolean | readonly string[] | undefined

/** Long names in camel case (`perSession`, `connectBurst`), as `stampede source --help` lists them. */
export interface SourceOptions {
  /** Host and port, URL or unix:/path. */
  readonly target: string
  readonly sessions?: number
  readonly messages?: number | string
  /** For instance `10s`. */
  readonly duration?: string
  /** For instance `2k/s`; open loop. */
  readonly rate?: string | number
  readonly size?: number | string
  /** Whose processes to look at meanwhile: `1234`, `:25`, `smtpd`, `auto`. */
  readonly watch?: number | string
  /** For instance `['message.p99 < 50ms', 'errors.rate < 0.1%']`. */
  readonly thresholds?: readonly string[]
  readonly [option: string]: OptionValue
}

/** Long names in camel case, as `stampede sink --help` lists them. */
export interface SinkOptions {
  /** Default `inet:127.0.0.1:0`: a free port of loopback. */
  readonly listen?: string
  readonly backlog?: number
  readonly [option: string]: OptionValue
}

/** Throws UsageError. */
export function planOfSource({ target, ...options }: SourceOptions): SourcePlan {
  if (typeof target !== 'string') throw new UsageError('target is missing; give a host and port, or unix:/path.')
  if (options.out !== undefined)
    throw new UsageError('out is for the command line and plan files; write the result where it is awaited.')
  refuseOtlp(options)
  return sourcePlan(parse('source', [...words('source', options), '--', target], {}), thisMachine())
}

/** Throws UsageError. */
export function planOfSink({ listen = 'inet:127.0.0.1:0', backlog, ...options }: SinkOptions): SinkPlan {
  refuseOtlp(options)
  for (const name of ['user', 'chroot']) {
    // They are for the whole process, which is the caller's; silence would be taken for consent.
    if (options[name] !== undefined)
      throw new UsageError(`${name} is for the command line alone; give up privileges where the sink is called.`)
  }
  const operands = backlog === undefined ? [listen] : [listen, String(backlog)]
  return sinkPlan(parse('sink', [...words('sink', options), '--', ...operands], {}), thisMachine())
}

/** The program that calls has its own way to its collector; silence would be taken for consent. */
function refuseOtlp(options: { readonly [option: string]: OptionValue }): void {
  const name = Object.keys(options).find((one) => /^otlp/.test(one))
  if (name !== undefined)
    throw new UsageError(`${name} is for the command line alone; export the result where it is awaited.`)
}

function words(verb: 'source' | 'sink', options: { readonly [option: string]: OptionValue }): string[] {
  // A flag that is off by default has no name for off: leaving it out says so.
  const plainFlags = new Set(optionsOf(verb).flatMap((o) => (o.kind === 'flag' && !o.negatable ? [o.name] : [])))
  return Object.entries(options).flatMap(([name, value]) => {
    const long = name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
    if (value === undefined || (value === false && plainFlags.has(long))) return []
    if (value === true) return [`--${long}`]
    if (value === false) return [`--no-${long}`]
    const values = Array.isArray(value) ? value : [value]
    return values.map((one) => `--${long}=${one}`)
  })
}
