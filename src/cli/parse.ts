/** Arguments and environment of a verb to what was given, by long name. minimist gathers; the splitting was done before. */
import minimist from 'minimist'
import { UsageError } from '../base/errors.js'
import { faultOf, walk } from './getopt.js'
import { Given } from './given.js'
import { environmentName, type Option, takesValue, type Verb } from './option.js'
import { optionsOf } from './options.js'
import type { FileValue } from './plan-values.js'

/** The environment, as `process.env`. */
export type Environment = { readonly [name: string]: string | undefined }

/**
 * What a plan file gives: the operands, and values for options that were given neither on the command line nor in the environment. They come in
 * layers, each for what the ones before do not say.
 */
export interface PlanLayer {
  readonly operands: readonly string[]
  readonly layers: readonly (readonly FileValue[])[]
}

/**
 * Reads the arguments of `stampede VERB`; flags win over the environment, and that over a plan file. Throws UsageError at the first fault.
 */
export function parse(
  verb: Exclude<Verb, 'smtp-source' | 'smtp-sink' | 'go-smtp-source'>,
  args: readonly string[],
  environment: Environment,
  plan?: PlanLayer,
): Given {
  const options = optionsOf(verb)
  const labels = new Map<string, string>()
  const valueLabels = new Map<string, string[]>()
  const order: string[] = []
  const operands: string[] = []
  const gathered: string[] = []
  for (const token of walk(args, options, { long: true, permute: verb !== 'profile' })) {
    const fault = faultOf(token, options, `stampede ${verb} --help`)
    if (fault) throw fault
    if (token.kind === 'operand') operands.push(token.text)
    if (token.kind !== 'option') continue
    const { option, value, negated, given } = token
    gathered.push(`--${option.name}=${takesValue(option) ? value : option.kind === 'counter' ? '1' : String(!negated)}`)
    labels.set(option.name, given)
    order.push(option.name)
  }
  const onCommandLine = new Set(labels.keys())
  for (const option of options) {
    const name = environmentName(option)
    const text = name === null ? undefined : environment[name]
    if (name === null || text === undefined || excluded(option.name, onCommandLine)) continue
    gathered.push(...fromEnvironment(option, name, text))
    labels.set(option.name, name)
    order.unshift(option.name)
  }
  for (const layer of plan?.layers ?? []) {
    const given = new Set(labels.keys())
    for (const { name, text, label } of layer) {
      if (excluded(name, given)) continue
      gathered.push(`--${name}=${text}`)
      labels.set(name, label)
      valueLabels.set(name, [...(valueLabels.get(name) ?? []), label])
      order.push(name)
    }
  }
  const values = minimist([...gathered, '--', ...(plan?.operands ?? operands)], {
    '--': true,
    string: options.filter((o) => takesValue(o) || o.kind === 'counter').map((o) => o.name),
    boolean: options.filter((o) => o.kind === 'flag').map((o) => o.name),
  })
  return new Given(verb, values, values['--'] ?? [], labels, order, valueLabels)
}

/** Options of which only one can hold: one on the command line silences the others of the environment, and either those of a plan file. */
const RIVALS: readonly (readonly string[])[] = [
  ['ipv4', 'ipv6'],
  ['delay', 'random-delay', 'exp-delay'],
  ['size', 'message-file', 'corpus', 'mime'],
  ['from-pool', 'from-file'],
  ['rcpt-pool', 'rcpt-file'],
  ['reuse', 'per-session'],
  ['connection-reuse', 'messages-per-connection'],
  ['auth', 'auth-file'],
  ['auth', 'auth-mech'],
  ['auth', 'auth-order'],
]

function excluded(name: string, given: ReadonlySet<string>): boolean {
  return given.has(name) || RIVALS.some((names) => names.includes(name) && names.some((one) => given.has(one)))
}

function fromEnvironment(option: Option, name: string, text: string): string[] {
  if (takesValue(option)) return [`--${option.name}=${text}`]
  if (option.kind === 'counter') {
    if (!/^\d$/.test(text)) throw new UsageError(`${name}: '${text}' is not a level; give 0 to 9.`)
    return Array<string>(Number(text)).fill(`--${option.name}=1`)
  }
  if (/^(1|true|yes|on)$/i.test(text)) return [`--${option.name}=true`]
  if (/^(0|false|no|off|)$/i.test(text)) return [`--${option.name}=false`]
  throw new UsageError(`${name}: '${text}' is neither yes nor no; give 1 or 0.`)
}
