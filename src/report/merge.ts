/** Several recordings put together, exactly: sums are added, histograms are added, nothing is averaged. */
import { UsageError } from '../base/errors.js'
import { type Interval, quiet, sideBySide } from '../measure/interval.js'
import { TableRows } from '../measure/recording.js'
import type { RunResult } from '../measure/result.js'
import type { Timeline } from '../measure/timeline.js'
import type { Verdict } from '../measure/verdict.js'
import type { Watched } from '../measure/watched.js'
import type { Threshold } from '../plan/threshold.js'
import { seconds } from './format.js'
import type { ReadInput, RecordedPlan, RecordingReader } from './recording.js'

/** Runs that start within this were meant to go together. */
const TOGETHER_MS = 5000

/** Handshakes and messages do not add up, and of misbehaving clients every run must have had the same kinds. */
export function checkAlike(readers: readonly RecordingReader[], names: readonly string[]): void {
  const [first, ...others] = readers.map(({ plan }) => ({
    unit: plan.wire.until === null ? 'messages' : 'handshakes',
    mischief: JSON.stringify(plan.mischief),
  }))
  others.forEach((other, i) => {
    const both = `${names[0]} and ${names[i + 1]}`
    if (other.unit !== first!.unit)
      throw new UsageError(`${both} cannot be merged: one counts ${first!.unit}, the other ${other.unit}.`)
    if (other.mischief !== first!.mischief)
      throw new UsageError(`${both} cannot be merged: their clients misbehaved in different ways.`)
  })
}

/** Second by second; the workers of each are numbered behind those of the one before. */
export function* together(readers: readonly RecordingReader[]): Generator<Interval> {
  let workers = 0
  const ends = readers.map((reader) => {
    const intervals = reader.intervals()
    const end = { intervals, next: intervals.next(), last: null as Interval | null, workers }
    workers += reader.plan.workers
    return end
  })
  for (;;) {
    const second = Math.min(...ends.map(({ next }) => (next.done ? Number.POSITIVE_INFINITY : next.value.second)))
    if (second === Number.POSITIVE_INFINITY) return
    const now: Interval[] = []
    const waiting: Interval[] = []
    for (const end of ends) {
      const { next } = end
      if (next.done) continue
      if (next.value.second !== second) {
        if (end.last !== null) waiting.push(end.last)
        continue
      }
      const health = next.value.health.map((row) => ({ ...row, worker: row.worker + end.workers }))
      now.push({ ...next.value, health })
      end.last = next.value
      end.next = end.intervals.next()
    }
    yield sideBySide([...now, ...waiting.map((last) => quiet(last, now[0]!))])
  }
}

/** All runs as one: their inputs, what each came to, and the timeline of all. */
export function mergedInput(
  inputs: readonly ReadInput[],
  results: readonly RunResult[],
  names: readonly string[],
  timeline: Timeline,
): ReadInput {
  const [first] = inputs as [ReadInput]
  const sum = (figure: (input: ReadInput) => number) => inputs.reduce((all, input) => all + figure(input), 0)
  const fromMs = Math.min(...inputs.map((input) => input.fromMs))
  const endMs = Math.max(...inputs.map((input) => input.fromMs + input.elapsedMs))
  const tables = new TableRows()
  for (const input of inputs) tables.add(input.tables)
  const starts = inputs.flatMap(({ mischief }) => mischief.startedMs ?? [])
  const asked = results.map(({ messages }) => messages.asked)
  const thresholds = [...new Map(inputs.flatMap(({ plan }) => plan.thresholds).map((one) => [one.text, one])).values()]
  const ended = inputs.find((input) => input.ended !== null)?.ended ?? null
  return {
    version: distinct(inputs.map(({ version }) => version)).join(', '),
    node: distinct(inputs.map(({ node }) => node)).join(', '),
    host: distinct(inputs.map(({ host }) => host)).join(', '),
    again: distinct(inputs.map(({ again }) => again).filter((line) => line !== '')).join(' & '),
    startedAt: new Date(Math.min(...inputs.map(({ startedAt }) => startedAt.getTime()))),
    plan: mergedPlan(
      inputs.map(({ plan }) => plan),
      thresholds,
    ),
    timeline,
    counters: Array.from(first.counters, (_, i) => sum(({ counters }) => counters[i]!)),
    tables: tables.tables,
    fromMs,
    elapsedMs: endMs - fromMs,
    cpu: { userMs: sum(({ cpu }) => cpu.userMs), systemMs: sum(({ cpu }) => cpu.systemMs) },
    notes: [
      ...differences(results),
      ...apart(results),
      ...watchedBy(inputs, names),
      ...results.flatMap(({ notes }, i) => notes.map((note) => `${names[i]}: ${note}`)),
    ],
    mischief: {
      startedMs: starts.length === 0 ? null : Math.min(...starts),
      told: inputs.flatMap(({ mischief }) => mischief.told),
    },
    // Of no use without the arrivals, which are no longer one run's; what was changed stands in the notes.
    rates: [],
    watched: mergedWatch(inputs),
    ended: ended === null ? null : { ...ended, by: thresholds.findIndex(({ text }) => text === ended.result.text) },
    several: {
      generator: worst(results, names),
      asked: asked.includes(null) ? null : asked.reduce<number>((all, one) => all + one!, 0),
      sessions: results.reduce((all, { sessions }) => all + sessions.asked, 0),
    },
  }
}

