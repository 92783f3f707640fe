/** What a search for leaks found, for people: a verdict, and a table of every resource with its levels. */
import type { LeakFinding, LeakResource, LeakSlope, LeakVerdict, LeakWord } from '../measure/leaks.js'
import { worstWord } from '../measure/leaks.js'
import { bytes, count, number, seconds, significant } from './format.js'

/** All that one call found. */
export interface LeakDocument {
  readonly schemaVersion: 1
  readonly role: 'leaks'
  readonly version: string
  readonly node: string
  readonly host: string
  readonly startedAt: string
  readonly target: string
  /** Whom it watched, in a few words. */
  readonly watched: string
  readonly seed: string
  readonly again: string
  readonly elapsedMs: number
  readonly word: LeakWord
  /** One for each plan. */
  readonly leaks: readonly LeakFinding[]
  readonly notes: readonly string[]
}

const BARS = '▁▂▃▄▅▆▇█'
const SAID: Readonly<Record<LeakWord, string>> = {
  flat: 'FLAT',
  'warming up': 'WARM',
  leaking: 'LEAK',
  'not enough evidence': 'UNSURE',
}
const STYLES: Readonly<Record<LeakWord, string>> = {
  flat: '32',
  'warming up': '32',
  leaking: '31',
  'not enough evidence': '33',
}

/** The document as text, lines ended by line feeds. */
export function leaksText(document: LeakDocument, color = false): string {
  const blocks = document.leaks.map((finding) => findingLines(finding, color))
  const notes = document.notes.map((note) => `note  ${note}`)
  const last = [`watched  ${document.watched}`, ...(document.again === '' ? [] : [`again    ${document.again}`])]
  return `${[...blocks, ...(notes.length > 0 ? [notes] : []), last].map((lines) => lines.map((line) => line.trimEnd()).join('\n')).join('\n\n')}\n`
}

/** One finding as text, lines ended by line feeds. */
export function findingText(finding: LeakFinding, color = false): string {
  return `${findingLines(finding, color)
    .map((line) => line.trimEnd())
    .join('\n')}\n`
}

/** The document as one of JSON. */
export function leaksJson(document: LeakDocument): string {
  return `${JSON.stringify(document, null, 2)}\n`
}

/** The document as Markdown, for a pull request. */
export function leaksMarkdown(document: LeakDocument): string {
  return `${document.leaks.map(findingMarkdown).join('\n\n')}\n`
}

/** One finding as Markdown, without a line feed at its end. */
export function findingMarkdown(finding: LeakFinding): string {
  return [
    `### ${headline(finding)}`,
    '',
    '| resource | verdict | from | to | slope |',
    '|---|---|--:|--:|---|',
    ...finding.verdicts.map((one) => `| ${verdictCells(one).join(' | ')} |`),
  ].join('\n')
}

/** A verdict as the cells of a table: the resource, the word, its first and last level, and the slopes or why there is none. */
export function verdictCells(verdict: LeakVerdict): string[] {
  const { resource, word, levels, reason } = verdict
  const said = slopeWords(verdict).join('; ')
  return [resource, word, amount(resource, levels[0]!), amount(resource, levels.at(-1)!), said || reason]
}

/** How much was done: `12 cycles after 4 to warm up, 25.1 s: 96,000 messages, …`; of a load that is not ours, only how long it was. */
export function extentWords(finding: LeakFinding): string {
  const { cycles } = finding
  const counted = cycles.filter((cycle) => cycle.counted).length
  const ended = cycles.at(-1)?.restedMs ?? 0
  const extent = `after ${count(cycles.length - counted)} to warm up, ${seconds(ended)}`
  return isTimed(finding)
    ? `${count(counted)} parts of the time ${extent}`
    : `${count(counted)} cycles ${extent}: ${totalsWords(finding)}`
}

/** Whether time is all that is known of what was done. */
export function isTimed({ cycles }: LeakFinding): boolean {
  return cycles.some(({ counts }) => counts.minute !== undefined)
}

/** What cannot be told apart. */
export function togetherWords({ together }: LeakFinding): string[] {
  return together.map(({ driver, with: others }) => {
    const names = others.map((other) => `${other}s`).join(' and ')
    return `${driver}s always came with ${names} here, and cannot be told from them`
  })
}

/** The worst of all plans. */
export function wordOf(findings: readonly LeakFinding[]): LeakWord {
  return worstWord(findings.map((finding) => finding.word))
}

