/** The page of a run: a report that stands for itself, or the live page that is fed. */
import { readFileSync } from 'node:fs'
import type { PageData } from './model.js'
import { standalone } from './standalone.js'

/** A run that is over. `summary` is what is shown where scripts are not run. */
export function reportPage(data: PageData, summary = ''): string {
  return page(`Stampede: ${data.head.target}`, data, summary)
}

/** The page that the endpoint serves: it takes everything from `events` beside it. */
export function livePage(): string {
  return page('Stampede, live', null, 'This page shows a run while it goes, and needs scripts for that.')
}

let script: string | null = null

/** A report from disk asks nobody for anything. */
function page(title: string, data: PageData | null, summary: string): string {
  script ??= readFileSync(new URL(import.meta.resolve('#src/report/page/browser/main.js')), 'utf8')
  return standalone({ title, script, data, summary, connects: data === null })
}
