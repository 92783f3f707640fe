/** Greylisting: a triplet is put off until some time has gone since it was seen first. */
import type { ModelTable } from './model-table.js'

/** Whether the triplet may pass at `nowMs`; it is remembered from now on. Numbers of an entry: seen last, seen first. */
export function passesGreylist(
  table: ModelTable,
  high: number,
  low: number,
  passMs: number,
  lifetimeMs: number,
  nowMs: number,
): boolean {
  const at = table.take(high, low, true)
  const numbers = table.numbers
  const first = table.fresh || nowMs - numbers[at]! > lifetimeMs ? nowMs : numbers[at + 1]!
  numbers[at] = nowMs
  numbers[at + 1] = first
  table.release()
  return nowMs - first >= passMs
}
