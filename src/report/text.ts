/** The final summary for people. Rows appear only where something was counted; failures are never mixed into accepted latency. */
import type { ErrorRow, LatencyRow, ReplyRow, Result, TlsTotals } from '../measure/result.js'
import { endedDead, happenings } from '../measure/watched.js'
import { baselineLines } from './baseline.js'
import { bytes, count, latency, number, seconds } from './format.js'
import { mischiefLines } from './mischief.js'
import { type Paint, painter } from './paint.js'
import { boundWords, thresholdValue } from './threshold.js'
import { useRows } from './use.js'
import { watchLines } from './watched.js'

export interface TextOptions {
  readonly color?: boolean
  /** The machine that it ran on, in a few words. */
  readonly host?: string
  /** Files that were written, for the `wrote` line. */
  readonly wrote?: readonly string[]
}

const STATE_STYLE = { clear: 'green', stretched: 'yellow', saturated: 'red' } as const

const PERCENTILES = [50, 90, 99, 99.9, 99.99] as const
/** What each response or service time counts from. */
const COUNTED_FROM: Readonly<Record<string, string>> = {
  response: 'from intended start',
  service: 'from first byte',
}
/** Where in the conversation something happened; phases that are a verb are named after it. */
const WHERE: Readonly<Record<string, string>> = {
  connect: 'on connect',
  greeting: 'at greeting',
  dot: 'after the final dot',
  other: '',
}

/** The summary, lines ended by line feeds. */
export function toText(result: Result, options: TextOptions = {}): string {
  const paint = painter(options.color === true)
  const blocks = [
    [...happened(result, paint), verdictLine(result, paint)],
    thresholdLines(result, paint),
    [...totals(result), ...(options.host === undefined ? [] : [`${'host'.padEnd(12)}${options.host}`])],
    latencyTable(result.latency, paint),
    [...replyTable(result.replies, paint), ...errorTable(result.errors, paint)],
    [...useTable(result.use, paint), ...watchLines(result.watched)],
    mischiefLines(result.mischief, paint),
    baselineLines(result.baseline, paint),
    result.notes.map((note) => paint(`note  ${note}`, 'yellow')),
    last(result, options.wrote ?? []),
  ]
  return `${blocks
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.map((line) => line.trimEnd()).join('\n'))
    .join('\n\n')}\n`
}

/** What befell the server comes before everything else: all figures are to be read in its light. */
function happened({ watched }: Result, paint: Paint): string[] {
  return watched === null ? [] : happenings(watched).map((line) => paint(line, 'bold', 'red'))
}

function useTable(use: Result['use'], paint: Paint): string[] {
  const rows = useRows(use)
  const width = (name: 'utilisation' | 'saturation') =>
    Math.max(...rows.map((row) => row[name].length), name.length) + 3
  const line = (...[end, first, second, third]: [string, string, string, string]) =>
    `${end.padEnd(12)}${first.padEnd(width('utilisation'))}${second.padEnd(width('saturation'))}${third}`
  return [
    paint(line('use', 'utilisation', 'saturation', 'errors'), 'dim'),
    ...rows.map(({ end, utilisation, saturation, errors }) => line(`  ${end}`, utilisation, saturation, errors)),
  ]
}

function verdictLine(result: Result, paint: Paint): string {
  const { state, limit, reason } = result.generator
  const word = result.passed ? paint('PASS', 'bold', 'green') : paint('FAIL', 'bold', 'red')
  const side = limit === null ? '' : `, limit: ${limit}`
  return `${word}  ${outcome(result)}    generator: ${paint(state, STATE_STYLE[state])}${side} (${reason})`
}

function thresholdLines({ thresholds }: Result, paint: Paint): string[] {
  const width = Math.max(0, ...thresholds.map(({ text }) => text.length))
  return thresholds.map((one) => {
    const sign = one.ok ? paint('✓', 'green') : paint('✗', 'red')
    const when = one.abortedMs === null ? '' : `   ended the run at ${seconds(one.abortedMs)}`
    const bound = boundWords(one)
    return `  ${sign} ${one.text.padEnd(width)}   ${thresholdValue(one)}${bound === null ? '' : `   ${bound}`}${when}`
  })
}

