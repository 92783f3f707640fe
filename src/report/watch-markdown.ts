/** The result of `stampede watch` in Markdown. */
import { endedDead, happenings } from '../measure/watched.js'
import { seconds } from './format.js'
import { findingMarkdown } from './leaks.js'
import { cell, watchedBlocks } from './markdown.js'
import type { WatchResult } from './watch-text.js'
import { watchSums } from './watched.js'

/** Lines ended by line feeds. */
export function watchMarkdown({ watched, elapsedMs, notes, leaks = [] }: WatchResult): string {
  const verdict = endedDead(watched) ? '❌ FAIL' : '✅ PASS'
  const [, table = []] = watchedBlocks(watched)
  const blocks = [
    happenings(watched).map((line) => `**${cell(line)}**  `),
    [`### ${verdict} ${cell(watched.about ?? watched.target)}, watched for ${seconds(elapsedMs)}`],
    table,
    watchSums(watched).map((sum) => `- ${sum}`),
    ...leaks.map((finding) => [findingMarkdown(finding)]),
    notes.map((note) => `> ${note}`),
  ]
  return `${blocks
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n')}\n`
}
