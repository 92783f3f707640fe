/** The page of a search for leaks: its verdicts, and how each resource went from cycle to cycle. */
import { readFileSync } from 'node:fs'
import { type LeakDocument, leaksText } from '../leaks.js'
import { standalone } from '../page/standalone.js'
import { leakPageData } from './data.js'

/** One file that fetches nothing. */
export function leaksPage(document: LeakDocument): string {
  const script = readFileSync(new URL(import.meta.resolve('#src/report/leak-page/browser/main.js')), 'utf8')
  return standalone({
    title: `Stampede, leaks: ${document.target}`,
    script,
    data: leakPageData(document),
    summary: leaksText(document),
    connects: false,
  })
}