function outcome({ messages, passed, thresholds, watched }: Result): string {
  if (watched !== null && endedDead(watched)) return 'the server was dead at the end'
  if (thresholds.length > 0) {
    const held = thresholds.filter(({ ok }) => ok).length
    const answered = messages.accepted + messages.deferred + messages.refused > 0
    return `${held} of ${count(thresholds.length)} thresholds${answered ? '' : ', but nothing was answered'}`
  }
  const bad = [
    [messages.deferred, 'deferred'],
    [messages.refused, 'refused'],
    [messages.failed, 'failed'],
  ] as const
  const counted = bad.filter(([many]) => many > 0).map(([many, what]) => `${count(many)} ${what}`)
  if (counted.length === 0) return passed ? 'nothing refused or failed' : 'nothing was accepted'
  return passed ? `${counted.join(', ')}, as allowed` : counted.join(', ')
}

/** The block of names, figures and rates. */
function totals(result: Result): string[] {
  const { messages, recipients, sessions, cpu, elapsedMs } = result
  const handshakes = result.unit === 'handshakes'
  const rows: [name: string, left: string, right: string][] = []
  const accepted = `${count(messages.accepted)} of ${count(messages.asked ?? messages.scheduled)}`
  rows.push([
    result.unit,
    `${accepted} ${handshakes ? 'completed' : 'accepted'}`,
    `${number(messages.perSecond)}/s for ${seconds(elapsedMs)}`,
  ])
  const { deferred, refused, failed, dropped, retried } = messages
  if (deferred + refused + failed + dropped + retried > 0) {
    const again = retried > 0 ? ` · ${count(retried)} sent again` : ''
    rows.push([
      '',
      `${count(deferred)} deferred (4xx) · ${count(refused)} refused (5xx) · ${count(failed)} failed · ${count(dropped)} dropped${again}`,
      '',
    ])
  }
  const named = recipients.accepted + recipients.deferred + recipients.refused
  if (named > messages.scheduled) {
    const bad = recipients.deferred + recipients.refused > 0
    const rest = bad ? ` · ${count(recipients.deferred)} deferred · ${count(recipients.refused)} refused` : ''
    rows.push(['recipients', `${count(recipients.accepted)} accepted${rest}`, ''])
  }
  const lost = sessions.connects - sessions.connected
  rows.push([
    'sessions',
    sessionWords(sessions),
    `connects ${count(sessions.connects)}${lost > 0 ? ` (${count(lost)} failed)` : ''}`,
  ])
  if (result.tls !== null) rows.push(['tls', tlsWords(result.tls), ''])
  if (result.auth !== null) rows.push(['auth', authWords(result.auth), ''])
  rows.push(['bytes', `${bytes(result.bytes.out)} out · ${bytes(result.bytes.in)} in`, cpuWords(cpu, handshakes)])
  const width = rows.reduce((most, [, left, right]) => (right === '' ? most : Math.max(most, left.length)), 0)
  return rows.map(([name, left, right]) => `${name.padEnd(12)}${left.padEnd(width)}    ${right}`)
}

function tlsWords({ full, resumed, failed, resumeShare }: TlsTotals): string {
  const share = resumed > 0 ? ` (${number(resumeShare * 100)}%)` : ''
  return `${count(full)} full · ${count(resumed)} resumed${share}${failed > 0 ? ` · ${count(failed)} failed` : ''}`
}

function sessionWords({ asked, connected, done, lost }: Result['sessions']): string {
  const loss = lost > 0 ? `, ${count(lost)} lost` : ''
  if (connected < asked) return `${count(connected)} of ${count(asked)} connected${loss}`
  if (connected - lost > asked) return `${count(asked)} at a time, ${count(done)} done${loss}`
  const replaced = connected - asked
  const gone = lost - replaced
  return `${count(asked)} kept${replaced > 0 ? `, ${count(replaced)} replaced` : ''}${gone > 0 ? `, ${count(gone)} lost` : ''}`
}

