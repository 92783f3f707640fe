/** One picture of a run under way, as lines for a terminal of any size: what does not fit is left out, the least telling first. */
import { bytes, clock, count, latency, number, percent } from './format.js'

/** A stage of the conversation over the last seconds; microseconds. */
export interface LivePhase {
  readonly name: string
  readonly p50: number
  readonly p99: number
  readonly max: number
}

/** A kind of reply or failure. */
export interface LiveCount {
  readonly name: string
  /** In the last second, and since the start. */
  readonly now: number
  readonly total: number
}

/** What is shown. Rates are per second over the last second. */
export interface LiveState {
  readonly verb: string
  readonly target: string
  /** `open loop 5k/s`, `closed loop`. */
  readonly load: string
  readonly sessions: number
  readonly workers: number
  readonly elapsedMs: number
  /** Null: it ends with its messages. */
  readonly durationMs: number | null
  /** Share of the run that is over, 0..1; null: nobody knows. */
  readonly done: number | null
  readonly state: 'clear' | 'stretched' | 'saturated'
  readonly asked: number | null
  readonly sent: number
  readonly accepted: number
  /** Accepted per second, and 99th percentiles in microseconds, one a second, the newest last. */
  readonly rates: readonly number[]
  readonly p99s: readonly number[]
  /** Of accepted messages over the last seconds, microseconds; null: there were none. */
  readonly latency: { readonly p50: number; readonly p90: number; readonly p99: number; readonly p999: number } | null
  readonly maxUs: number
  readonly phases: readonly LivePhase[]
  readonly replies: readonly LiveCount[]
  readonly active: number
  readonly connects: number
  readonly bytesOut: number
  readonly utilisation: readonly number[]
  readonly thresholds: readonly { readonly text: string; readonly ok: boolean; readonly value: string }[]
  /** What the keys do. */
  readonly keys: string
}

export interface FrameOptions {
  readonly columns: number
  readonly rows: number
  readonly color: boolean
  /** Block characters and check marks; false: plain ASCII. */
  readonly unicode: boolean
}

/** A stretch of text with a style; what a line is made of, so that lengths are known before colours come in. */
interface Piece {
  readonly text: string
  readonly style?: Style
}
type Line = readonly Piece[]
type Style = keyof typeof STYLES

const STYLES = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33, cyan: 36 } as const
const STATE_STYLES = { clear: 'green', stretched: 'yellow', saturated: 'red' } as const
/** Eighths of a character cell, for curves. */
const LEVELS = { unicode: '▁▂▃▄▅▆▇█', ascii: '_.:-=+*#' } as const
/** Width of the left column where there are two. */
const LEFT = 37
const TWO_COLUMNS = 76

/** The lines, at most `rows`, none wider than `columns`. */
export function liveFrame(state: LiveState, options: FrameOptions): string[] {
  const { columns, rows } = options
  const levels = options.unicode ? LEVELS.unicode : LEVELS.ascii
  const blocks: { readonly rank: number; readonly lines: readonly Line[] }[] = [
    { rank: 9, lines: [headLine(state, columns), barLine(state, options)] },
    { rank: 8, lines: rateLines(state, columns, levels) },
    { rank: 7, lines: latencyLines(state, columns, levels) },
    { rank: 4, lines: tableLines(state, columns) },
    { rank: 5, lines: [footLine(state)] },
    { rank: 6, lines: [...thresholdLines(state, options), [{ text: state.keys, style: 'dim' }]] },
  ]
  let kept = blocks.filter(({ lines }) => lines.length > 0)
  // Blank lines between blocks are the first to go, then the ends of tables, then whole blocks.
  let spaced = true
  const height = () => kept.reduce((sum, { lines }) => sum + lines.length, 0) + (spaced ? kept.length - 1 : 0)
  if (height() > rows) spaced = false
  const tables = kept.find(({ rank }) => rank === 4)
  if (tables !== undefined && height() > rows) {
    const room = tables.lines.length - (height() - rows)
    kept = kept.map((block) =>
      block === tables ? { ...block, lines: block.lines.slice(0, Math.max(0, room)) } : block,
    )
    if (room < 2) kept = kept.filter(({ rank }) => rank !== 4)
  }
  while (kept.length > 1 && height() > rows) {
    const least = Math.min(...kept.map(({ rank }) => rank))
    kept = kept.filter(({ rank }) => rank !== least)
  }
  const lines = kept.flatMap(({ lines }, i) => (spaced && i > 0 ? [[], ...lines] : lines))
  return lines.slice(0, rows).map((line) => drawn(line, columns, options.color))
}

function headLine({ verb, target, load, sessions, workers }: LiveState, columns: number): Line {
  const rest = `   ${load}   ${count(sessions)} session${sessions === 1 ? '' : 's'} × ${workers} worker${workers === 1 ? '' : 's'}`
  const head: Line = [{ text: `stampede ${verb}`, style: 'bold' }, { text: `  ${target}` }]
  return lengthOf(head) + rest.length <= columns ? [...head, { text: rest, style: 'dim' }] : head
}

