/** A comparison for people, on a terminal. */
import type { ComparedFigure } from '../measure/compare.js'
import { FIGURE_GROUPS } from '../measure/compared-figures.js'
import type { ComparedSide, Comparison } from '../measure/comparison.js'
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
  VERDICT_STYLES,
  valueWords,
  verdictWords,
} from './compare-words.js'
import { type Paint, painter } from './paint.js'

const STATE_STYLE = { clear: 'green', stretched: 'yellow', saturated: 'red' } as const

/** Lines ended by line feeds. */
export function comparisonText(comparison: Comparison, { color = false } = {}): string {
  const paint = painter(color)
  const { a, b, warnings } = comparison
  const differ = differWords(comparison)
  const blocks = [
    sideLines([a, b], paint),
    [...(differ === null ? [] : [differ]), ...warnings].map((line) => paint(line, 'yellow')),
    [paint(countWords(comparison), 'bold')],
    figureLines(shownFigures(comparison), paint),
    spectrumLines(comparison, paint),
    basisWords(comparison).map((line) => paint(line, 'dim')),
  ]
  return `${blocks
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.map((line) => line.trimEnd()).join('\n'))
    .join('\n\n')}\n`
}

function sideLines(sides: readonly ComparedSide[], paint: Paint): string[] {
  const rows = sides.map((side, i) => [
    `${'AB'[i]}  ${side.files.join(' ')}`,
    side.target,
    side.startedAt.replace(/\.\d+Z$/, 'Z'),
    lengthWords(side),
  ])
  const widths = [0, 1, 2, 3].map((column) => Math.max(...rows.map((row) => row[column]!.length)))
  return rows.map((row, i) => {
    const { state } = sides[i]!.generator
    const words = generatorWords(sides[i]!)
    const generator = `generator: ${paint(state, STATE_STYLE[state])}${words.slice(state.length)}`
    return `${row.map((word, column) => word.padEnd(widths[column]!)).join('   ')}   ${generator}`
  })
}

function figureLines(figures: readonly ComparedFigure[], paint: Paint): string[] {
  const lines: string[] = []
  const intervals = new Map(figures.map((figure) => [figure, intervalWords(figure)]))
  const width = Math.max(14, ...[...intervals.values()].map((text) => text.length))
  for (const group of FIGURE_GROUPS) {
    const own = figures.filter((figure) => figure.group === group)
    if (own.length === 0) continue
    const head = lines.length === 0 ? ['A', 'B', 'difference', 'interval'] : ['', '', '', '']
    lines.push(paint(row(group, head, width, lines.length === 0 ? 'verdict' : ''), 'dim'))
    for (const figure of own) {
      const { name, a, b, unit, verdict } = figure
      const cells = [valueWords(a, unit), valueWords(b, unit), differenceWords(figure), intervals.get(figure)!]
      const style = VERDICT_STYLES[verdict]
      const words = verdictWords(figure)
      lines.push(row(`  ${name}`, cells, width, style === null ? words : paint(words, style)))
    }
  }
  return lines
}

function row(name: string, [a, b, difference, interval]: readonly string[], width: number, verdict: string): string {
  const figures = `${a!.padStart(12)}${b!.padStart(12)}${difference!.padStart(12)}`
  return `${name.padEnd(18)}${figures}   ${interval!.padStart(width)}   ${verdict}`.trimEnd()
}

function spectrumLines(comparison: Comparison, paint: Paint): string[] {
  const rows = spectrumRows(comparison)
  if (rows.length === 0) return []
  const heads = SPECTRUM_PERCENTILES.map((percentile) => (percentile === 100 ? 'max' : `p${percentile}`))
  const line = (name: string, values: readonly string[]) =>
    `${name.padEnd(18)}${values.map((value) => value.padStart(10)).join('')}`
  return [
    paint(line('spectrum', heads), 'dim'),
    ...rows.map(({ name, values }) => {
      const text = line(`  ${name}`, values)
      return name.endsWith('B to A') ? paint(text, 'dim') : text
    }),
  ]
}
