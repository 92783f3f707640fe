/** What `stampede sink` says about what it received. */
import { bytes, count, seconds } from '../report/format.js'
import type { SinkTotals } from '../run/sink.js'

/** The running counters, as smtp-sink -c has them. */
export function sinkCounters({ closed, quits, messages }: Pick<SinkTotals, 'closed' | 'quits' | 'messages'>): string {
  return `sess=${closed} quit=${quits} mesg=${messages}`
}

/** The summary for people. */
export function sinkText(totals: SinkTotals): string {
  const rows = [
    [
      'messages',
      `${count(totals.messages)} received, ${count(totals.recipients)} recipients, in ${seconds(totals.elapsedMs)}`,
    ],
    [
      'sessions',
      `${count(totals.connections)} accepted, ${count(totals.quits)} ended by QUIT, ${count(totals.timeouts)} timed out`,
    ],
    ['commands', `${count(totals.commands)}, ${count(totals.rejected)} answered with 4xx or 5xx`],
    ['bytes', `${bytes(totals.bytesIn)} in, ${bytes(totals.bytesOut)} out`],
  ] as const
  return rows.map(([name, text]) => `${name.padEnd(12)}${text}\n`).join('')
}

/** One JSON document. */
export function sinkJson(totals: SinkTotals): string {
  return `${JSON.stringify({ schemaVersion: 1, role: 'sink', ...totals }, null, 2)}\n`
}
