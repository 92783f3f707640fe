/** A search for leaks as the data of its page. */
import { runningTotals } from '../../measure/leak-drivers.js'
import { median } from '../../measure/leak-fit.js'
import type { LeakFinding, LeakVerdict } from '../../measure/leaks.js'
import { seconds } from '../format.js'
import {
  blamedWords,
  extentWords,
  headline,
  isTimed,
  type LeakDocument,
  togetherWords,
  verdictCells,
} from '../leaks.js'
import type { LeakPageData, LeakPagePlan, LeakPlot } from './model.js'

export function leakPageData(document: LeakDocument): LeakPageData {
  return {
    target: document.target,
    word: document.word,
    plans: document.leaks.map(leakPagePlan),
    notes: document.notes,
    about: [
      ['watched', document.watched],
      ['host', document.host],
      ['started', document.startedAt],
      ['took', seconds(document.elapsedMs)],
      ['stampede', `${document.version}, Node ${document.node}`],
      ...(document.again === '' ? [] : [['again', document.again] as const]),
    ],
  }
}

/** What one plan found. */
export function leakPagePlan(finding: LeakFinding): LeakPagePlan {
  const { plan, word, sentence, verdicts, cycles, notes } = finding
  return {
    name: plan,
    word,
    headline: headline(finding),
    sentence,
    extent: extentWords(finding),
    rows: verdicts.map(verdictCells),
    plots: verdicts
      .filter(({ levels }) => levels.some((level) => level !== levels[0]))
      .map((one) => plotOf(one, finding)),
    level: isTimed(finding) ? 'at its lowest' : 'after the rest',
    warming: cycles.filter(({ counted }) => !counted).length,
    notes: [...togetherWords(finding), ...notes],
  }
}

function plotOf(verdict: LeakVerdict, finding: LeakFinding): LeakPlot {
  const { resource, word } = verdict
  const levels = finding.cycles.map((cycle) => cycle.levels[resource]!)
  return { resource, word, levels, line: lineOf(verdict, finding, levels), says: blamedWords(verdict) }
}

/** What is laid to the blamed drivers, through the middle of the levels that the slopes are of: those from before the first of their cycles on. */
function lineOf({ slopes, cycles }: LeakVerdict, finding: LeakFinding, levels: readonly number[]): LeakPlot['line'] {
  const blamed = slopes.filter((slope) => slope.blamed)
  if (blamed.length === 0) return null
  const from = levels.length - 1 - cycles
  const counts = finding.cycles.slice(from + 1).map((cycle) => cycle.counts)
  const totals = blamed.map(({ driver, perUnit }) => runningTotals(driver, counts).map((total) => perUnit * total))
  const growth = levels.slice(from).map((_, i) => totals.reduce((sum, total) => sum + total[i]!, 0))
  const middle = median(growth.map((grown, i) => levels[from + i]! - grown))
  return levels.map((_, i) => (i < from ? null : middle + growth[i - from]!))
}
