/** Token buckets: a bucket begins full, fills up at `rate` tokens a second to `burst`, and gives one token a time. */
import type { ModelTable } from './model-table.js'

/** What sums of fractions may lack to a whole token. */
const DUST = 1e-9

/** Takes a token at `nowMs`; false when there is none. Numbers of an entry: seen, tokens. */
export function takeToken(
  table: ModelTable,
  high: number,
  low: number,
  rate: number,
  burst: number,
  nowMs: number,
): boolean {
  const at = table.take(high, low, true)
  const numbers = table.numbers
  // Clocks of two threads may differ by microseconds: time never runs backwards for a bucket.
  const since = table.fresh ? 0 : Math.max(0, nowMs - numbers[at]!)
  const tokens = table.fresh ? burst : Math.min(burst, numbers[at + 1]! + (since / 1000) * rate)
  const granted = tokens >= 1 - DUST
  numbers[at] = table.fresh ? nowMs : numbers[at]! + since
  numbers[at + 1] = granted ? Math.max(0, tokens - 1) : tokens
  table.release()
  return granted
}

/** Gives a token back: what it was taken for has been refused by another bucket. */
export function returnToken(table: ModelTable, high: number, low: number, burst: number): void {
  const at = table.take(high, low, false)
  if (at >= 0) table.numbers[at + 1] = Math.min(burst, table.numbers[at + 1]! + 1)
  table.release()
}
