/** The tables of the live view: phases, replies, and on a wide terminal the workers. */
import { count, latency, percent } from './format.js'
import { type Line, lengthOf, type Style } from './live-paint.js'
import type { LiveCount, LivePhase, LiveState } from './live-state.js'

/** Two tables side by side, and three. */
const TWO_FROM = 76
const THREE_FROM = 118
const PHASE_WIDTH = 36
const REPLY_STYLES: Readonly<Record<LiveCount['kind'], Style | null>> = { good: null, deferred: 'warn', bad: 'bad' }

/** What fits beside each other goes there, the rest below. */
export function tableLines({ phases, replies, utilisation }: LiveState, columns: number): Line[] {
  const left = phases.length === 0 ? [] : phaseTable(phases)
  if (columns < TWO_FROM) return [...(replies.length === 0 ? [] : replyTable(replies, columns)), ...left]
  const three = columns >= THREE_FROM && utilisation.length > 0
  const room = columns - (left.length === 0 ? 0 : PHASE_WIDTH + 3) - (three ? 36 : 0)
  const right = replies.length === 0 ? [] : replyTable(replies, Math.min(60, room))
  const tables = [left, right, ...(three ? [workerTable(utilisation)] : [])].filter((table) => table.length > 0)
  return beside(tables)
}

function phaseTable(phases: readonly LivePhase[]): Line[] {
  const row = (name: string, ...figures: readonly string[]) =>
    `${name.padEnd(9)}${figures.map((figure) => figure.padStart(9)).join('')}`
  return [
    [{ text: row('phase', 'p50', 'p99', 'max'), style: 'dim' }],
    ...phases.map(({ name, p50, p99, max, past }): Line => {
      const text = row(name, latency(p50), latency(p99), latency(max))
      return [past ? { text, style: 'dim' } : { text }]
    }),
  ]
}

function replyTable(replies: readonly LiveCount[], columns: number): Line[] {
  const width = Math.max(8, columns - 19)
  const cells = (name: string, now: string, total: string) =>
    `${(name.length > width ? `${name.slice(0, width - 1)}…` : name).padEnd(width)}${now.padStart(8)}${total.padStart(11)}`
  return [
    [{ text: cells('replies', 'now', 'total'), style: 'dim' }],
    ...replies.map((one): Line => {
      const text = cells(one.name, count(one.now), count(one.total))
      const style = REPLY_STYLES[one.kind]
      return [style === null ? { text } : { text, style }]
    }),
  ]
}

/** How busy each is. */
function workerTable(utilisation: readonly number[]): Line[] {
  const width = 16
  return [
    [{ text: `worker   ${'busy'.padEnd(width)}`, style: 'dim' }],
    ...utilisation.map((share, i): Line => {
      const full = Math.round(Math.min(1, share) * width)
      const style = share >= 0.9 ? 'bad' : share >= 0.7 ? 'warn' : 'good'
      return [
        { text: String(i).padEnd(9) },
        { text: '█'.repeat(full), style },
        { text: '░'.repeat(width - full), style: 'dim' },
        { text: percent(share).padStart(6) },
      ]
    }),
  ]
}

function beside(tables: readonly (readonly Line[])[]): Line[] {
  const widths = tables.map((table) => Math.max(...table.map(lengthOf)))
  const height = Math.max(0, ...tables.map(({ length }) => length))
  return Array.from({ length: height }, (_, row) =>
    tables.flatMap((table, i): Line => {
      const line = table[row] ?? []
      if (i === tables.length - 1) return line
      return [...line, { text: ' '.repeat(widths[i]! - lengthOf(line)) }, { text: ' │ ', style: 'dim' }]
    }),
  )
}
