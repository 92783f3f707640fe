/** Which known name was meant: for refusing an unknown one helpfully. */

/**
 * Edits (insert, delete, replace, swap neighbours) that lead from `a` to `b`: the optimal string alignment form of
 * Damerau-Levenshtein, where no piece is edited twice.
 */
export function editDistance(a: string, b: string): number {
  let beforeLast: number[] = []
  let last = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1]
      let best = Math.min(last[j]! + 1, row[j - 1]! + 1, last[j - 1]! + (same ? 0 : 1))
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        best = Math.min(best, beforeLast[j - 2]! + 1)
      row.push(best)
    }
    beforeLast = last
    last = row
  }
  return last[b.length]!
}

/**
 * The name closest to `word`, or null when none is close: at most a third of the longer one may differ, or `word` begins one.
 * Of equals the first in the list wins.
 */
export function nearest(word: string, names: Iterable<string>): string | null {
  let found: string | null = null
  let least = Number.POSITIVE_INFINITY
  for (const name of names) {
    const distance = editDistance(word.toLowerCase(), name.toLowerCase())
    const begins = word.length >= 3 && name.startsWith(word)
    if (!begins && distance > Math.max(word.length, name.length) / 3) continue
    const rank = begins ? Math.min(distance, 1.5) : distance
    if (rank < least) {
      least = rank
      found = name
    }
  }
  return found
}
