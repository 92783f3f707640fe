/** Arguments and environment of a verb to what was given, by long name. minimist gathers; the splitting was done before. */
import minimist from 'minimist'
import { UsageError } from '../base/errors.js'
import { faultOf, walk } from './getopt.js'
import { Given } from './given.js'
import { environmentName, type Option, takesValue, type Verb } from './option.js'
import { optionsOf } from './options.js'

/** The environment, as `process.env`. */
export type Environment = { readonly [name: string]: string | undefined }

/** Reads the arguments of `stampede VERB`; flags win over the environment. Throws UsageError at the first fault. */
export function parse(
  verb: Exclude<Verb, 'smtp-source' | 'smtp-sink'>,
  args: readonly string[],
  environment: Environment,
): Given {
  const options = optionsOf(verb)
  const labels = new Map<string, string>()
  const order: string[] = []
  const operands: string[] = []
  const gathered: string[] = []
  for (const token of walk(args, options, { long: true, permute: true })) {
    const fault = faultOf(token, options, `stampede ${verb} --help`)
    if (fault) throw fault
    if (token.kind === 'operand') operands.push(token.text)
    if (token.kind !== 'option') continue
    const { option, value, negated, given } = token
    gathered.push(`--${option.name}=${takesValue(option) ? value : option.kind === 'counter' ? '1' : String(!negated)}`)
    labels.set(option.name, given)
    order.push(option.name)
  }
  for (const option of options) {
    const name = environmentName(option)
    const text = name === null ? undefined : environment[name]
    if (name === null || text === undefined || excluded(option, labels)) continue
    gathered.push(...fromEnvironment(option, name, text))
    labels.set(option.name, name)
    order.unshift(option.name)
  }
  const values = minimist([...gathered, '--', ...operands], {
    '--': true,
    string: options.filter((o) => takesValue(o) || o.kind === 'counter').map((o) => o.name),
    boolean: options.filter((o) => o.kind === 'flag').map((o) => o.name),
  })
  return new Given(verb, values, values['--'] ?? [], labels, order)
}

/** Options of which only one can hold: one on the command line silences the others' environment. */
const RIVALS: readonly (readonly string[])[] = [
  ['ipv4', 'ipv6'],
  ['delay', 'random-delay'],
  ['size', 'message-file'],
  ['reuse', 'per-session'],
  ['auth', 'auth-file'],
  ['auth', 'auth-mech'],
  ['auth', 'auth-order'],
]

function excluded(option: Option, given: ReadonlyMap<string, string>): boolean {
  const onCommandLine = (name: string) => given.get(name)?.startsWith('-') ?? false
  return onCommandLine(option.name) || RIVALS.some((names) => names.includes(option.name) && names.some(onCommandLine))
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
