/** What `stampede sink` says about what it received. */
import { count } from '../report/format.js'

/** The totals of a sink, by the names of `SinkCounter`. */
type Figures = Readonly<Record<string, unknown>>

/** The running counters, as smtp-sink -c has them. */
export function sinkCounters(totals: object): string {
  return `sess=${figure(totals, 'closed')} quit=${figure(totals, 'quits')} mesg=${figure(totals, 'messages')}`
}

/** The summary for people. */
export function sinkText(totals: object): string {
  const line = (name: string, text: string) => `${name.padEnd(12)}${text}\n`
  const of = (name: string) => count(figure(totals, name))
  return [
    line('messages', `${of('messages')} received, ${of('recipients')} recipients`),
    line(
      'sessions',
      `${of('connections')} accepted, ${of('closed')} closed, ${of('quits')} with QUIT, ${of('timeouts')} timed out`,
    ),
    line('commands', `${of('commands')}, ${of('rejected')} answered with 4xx or 5xx`),
    line('bytes', `${of('bytesIn')} in, ${of('bytesOut')} out`),
  ].join('')
}

/** One JSON document. */
export function sinkJson(totals: object): string {
  return `${JSON.stringify({ schemaVersion: 1, role: 'sink', ...totals }, null, 2)}\n`
}

function figure(totals: object, name: string): number {
  const value = (totals as Figures)[name]
  return typeof value === 'number' ? value : 0
}
