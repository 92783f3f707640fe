/** Progress on one line, for stderr. */
import type { SecondSummary } from '../measure/timeline.js'
import { clock, count, latency, percent } from './format.js'

/** What the line tells. */
export interface LineInput {
  /** The last second, or the last few put together. */
  readonly second: SecondSummary
  readonly unit: 'messages' | 'handshakes'
  /** Since the start of the run. */
  readonly elapsedMs: number
  readonly accepted: number
  readonly deferred: number
  readonly refused: number
  readonly failed: number
  /** Columns of the terminal; 80 when not given. */
  readonly columns?: number
}

/** A part of the line; the lowest rank is left out first where there is no room. */
interface Part {
  readonly text: string
  readonly rank: number
}

/** ASCII, without a line feed, shorter than the terminal is wide so that the cursor stays on its line. */
export function toLine(input: LineInput): string {
  const { second } = input
  const rate = second.durationMs > 0 ? (second.accepted * 1000) / second.durationMs : 0
  const busiest = second.utilisation.reduce((most, one) => Math.max(most, one), 0)
  const parts: Part[] = [
    { text: clock(input.elapsedMs), rank: 9 },
    { text: `${input.unit === 'messages' ? 'accepted' : 'handshakes'} ${count(input.accepted)}`, rank: 8 },
    { text: `${count(rate)}/s`, rank: 7 },
  ]
  if (second.message.max > 0) {
    parts.push({ text: `p50 ${latency(second.message.p50 * 1000)}`, rank: 3 })
    parts.push({ text: `p99 ${latency(second.message.p99 * 1000)}`, rank: 5 })
  }
  if (input.deferred > 0) parts.push({ text: `deferred ${count(input.deferred)}`, rank: 4 })
  if (input.refused > 0) parts.push({ text: `refused ${count(input.refused)}`, rank: 4 })
  parts.push({ text: `failed ${count(input.failed)}`, rank: input.failed > 0 ? 6 : 2 })
  parts.push({ text: `${count(second.active)} session${second.active === 1 ? '' : 's'}`, rank: 0 })
  parts.push({ text: `worker ${percent(busiest)}`, rank: 1 })
  return fit(parts, (input.columns ?? 80) - 1)
}

function fit(parts: Part[], width: number): string {
  const line = parts.map((part) => part.text).join('  ')
  if (line.length <= width || parts.length === 1) return line.slice(0, Math.max(0, width))
  const least = parts.reduce((a, b) => (b.rank <= a.rank ? b : a))
  return fit(
    parts.filter((part) => part !== least),
    width,
  )
}
