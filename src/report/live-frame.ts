/** One picture of a run under way, as lines for a terminal of any size: what does not fit is left out, the least telling first. */
import { bytes, clock, count, latency, number, percent } from './format.js'
import { chart, chartSeconds } from './live-chart.js'
import { atBothEnds, type ColorDepth, type Line, lengthOf, painted, plain } from './live-paint.js'
import type { LiveState } from './live-state.js'
import { tableLines } from './live-tables.js'

export interface FrameOptions {
  readonly columns: number
  readonly rows: number
  readonly depth: ColorDepth
  /** Block characters and check marks; false: plain ASCII. */
  readonly unicode: boolean
}

const STATE_STYLES = { clear: 'good', stretched: 'warn', saturated: 'bad' } as const
/** From this width on there is a column of air on the left. */
const AIR_FROM = 60
/** Where figures and curves begin; on a narrow terminal there is no room for that. */
const MARGIN = 13
const NARROW = 56
/** Wider than this, lines are hard to follow. */
const WIDE = 196
const CHART_HEIGHT = 14
/** What is said of latencies, the most that fits. */
const LATENCIES = [
  ['p50', 'p90', 'p99', 'p99.9', 'max'],
  ['p50', 'p90', 'p99', 'max'],
  ['p50', 'p99', 'max'],
  ['p50', 'p99'],
] as const

/** What stands or falls together; the lowest rank goes first. */
interface Block {
  readonly rank: number
  readonly lines: readonly Line[]
}

/** The lines, at most `rows`, none wider than `columns`. */
export function liveFrame(state: LiveState, { columns, rows, depth, unicode }: FrameOptions): string[] {
  const air = columns >= AIR_FROM ? ' ' : ''
  const width = Math.min(WIDE, columns - air.length)
  const layout = fitted(state, width, rows)
  return layout.slice(0, rows).map((line) => painted([{ text: air }, ...plain(line, unicode)], columns, depth))
}

/** Blocks with blank lines between them, higher curves where there is room, and fewer of everything where there is none. */
function fitted(state: LiveState, width: number, rows: number): Line[] {
  const blocks = (rates: number, delays: number): Block[] =>
    [
      { rank: 9, lines: [headLine(state, width), barLine(state, width)] },
      { rank: 8, lines: rateLines(state, width, rates) },
      { rank: 7, lines: latencyLines(state, width, delays) },
      { rank: 4, lines: state.help === null ? tableLines(state, width) : state.help.map((text) => [{ text }]) },
      { rank: 5, lines: [footLine(state, width)] },
      { rank: 6, lines: lastLines(state, width) },
    ].filter(({ lines }) => lines.length > 0)
  const heightOf = (some: readonly Block[]) => some.reduce((sum, { lines }) => sum + lines.length, 0)
  let kept = blocks(1, 1)
  // The last two belong together.
  const gaps = Math.max(0, kept.length - 2)
  const spare = rows - heightOf(kept) - gaps
  if (spare >= 0) {
    const more = Math.min(2 * (CHART_HEIGHT - 1), spare)
    kept = blocks(1 + Math.ceil(more / 2), 1 + Math.floor(more / 2))
    return kept.flatMap(({ lines }, i) => (i > 0 && i < kept.length - 1 ? [[], ...lines] : lines))
  }
  // Then the ends of tables go, then the curves, then whole blocks.
  kept = kept
    .map((block) => (block.rank === 4 ? cut(block, rows - heightOf(kept)) : block))
    .filter(({ lines }) => lines.length > 0)
  if (heightOf(kept) > rows) {
    const curves = blocks(0, 0)
    kept = kept.map((block) =>
      block.rank === 7 || block.rank === 8 ? curves.find(({ rank }) => rank === block.rank)! : block,
    )
  }
  while (kept.length > 1 && heightOf(kept) > rows) {
    const least = Math.min(...kept.map(({ rank }) => rank))
    kept = kept.filter(({ rank }) => rank !== least)
  }
  return kept.flatMap(({ lines }) => lines)
}

/** So many lines less, or nothing of it where only its head would be left. */
function cut({ rank, lines }: Block, room: number): Block {
  const left = lines.length + Math.min(0, room)
  return { rank, lines: left < 2 ? [] : lines.slice(0, left) }
}

function headLine({ verb, target, load, sessions, workers }: LiveState, width: number): Line {
  const many = (n: number, word: string) => `${count(n)} ${word}${n === 1 ? '' : 's'}`
  const head: Line = [{ text: `stampede ${verb}`, style: 'bold' }, { text: `  ${target}` }]
  const rests = [
    `   ${load}   ${many(sessions, 'session')} × ${many(workers, 'worker')}`,
    `   ${load}   ${many(sessions, 'session')}`,
    `   ${load}`,
  ]
  const rest = rests.find((text) => lengthOf(head) + text.length <= width)
  return rest === undefined ? head : [...head, { text: rest, style: 'dim' }]
}