/** One sentence on what a plan found. */
export function headline({ plan, word, verdicts }: LeakFinding): string {
  const those = verdicts.filter((verdict) => verdict.word === word)
  switch (word) {
    case 'leaking':
      return `${plan}: ${those.map((one) => `${one.resource} leaking (${blamedWords(one)})`).join('; ')}`
    case 'not enough evidence':
      return `${plan}: not enough evidence${those.length > 0 ? ` on ${those.map(({ resource }) => resource).join(', ')}` : ''}`
    case 'warming up':
      return `${plan}: ${those.map(({ resource }) => resource).join(', ')} warming up, nothing leaking`
    case 'flat':
      return `${plan}: flat, nothing leaking`
  }
}

function findingLines(finding: LeakFinding, color: boolean): string[] {
  const { verdicts } = finding
  const paint = (text: string, word: LeakWord) => (color ? `\x1b[1;${STYLES[word]}m${text}\x1b[0m` : text)
  const width = Math.max(0, ...verdicts.map(({ resource }) => resource.length)) + 2
  const lines = [
    `${paint(SAID[finding.word], finding.word)}  ${headline(finding)}`,
    `  ${finding.sentence}`,
    `  ${extentWords(finding)}`,
    '',
  ]
  for (const one of verdicts) {
    const levels = `${amount(one.resource, one.levels[0]!)} → ${amount(one.resource, one.levels.at(-1)!)}`
    lines.push(
      `  ${one.resource.padEnd(width)}${paint(one.word.padEnd(20), one.word)}${levels.padEnd(22)}${bars(one.levels)}`,
    )
    const said = isDull(one) ? [] : slopeWords(one)
    for (const words of one.reason === '' ? said : [...said, one.reason]) lines.push(`  ${''.padEnd(width)}${words}`)
  }
  return [...lines, ...[...togetherWords(finding), ...finding.notes].map((note) => `  note  ${note}`)]
}

/** Nothing moved at all. */
function isDull({ word, levels }: LeakVerdict): boolean {
  return word === 'flat' && Math.max(...levels) === Math.min(...levels)
}

/** `≈ 1,031 B per message`; '' where nothing is blamed. */
export function blamedWords({ resource, slopes }: LeakVerdict): string {
  const blamed = slopes.filter((slope) => slope.blamed)
  return blamed.map(({ driver, perUnit }) => `≈ ${per(resource, perUnit, driver)}`).join(', ')
}

function slopeWords({ resource, slopes, word }: LeakVerdict): string[] {
  return slopes.map((slope) => {
    const { driver, perUnit, low, high, blamed } = slope
    if (!Number.isFinite(low)) return `${driver}: cannot be told`
    const bounds = `${figure(resource, low, slope)} to ${figure(resource, high, slope)}`
    return `${per(resource, perUnit, driver)} (${bounds})${blamed && word === 'leaking' ? '  ← leaks' : ''}`
  })
}

/** Octets for each one, things for each thousand, or for each minute. */
function per(resource: LeakResource, perUnit: number, driver: LeakSlope['driver']): string {
  if (resource === 'memory') return `${octets(perUnit)} per ${driver}`
  if (driver === 'minute') return `${tidy(perUnit)} per minute`
  return `${tidy(perUnit * 1000)} per 1,000 ${driver === 'MB' ? 'MB' : `${driver}s`}`
}

function figure(resource: LeakResource, value: number, { driver }: LeakSlope): string {
  return resource === 'memory' ? octets(value) : tidy(driver === 'minute' ? value : value * 1000)
}

function octets(value: number): string {
  const size = Math.abs(value)
  return `${value < -0.5 ? '-' : ''}${size < 9999.5 ? `${count(size)} B` : bytes(size)}`
}

function tidy(value: number): string {
  return Math.abs(value) < 0.005 ? '0' : significant(value)
}

function amount(resource: LeakResource, level: number): string {
  return resource === 'memory' ? bytes(level) : count(level)
}

function totalsWords({ cycles }: LeakFinding): string {
  const counts = new Map<string, number>()
  for (const cycle of cycles) {
    if (!cycle.counted) continue
    for (const [driver, many] of Object.entries(cycle.counts)) counts.set(driver, (counts.get(driver) ?? 0) + many)
  }
  const words = [...counts].filter(([driver, many]) => many > 0 && driver !== 'MB')
  return words.map(([driver, many]) => `${number(many)} ${driver}s`).join(', ')
}

/** The levels as bars from the lowest to the highest. */
function bars(levels: readonly number[]): string {
  const low = Math.min(...levels)
  const span = Math.max(...levels) - low
  // Scatter that is small beside the level should not look like mountains.
  const whole = Math.max(span, Math.abs(low) * 0.05)
  return levels.map((one) => BARS[whole === 0 ? 0 : Math.min(7, Math.floor((8 * (one - low)) / whole))]).join('')
}
