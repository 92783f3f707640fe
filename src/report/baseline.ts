/** How a run stands against an earlier one, as a block of its summary. */
import type { BaselineResult } from '../measure/baseline.js'
import type { ComparedFigure } from '../measure/compare.js'
import {
  certaintyWords,
  differenceWords,
  differWords,
  intervalWords,
  shownFigures,
  VERDICT_STYLES,
  valueWords,
  verdictWords,
} from './compare-words.js'
import { count } from './format.js'
import type { Paint } from './paint.js'

/** What is always shown; of the rest only what changed. */
const MAIN = ['accepted', 'response p50', 'response p99', 'errors']

/** The figures of the block: the main ones, then those that are better or worse; and how many are left out. */
export function baselineFigures(baseline: Pick<BaselineResult, 'figures'>): {
  readonly shown: readonly ComparedFigure[]
  readonly rest: number
} {
  const figures = shownFigures(baseline)
  const main = figures.filter(({ name }) => MAIN.includes(name))
  const changed = figures.filter((one) => !main.includes(one) && (one.verdict === 'better' || one.verdict === 'worse'))
  return { shown: [...main, ...changed], rest: figures.length - main.length - changed.length }
}

/** The baseline in a line: which it was, and in what it differs. */
export function baselineWords(baseline: BaselineResult): string {
  const { file, startedAt, seconds, generator, ownSeconds } = baseline
  const differ = differWords(baseline)
  return [
    `${file} (${startedAt.replace(/\.\d+Z$/, 'Z')}), ${count(ownSeconds)} seconds against ${count(seconds)} of it`,
    ...(generator === 'saturated' ? ['its generator was saturated'] : []),
    ...(differ === null ? [] : [differ]),
  ].join('; ')
}

/** Lines; none where there is no baseline. */
export function baselineLines(baseline: BaselineResult | null, paint: Paint): string[] {
  if (baseline === null) return []
  const { shown, rest } = baselineFigures(baseline)
  const intervals = shown.map(intervalWords)
  const width = Math.max(8, ...intervals.map((text) => text.length))
  const line = (name: string, cells: readonly string[], verdict: string) => {
    const [was, now, difference, interval] = cells
    return `${name.padEnd(18)}${was!.padStart(12)}${now!.padStart(12)}${difference!.padStart(12)}   ${interval!.padStart(width)}   ${verdict}`
  }
  return [
    `baseline    ${baselineWords(baseline)}`,
    paint(line('', ['it had', 'now', 'difference', 'interval'], 'verdict'), 'dim'),
    ...shown.map((figure, i) => {
      const style = VERDICT_STYLES[figure.verdict]
      const words = verdictWords(figure)
      const cells = [valueWords(figure.a, figure.unit), valueWords(figure.b, figure.unit), differenceWords(figure)]
      return line(`  ${figure.name}`, [...cells, intervals[i]!], style === null ? words : paint(words, style))
    }),
    ...[`${count(rest)} other figures are neither better nor worse`, certaintyWords(baseline)].map((words) =>
      paint(`  ${words}`, 'dim'),
    ),
  ]
}
