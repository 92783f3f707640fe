/** The page of a watch: how every figure of the server went, what befell it, and whether it leaks. */
import { readFileSync } from 'node:fs'
import { standalone } from '../page/standalone.js'
import { type WatchResult, watchText } from '../watch-text.js'
import { watchPageData } from './data.js'

/** One file that fetches nothing. */
export function watchPage(result: WatchResult): string {
  const script = readFileSync(new URL(import.meta.resolve('#src/report/watch-page/browser/main.js')), 'utf8')
  const data = watchPageData(result)
  return standalone({
    title: `Stampede, watch: ${data.title}`,
    script,
    data,
    summary: watchText(result),
    connects: false,
  })
}
