/** Misbehaving clients in the summary: what each kind met, the verdicts on the catalogue, and what they cost the others. */
import { heldOf, type MalformedRow, type MischiefKind, type MischiefResult } from '../measure/mischief.js'
import { count, latency, number, percent, seconds, significant } from './format.js'

/** How lines are coloured: as in the rest of the summary. */
type Paint = (text: string, style: 'dim' | 'red' | 'yellow') => string

/** Everything about them; nothing where there were none. */
export function mischiefLines(mischief: MischiefResult | null, paint: Paint): string[] {
  if (mischief === null) return []
  const { startedMs, sessions, ofSessions, kinds, cases } = mischief
  const who = sessions > 0 ? `${count(sessions)} of ${count(ofSessions)} sessions` : 'connections beside the sessions'
  const lines = [
    startedMs === null
      ? paint(`misbehaving  ${who}: the run was over before they began; a longer run would show them`, 'yellow')
      : `misbehaving  ${who}, from ${seconds(startedMs)} on`,
  ]
  const width = Math.max(0, ...kinds.map(({ kind }) => kind.length)) + 3
  for (const kind of startedMs === null ? [] : kinds) lines.push(`  ${kind.kind.padEnd(width)}${kindWords(kind)}`)
  const cost = costSentence(mischief)
  if (cost !== null) lines.push(`cost         ${cost}`)
  if (cases.length > 0) lines.push('', ...caseTable(cases, paint))
  return lines
}

function kindWords({ ends, heldMs }: MischiefKind): string {
  const words = Object.entries(ends).map(([end, many]) => `${count(many)} ${end}`)
  const held = heldOf(heldMs)
  if (held !== null)
    words.push(`held ${latency(held.medianMs * 1000)} in the middle, ${latency(held.maxMs * 1000)} at most`)
  return words.length === 0 ? 'nothing ended' : words.join(' · ')
}

/** What the bad ones cost the good ones, in one sentence; null where there is nothing to compare. */
export function costSentence({ cost, sessions, ofSessions, kinds }: MischiefResult): string | null {
  if (cost === null) return null
  const { alone, beside } = cost
  const share = sessions / ofSessions
  const flood = kinds.some((kind) => kind.sessions === 0)
  const bad = [...(sessions > 0 ? [`the bad ${percent(share)}`] : []), ...(flood ? ['the flood'] : [])].join(' and ')
  const good = sessions > 0 ? `the good ${percent(1 - share)}` : 'the sessions'
  const ms = (value: number) => significant(value)
  return `${bad} cost ${good}: p99 ${ms(alone.p99Ms)} → ${ms(beside.p99Ms)} ms (p50 ${ms(alone.p50Ms)} → ${ms(beside.p50Ms)}), ${number(alone.perSecond)} → ${number(beside.perSecond)}/s`
}

/** What a table of the catalogue needs of a row. */
export type CaseRow = Omit<MalformedRow, 'count'> & { readonly count?: number }

/** Case, answer and verdict, a line each; times where they were counted. */
export function caseTable(rows: readonly CaseRow[], paint: Paint): string[] {
  const widths = [rows.map((row) => row.name), rows.map((row) => row.section), rows.map((row) => row.answer)].map(
    (column) => Math.max(9, ...column.map((text) => text.length)) + 2,
  )
  const [name = 0, section = 0, answer = 0] = widths
  const times = rows.some((row) => row.count !== undefined)
  const head = `${'malformed'.padEnd(name)}${'section'.padEnd(section)}${times ? `${'times'.padStart(7)}  ` : ''}${'answer'.padEnd(answer)}verdict`
  return [
    paint(head, 'dim'),
    ...rows.map((row) => {
      const much = times ? `${count(row.count ?? 0).padStart(7)}  ` : ''
      const line = `${row.name.padEnd(name)}${row.section.padEnd(section)}${much}${row.answer.padEnd(answer)}${verdictWords(row)}`
      return BAD.includes(row.verdict) ? paint(line, 'red') : line
    }),
  ]
}

const BAD: readonly string[] = ['wrong', 'crashed', 'no answer', 'closed']

/** The verdict, and the word on it. */
export function verdictWords({ verdict, word }: Pick<MalformedRow, 'verdict' | 'word'>): string {
  return word === null ? verdict : `${verdict} (${word})`
}
