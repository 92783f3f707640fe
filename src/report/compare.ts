/** Recordings compared: each side is one run, or several of the same thing. */
import { UsageError } from '../base/errors.js'
import type { Cell } from '../measure/cells.js'
import { COMPARE_DEFAULTS, type CompareOptions, compareEstimates } from '../measure/compare.js'
import type { ComparedSide, Comparison } from '../measure/comparison.js'
import { type Estimate, estimate, FEWEST_SECONDS } from '../measure/estimate.js'
import { mergeInto, newHistogram } from '../measure/histogram.js'
import { Outcome, Series } from '../measure/series.js'
import type { Verdict } from '../measure/verdict.js'
import { type DescribedRun, differencesOf } from './differences.js'
import { type Recorded, readWhole } from './read.js'
import type { RecordingSource } from './recording-lines.js'

/** A side as it was read. */
export interface ReadSide {
  readonly names: readonly string[]
  readonly runs: readonly Recorded[]
  readonly side: ComparedSide
  readonly figures: readonly Estimate[]
}

/** Compares B with A. @throws UsageError for what is no recording, or where one side counts messages and the other handshakes */
export function compareRecordings(
  a: readonly RecordingSource[],
  b: readonly RecordingSource[],
  options: CompareOptions = COMPARE_DEFAULTS,
): Comparison {
  return compareSides(readSide(a), readSide(b), options)
}

/** Compares sides that have been read. @throws UsageError as `compareRecordings` */
export function compareSides(a: ReadSide, b: ReadSide, options: CompareOptions = COMPARE_DEFAULTS): Comparison {
  checkAlike([a, b])
  return {
    a: a.side,
    b: b.side,
    ...options,
    differences: differencesOf(described(a), described(b)),
    warnings: [...within(a, 'A'), ...within(b, 'B'), ...warningsOf(a.side, 'A'), ...warningsOf(b.side, 'B')],
    figures: compareEstimates(a.figures, b.figures, options),
  }
}

/** Reads the recordings of one side. @throws UsageError */
export function readSide(sources: readonly RecordingSource[]): ReadSide {
  const names = sources.map(({ name }) => name)
  const runs: Recorded[] = []
  const cells: (readonly Cell[])[] = []
  for (const source of sources) {
    const { recorded, cells: own } = readWhole(source)
    runs.push(recorded)
    cells.push(own)
  }
  checkAlike([{ names, runs }])
  const [first] = runs as [Recorded]
  const { result } = first
  const spectrum = (series: number) => {
    const all = newHistogram()
    for (const { timeline } of runs) mergeInto(all, timeline.histogram(series))
    return all
  }
  const side: ComparedSide = {
    files: names,
    target: result.target,
    unit: result.unit,
    version: result.version,
    node: result.node,
    host: result.host,
    startedAt: result.startedAt,
    tags: result.tags,
    seconds: Math.round(cells.flat().reduce((sum, { ms }) => sum + ms, 0) / 1000),
    accepted: runs.reduce((sum, { result }) => sum + result.messages.accepted, 0),
    generator: worst(runs.map(({ result }) => result.generator)),
    response: spectrum(Series.response + Outcome.accepted),
    service: spectrum(Series.service + Outcome.accepted),
  }
  return { names, runs, side, figures: estimate(cells) }
}

/** Handshakes are no messages. */
function checkAlike(sides: readonly Pick<ReadSide, 'names' | 'runs'>[]): void {
  const all = sides.flatMap(({ names, runs }) => runs.map(({ result }, i) => ({ name: names[i]!, unit: result.unit })))
  const [first] = all as [(typeof all)[number]]
  const other = all.find(({ unit }) => unit !== first.unit)
  if (other !== undefined)
    throw new UsageError(
      `${first.name} and ${other.name} cannot be compared: one counts ${first.unit}, the other ${other.unit}.`,
    )
}

function described({ runs }: ReadSide): DescribedRun {
  return describedRun((runs as readonly [Recorded])[0])
}

/** For comparing plans. */
export function describedRun({ plan, result }: Recorded): DescribedRun {
  const { host, version, node } = result
  return { plan, about: { host, version, node } }
}

/** Runs of one side that are not of the same thing. */
function within({ runs, names }: ReadSide, side: string): string[] {
  const [first, ...others] = runs.map(describedRun) as [DescribedRun, ...DescribedRun[]]
  return others.flatMap((other, i) => {
    const found = differencesOf(first, other)
    if (found.length === 0) return []
    const parts = found.map(({ name, a, b }) => `${name} (${a}, ${b})`).join(', ')
    return [`the runs of ${side} are not alike: ${names[0]} and ${names[i + 1]} differ in ${parts}`]
  })
}

function warningsOf({ seconds, generator, accepted }: ComparedSide, side: string): string[] {
  const warnings: string[] = []
  if (generator.state === 'saturated')
    warnings.push(`the generator of ${side} was saturated: its figures are the generator's, not the server's`)
  if (accepted === 0) warnings.push(`nothing was accepted in ${side}`)
  else if (seconds < FEWEST_SECONDS)
    warnings.push(`${side} has ${seconds} whole seconds of ${FEWEST_SECONDS} that it takes to know its noise`)
  return warnings
}

function worst(verdicts: readonly Verdict[]): Verdict {
  const rank = { clear: 0, stretched: 1, saturated: 2 }
  return verdicts.reduce((most, one) => (rank[one.state] > rank[most.state] ? one : most))
}