function barLine({ done, elapsedMs, durationMs, state }: LiveState, { columns, unicode }: FrameOptions): Line {
  const time = durationMs === null ? clock(elapsedMs) : `${clock(elapsedMs)} / ${clock(durationMs)}`
  const tail: Line = [{ text: `  ${time}    generator: ` }, { text: state, style: STATE_STYLES[state] }]
  const width = Math.min(34, columns - lengthOf(tail) - 2)
  if (done === null || width < 8)
    return [{ text: time }, ...tail.slice(1).map((piece) => ({ ...piece, text: `  ${piece.text}` }))]
  const full = Math.round(Math.min(1, Math.max(0, done)) * width)
  const [on, off] = unicode ? ['█', '░'] : ['#', '.']
  return [{ text: `[${on.repeat(full)}${off.repeat(width - full)}]`, style: 'cyan' }, ...tail]
}

function rateLines({ asked, sent, accepted, rates }: LiveState, columns: number, levels: string): Line[] {
  const words = `${asked === null ? '' : `asked ${number(asked)}   `}sent ${number(sent)}   accepted ${number(accepted)}`
  return [
    [{ text: 'messages/s'.padEnd(13) }, { text: words, style: 'bold' }],
    [{ text: ' '.repeat(13) }, { text: curve(rates, columns - 13, levels, 0), style: 'green' }],
  ]
}

function latencyLines({ latency: now, maxUs, p99s }: LiveState, columns: number, levels: string): Line[] {
  if (now === null) return []
  const words = `p50 ${latency(now.p50)}   p90 ${latency(now.p90)}   p99 ${latency(now.p99)}   p99.9 ${latency(now.p999)}   max ${latency(maxUs)}`
  return [
    [{ text: 'latency'.padEnd(13) }, { text: words, style: 'bold' }],
    [
      { text: ' '.repeat(13) },
      { text: curve(p99s, columns - 18, levels, 0), style: 'yellow' },
      { text: '  p99', style: 'dim' },
    ],
  ]
}

/** Phases, and beside them (or below, on a narrow terminal) replies. */
function tableLines({ phases, replies }: LiveState, columns: number): Line[] {
  const left = [
    row('phase', 'p50', 'p99', 'max', 'dim'),
    ...phases.map(({ name, p50, p99, max }) => row(name, latency(p50), latency(p99), latency(max))),
  ]
  const narrow = columns < TWO_COLUMNS
  const width = (narrow ? columns : Math.min(columns, 100) - LEFT - 3) - 20
  const cells = (name: string, now: string, total: string) =>
    `${name.slice(0, Math.max(8, width)).padEnd(Math.max(8, width))}${now.padStart(8)}${total.padStart(12)}`
  const right: Line[] = [
    [{ text: cells('replies', 'now', 'total'), style: 'dim' }],
    ...replies.map((one): Line => [{ text: cells(one.name, count(one.now), count(one.total)) }]),
  ]
  if (phases.length === 0) return replies.length === 0 ? [] : right
  if (replies.length === 0) return left
  if (narrow) return [...left, ...right]
  const lines: Line[] = []
  for (let i = 0; i < Math.max(left.length, right.length); i++) {
    const first = left[i] ?? [{ text: '' }]
    const gap = ' '.repeat(Math.max(0, LEFT - lengthOf(first)))
    lines.push([...first, { text: `${gap}│ `, style: 'dim' }, ...(right[i] ?? [])])
  }
  return lines
}

function row(name: string, p50: string, p99: string, max: string, style?: Style): Line {
  const text = `${name.padEnd(9)}${p50.padStart(9)}${p99.padStart(9)}${max.padStart(9)}`
  return [style === undefined ? { text } : { text, style }]
}

function footLine({ active, connects, bytesOut, utilisation }: LiveState): Line {
  const busy = utilisation.map((one) => percent(one)).join(' ')
  const words = `sessions ${count(active)} active · ${number(connects)} connects/s · out ${bytes(bytesOut)}/s · workers ${busy}`
  return [{ text: words }]
}

/** As many on a line as fit. */
function thresholdLines({ thresholds }: LiveState, { columns, unicode }: FrameOptions): Line[] {
  const lines: Piece[][] = []
  for (const { text, ok, value } of thresholds) {
    const mark = unicode ? (ok ? '✓' : '✗') : ok ? 'ok' : 'NO'
    const pieces: Piece[] = [{ text: mark, style: ok ? 'green' : 'red' }, { text: ` ${text} (${value})` }]
    const last = lines.at(-1)
    if (last === undefined || lengthOf(last) + 3 + lengthOf(pieces) > columns) lines.push(pieces)
    else last.push({ text: '   ' }, ...pieces)
  }
  return lines
}

/** The newest values as far as they fit, from `floor` to the greatest among them. */
function curve(values: readonly number[], width: number, levels: string, floor: number): string {
  const shown = values.slice(-Math.max(0, Math.min(60, width)))
  const most = shown.reduce((most, value) => Math.max(most, value), floor)
  return shown
    .map((value) => levels[most === floor ? 0 : Math.min(7, Math.floor(((value - floor) / (most - floor)) * 7.999))]!)
    .join('')
}

function lengthOf(line: Line): number {
  return line.reduce((sum, { text }) => sum + text.length, 0)
}

function drawn(line: Line, columns: number, color: boolean): string {
  let left = columns
  let out = ''
  for (const { text, style } of line) {
    const part = text.slice(0, left)
    left -= part.length
    out += color && style !== undefined && part !== '' ? `\x1b[${STYLES[style]}m${part}\x1b[0m` : part
  }
  return out.trimEnd()
}
