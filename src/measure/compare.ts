/** Two sides compared, figure by figure: the difference, how far it may be off, and whether chance alone would explain it. Plain data in and out. */
import { FIGURES, type Figure } from './compared-figures.js'
import type { Estimate } from './estimate.js'
import { criticalT, holm, twoSided } from './student.js'

export interface CompareOptions {
  /** How sure the intervals, and all verdicts together, are: 0..1. */
  readonly confidence: number
  /** Differences below this part of A's figure are none, however sure. */
  readonly least: number
}

export const COMPARE_DEFAULTS: CompareOptions = { confidence: 0.95, least: 0.01 }

/** What is to be said of B against A. `differs`: of a figure that is good or bad neither way; `unknown`: the noise is not known. */
export type ComparedVerdict = 'better' | 'worse' | 'differs' | 'no difference' | 'unknown'

export interface ComparedFigure extends Pick<Figure, 'name' | 'group' | 'unit' | 'better'> {
  /** In `unit`; null: that side measured nothing of the kind. */
  readonly a: number | null
  readonly b: number | null
  /** B minus A; null where one of them is. */
  readonly difference: number | null
  /** As a part of A; null where that is 0 or unknown. */
  readonly relative: number | null
  /** Where the difference lies, with the confidence asked for; null where the noise is not known. */
  readonly interval: readonly [number, number] | null
  /** How likely chance alone makes a difference like this among all these figures, 0..1: by Holm's rule; null where that is not asked. */
  readonly chance: number | null
  readonly verdict: ComparedVerdict
  /** Why it is unknown, as half a sentence. */
  readonly why: string | null
}

const WHY = {
  seconds: 'not enough seconds to tell',
  messages: 'too few messages to tell',
  maximum: 'one message is no measure',
} as const

/**
 * Compares. Verdicts hold together: where nothing differs at all, the chance that any figure is called better, worse or different is
 * 1 − confidence, because the more figures are looked at, the surer each must be (Holm).
 */
export function compareEstimates(
  a: readonly Estimate[],
  b: readonly Estimate[],
  { confidence, least }: CompareOptions = COMPARE_DEFAULTS,
): ComparedFigure[] {
  const pairs = FIGURES.flatMap((figure) => {
    const one = a.find(({ name }) => name === figure.name) ?? null
    const other = b.find(({ name }) => name === figure.name) ?? null
    return one === null && other === null ? [] : [pairOf(figure, one, other)]
  })
  // What neither side ever saw, such as failures where nothing failed, is no question to be asked.
  const known = pairs.filter(({ noise, difference }) => noise !== null && (noise.error > 0 || difference !== 0))
  const chances = holm(known.map(({ noise, difference }) => chanceOf(difference!, noise!)))
  const chance = new Map(known.map((pair, i) => [pair, chances[i]!]))
  return pairs.map((pair) => judged(pair, chance.get(pair) ?? null, confidence, least))
}

interface Pair {
  readonly figure: Figure
  readonly a: number | null
  readonly b: number | null
  readonly difference: number | null
  readonly noise: { readonly error: number; readonly freedom: number } | null
  readonly why: string | null
}

function pairOf(figure: Figure, a: Estimate | null, b: Estimate | null): Pair {
  const both = { figure, a: a?.value ?? null, b: b?.value ?? null }
  if (a === null || b === null)
    return { ...both, difference: null, noise: null, why: `only measured in ${a === null ? 'B' : 'A'}` }
  const difference = b.value - a.value
  const why = a.why ?? b.why
  return { ...both, difference, noise: why === null ? noiseOf(a, b) : null, why: why === null ? null : WHY[why] }
}

/** Of the difference of two figures that know nothing of each other, by Welch's and Satterthwaite's rule. */
function noiseOf(a: Estimate, b: Estimate): NonNullable<Pair['noise']> {
  const one = (a.error ?? 0) ** 2
  const other = (b.error ?? 0) ** 2
  if (one + other === 0) return { error: 0, freedom: Math.max(1, Math.min(a.freedom, b.freedom)) }
  const freedom = (one + other) ** 2 / (one ** 2 / Math.max(1, a.freedom) + other ** 2 / Math.max(1, b.freedom))
  return { error: Math.sqrt(one + other), freedom }
}

function chanceOf(difference: number, { error, freedom }: NonNullable<Pair['noise']>): number {
  return difference === 0 ? 1 : twoSided(Math.abs(difference) / error, freedom)
}

function judged(pair: Pair, chance: number | null, confidence: number, least: number): ComparedFigure {
  const { figure, a, b, difference, noise, why } = pair
  const relative = difference === null || a === null || a === 0 ? null : difference / a
  const about = { name: figure.name, group: figure.group, unit: figure.unit, better: figure.better }
  const rest = { ...about, a, b, difference, relative, chance, why }
  if (difference === null || noise === null) return { ...rest, interval: null, verdict: 'unknown' }
  if (chance === null) return { ...rest, interval: [0, 0], verdict: 'no difference' }
  const reach = criticalT(1 - confidence, noise.freedom) * noise.error
  const large = relative === null ? difference !== 0 : Math.abs(relative) >= least
  const verdict = large && chance < 1 - confidence ? direction(figure.better, difference) : 'no difference'
  return { ...rest, interval: [difference - reach, difference + reach], verdict }
}

function direction(better: Figure['better'], difference: number): ComparedVerdict {
  if (better === null) return 'differs'
  return difference > 0 === (better === 'more') ? 'better' : 'worse'
}
