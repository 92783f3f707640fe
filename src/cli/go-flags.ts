/**
 * Splits arguments as Go's flag package does: `-flag`, `--flag`, `-flag=value`, `-flag value`; a flag without value takes one only
 * with `=` (`-tls=false`); the first word that is no flag, or `--`, ends them. Faults are in that package's words.
 */

/** A flag that is defined, and the kind of its value. */
export interface GoFlag {
  readonly name: string
  readonly kind: 'bool' | 'int' | 'float' | 'string'
}

/** What was given: values by name, the last one wins, and what follows the flags. */
export interface GoArguments {
  readonly values: ReadonlyMap<string, string | number | boolean>
  readonly operands: readonly string[]
}

/** Arguments that the package refuses, or a call for help (`-h`, `-help`), whose text is empty. */
export class GoFlagError extends Error {
  readonly help: boolean

  constructor(text: string, help = false) {
    super(text)
    this.name = 'GoFlagError'
    this.help = help
  }
}

const TRUE = ['1', 't', 'T', 'true', 'TRUE', 'True']
const FALSE = ['0', 'f', 'F', 'false', 'FALSE', 'False']
/** The bounds of a 64-bit int. */
const INT_MAX = 2n ** 63n - 1n
const INT_MIN = -(2n ** 63n)

/** Reads them up to the first operand. Throws GoFlagError at the first fault. */
export function parseGoFlags(args: readonly string[], flags: readonly GoFlag[]): GoArguments {
  const known = new Map(flags.map((flag) => [flag.name, flag]))
  const values = new Map<string, string | number | boolean>()
  for (let at = 0; at < args.length; at++) {
    const word = args[at]!
    if (word.length < 2 || word[0] !== '-') return { values, operands: args.slice(at) }
    if (word === '--') return { values, operands: args.slice(at + 1) }
    const rest = word.slice(word[1] === '-' ? 2 : 1)
    if (rest === '' || rest[0] === '-' || rest[0] === '=') throw new GoFlagError(`bad flag syntax: ${word}`)
    const equals = rest.indexOf('=', 1)
    const name = equals < 0 ? rest : rest.slice(0, equals)
    const attached = equals < 0 ? null : rest.slice(equals + 1)
    const flag = known.get(name)
    if (flag === undefined) {
      if (name === 'h' || name === 'help') throw new GoFlagError('', true)
      throw new GoFlagError(`flag provided but not defined: -${name}`)
    }
    const given = flag.kind === 'bool' ? (attached ?? 'true') : (attached ?? args[++at])
    if (given === undefined) throw new GoFlagError(`flag needs an argument: -${name}`)
    values.set(name, readValue(flag, given))
  }
  return { values, operands: [] }
}

function readValue({ name, kind }: GoFlag, text: string): string | number | boolean {
  if (kind === 'string') return text
  if (kind === 'bool') {
    if (TRUE.includes(text)) return true
    if (FALSE.includes(text)) return false
    throw new GoFlagError(`invalid boolean value ${quoted(text)} for -${name}: parse error`)
  }
  const value = kind === 'int' ? parseInt64(text) : parseFloat64(text)
  if (typeof value === 'string') throw new GoFlagError(`invalid value ${quoted(text)} for flag -${name}: ${value}`)
  return value
}

/** strconv.ParseInt with base 0: decimal, 0x, 0o or 0, 0b, and single underscores between digits and after the prefix. */
function parseInt64(text: string): number | 'parse error' | 'value out of range' {
  const body = text.replace(/^[+-]/, '')
  const bare = body.replaceAll('_', '')
  const misplaced = /^_|__|_$|^0_[xXbBoO]/.test(body)
  if (misplaced || !/^(?:0[xX][\da-fA-F]+|0[bB][01]+|0[oO]?[0-7]+|[1-9]\d*|0)$/.test(bare)) return 'parse error'
  const value = BigInt(/^0[0-7]+$/.test(bare) ? `0o${bare.slice(1)}` : bare) * (text.startsWith('-') ? -1n : 1n)
  return value > INT_MAX || value < INT_MIN ? 'value out of range' : Number(value)
}

/** strconv.ParseFloat, without its hexadecimal numbers. */
function parseFloat64(text: string): number | 'parse error' | 'value out of range' {
  if (/^[+-]?(?:inf|infinity)$/i.test(text))
    return text.startsWith('-') ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY
  if (/^nan$/i.test(text)) return Number.NaN
  if (!/^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/.test(text)) return 'parse error'
  const value = Number(text)
  return Number.isFinite(value) ? value : 'value out of range'
}

/** %q for what arguments are made of. */
function quoted(text: string): string {
  return JSON.stringify(text)
}
