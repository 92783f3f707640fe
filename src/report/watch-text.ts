/** What `stampede watch` prints: a line for each sample, and a summary. */
import type { LeakFinding } from '../measure/leaks.js'
import { endedDead, happenings, serverCpu, type Watched, type WatchSample } from '../measure/watched.js'
import { bytes, clock, count, number, percent, seconds } from './format.js'
import { findingText } from './leaks.js'
import { watchFigures, watchRows, watchSums } from './watched.js'

const COLUMNS = [
  ['time', 8],
  ['procs', 6],
  ['cpu', 8],
  ['rss', 9],
  ['pss', 9],
  ['threads', 8],
  ['fds', 7],
  ['estab', 7],
  ['closewt', 8],
  ['timewt', 7],
  ['queue', 6],
  ['host cpu', 9],
] as const

/** The names of the columns. */
export function watchHead(): string {
  return COLUMNS.map(([name, width]) => name.padStart(width)).join('')
}

/** One sample; CPU since the one before it, in per cent of one CPU. */
export function watchLine({ atMs, server, host }: WatchSample, before: WatchSample | null): string {
  const cells =
    server === null
      ? [clock(atMs), '0', ...COLUMNS.slice(3).map(() => '-'), percent(host.cpu)]
      : [
          clock(atMs),
          count(server.processes),
          cpuBetween(before, { atMs, server, host }),
          bytes(server.rss),
          told(server.pss, bytes),
          count(server.threads),
          told(server.descriptors?.total ?? null, count),
          told(server.sockets && (server.sockets.ESTABLISHED ?? 0), count),
          told(server.sockets && (server.sockets.CLOSE_WAIT ?? 0), count),
          told(server.sockets && (server.sockets.TIME_WAIT ?? 0), count),
          told(server.accept?.waiting ?? null, count),
          percent(host.cpu),
        ]
  return COLUMNS.map(([, width], i) => cells[i]!.padStart(width)).join('')
}

function cpuBetween(before: WatchSample | null, after: WatchSample): string {
  if (!before?.server || !after.server || after.atMs <= before.atMs) return '-'
  const used = ({ cpuUserMs, cpuSystemMs }: NonNullable<WatchSample['server']>) => cpuUserMs + cpuSystemMs
  return percent(Math.max(0, used(after.server) - used(before.server)) / (after.atMs - before.atMs))
}

function told(value: number | null, words: (value: number) => string): string {
  return value === null ? '-' : words(value)
}

/** A whole watch. */
export interface WatchResult {
  readonly schemaVersion: 1
  readonly role: 'watch'
  readonly version: string
  readonly node: string
  readonly host: string
  /** ISO 8601, wall clock. */
  readonly startedAt: string
  readonly elapsedMs: number
  readonly watched: Watched
  readonly notes: readonly string[]
  /** What `--leaks` found. */
  readonly leaks?: readonly LeakFinding[]
}

/** The summary, lines ended by line feeds. */
export function watchText({ elapsedMs, watched, notes, leaks = [] }: WatchResult, color = false): string {
  const rows = watchRows(watched)
  const width = (name: 'first' | 'settled' | 'most' | 'last') => Math.max(9, ...rows.map((row) => row[name].length + 2))
  const line = (name: string, ...cells: readonly [string, string, string, string]) => {
    const widths = [width('first'), width('settled'), width('most'), width('last')]
    return `  ${name.padEnd(18)}${cells.map((cell, i) => cell.padStart(widths[i]!)).join('')}`
  }
  const lines = [
    ...happenings(watched),
    `${endedDead(watched) ? 'FAIL' : 'PASS'}  ${watched.about ?? watched.target}, watched for ${seconds(elapsedMs)}`,
    '',
    ...(rows.length === 0 ? [] : [line('', 'first', 'settled', 'most', 'last')]),
    ...rows.map((row) => line(row.name, row.first, row.settled, row.most, row.last)),
    ...(rows.length === 0 ? [] : ['']),
    ...[...cpuWords(watched), ...watchSums(watched)].map((sum) => `  ${sum}`),
    ...notes.map((note) => `note  ${note}`),
  ]
  const text = `${lines.map((one) => one.trimEnd()).join('\n')}\n`
  return [text, ...leaks.map((finding) => findingText(finding, color))].join('\n')
}

/** How busy the server was; nothing where there are not two samples to compare. */
export function cpuWords(watched: Watched): string[] {
  const cpu = serverCpu(watched, 0)
  if (cpu === null) return []
  const cores = cpu.cores === null ? '' : ` of ${number(cpu.cores)}`
  return [`${number(cpu.used)}${cores} CPUs in use, ${number(cpu.most)} in the busiest second`]
}

/** One JSON document: what happened, how each figure went, and every sample. */
export function watchJson(result: WatchResult): string {
  const happened = happenings(result.watched)
  const document = {
    ...(happened.length > 0 && { happened }),
    ...result,
    passed: !endedDead(result.watched),
    cpu: serverCpu(result.watched, 0),
    figures: watchFigures(result.watched),
  }
  return `${JSON.stringify(document, null, 2)}\n`
}
