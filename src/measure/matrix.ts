/** As much of linear algebra as fits of a few values need. Matrices are arrays of rows. */

export type Matrix = readonly (readonly number[])[]

/** Below this a pivot is as good as nothing; columns are of about the size of 1. */
const NOTHING = 1e-9

/** The inverse (Gauss and Jordan with pivots) and the logarithm of the determinant's size; null for what is as good as singular. */
export function invert(matrix: Matrix): { readonly inverse: Matrix; readonly logDeterminant: number } | null {
  const n = matrix.length
  const work = matrix.map((row, i) => [...row, ...row.map((_, j) => (i === j ? 1 : 0))])
  let logDeterminant = 0
  for (let at = 0; at < n; at++) {
    let pivot = at
    for (let row = at + 1; row < n; row++) if (Math.abs(work[row]![at]!) > Math.abs(work[pivot]![at]!)) pivot = row
    const head = work[pivot]![at]!
    if (Math.abs(head) < NOTHING) return null
    logDeterminant += Math.log(Math.abs(head))
    ;[work[at], work[pivot]] = [work[pivot]!, work[at]!]
    work[at] = work[at]!.map((one) => one / head)
    for (let row = 0; row < n; row++) {
      if (row === at) continue
      const factor = work[row]![at]!
      if (factor !== 0) work[row] = work[row]!.map((one, j) => one - factor * work[at]![j]!)
    }
  }
  return { inverse: work.map((row) => row.slice(n)), logDeterminant }
}

export function apply(matrix: Matrix, vector: readonly number[]): number[] {
  return matrix.map((row) => dot(row, vector))
}

/** X'MX of a symmetric M; without one, X'X of rows that weigh so much each. */
export function sandwich(rows: Matrix, middle: Matrix): number[][] {
  const columns = transpose(rows)
  return columns.map((a) => {
    const halved = apply(middle, a)
    return columns.map((b) => dot(b, halved))
  })
}

export function weighted(rows: Matrix, weights: readonly number[]): number[][] {
  const columns = transpose(rows)
  return columns.map((a) => columns.map((b) => weights.reduce((sum, weight, i) => sum + weight * a[i]! * b[i]!, 0)))
}

export function transpose(matrix: Matrix): number[][] {
  return (matrix[0] ?? []).map((_, j) => matrix.map((row) => row[j]!))
}

export function dot(a: readonly number[], b: readonly number[]): number {
  let sum = 0
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!
  return sum
}
