/** What plots over the rows of a run have in common. */
import type { Rows } from '../model.js'
import type { PlotSpec } from './spec.js'

/** The time axis, and a note where a row is more than a second. */
export function over(rows: Rows): Pick<PlotSpec, 'xKind' | 'x'> & { readonly note?: string } {
  const note =
    rows.seconds === 1
      ? {}
      : { note: `Each point stands for ${rows.seconds} s: rates over all of them, of latencies the worst second.` }
  return { xKind: 'time', x: rows.at, ...note }
}
