/** Arguments of the drop-in go-smtp-source. */
import { type GoFlag, GoFlagError, parseGoFlags } from './go-flags.js'
import { describe } from './help.js'
import { doorWord, type Kind, type Option, takesValue } from './option.js'
import { optionsOf } from './options.js'

/** What the original keeps in variables, with its defaults. */
export interface GoOptions {
  readonly sessions: number
  readonly messages: number
  /** Octets of the body; 0: four lines. */
  readonly size: number
  readonly from: string
  readonly to: string
  readonly recipients: number
  readonly subject: string
  readonly file: string | null
  readonly reuse: boolean
  readonly verbose: boolean
  readonly tls: boolean
  readonly resolveOnce: boolean
  /** Messages a second; 0: as fast as they are answered. */
  readonly rate: number
  readonly operands: readonly string[]
}

const KINDS: Readonly<Partial<Record<Kind, GoFlag['kind']>>> = { flag: 'bool', count: 'int', rate: 'float' }

/** Sizes are told to sockets and buffers in 32 bits. */
const SIZE_MAX = 0x7fff_ffff

/** Reads them. Throws GoFlagError, for numbers that mean nothing too. */
export function parseGoSource(args: readonly string[]): GoOptions {
  const { values, operands } = parseGoFlags(args, flags())
  const number = (name: string, otherwise: number, least: number, most = Number.MAX_SAFE_INTEGER) => {
    const value = (values.get(name) as number | undefined) ?? otherwise
    if (value >= least && value <= most) return value
    const range = most === Number.MAX_SAFE_INTEGER ? `at least ${least}` : `from ${least} to ${most}`
    throw new GoFlagError(`invalid value "${value}" for flag -${name}: give ${range}`)
  }
  const text = (name: string) => values.get(name) as string | undefined
  const flag = (name: string) => values.get(name) === true
  return {
    sessions: number('s', 1, 1),
    messages: number('m', 1, 1),
    size: number('l', 0, 0, SIZE_MAX),
    from: text('f') ?? 'from@example.com',
    to: text('t') ?? 'to@example.com',
    recipients: number('r', 1, 1),
    subject: text('S') ?? 'from go-smtp-source',
    file: text('F') ?? null,
    reuse: flag('d'),
    verbose: flag('v'),
    tls: flag('tls'),
    resolveOnce: flag('resolve-once'),
    rate: number('q', 0, 0, 1e9),
    operands,
  }
}

/** The usage, on stderr after a fault, in the manner of Go's flag package. */
export function goUsage(program: string): string {
  const lines = [`Usage of ${program}:`]
  for (const option of rows()) {
    const value = takesValue(option) ? ` ${kindOf(option)}` : ''
    lines.push(`  ${doorWord(option, 'go-smtp-source')}${value}`, `    \t${describe(option, 'go-smtp-source')}`)
  }
  return `${lines.join('\n')}\n`
}

/** By name, as that package sorts them. */
function rows(): Option[] {
  const word = (option: Option) => doorWord(option, 'go-smtp-source')!
  return optionsOf('go-smtp-source').sort((a, b) => (word(a) < word(b) ? -1 : 1))
}

function flags(): GoFlag[] {
  return rows().map((option) => ({ name: doorWord(option, 'go-smtp-source')!.slice(1), kind: kindOf(option) }))
}

function kindOf({ kind }: Option): GoFlag['kind'] {
  return KINDS[kind] ?? 'string'
}
