/**
 * Leaves the warm-up out: what is counted from its end on. A message belongs where it ends, so one that was begun in the warm-up and ended after it
 * counts as scheduled after it.
 */
import { gaugeOf } from './interval.js'
import { Counter, Outcome, Series } from './series.js'
import type { RowSnapshot, Sampler, Snapshot } from './snapshot.js'

const OUTCOMES = Object.values(Outcome)

/**
 * The Board at the end of the warm-up, to be given to `since`. `sampler` has just read it, histograms first and counters after, while the workers
 * went on: the outcomes are set back to what is in the histograms, so that both tell of the same messages.
 */
export function warmedUp(snapshot: Snapshot, sampler: Sampler, recorded: boolean): Snapshot {
  const rows = snapshot.rows.map((row, worker) => {
    const counters = row.counters.slice()
    let ended = counters[Counter.dropped]!
    for (const outcome of OUTCOMES) {
      const at = Counter.accepted + outcome
      if (recorded) counters[at] = sampler.read(worker, Series.response + outcome)
      ended += counters[at]!
    }
    counters[Counter.scheduled] = ended
    return { ...row, counters }
  })
  return { ...snapshot, rows }
}

/** The rows of `end` as if the Board had been empty at `base`. Times of replies and errors that were seen before begin there. */
export function since(base: Snapshot, end: Snapshot): RowSnapshot[] {
  return end.rows.map((row, worker) => {
    const before = base.rows[worker]!
    const counters = row.counters.map((value, i) =>
      gaugeOf('source', i) === null ? value - before.counters[i]! : value,
    )
    const slots = row.slots.slice()
    for (let at = 0; at < slots.length; at += 3) {
      const seen = before.slots[at]!
      if (seen === 0) continue
      const count = slots[at]! - seen
      slots[at] = count
      slots[at + 1] = count > 0 ? Math.max(slots[at + 1]!, base.atMs) : 0
      if (count === 0) slots[at + 2] = 0
    }
    return { ...row, counters, slots }
  })
}
