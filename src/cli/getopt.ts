/**
 * Splits arguments as POSIX getopt does: bundles (`-cdv`), attached values (`-m5`), empty and dashed ones (`-f ''`, `-T -5`), `--`;
 * and long names with `=` or a following value. What comes out is in order, so that a door can stop at the first fault as
 * the original does.
 */

import { UsageError } from '../base/errors.js'
import { nearest } from '../base/nearest.js'
import { type Option, takesValue } from './option.js'

/** One step through the arguments. `given` is the option as typed: `-m` or `--messages`. */
export type Token =
  | {
      readonly kind: 'option'
      readonly option: Option
      readonly given: string
      readonly value: string | null
      readonly negated: boolean
    }
  | { readonly kind: 'operand'; readonly text: string }
  | { readonly kind: 'unknown'; readonly given: string }
  | { readonly kind: 'missing'; readonly option: Option; readonly given: string }
  | { readonly kind: 'unwanted'; readonly option: Option; readonly given: string }

/** How to split. */
export interface Manner {
  /** Long names exist; without, `--name` is a bundle that begins with an unknown `-`. */
  readonly long: boolean
  /** Options may follow operands; without, the first operand ends them. */
  readonly permute: boolean
}

/** Walks the arguments. */
export function* walk(
  args: readonly string[],
  options: readonly Option[],
  { long, permute }: Manner,
): Generator<Token> {
  const letters = new Map(options.filter((o) => o.letter !== null).map((o) => [o.letter!, o]))
  const names = long ? longNames(options) : new Map<string, Named>()
  for (let i = 0; i < args.length; i++) {
    const arg = args[i]!
    if (arg === '--') {
      for (const text of args.slice(i + 1)) yield { kind: 'operand', text }
      return
    }
    if (!arg.startsWith('-') || arg === '-') {
      if (!permute) {
        for (const text of args.slice(i)) yield { kind: 'operand', text }
        return
      }
      yield { kind: 'operand', text: arg }
    } else if (long && arg.startsWith('--')) {
      const equals = arg.indexOf('=')
      const given = equals < 0 ? arg : arg.slice(0, equals)
      const named = names.get(given.slice(2))
      const attached = equals < 0 ? null : arg.slice(equals + 1)
      if (!named) yield { kind: 'unknown', given }
      else if (!takesValue(named.option)) {
        if (attached !== null) yield { kind: 'unwanted', option: named.option, given }
        else yield { kind: 'option', option: named.option, given, value: null, negated: named.negated }
      } else {
        const value = attached ?? args[++i]
        if (value === undefined) yield { kind: 'missing', option: named.option, given }
        else yield { kind: 'option', option: named.option, given, value, negated: false }
      }
    } else {
      const bundle = [...arg.slice(1)]
      for (let at = 0; at < bundle.length; at++) {
        const given = `-${bundle[at]!}`
        const option = letters.get(bundle[at]!)
        if (!option) yield { kind: 'unknown', given }
        else if (!takesValue(option)) yield { kind: 'option', option, given, value: null, negated: false }
        else {
          const rest = bundle.slice(at + 1).join('')
          const value = rest !== '' ? rest : args[++i]
          if (value === undefined) yield { kind: 'missing', option, given }
          else yield { kind: 'option', option, given, value, negated: false }
          break
        }
      }
    }
  }
}

/** The sentence for a token that is a fault; null for one that is not. */
export function faultOf(token: Token, options: readonly Option[], helpCommand: string): UsageError | null {
  if (token.kind === 'unknown') {
    const known = token.given.startsWith('--')
      ? [...longNames(options).keys()].map((name) => `--${name}`)
      : [...otherCase(token.given, options)]
    const meant = nearest(token.given, known)
    return new UsageError(
      `${token.given}: unknown option; ${meant ? `did you mean ${meant}?` : `'${helpCommand}' lists them.`}`,
    )
  }
  if (token.kind === 'missing') {
    const choice = token.option.kind === 'choice' ? `one of ${token.option.choices.join(', ')}` : token.option.value
    return new UsageError(`${token.given}: its value is missing; give ${token.given} ${choice}.`)
  }
  if (token.kind === 'unwanted') return new UsageError(`${token.given}: takes no value; give ${token.given} alone.`)
  return null
}

interface Named {
  readonly option: Option
  readonly negated: boolean
}

function longNames(options: readonly Option[]): Map<string, Named> {
  const names = new Map<string, Named>()
  for (const option of options) {
    for (const name of [option.name, ...option.aliases]) {
      names.set(name, { option, negated: false })
      if (option.negatable) names.set(`no-${name}`, { option, negated: true })
    }
  }
  return names
}

/** `-W` where only `-w` exists. */
function otherCase(given: string, options: readonly Option[]): Set<string> {
  const folded = given.toLowerCase()
  return new Set(
    options.filter((o) => o.letter !== null && `-${o.letter.toLowerCase()}` === folded).map((o) => `-${o.letter}`),
  )
}
