/** What an answer to a malformed conversation is worth. */
import type { MalformedCase } from './case.js'

/**
 * `tolerant`: accepted though it need not be. `closed`: the server left where it should have answered or gone on. `crashed`: it serves nobody any
 * more. `not offered`: the case needs an extension. `not reached`: the proper commands before it were refused.
 */
export const VERDICTS = [
  'right',
  'tolerant',
  'closed',
  'no answer',
  'wrong',
  'crashed',
  'not offered',
  'not reached',
] as const
export type Verdict = (typeof VERDICTS)[number]

/** What was seen of one try. */
export interface Observation {
  /** Codes of all replies to the probes, in order, those that nobody asked for too. */
  readonly codes: readonly number[]
  /** How the connection stood after them; `silent`: fewer replies than were due, within the patience. */
  readonly ending: 'open' | 'closed' | 'reset' | 'silent'
  /** Whether a healthy message went through on the same connection; null: not tried. */
  readonly wentOn: boolean | null
  /** Whether a healthy message went through on a new connection; null: not tried. */
  readonly serves: boolean | null
}

/** The verdict, and a word on it where the verdict alone does not tell. */
export interface Judgement {
  readonly verdict: Verdict
  readonly word: string | null
}

/** Good-byes: the server has said that it closes (RFC 5321 section 3.8, RFC 7504). */
const GOODBYES = [421, 521, 221]

/** Judges what was seen. */
export function judgeCase(one: MalformedCase, seen: Observation): Judgement {
  const { codes, ending } = seen
  if (seen.serves === false) return { verdict: 'crashed', word: null }
  const fits = (patterns: readonly string[]) => patterns.some((pattern) => matches(pattern, codes))
  const closed = ending === 'closed' || ending === 'reset'
  const last = codes.at(-1)
  if (ending === 'silent') return { verdict: 'no answer', word: null }
  const verdict = fits(one.right) ? 'right' : fits(one.tolerant) ? 'tolerant' : null
  if (verdict === null) {
    // A good-bye may come at any time; behind other answers it does not excuse them.
    const left = closed && codes.length < 2 && (last === undefined || GOODBYES.includes(last))
    if (left) return { verdict: one.mayClose ? 'right' : 'closed', word: null }
    return { verdict: 'wrong', word: one.wrongWord }
  }
  if (closed && one.goesOn && !one.mayClose && !(last !== undefined && GOODBYES.includes(last))) {
    return { verdict: 'closed', word: null }
  }
  if (seen.wentOn === false) return { verdict: 'wrong', word: 'session spoiled' }
  return { verdict, word: null }
}

/**
 * Whether codes fit a pattern: codes with blanks between, `x` for any digit, `|` between alternatives, and `?`, `*`, `+` or `{n}` for how
 * often, as in `354 2xx|5xx` and `250{100}`. The empty pattern is no reply at all.
 */
export function matches(pattern: string, codes: readonly number[]): boolean {
  return compiled(pattern).test(codes.map((code) => `${code} `).join(''))
}

const COMPILED = new Map<string, RegExp>()

function compiled(pattern: string): RegExp {
  let made = COMPILED.get(pattern)
  if (made === undefined) {
    const elements = pattern.split(' ').filter((element) => element !== '')
    const sources = elements.map((element) => {
      const parts = /^(\d[\dx]{2}(?:\|\d[\dx]{2})*)([?*+]|\{\d+\})?$/.exec(element)
      if (parts === null) throw new TypeError(`no pattern of codes: ${pattern}`)
      return `(?:(?:${parts[1]!.replaceAll('x', '\\d')}) )${parts[2] ?? ''}`
    })
    made = new RegExp(`^${sources.join('')}$`)
    COMPILED.set(pattern, made)
  }
  return made
}

/** The answer as tables show it: `250 354 closed`, repeats as `250×100`, and `-` for nothing at all. */
export function answerText(seen: Pick<Observation, 'codes' | 'ending'>): string {
  const words: string[] = []
  for (let i = 0; i < seen.codes.length; ) {
    let end = i
    while (end < seen.codes.length && seen.codes[end] === seen.codes[i]) end++
    words.push(end - i === 1 ? String(seen.codes[i]) : `${seen.codes[i]}×${end - i}`)
    i = end
  }
  // A reply list with many changes is cut; its length says how much was left out.
  const shown = words.length > 12 ? [...words.slice(0, 10), `(${seen.codes.length} replies)`] : words
  if (seen.ending !== 'open') shown.push(seen.ending)
  return shown.length === 0 ? '-' : shown.join(' ')
}
