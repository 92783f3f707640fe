/** What `stampede doctor` found, as text and as data. */
import { count, number, percent } from './format.js'

/** `ok`: as it should be; `note`: good to know; `warn`: it will show in the figures; `fail`: runs cannot be done. */
export type Level = 'ok' | 'note' | 'warn' | 'fail'

export interface Finding {
  readonly group: 'machine' | 'network' | 'program' | 'target'
  readonly name: string
  readonly level: Level
  readonly value: string
  /** What follows from it; null: nothing. */
  readonly meaning: string | null
  /** The command, or what to do, that makes it better; null: nothing to be done. */
  readonly fix: string | null
}

/** What one way of sending came to, our source against our sink. */
export interface Ceiling {
  readonly mode: string
  /** The options that set it. */
  readonly options: string
  readonly perSecond: number
  readonly cpuPerMessageUs: number
  /** Of the source's workers, 0..1. */
  readonly busiest: number
  /** Why there are no figures, or not to be trusted; null: nothing. */
  readonly trouble: string | null
}

export interface DoctorReport {
  readonly schemaVersion: 1
  readonly version: string
  readonly host: string
  readonly target: string | null
  readonly findings: readonly Finding[]
  /** Null: not measured. */
  readonly ceilings: readonly Ceiling[] | null
  /** Seconds each was measured. */
  readonly seconds: number
}

const STYLES = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33, cyan: 36 } as const
const LEVEL_STYLES = { ok: 'green', note: 'cyan', warn: 'yellow', fail: 'red' } as const
const GROUPS = { machine: 'machine', network: 'network', program: 'program', target: 'target' } as const
/** Width of text; sentences go on below themselves. */
const WIDTH = 100
const NAME_WIDTH = 22
const INDENT = 6 + NAME_WIDTH

/** Nothing that makes runs impossible. */
export function healthy({ findings, ceilings }: Pick<DoctorReport, 'findings' | 'ceilings'>): boolean {
  const measured = ceilings === null || ceilings.some(({ perSecond }) => perSecond > 0)
  return measured && findings.every(({ level }) => level !== 'fail')
}

/** For people. */
export function doctorText(report: DoctorReport, color: boolean): string {
  const paint = (text: string, style: keyof typeof STYLES) => (color ? `\x1b[${STYLES[style]}m${text}\x1b[0m` : text)
  const lines: string[] = []
  for (const group of Object.keys(GROUPS) as Finding['group'][]) {
    const own = report.findings.filter((one) => one.group === group)
    if (own.length === 0) continue
    lines.push(paint(group === 'target' ? `target ${report.target}` : GROUPS[group], 'bold'))
    for (const { level, name, value, meaning, fix } of own) {
      lines.push(`${paint(level.padStart(4), LEVEL_STYLES[level])}  ${name.padEnd(NAME_WIDTH)}${value}`)
      if (meaning !== null)
        for (const line of wrapped(meaning)) lines.push(`${' '.repeat(INDENT)}${paint(line, 'dim')}`)
      if (fix !== null) lines.push(`${' '.repeat(INDENT)}${paint('fix', 'cyan')}  ${fix}`)
    }
    lines.push('')
  }
  if (report.ceilings !== null) lines.push(...ceilingLines(report.ceilings, report.seconds, paint), '')
  lines.push(sum(report, paint))
  return `${lines.map((line) => line.trimEnd()).join('\n')}\n`
}

function ceilingLines(
  ceilings: readonly Ceiling[],
  seconds: number,
  paint: (text: string, style: keyof typeof STYLES) => string,
): string[] {
  const lines = [
    paint(`ceiling on loopback, our source against our sink, ${number(seconds)} s each`, 'bold'),
    paint(
      `      ${'mode'.padEnd(26)}${'messages/s'.padStart(11)}${'cpu/message'.padStart(13)}${'busiest'.padStart(9)}  options`,
      'dim',
    ),
  ]
  for (const { mode, options, perSecond, cpuPerMessageUs, busiest, trouble } of ceilings) {
    const figures = `${count(perSecond).padStart(11)}${`${number(cpuPerMessageUs)} µs`.padStart(13)}${percent(busiest).padStart(9)}`
    lines.push(`      ${mode.padEnd(26)}${perSecond > 0 ? figures : ' '.repeat(33)}  ${paint(options, 'dim')}`)
    if (trouble !== null) lines.push(`${' '.repeat(6)}${paint(trouble, 'yellow')}`)
  }
  lines.push(
    ...wrapped(
      'Source and sink share this machine here, and its CPU, which is that of both: against a server elsewhere the source alone can do more.',
      94,
    ).map((line) => `      ${paint(line, 'dim')}`),
  )
  return lines
}

function sum(report: DoctorReport, paint: (text: string, style: keyof typeof STYLES) => string): string {
  const many = (level: Level) => report.findings.filter((one) => one.level === level).length
  const parts = (['fail', 'warn', 'note', 'ok'] as const)
    .filter((level) => many(level) > 0)
    .map((level) => `${many(level)} ${level}`)
  const good = healthy(report)
  return `${paint(good ? 'can run' : 'CANNOT RUN', good ? 'green' : 'red')}  ${parts.join(' · ')}`
}

/** Lines of a sentence. */
function wrapped(text: string, width = WIDTH - INDENT): string[] {
  const lines: string[] = []
  for (const word of text.split(' ')) {
    const last = lines.at(-1)
    if (last !== undefined && last.length + 1 + word.length <= width) lines[lines.length - 1] = `${last} ${word}`
    else lines.push(word)
  }
  return lines
}

/** As one JSON document; `healthy` says whether runs can be done. */
export function doctorJson(report: DoctorReport): string {
  return `${JSON.stringify({ ...report, healthy: healthy(report) }, null, 2)}\n`
}