function authWords({ accepted, refused, wrong, wrongAccepted }: NonNullable<Result['auth']>): string {
  const onPurpose = wrong > 0 ? ` · ${count(wrong)} wrong on purpose, ${count(wrongAccepted)} of them accepted` : ''
  return `${count(accepted)} accepted · ${count(refused)} refused${onPurpose}`
}

function cpuWords(cpu: Result['cpu'], handshakes: boolean): string {
  const all = cpu.userMs + cpu.systemMs
  if (cpu.perMessageUs === 0 || all === 0) return `cpu ${seconds(all)}`
  const part = (ms: number) => number((cpu.perMessageUs * ms) / all)
  const unit = handshakes ? 'handshake' : 'message'
  return `cpu ${number(cpu.perMessageUs)} µs a ${unit} (user ${part(cpu.userMs)}, system ${part(cpu.systemMs)})`
}

function latencyTable(rows: readonly LatencyRow[], paint: Paint): string[] {
  if (rows.length === 0) return []
  const labels = rows.map(({ name, outcome }) => (outcome === 'accepted' ? name : `${name} ${outcome}`))
  const width = Math.max(16, ...labels.map((label) => label.length + 3))
  const heads = [...PERCENTILES.map((percentile) => `p${percentile}`), 'max']
  const lines = [paint(`${'latency'.padEnd(width)}${heads.map((head) => head.padStart(9)).join('')}`, 'dim')]
  rows.forEach(({ name, outcome, histogram }, i) => {
    const values = [...PERCENTILES, 100].map((percentile) => latency(histogram.getValueAtPercentile(percentile)))
    const from = outcome === 'accepted' ? (COUNTED_FROM[name] ?? '') : `${count(histogram.totalCount)} ${outcome}`
    lines.push(`  ${labels[i]!.padEnd(width - 2)}${values.map((value) => value.padStart(9)).join('')}   ${from}`)
  })
  return lines
}

/** Replies that were not positive; the others are in the JSON document. */
function replyTable(rows: readonly ReplyRow[], paint: Paint): string[] {
  return table(
    'replies',
    rows
      .filter((row) => row.code >= 400 || row.code < 200)
      .map((row) => {
        // The enhanced status (RFC 2034) belongs to the code, as people quote it.
        const enhanced = /^[245]\.\d{1,3}\.\d{1,3}(?= |$)/.exec(row.sample)?.[0] ?? ''
        const name = row.verb === 'other' ? 'other' : `${String(row.code).padStart(3, '0')} ${enhanced}`.trimEnd()
        return { ...row, name, sample: row.sample.slice(enhanced.length).trim(), where: where(row.verb) }
      }),
    paint,
  )
}

function errorTable(rows: readonly ErrorRow[], paint: Paint): string[] {
  return table(
    'errors',
    rows.map((row) => ({ ...row, name: row.error, where: where(row.after) })),
    paint,
  )
}

interface TableRow {
  readonly name: string
  readonly count: number
  readonly firstMs: number
  readonly lastMs: number
  readonly sample: string
  readonly where: string
}

function table(title: string, rows: readonly TableRow[], paint: Paint): string[] {
  if (rows.length === 0) return []
  const head = `${title.padEnd(24)}${'count'.padStart(9)}${'first'.padStart(9)}${'last'.padStart(9)}   sample`
  return [
    paint(head, 'dim'),
    ...rows.map((row) => {
      const figures = [count(row.count), seconds(row.firstMs), seconds(row.lastMs)]
      const words = [row.sample === '' ? '' : `"${row.sample}"`, row.where].filter((word) => word !== '')
      return `  ${row.name.padEnd(22)}${figures.map((figure) => figure.padStart(9)).join('')}   ${words.join('   ')}`
    }),
  ]
}

function where(phase: string): string {
  return WHERE[phase] ?? `after ${phase.toUpperCase()}`
}

function last(result: Result, wrote: readonly string[]): string[] {
  const tags = Object.entries(result.tags).map(([name, value]) => `${name}=${value}`)
  const lines = [
    ...(tags.length > 0 ? [`tags   ${tags.join(' · ')}`] : []),
    ...(wrote.length > 0 ? [`wrote  ${wrote.join(' · ')}`] : []),
  ]
  return result.again === '' ? lines : [...lines, `again  ${result.again}`]
}
