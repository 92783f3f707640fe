/** A run second by second as comma-separated values (RFC 4180): one row a second, times in milliseconds, for a spreadsheet or a script. */
import type { SecondSummary } from '../measure/timeline.js'

type Column = readonly [name: string, value: (second: SecondSummary) => number]

const COUNTS = [
  'scheduled',
  'accepted',
  'deferred',
  'refused',
  'failed',
  'dropped',
  'connects',
  'active',
  'bytesOut',
  'bytesIn',
] as const

const COLUMNS: readonly Column[] = [
  ['second', ({ second }) => second],
  ['duration_ms', ({ durationMs }) => durationMs],
  ...COUNTS.map((name): Column => [snake(name), (second) => second[name]]),
  ['response_p50_ms', ({ message }) => message.p50],
  ['response_p99_ms', ({ message }) => message.p99],
  ['response_max_ms', ({ message }) => message.max],
  ['utilisation_max', ({ utilisation }) => Math.max(0, ...utilisation)],
]

/** Header and rows, each ended by CR LF as the RFC has it. */
export function toCsv(seconds: Iterable<SecondSummary>): string {
  const rows = [COLUMNS.map(([name]) => name).join(',')]
  for (const second of seconds) rows.push(COLUMNS.map(([, value]) => plain(value(second))).join(','))
  return rows.map((row) => `${row}\r\n`).join('')
}

function plain(value: number): string {
  return String(Number(value.toFixed(3)))
}

function snake(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
}
