/** A comparison as a page: the table of figures on top, then both runs laid over one another. */

import type { Comparison } from '../measure/comparison.js'
import { verdictCounts } from '../measure/comparison.js'
import type { ReadSide } from './compare.js'
import { comparisonText } from './compare-text.js'
import { pageComparison } from './page/comparison.js'
import { type PageRun, pageData } from './page/data.js'
import { reportPage } from './page/html.js'

/** One file. Of several runs of a side the plots over time show the first, the spectra all. */
export function comparisonPage(comparison: Comparison, a: ReadSide, b: ReadSide): string {
  const data = pageData(runOf(b), { other: { run: runOf(a), label: 'A', own: 'B' } })
  const compared = pageComparison(comparison)
  const several = [a, b].some(({ names }) => names.length > 1)
  return reportPage(
    {
      ...data,
      head: { ...data.head, verb: 'compare', target: `${b.names.join(' ')} against ${a.names.join(' ')}`, again: '' },
      verdict: { ...data.verdict!, passed: verdictCounts(comparison.figures).worse === 0 },
      thresholds: [],
      notes: several ? ['Plots over time are of the first run of each side; the table and the spectra of all.'] : [],
      comparison: {
        ...compared,
        basis: [...compared.basis, 'Below, what names no side is of B.'],
      },
    },
    comparisonText(comparison),
  )
}

function runOf({ runs, side, names }: ReadSide): PageRun {
  const [{ result, timeline, due, plan }] = runs as readonly [ReadSide['runs'][number]]
  const whole = { response: side.response, service: side.service }
  const latency = result.latency.map((row) =>
    names.length > 1 && row.outcome === 'accepted' && Object.hasOwn(whole, row.name)
      ? { ...row, histogram: whole[row.name as keyof typeof whole] }
      : row,
  )
  return { result: { ...result, latency }, timeline, due, durationMs: plan.load.durationMs }
}
