/**
 * Two kinds of noise in levels that follow each other: one that each level has by itself (garbage that waits), and steps that stay (memory that the
 * allocator keeps). A dozen levels cannot tell how much there is of each, so every proportion is tried, and has as much say as it is likely.
 */
import { apply, dot, invert, type Matrix, sandwich, transpose } from './matrix.js'

/** Variance of one step in relation to that of one level by itself. */
const PROPORTIONS = [0.01, 0.03, 0.1, 0.3, 1, 3, 10] as const

export interface Noise {
  /** Variance of each level by itself, and of each step. */
  readonly own: number
  readonly steps: number
}

/** By restricted likelihood; `rows` are what the levels are a straight function of. */
export function noiseOf(rows: Matrix, levels: readonly number[]): Noise {
  const tried = PROPORTIONS.flatMap((proportion) => likely(rows, levels, proportion) ?? [])
  const best = Math.max(...tried.map((one) => one.logLikelihood))
  let own = 0
  let steps = 0
  let all = 0
  for (const one of tried) {
    const say = Math.exp(one.logLikelihood - best)
    own += say * one.variance
    steps += say * one.variance * one.proportion
    all += say
  }
  return all > 0 ? { own: own / all, steps: steps / all } : { own: 0, steps: 0 }
}

/** Covariance of levels with that noise. */
export function covariance({ own, steps }: Noise, n: number): Matrix {
  return Array.from({ length: n }, (_, i) =>
    Array.from({ length: n }, (_, j) => (i === j ? own : 0) + steps * Math.min(i, j)),
  )
}

/** The same few are wanted again and again. */
const inverses = new Map<string, ReturnType<typeof invert>>()

function inverseOf(proportion: number, n: number): ReturnType<typeof invert> {
  const key = `${proportion}/${n}`
  let found = inverses.get(key)
  if (found === undefined) {
    found = invert(covariance({ own: 1, steps: proportion }, n))
    inverses.set(key, found)
  }
  return found
}

function likely(rows: Matrix, levels: readonly number[], proportion: number) {
  const n = levels.length
  const inside = inverseOf(proportion, n)
  if (inside === null) return null
  const gram = invert(sandwich(rows, inside.inverse))
  if (gram === null) return null
  const weightedLevels = apply(inside.inverse, levels)
  const moments = transpose(rows).map((column) => dot(column, weightedLevels))
  const left = Math.max(0, dot(levels, weightedLevels) - dot(moments, apply(gram.inverse, moments)))
  const degrees = n - rows[0]!.length
  const variance = left / degrees
  // Exact levels are as likely with any proportion.
  const logLikelihood = left === 0 ? 0 : -(degrees * Math.log(left) + inside.logDeterminant + gram.logDeterminant) / 2
  return { proportion, variance, logLikelihood }
}
