/** `stampede compare`: recordings of two sides, figure by figure. */
import { existsSync, writeFileSync } from 'node:fs'
import { RunError, UsageError } from '../base/errors.js'
import { version } from '../base/version.js'
import { COMPARE_DEFAULTS, type CompareOptions } from '../measure/compare.js'
import { type Comparison, comparisonDocument, verdictCounts } from '../measure/comparison.js'
import { compareSides, readSide } from '../report/compare.js'
import { comparisonMarkdown } from '../report/compare-markdown.js'
import { comparisonText } from '../report/compare-text.js'
import { colored } from './colors.js'
import type { Given } from './given.js'
import { verbHelp } from './help.js'
import { type Machine, thisMachine } from './machine.js'
import type { COMPARE_KINDS } from './options-compare.js'
import { checkWritable } from './out-files.js'
import { type Environment, parse } from './parse.js'
import { reasonOf } from './read-file.js'
import { recordingOf } from './recording-source.js'
import { print } from './source.js'

type Kind = (typeof COMPARE_KINDS)[number]

/** Runs the verb; the exit status. Throws StampedeError. */
export async function compareVerb(args: readonly string[], environment: Environment): Promise<number> {
  const given = parse('compare', args, environment)
  if (given.flag('help')) return print(verbHelp('compare'))
  if (given.flag('version')) return print(`stampede ${version()}\n`)
  const kind = given.choice<Kind>('as') ?? 'text'
  const [a, b] = sidesOf(given)
  const options = optionsOf(given)
  const path = given.text('output')
  checkOutput(path, given, thisMachine())
  const sides = [readSide(a.map(recordingOf)), readSide(b.map(recordingOf))] as const
  const comparison = compareSides(...sides, options)
  const text =
    kind === 'html'
      ? (await import('../report/compare-html.js')).comparisonPage(comparison, ...sides)
      : render(comparison, kind, path === null && colored(environment, given))
  if (path === null) print(text)
  else write(path, text, given.label('output'))
  return given.flag('strict') ? strictStatus(comparison) : 0
}

function render(comparison: Comparison, kind: Exclude<Kind, 'html'>, color: boolean): string {
  switch (kind) {
    case 'text':
      return comparisonText(comparison, { color })
    case 'md':
      return comparisonMarkdown(comparison)
    case 'json':
      return `${JSON.stringify(comparisonDocument(comparison), null, 2)}\n`
  }
}

/** 98 when a generator was saturated, 99 when a figure is worse: as for a run with thresholds. */
export function strictStatus({ a, b, figures }: Pick<Comparison, 'a' | 'b' | 'figures'>): number {
  if (a.generator.state === 'saturated' || b.generator.state === 'saturated') return 98
  return verdictCounts(figures).worse > 0 ? 99 : 0
}

/** The files of A and of B. */
function sidesOf({ operands }: Given): readonly [string[], string[]] {
  const [a, b, extra] = operands
  if (a === undefined || b === undefined)
    throw new UsageError(
      `${a === undefined ? 'A and B are' : 'B is'} missing; give two recordings made with --out ndjson, several runs of one side with commas between.`,
    )
  if (extra !== undefined)
    throw new UsageError(
      `'${extra}' is one operand too many; give A and B, several runs of one side with commas between.`,
    )
  return [filesOf(a), filesOf(b)]
}

/** One run, or several with commas between; a file that has a comma in its name is taken by that name. */
function filesOf(operand: string): string[] {
  const files = existsSync(operand) ? [operand] : operand.split(',')
  const twice = files.find((name, i) => files.indexOf(name) < i)
  if (twice !== undefined) throw new UsageError(`'${twice}' is given twice on one side; it would be counted twice.`)
  if (files.includes('')) throw new UsageError(`'${operand}' has an empty name between its commas; leave it out.`)
  return files
}

function optionsOf(given: Given): CompareOptions {
  const confidence = given.share('confidence') ?? COMPARE_DEFAULTS.confidence
  if (confidence < 0.5 || confidence > 0.999)
    throw new UsageError(
      `${given.label('confidence')}: ${confidence * 100}% cannot be told; give 50% to 99.9%, such as 95%.`,
    )
  return { confidence, least: given.share('least') ?? COMPARE_DEFAULTS.least }
}

function checkOutput(path: string | null, given: Given, machine: Pick<Machine, 'checkWritable'>): void {
  if (path !== null) checkWritable(path, given.label('output'), machine)
}

function write(path: string, text: string, label: string): void {
  try {
    writeFileSync(path, text)
  } catch (error) {
    throw new RunError(`${label}: cannot write '${path}' (${reasonOf(error)}).`)
  }
}
