/** What a live page knows, event by event. Runs in the browser, and in tests anywhere. */
import { addHeat } from './heat-columns.js'
import type { PageData, PageEvents, PageSecond, PageWatched } from './model.js'
import { addRow, MOST_ROWS, markSaturated, newRows, widened } from './rows.js'

/** What is known before the first event. */
export function emptyPage({ kind, head }: PageEvents['head']): PageData {
  return {
    schemaVersion: 1,
    kind,
    head,
    verdict: null,
    elapsedMs: 0,
    thresholds: [],
    totals: {},
    latency: [],
    replies: [],
    errors: [],
    notes: [],
    rows: newRows(),
    heat: null,
    spectra: [],
    watched: null,
    find: null,
    other: null,
  }
}

/** The page after an event. `data` is used up: what comes back takes its place. Null: nothing has begun yet. */
export function applied<Name extends keyof PageEvents>(
  data: PageData | null,
  name: Name,
  value: PageEvents[Name],
): PageData | null {
  if (name === 'head') return emptyPage(value as PageEvents['head'])
  if (name === 'end') return value as PageData
  if (data === null) return null
  if (name === 'reset') return { ...emptyPage(data), watched: data.watched }
  if (name === 'watch') return { ...data, watched: watchedMore(data.watched, value as PageWatched) }
  addSecond(data, value as PageSecond)
  return data
}

function addSecond(data: PageData, second: PageSecond): void {
  addRow(data.rows, second.row)
  markSaturated(data.rows, second.saturatedBefore ?? 0)
  // Twice as many as a report holds: then half, and on.
  if (data.rows.at.length > 2 * MOST_ROWS) data.rows = widened(data.rows)
  data.elapsedMs = second.elapsedMs
  data.totals = second.totals
  if (second.heat !== undefined && (second.heat.length > 0 || data.heat !== null)) {
    data.heat ??= { seconds: 1, at: [], columns: [] }
    addHeat(data.heat, second.row.at, second.heat)
  }
  data.thresholds = second.thresholds ?? data.thresholds
  data.spectra = second.spectra ?? data.spectra
  const response = second.response === undefined ? [] : [second.response]
  data.latency = second.latency ?? joined(data.latency, response, ({ name, outcome }) => `${name}/${outcome}`)
  data.replies = withSamples(data.replies, second.replies, ({ verb, code }) => `${verb}/${code}`)
  data.errors = withSamples(data.errors, second.errors, ({ error, after }) => `${error}/${after}`)
}

/** Rows with those that are others now in their places, new ones behind. */
function joined<T>(rows: readonly T[], changed: readonly T[] = [], keyOf: (row: T) => string): T[] {
  const now = new Map(rows.map((row) => [keyOf(row), row]))
  for (const row of changed) now.set(keyOf(row), row)
  return [...now.values()]
}

/** A sample is told once. */
function withSamples<T extends { readonly sample: string }>(
  rows: readonly T[],
  changed: readonly T[] = [],
  keyOf: (row: T) => string,
): T[] {
  const old = new Map(rows.map((row) => [keyOf(row), row.sample]))
  return joined(
    rows,
    changed.map((row) => (row.sample === '' ? { ...row, sample: old.get(keyOf(row)) ?? '' } : row)),
    keyOf,
  )
}

/** Samples that came since. */
function watchedMore(before: PageWatched | null, more: PageWatched): PageWatched {
  if (before === null) return more
  more.rows.at.forEach((at, i) => {
    const values = Object.fromEntries(
      Object.entries(more.rows.columns).map(([name, column]) => [name, column[i] ?? null]),
    )
    addRow(before.rows, { at, ms: more.rows.ms[i]!, values })
  })
  return { ...before, events: [...before.events, ...more.events] }
}
