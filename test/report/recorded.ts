/** A run of two workers played by hand on a Board: its recording and its result, without a clock or a socket. */
import { Board, SLOTS } from '#src/measure/board.js'
import { intervalBetween } from '#src/measure/interval.js'
import { toNames } from '#src/measure/interval-line.js'
import { Judgement } from '#src/measure/judgement.js'
import type { ErrorSighted, ReplySighted } from '#src/measure/protocol.js'
import { Recorder } from '#src/measure/recorder.js'
import { makeResult, type RunResult } from '#src/measure/result.js'
import { COUNTERS, Counter, ErrorKind, Phase, phaseSeries, Series } from '#src/measure/series.js'
import { Sampler, totalsOf } from '#src/measure/snapshot.js'
import { mergeTables } from '#src/measure/tables.js'
import { Timeline } from '#src/measure/timeline.js'
import { since, warmedUp } from '#src/measure/warmup.js'
import type { LoadPlan, SourcePlan } from '#src/plan/plan.js'
import type { RecordingSource } from '#src/report/recording-lines.js'
import { Scribe } from '#src/run/recording.js'
import { planOf } from '../plan/source-plan.js'

export interface Played {
  readonly text: string
  readonly result: RunResult
}

export interface Part {
  readonly plan?: Partial<SourcePlan>
  readonly load?: Partial<LoadPlan>
  /** Seconds of the run. */
  readonly seconds?: number
  /** Accepted messages of each worker in each second. */
  readonly each?: number
  /** The warm-up ends after so many seconds. */
  readonly warmSeconds?: number
  /** Milliseconds before the end of the last second at which the run is over. */
  readonly shortMs?: number
  readonly startedAt?: number
}

export function played(part: Part = {}): Played {
  const { seconds = 2, each = 5, warmSeconds = 0, shortMs = 0, startedAt = 0 } = part
  const base = planOf({
    load: { messages: null, durationMs: seconds * 1000, sessions: 4, warmupMs: warmSeconds * 1000, ...part.load },
    workers: 2,
  })
  const plan: SourcePlan = { ...base, ...part.plan }
  const board = Board.create({ workers: 2, counters: COUNTERS.length, slots: SLOTS, histograms: Series.count })
  const sightings: (ReplySighted | ErrorSighted)[] = []
  const workers = board.rows.map((row, worker) => new Recorder(row, (one) => sightings.push(one), worker, true))
  const sampler = new Sampler(board, 'source')
  const lines: string[] = []
  const scribe = new Scribe({
    trouble: null,
    write: (some) => void lines.push(...some.map((line) => `${JSON.stringify(line)}\n`)),
  })
  const judgement = new Judgement(plan.thresholds)
  const about = {
    startedAt: new Date(startedAt),
    version: '0.1.0',
    node: 'v20',
    host: 'here',
    again: 'stampede source x',
  }
  scribe.begin({ ...about, startedAt: about.startedAt.toISOString(), seed: plan.seed, tags: plan.tags ?? {}, plan })
  const notes = ['a note']
  let timeline = new Timeline()
  let last = sampler.start
  let from = sampler.start
  const tables = () =>
    mergeTables(
      since(from, last).map(({ slots }) => slots),
      sightings,
    )
  const step = (atMs: number) => {
    const now = sampler.take(atMs)
    const interval = intervalBetween(last, now)
    timeline.add(interval)
    last = now
    scribe.interval(interval, tables(), notes)
  }
  for (let second = 0; second < seconds; second++) {
    workers.forEach((recorder, worker) => {
      recorder.counters[Counter.active] = 2
      recorder.counters[Counter.utilisation] = 0.25 + second / 8
      recorder.counters[Counter.cpuUserNs]! += 2e8
      for (let i = 0; i < each; i++) {
        const at = second * 1000 + i * 7.25 + worker
        recorder.counters[Counter.scheduled]!++
        recorder.counters[Counter.accepted]!++
        recorder.counters[Counter.waitingUs]! += 1000.5
        recorder.time(Series.response, 1000 + i * (worker + 1))
        recorder.time(Series.service, 900 + i)
        recorder.time(phaseSeries(Phase.dot, 0), 500 + i)
        if (recorder.reply(Phase.dot, 250, at)) recorder.describeReply(Phase.dot, 250, `Ok ${worker}`)
      }
      if (worker === 1) recorder.error(ErrorKind.reset, Phase.data, second * 1000 + 500, 'ECONNRESET')
    })
    step((second + 1) * 1000 - (second === seconds - 1 ? shortMs : 0))
    if (second + 1 === warmSeconds) {
      from = warmedUp(last, sampler, true)
      scribe.warm(from.atMs, totalsOf(since(from, last)))
      timeline = new Timeline()
    } else if (second >= warmSeconds) {
      judgement.look({
        counters: timeline.counters,
        histogram: (one) => timeline.histogram(one),
        ...tables(),
        elapsedMs: last.atMs - from.atMs,
        atMs: last.atMs,
      })
      scribe.judged(judgement)
    }
  }
  notes.push('ended as planned')
  const end = {
    elapsedMs: last.atMs - from.atMs,
    cpu: { userMs: 400.5, systemMs: 100 },
    counters: totalsOf(since(from, last)),
    mischief: { startedMs: null, told: [] },
  }
  scribe.end({ ...end, counters: toNames(end.counters) }, notes)
  const result = makeResult({ ...about, ...end, plan, timeline, tables: tables(), fromMs: from.atMs, notes, judgement })
  scribe.result(result)
  return { text: lines.join(''), result }
}

/** A text as a recording, in pieces of so many octets. */
export function sourceOf(text: string, name = 'run.ndjson', piece = 1000): RecordingSource {
  const octets = Buffer.from(text)
  return {
    name,
    *open() {
      // One piece of memory for all of them, as a reader of files has.
      const memory = Buffer.alloc(piece)
      for (let at = 0; at < octets.length; at += piece) yield memory.subarray(0, octets.copy(memory, 0, at, at + piece))
    },
  }
}