function barLine({ done, elapsedMs, durationMs, state, stage }: LiveState, width: number): Line {
  const time = durationMs === null ? clock(elapsedMs) : `${clock(elapsedMs)} / ${clock(durationMs)}`
  const times: Line = [{ text: time }, ...(stage === '' ? [] : [{ text: `  ${stage}`, style: 'warn' } as const])]
  const verdict: Line = [state === null ? { text: '…' } : { text: state, style: STATE_STYLES[state] }]
  const right: Line = [{ text: 'generator: ', style: 'dim' }, ...verdict]
  const bar = Math.min(100, width - lengthOf(times) - lengthOf(right) - 9)
  if (done === null || bar < 8) return atBothEnds(times, right, width) ?? [...times, { text: '  ' }, ...verdict]
  const full = Math.round(Math.min(1, Math.max(0, done)) * bar)
  const left: Line = [
    { text: '[' },
    { text: '█'.repeat(full), style: 'rate' },
    { text: '░'.repeat(bar - full), style: 'dim' },
    { text: ']  ' },
    ...times,
  ]
  return atBothEnds(left, right, width) ?? left
}

function rateLines(state: LiveState, width: number, height: number): Line[] {
  const { asked, sent, accepted, dropped, backlog, rates, unit } = state
  const narrow = width < NARROW
  const margin = narrow ? 0 : MARGIN
  const loss: Line = [
    ...(dropped > 0 ? [{ text: `   dropped ${number(dropped)}`, style: 'bad' } as const] : []),
    ...(backlog > 0 ? [{ text: `   late ${count(backlog)}`, style: 'warn' } as const] : []),
  ]
  const before = narrow ? '' : `${asked === null ? '' : `asked ${number(asked)}   `}sent ${number(sent)}   `
  const words: Line = [
    { text: narrow ? `${unit}/s`.padEnd(12) : `${unit}/s`.padEnd(MARGIN) },
    { text: before },
    { text: narrow ? number(accepted) : `accepted ${number(accepted)}`, style: 'bold' },
    ...(narrow && asked !== null ? [{ text: ` of ${number(asked)}` }] : []),
    ...loss,
  ]
  const shown = Math.min(rates.length, chartSeconds(width - margin))
  const last: Line = [{ text: `last ${shown} s`, style: 'dim' }]
  const options = { width: width - margin, height, style: 'rate', top: number, margin } as const
  return [(shown > 0 && !narrow && atBothEnds(words, last, width)) || words, ...chart(rates, options)]
}

function latencyLines({ latency: now, maxUs, p99s }: LiveState, width: number, height: number): Line[] {
  if (now === null) return []
  const narrow = width < NARROW
  const margin = narrow ? 0 : MARGIN
  const p = { p50: now.p50, p90: now.p90, p99: now.p99, 'p99.9': now.p999, max: maxUs }
  const names = LATENCIES.find((some) => figuresOf(p, some).length <= width - (narrow ? 9 : MARGIN)) ?? ['p99']
  const figures = figuresOf(p, names)
  const words: Line = [{ text: narrow ? 'latency  ' : 'latency'.padEnd(MARGIN) }, { text: figures, style: 'bold' }]
  const options = { width: width - margin, height, style: 'delay', top: latency, margin } as const
  const right: Line = [{ text: 'p99', style: 'dim' }]
  return [(height > 0 && atBothEnds(words, right, width)) || words, ...chart(p99s, options)]
}

function figuresOf<Name extends string>(values: Readonly<Record<Name, number>>, names: readonly Name[]): string {
  return names.map((name) => `${name} ${latency(values[name])}`).join('   ')
}

/** As much as fits, from the left. */
function footLine({ active, connects, bytesOut, utilisation }: LiveState, width: number): Line {
  const busiest = utilisation.reduce((most, one) => Math.max(most, one), 0)
  const each = `workers ${utilisation.map(percent).join(' ')}`
  const parts = [
    `sessions ${count(active)} active`,
    `${number(connects)} connects/s`,
    `out ${bytes(bytesOut)}/s`,
    ...(utilisation.length === 0 ? [] : [each.length <= 40 ? each : `busiest worker ${percent(busiest)}`]),
  ]
  while (parts.length > 1 && parts.join(' · ').length > width) parts.splice(1, 1)
  return [{ text: parts.join(' · ') }]
}

/** Thresholds, as many on a line as fit, and the keys at the end of the last, or below it. */
function lastLines({ thresholds, keys }: LiveState, width: number): Line[] {
  const lines: Line[] = []
  for (const { text, ok, value } of thresholds) {
    const mark = ok === null ? '…' : ok ? '✓' : '✗'
    const one: Line = [
      ok === null ? { text: mark, style: 'dim' } : { text: mark, style: ok ? 'good' : 'bad' },
      { text: ` ${text} (${value})` },
    ]
    const last = lines.at(-1)
    if (last === undefined || lengthOf(last) + 3 + lengthOf(one) > width) lines.push(one)
    else lines[lines.length - 1] = [...last, { text: '   ' }, ...one]
  }
  const right: Line = [{ text: keys, style: 'dim' }]
  const both = atBothEnds(lines.at(-1) ?? [], right, width)
  return both === null ? [...lines, right] : [...lines.slice(0, -1), both]
}
