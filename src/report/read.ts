/** Recordings read back: one gives the result of its run, several the result of all their runs together. */
import { dueIn } from '../measure/baseline.js'
import type { Cell } from '../measure/cells.js'
import type { Interval } from '../measure/interval.js'
import { Judgement } from '../measure/judgement.js'
import type { LiveFigures, LiveWorker } from '../measure/live.js'
import { makeResult, type RunResult } from '../measure/result.js'
import { COUNTERS, type Counter } from '../measure/series.js'
import { Timeline } from '../measure/timeline.js'
import { askedCurve } from '../plan/tempo.js'
import { checkAlike, mergedInput, together } from './merge.js'
import { type ReadInput, type RecordedPlan, RecordingReader } from './recording.js'
import type { RecordingSource } from './recording-lines.js'

/** What recordings hold. */
export interface Recorded {
  readonly result: RunResult
  readonly timeline: Timeline
  /** Of several runs that of the first. */
  readonly plan: RecordedPlan
  /** How everything stood at the end. */
  readonly figures: LiveFigures
  /** Messages due by a moment in milliseconds of the run, all runs together; null: one of them was a closed loop. */
  readonly due: ((ms: number) => number) | null
}

/** Reads them; several are merged by the number of the second. @throws UsageError for what is no recording, or cannot be put together */
export function readRecordings(sources: readonly RecordingSource[]): Recorded {
  const readers = sources.map((source) => new RecordingReader(source))
  const [only] = readers as [RecordingReader]
  if (readers.length === 1) {
    for (const _ of only.intervals());
    return recorded(only.input, dueOf(readers))
  }
  const names = sources.map(({ name }) => name)
  checkAlike(readers, names)
  const timeline = new Timeline()
  for (const interval of together(readers)) timeline.add(interval)
  const inputs = readers.map(({ input }) => input)
  const results = inputs.map((input) => recorded(input, null).result)
  return recorded(mergedInput(inputs, results, names, timeline), dueOf(readers))
}

/** Reads one run for its noise as well. @throws UsageError for what is no recording */
export function readWhole(source: RecordingSource): { readonly recorded: Recorded; readonly cells: readonly Cell[] } {
  const reader = new RecordingReader(source, true)
  for (const _ of reader.intervals());
  const { input, timeline, plan } = reader
  const due = dueIn(plan.load, input.rates)
  return { recorded: recorded(input, due), cells: timeline.cells!.all(due, input.watched?.samples) }
}

/** The intervals of what is measured, read anew. @throws UsageError as `readRecordings` */
export function* intervalsOf(sources: readonly RecordingSource[]): Generator<Interval> {
  const readers = sources.map((source) => new RecordingReader(source))
  yield* readers.length === 1 ? readers[0]!.intervals() : together(readers)
}

function recorded(input: ReadInput, due: Recorded['due']): Recorded {
  const { plan, timeline, ended } = input
  return {
    result: makeResult({ ...input, judgement: new Judgement(plan.thresholds, ended) }),
    timeline,
    plan,
    figures: figuresOf(input),
    due,
  }
}

function dueOf(readers: readonly RecordingReader[]): Recorded['due'] {
  const curves = readers.flatMap(({ plan, rates }) =>
    plan.load.arrivals === null ? [] : [askedCurve(plan.load.arrivals, rates)],
  )
  if (curves.length < readers.length) return null
  return (ms) => curves.reduce((sum, curve) => sum + curve.dueBy(ms), 0)
}

function figuresOf({ counters, timeline, tables, plan }: ReadInput): LiveFigures {
  const workers = Array.from(
    { length: plan.workers },
    (): LiveWorker => ({ utilisation: 0, loopDelayP99Us: 0, cpuUserNs: 0, cpuSystemNs: 0 }),
  )
  for (const { worker, utilisation, loopDelayP99Us, cpu, durationMs } of timeline.health) {
    const before = workers[worker]?.cpuUserNs ?? 0
    // Which part of it was the system's is not kept.
    workers[worker] = { utilisation, loopDelayP99Us, cpuUserNs: before + cpu * durationMs * 1e6, cpuSystemNs: 0 }
  }
  const all = Object.fromEntries(COUNTERS.map((name, i) => [name, counters[i]!])) as Record<
    keyof typeof Counter,
    number
  >
  return {
    counters: () => all,
    rows(series) {
      const counts = timeline.total(series)
      return { total: Number.NaN, rows: counts === null ? [] : [counts] }
    },
    tables: () => tables,
    workers: () => workers,
  }
}
