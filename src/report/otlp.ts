/** What is to be said of a collector that did not get everything. */
import type { OtlpTotals } from '../measure/figures.js'
import { count } from './format.js'

/** A sentence for the notes of a result; null: everything arrived. */
export function otlpNote({ url, spans, exports, trouble }: OtlpTotals): string | null {
  const lost = spans.dropped + spans.failed + spans.rejected + spans.unrecorded
  const parts: string[] = []
  if (lost > 0) {
    const ways = [
      [spans.failed, 'not delivered'],
      [spans.dropped, 'dropped from a full queue'],
      [spans.rejected, 'rejected'],
      [spans.unrecorded, 'not recorded for lack of room'],
    ] as const
    const made = spans.sent + spans.dropped + spans.failed + spans.unrecorded
    const said = ways.filter(([many]) => many > 0).map(([many, what]) => `${count(many)} ${what}`)
    parts.push(`${count(lost)} of ${count(made)} spans were lost (${said.join(', ')})`)
  }
  const missed = exports.failed + exports.skipped
  if (missed > 0) {
    const asked = exports.sent + missed
    parts.push(`${count(missed)} of ${count(asked)} exports of metrics did not arrive`)
  }
  if (exports.rejectedPoints > 0) parts.push(`${count(exports.rejectedPoints)} data points were rejected`)
  if (parts.length === 0) return null
  return `otlp: ${parts.join('; ')}, at ${url}${trouble === null ? '' : `: ${trouble}`}`
}
