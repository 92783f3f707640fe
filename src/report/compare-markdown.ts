/** A comparison in Markdown, fit for a pull request. */
import type { Comparison } from '../measure/comparison.js'
import {
  basisWords,
  countWords,
  differenceWords,
  differWords,
  generatorWords,
  intervalWords,
  lengthWords,
  SPECTRUM_PERCENTILES,
  shownFigures,
  spectrumRows,
  valueWords,
  verdictWords,
} from './compare-words.js'
import { type Cell, Code, cell, table } from './markdown.js'

const SIGNS = { better: '✅', worse: '❌', differs: '⚠️', 'no difference': '', unknown: '' } as const

/** Lines ended by line feeds. */
export function comparisonMarkdown(comparison: Comparison): string {
  const { a, b, warnings } = comparison
  const differ = differWords(comparison)
  const blocks = [
    [`### B against A: ${countWords(comparison)}`],
    table(
      ['', 'recording', 'target', 'started', 'length', 'generator'],
      [a, b].map((side, i): Cell[] => [
        'AB'[i]!,
        new Code(side.files.join(' ')),
        side.target,
        side.startedAt,
        lengthWords(side),
        generatorWords(side),
      ]),
    ),
    [...(differ === null ? [] : [differ]), ...warnings].flatMap((line, i) => [
      ...(i === 0 ? [] : ['>']),
      `> ${cell(line)}`,
    ]),
    table(
      ['figure', 'A', 'B', 'difference', 'interval', 'verdict'],
      shownFigures(comparison).map((figure) => [
        figure.name,
        valueWords(figure.a, figure.unit),
        valueWords(figure.b, figure.unit),
        differenceWords(figure),
        intervalWords(figure),
        `${SIGNS[figure.verdict]} ${verdictWords(figure)}`.trim(),
      ]),
    ),
    table(
      ['spectrum', ...SPECTRUM_PERCENTILES.map((percentile) => (percentile === 100 ? 'max' : `p${percentile}`))],
      spectrumRows(comparison).map(({ name, values }) => [name, ...values]),
    ),
    basisWords(comparison).map((line) => `<sub>${line}</sub>  `.trimEnd()),
  ]
  return `${blocks
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n')}\n`
}