/** A server's figures are its own and do not add up over who loaded it: the first who watched is believed. What happened is told by all, each thing once. */
function mergedWatch(inputs: readonly ReadInput[]): Watched | null {
  const all = inputs.flatMap(({ watched }) => watched ?? [])
  const [first] = all
  if (first === undefined) return null
  const events = new Map(
    all.flatMap((one) => one.events.map((event) => [`${one.target} ${event.kind} ${event.pid}`, event] as const)),
  )
  return { ...first, events: [...events.values()].sort((a, b) => a.atMs - b.atMs) }
}

function watchedBy(inputs: readonly ReadInput[], names: readonly string[]): string[] {
  const by = names.filter((_, i) => inputs[i]!.watched !== null)
  return by.length < 2 ? [] : [`the server was watched in ${by.join(', ')}; its figures are those of ${by[0]}`]
}

function mergedPlan(plans: readonly RecordedPlan[], thresholds: readonly Threshold[]): RecordedPlan {
  // What one of them was compared with says nothing of all.
  const [{ baseline: _, ...first }] = plans as [RecordedPlan]
  const durations = plans.map(({ load }) => load.durationMs)
  return {
    ...first,
    target: { kind: first.target.kind, text: distinct(plans.map(({ target }) => target.text)).join(', ') },
    seed: distinct(plans.map(({ seed }) => seed)).join(', '),
    tags: mergedTags(plans),
    workers: plans.reduce((sum, { workers }) => sum + workers, 0),
    allowReject: plans.every(({ allowReject }) => allowReject),
    thresholds,
    load: {
      ...first.load,
      messages: null,
      arrivals: null,
      durationMs: durations.includes(null) ? null : Math.max(...durations.map((one) => one!)),
      sessions: plans.reduce((sum, { load }) => sum + load.sessions, 0),
    },
    wire: {
      ...first.wire,
      tls: plans.find(({ wire }) => wire.tls !== null)?.wire.tls ?? null,
      auth: plans.find(({ wire }) => wire.auth !== null)?.wire.auth ?? null,
    },
  }
}

/** A tag that differs has all its values. */
function mergedTags(plans: readonly RecordedPlan[]): Record<string, string> {
  const names = distinct(plans.flatMap(({ tags = {} }) => Object.keys(tags)))
  return Object.fromEntries(
    names.map((name) => [name, distinct(plans.flatMap(({ tags }) => tags?.[name] ?? [])).join(', ')]),
  )
}

/** What a reader of the figures should know before comparing them with those of one run. */
function differences(results: readonly RunResult[]): string[] {
  const merged = `${results.length} recordings merged`
  const differing = (['target', 'seed', 'version'] as const).filter(
    (name) => distinct(results.map((one) => one[name])).length > 1,
  )
  if (differing.length === 0) return [merged]
  return [
    `${merged}; they differ in ${differing.map((name) => `${name} (${distinct(results.map((one) => one[name])).join(', ')})`).join(' and ')}`,
  ]
}

/** Said where the runs can hardly have been side by side: their seconds are put together by number all the same. */
function apart(results: readonly RunResult[]): string[] {
  const starts = results.map(({ startedAt }) => Date.parse(startedAt))
  const spread = Math.max(...starts) - Math.min(...starts)
  return spread < TOGETHER_MS ? [] : [`they started ${seconds(spread)} apart, and are put together as if they had not`]
}

/** The verdict on the generator that was worst off. */
function worst(results: readonly RunResult[], names: readonly string[]): Verdict {
  const rank = { clear: 0, stretched: 1, saturated: 2 }
  const verdicts = results.map(({ generator }, i) => ({ ...generator, reason: `${names[i]}: ${generator.reason}` }))
  return verdicts.reduce((most, one) => (rank[one.state] > rank[most.state] ? one : most))
}

function distinct(texts: readonly string[]): string[] {
  return [...new Set(texts)]
}
