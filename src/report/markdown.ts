/** The summary in Markdown, fit for a pull request: verdict, thresholds, totals, latencies, what went wrong. */
import type { LatencyRow, Result } from '../measure/result.js'
import { happenings, type Watched } from '../measure/watched.js'
import { bytes, count, latency, number, seconds } from './format.js'
import { boundWords, thresholdValue } from './threshold.js'
import { useRows } from './use.js'
import { watchRows } from './watched.js'

const PERCENTILES = [50, 90, 99, 99.9] as const

/** Lines ended by line feeds. */
export function toMarkdown(result: Result): string {
  const { messages, generator, target, thresholds, replies, errors } = result
  const blocks = [
    result.watched === null ? [] : happenings(result.watched).map((line) => `**${cell(line)}**  `),
    [
      `### ${result.passed ? '✅ PASS' : '❌ FAIL'} ${cell(target)}`,
      '',
      `${count(messages.accepted)} of ${count(messages.asked ?? messages.scheduled)} ${result.unit} accepted, ${number(messages.perSecond)}/s for ${seconds(result.elapsedMs)}; generator ${generator.state} (${generator.reason})`,
    ],
    table(
      ['threshold', 'measured', ''],
      thresholds.map((one) => [
        new Code(one.text),
        [thresholdValue(one), boundWords(one) ?? []].flat().join(', '),
        one.ok ? '✅' : '❌',
      ]),
    ),
    table(['', ''], totals(result)),
    table(['latency', ...PERCENTILES.map((one) => `p${one}`), 'max', 'count'], result.latency.map(latencyRow)),
    table(
      ['', 'utilisation', 'saturation', 'errors'],
      useRows(result.use).map(({ end, utilisation, saturation, errors: wrong }) => [
        end,
        utilisation,
        saturation,
        wrong,
      ]),
    ),
    ...(result.watched === null ? [] : watchedBlocks(result.watched)),
    table(
      ['reply', 'after', 'count', 'sample'],
      replies
        .filter(({ code }) => code >= 400 || code < 200)
        .map(({ verb, code, sample, ...row }) => [String(code), verb, count(row.count), sample]),
    ),
    table(
      ['error', 'after', 'count', 'sample'],
      errors.map((row) => [row.error, row.after, count(row.count), row.sample]),
    ),
    result.notes.map((note) => `> ${note}`),
    result.again === '' ? [] : ['```', result.again, '```'],
  ]
  return `${blocks
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n')}\n`
}

function totals({ messages, sessions, bytes: octets, cpu }: Result): string[][] {
  const { deferred, refused, failed, dropped } = messages
  return [
    [
      'not accepted',
      `${count(deferred)} deferred · ${count(refused)} refused · ${count(failed)} failed · ${count(dropped)} dropped`,
    ],
    ['sessions', `${count(sessions.asked)} · ${count(sessions.connects)} connects · ${count(sessions.lost)} lost`],
    ['bytes', `${bytes(octets.out)} out · ${bytes(octets.in)} in`],
    ['cpu', `${number(cpu.perMessageUs)} µs each`],
  ]
}

/** Who was watched, and a table of how each figure went. */
export function watchedBlocks(watched: Watched): string[][] {
  const rows = watchRows(watched).map(({ name, first, settled, most, last }) => [
    name.trim(),
    first,
    settled,
    most,
    last,
  ])
  return [[`Watched: ${cell(watched.about ?? watched.target)}`], table(['', 'first', 'settled', 'most', 'last'], rows)]
}

function latencyRow({ name, outcome, histogram }: LatencyRow): string[] {
  const figures = [...PERCENTILES, 100].map((percentile) => latency(histogram.getValueAtPercentile(percentile)))
  return [outcome === 'accepted' ? name : `${name} ${outcome}`, ...figures, count(histogram.totalCount)]
}

/** Lines of a table; nothing when there are no rows. */
export function table(head: readonly string[], rows: readonly (readonly Cell[])[]): string[] {
  if (rows.length === 0) return []
  const line = (cells: readonly Cell[]) => `| ${cells.map(cell).join(' | ')} |`
  return [line(head), line(head.map(() => '---')), ...rows.map(line)]
}

/** Words to be shown as they are. */
export class Code {
  readonly text: string

  constructor(text: string) {
    this.text = text
  }
}

export type Cell = string | Code

/** What a cell can hold: a server's words must not end it. */
export function cell(text: Cell): string {
  if (text instanceof Code) return `\`${text.text.replaceAll('|', '\\|').replaceAll('`', "'")}\``
  return text.replaceAll('|', '\\|').replaceAll('<', '&lt;').replace(/\s+/g, ' ')
}
