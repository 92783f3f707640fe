/** Feeds the live page of a sink, once a second: what came, what was answered and how fast, what was done to the clients. */
import { hostname } from 'node:os'
import { version } from '../base/version.js'
import { type Counts, maxOf, percentileOf, sparse } from '../measure/counts.js'
import { faultsOf } from '../measure/fault-kinds.js'
import { emptyPage } from '../report/page/apply.js'
import type { Cell, PageEvents, PageHead, PageLatency, PageReply, Row } from '../report/page/model.js'
import { addRow, compact, newRows, widened, withoutEmpty } from '../report/page/rows.js'
import type { SinkHandle, SinkTotals } from '../run/sink.js'
import type { LiveFeed } from '../serve/feed.js'
import { Changes } from './page-changes.js'

const SECOND_MS = 1000
/** Counters whose growth is shown. */
const COUNTS = [
  ...['connections', 'closed', 'messages', 'recipients', 'commands', 'rejected', 'bytesIn', 'bytesOut', 'timeouts'],
  ...['tlsFull', 'tlsResumed', 'tlsFailed', 'authOk', 'authFailed'],
] as const satisfies readonly (keyof SinkTotals)[]

/** What of a sink is looked at. */
type Watchable = Pick<SinkHandle, 'address' | 'totals' | 'records'>

/** How it stood when it was last looked at. */
interface Reading {
  readonly totals: SinkTotals
  readonly replies: ReadonlyMap<number, number>
  readonly durations: ReadonlyMap<string, ArrayLike<number>>
}

export class SinkPageFeed {
  readonly #feed: Pick<LiveFeed, 'push'>
  readonly #changes = new Changes()
  /** All seconds, for the page of the end. */
  readonly #rows = newRows()
  #sink: Watchable | null = null
  #head: PageHead | null = null
  #last: Reading | null = null
  #timer: NodeJS.Timeout | undefined
  #second = 0

  constructor(feed: Pick<LiveFeed, 'push'>) {
    this.#feed = feed
  }

  /** From now on it is looked at once a second, until `close`. */
  started(sink: Watchable, about: { readonly workers: number; readonly seed: string; readonly again: string }): void {
    this.#sink = sink
    this.#head = {
      ...about,
      verb: 'sink',
      target: sink.address,
      version: version(),
      node: process.version,
      host: hostname(),
      startedAt: new Date().toISOString(),
      tags: {},
      unit: 'messages',
      sessions: 0,
      durationMs: null,
      asked: null,
      openLoop: false,
    }
    this.#push('head', { kind: 'sink', head: this.#head })
    this.#last = read(sink)
    this.#timer = setInterval(() => this.look(), SECOND_MS)
    // Nobody waits for a page.
    this.#timer.unref()
  }

  /** Tells the second since the last look. */
  look(): void {
    if (this.#sink === null) return
    const now = read(this.#sink)
    const row = rowOf(this.#second++, this.#last!, now)
    this.#last = now
    addRow(this.#rows, row)
    const replies = this.#changes.take(pageReplies(this.#sink))
    this.#push('second', {
      row: compact(row),
      elapsedMs: Math.round(now.totals.elapsedMs),
      totals: totalsOf(now.totals),
      latency: latencies(now),
      ...(replies.length > 0 && { replies }),
    })
  }

  /** The last figures; after this there are none. */
  close(): void {
    clearInterval(this.#timer)
    if (this.#sink === null) return
    this.look()
    const { totals } = this.#last!
    this.#push('end', {
      ...emptyPage({ kind: 'sink', head: this.#head! }),
      elapsedMs: Math.round(totals.elapsedMs),
      totals: totalsOf(totals),
      latency: latencies(this.#last!),
      replies: pageReplies(this.#sink),
      notes: totals.notes,
      rows: withoutEmpty(widened(this.#rows)),
    })
    this.#sink = null
  }

  #push<Name extends keyof PageEvents>(name: Name, value: PageEvents[Name]): void {
    this.#feed.push(name, value)
  }
}

function read({ totals, records }: Watchable): Reading {
  const replies = new Map<number, number>()
  for (const { code, count } of records.replies()) {
    const kind = code >= 200 && code < 600 ? Math.floor(code / 100) : 0
    replies.set(kind, (replies.get(kind) ?? 0) + count)
  }
  return {
    totals: totals(),
    replies,
    durations: new Map(records.durations().map(({ verb, counts }) => [verb, counts])),
  }
}

function rowOf(at: number, before: Reading, now: Reading): Row {
  const values: Record<string, Cell> = { active: now.totals.active }
  for (const name of COUNTS) values[name] = now.totals[name] - before.totals[name]
  const earlier = faultsOf(before.totals)
  for (const [kind, count] of Object.entries(faultsOf(now.totals)))
    values[`fault.${kind}`] = count - (earlier[kind as keyof typeof earlier] ?? 0)
  for (const [kind, count] of now.replies) values[`reply.${kind}`] = count - (before.replies.get(kind) ?? 0)
  for (const [verb, counts] of now.durations) {
    const gained = sparse(Float64Array.from(counts, (count, i) => count - (before.durations.get(verb)?.[i] ?? 0)))
    if (gained.total > 0) Object.assign(values, figures(`phase.${verb}`, gained))
  }
  now.totals.workers.forEach(({ utilisation }, i) => {
    values[`worker.${i}`] = Number(utilisation.toFixed(3))
  })
  const ms = now.totals.elapsedMs - before.totals.elapsedMs
  const cpuNs = (totals: SinkTotals) => totals.cpuUserNs + totals.cpuSystemNs
  if (ms > 0) values.cpu = Number(((cpuNs(now.totals) - cpuNs(before.totals)) / 1e6 / ms).toFixed(3))
  values.busiest = Number(now.totals.utilisation.toFixed(3))
  return { at, ms: Math.round(ms), values }
}

function figures(name: string, counts: Counts): Record<string, number> {
  return {
    [`${name}.p50`]: percentileOf(counts, 50),
    [`${name}.p99`]: percentileOf(counts, 99),
    [`${name}.max`]: maxOf(counts),
  }
}

function latencies({ durations }: Reading): PageLatency[] {
  return [...durations].map(([name, all]) => {
    const counts = sparse(all)
    const values = [50, 90, 99, 100].map((percentile) => percentileOf(counts, percentile))
    return { name, outcome: 'accepted', count: counts.total, values }
  })
}

/** When each came is not known. */
function pageReplies({ records }: Watchable): PageReply[] {
  return records.replies().map(({ verb, code, count }) => ({ verb, code, count, firstMs: 0, lastMs: 0, sample: '' }))
}

function totalsOf(totals: SinkTotals): Record<string, number> {
  return Object.fromEntries(
    Object.entries(totals).filter((pair): pair is [string, number] => typeof pair[1] === 'number' && pair[1] !== 0),
  )
}
