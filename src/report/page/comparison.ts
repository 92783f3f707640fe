/** A comparison, or how a run stands against its baseline, as the table of a page. */
import type { BaselineResult } from '../../measure/baseline.js'
import type { ComparedFigure } from '../../measure/compare.js'
import type { Comparison } from '../../measure/comparison.js'
import { baselineWords } from '../baseline.js'
import {
  basisWords,
  certaintyWords,
  countWords,
  differenceWords,
  differWords,
  generatorWords,
  intervalWords,
  lengthWords,
  shownFigures,
  valueWords,
  verdictWords,
} from '../compare-words.js'
import type { PageComparison } from './model.js'

export function pageComparison(comparison: Comparison): PageComparison {
  const differ = differWords(comparison)
  return {
    title: `B against A: ${countWords(comparison)}`,
    columns: ['A', 'B'],
    sides: (['a', 'b'] as const).map((name) => {
      const side = comparison[name]
      return `${name.toUpperCase()}: ${side.files.join(' ')}, ${side.target}, ${lengthWords(side)}, generator ${generatorWords(side)}`
    }),
    warnings: [...(differ === null ? [] : [differ]), ...comparison.warnings],
    rows: rowsOf(comparison),
    basis: basisWords(comparison),
  }
}

export function pageBaseline(baseline: BaselineResult | null): PageComparison | null {
  if (baseline === null) return null
  return {
    title: `Against the baseline: ${countWords(baseline)}`,
    columns: ['baseline', 'this run'],
    sides: [baselineWords(baseline)],
    warnings: [],
    rows: rowsOf(baseline),
    basis: [certaintyWords(baseline)],
  }
}

function rowsOf(comparison: { readonly figures: readonly ComparedFigure[] }): PageComparison['rows'] {
  return shownFigures(comparison).map((figure) => ({
    group: figure.group,
    verdict: figure.verdict,
    cells: [
      figure.name,
      valueWords(figure.a, figure.unit),
      valueWords(figure.b, figure.unit),
      differenceWords(figure),
      intervalWords(figure),
      verdictWords(figure),
    ],
  }))
}
