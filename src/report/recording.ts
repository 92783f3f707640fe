/** One recording read back, line by line: what it holds is handed on interval by interval, so that a long one needs no more memory than a short one. */
import { UsageError } from '../base/errors.js'
import { addCounters, type Interval } from '../measure/interval.js'
import { fromLine, fromNames, type IntervalLine } from '../measure/interval-line.js'
import type { Ended } from '../measure/judgement.js'
import {
  type EndLine,
  type HeaderLine,
  type RecordingLine,
  TableRows,
  type WatchingLine,
} from '../measure/recording.js'
import type { ResultInput, ResultPlan } from '../measure/result.js'
import { Counter } from '../measure/series.js'
import { Timeline } from '../measure/timeline.js'
import type { WatchEvent, WatchSample } from '../measure/watched.js'
import type { LoadPlan, SourcePlan, WirePlan } from '../plan/plan.js'
import type { RateChange } from '../plan/tempo.js'
import { broken, linesOf, type RecordingSource } from './recording-lines.js'

/** What a reader needs of the plan in the header. */
export type RecordedPlan = ResultPlan & {
  readonly target: Pick<SourcePlan['target'], 'kind' | 'text'>
  readonly load: Pick<LoadPlan, 'warmupMs'>
  readonly wire: Pick<WirePlan, 'protocol'>
}

/** All that a result is made from, as it was read. */
export interface ReadInput extends Omit<ResultInput, 'judgement'> {
  readonly plan: RecordedPlan
  readonly fromMs: number
  readonly mischief: NonNullable<ResultInput['mischief']>
  readonly rates: readonly RateChange[]
  readonly watched: NonNullable<ResultInput['watched']> | null
  /** The threshold that ended the run. */
  readonly ended: Ended | null
}

export class RecordingReader {
  readonly header: HeaderLine
  readonly plan: RecordedPlan
  /** What of the run is measured and has been read so far. */
  readonly timeline: Timeline
  readonly #name: string
  readonly #lines: Iterator<RecordingLine>
  readonly #tables = new TableRows()
  readonly #notes = new Set<string>()
  readonly #rates: RateChange[] = []
  #warm: { readonly atMs: number; readonly counters: Float64Array } | null = null
  #ended: Ended | null = null
  #watching: WatchingLine | null = null
  readonly #samples: WatchSample[] = []
  readonly #happened: WatchEvent[] = []
  #end: EndLine | null = null

  /** `noise`: cells are wanted. @throws UsageError when it is not a recording */
  constructor(source: RecordingSource, noise = false) {
    this.#name = source.name
    this.#lines = linesOf(source)
    const { value: header } = this.#lines.next()
    if (header?.kind === 'watch-header')
      throw new UsageError(
        `${this.#name} is of stampede watch, which held no run; give one made with --out ndjson of a run.`,
      )
    if (header?.kind !== 'header')
      throw new UsageError(`${this.#name} is not a recording; give one made with --out ndjson.`)
    if (header.schemaVersion !== 1)
      throw new UsageError(
        `${this.#name}: a recording of schema version 1 is needed, this one has ${String(header.schemaVersion)}.`,
      )
    this.header = header
    this.plan = planIn(header, this.#name)
    this.timeline = new Timeline(noise || this.plan.baseline !== undefined)
  }

  /** The intervals of what is measured, in order; to be called once. @throws UsageError for a line that cannot be */
  *intervals(): Generator<Interval> {
    let number = 1
    for (let next = this.#lines.next(); !next.done; next = this.#lines.next()) {
      number++
      const interval = this.#read(next.value, number)
      if (interval !== null) yield interval
    }
  }

  /** Changes of the rate, as far as they have been read. */
  get rates(): readonly RateChange[] {
    return this.#rates
  }

  /** All of it, once the intervals have been read: with `makeResult`, the result. */
  get input(): ReadInput {
    const { version, node, host, again, startedAt } = this.header
    const fromMs = this.#warm?.atMs ?? 0
    const sums = this.#warm?.counters.slice() ?? fromNames({})
    addCounters('source', sums, this.timeline.counters)
    const counters = this.#end === null ? sums : fromNames(this.#end.counters)
    const { elapsedMs, cpu, mischief } = this.#end ?? {
      elapsedMs: Math.max(0, this.timeline.endMs - fromMs),
      cpu: { userMs: counters[Counter.cpuUserNs]! / 1e6, systemMs: counters[Counter.cpuSystemNs]! / 1e6 },
      mischief: { startedMs: null, told: [] },
    }
    return {
      version,
      node,
      host,
      again,
      startedAt: new Date(startedAt),
      plan: this.plan,
      timeline: this.timeline,
      counters,
      tables: this.#tables.tables,
      fromMs,
      elapsedMs,
      cpu,
      mischief,
      rates: this.#rates,
      watched: this.#watched,
      ended: this.#ended,
      notes: [...this.#notes, ...(this.#end === null ? [this.#cutOff(fromMs + elapsedMs)] : [])],
    }
  }

  get #watched(): ReadInput['watched'] {
    if (this.#watching === null) return null
    const { target, about, cores } = this.#watching
    return { target, about, cores, samples: this.#samples, events: this.#happened }
  }

  #cutOff(atMs: number): string {
    if (this.#warming) return 'the recording was cut off within the warm-up: nothing was measured'
    return `the recording was cut off at ${(atMs / 1000).toFixed(1)} s: what came after that is not known`
  }

  get #warming(): boolean {
    return this.plan.load.warmupMs > 0 && this.#warm === null
  }

  /** Takes a line; the interval that it is, if it counts. */
  #read(line: RecordingLine, number: number): Interval | null {
    try {
      return this.#take(line)
    } catch (error) {
      throw broken(this.#name, number, error)
    }
  }

  #take(line: RecordingLine): Interval | null {
    switch (line.kind) {
      case 'interval':
        return this.#warming ? null : this.#interval(line)
      case 'reply':
      case 'error':
        this.#tables.sighted(line)
        break
      case 'warm':
        this.#tables.clear()
        this.#warm = { atMs: line.atMs, counters: fromNames(line.counters) }
        break
      case 'ended':
        this.#ended = { by: line.by, result: line.result }
        break
      case 'rate':
        this.#rates.push({ atMs: line.atMs, factor: line.factor })
        break
      case 'note':
        this.#notes.add(line.text)
        break
      case 'watching':
        this.#watching = line
        break
      case 'watch': {
        const { kind: _, ...sample } = line
        this.#samples.push(sample)
        break
      }
      case 'happened':
        this.#happened.push(line.event)
        break
      case 'end':
        this.#end = line
    }
    return null
  }

  #interval(line: IntervalLine): Interval {
    this.#tables.gained(line)
    const interval = fromLine(line)
    this.timeline.add(interval)
    return interval
  }
}

/** The plan that a header holds, with what it leaves out put back. */
function planIn({ plan, offsetsMs }: HeaderLine, name: string): RecordedPlan {
  const recorded = (plan ?? {}) as RecordedPlan
  const { load, target, wire, thresholds, mischief } = recorded
  const whole =
    typeof target?.text === 'string' &&
    typeof load?.sessions === 'number' &&
    typeof wire === 'object' &&
    Array.isArray(thresholds) &&
    Array.isArray(mischief)
  if (!whole) throw new UsageError(`${name}: the plan in the header of this recording is not whole.`)
  const { arrivals } = load
  if (arrivals?.shape.kind !== 'offsets') return recorded
  const shape = { ...arrivals.shape, offsetsMs: Float64Array.from(offsetsMs ?? []) }
  return { ...recorded, load: { ...load, arrivals: { ...arrivals, shape } } }
}
