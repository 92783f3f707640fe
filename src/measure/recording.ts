/**
 * A run as lines: what a recording (`ndjson`) holds, each line a JSON object. The header comes first, then what happened in the order in which it
 * did, then `end` and `summary`; one that was cut off lacks these.
 */

import type { RateChange } from '../plan/tempo.js'
import type { ResultDocument } from './document.js'
import type { ErrorRow, ReplyRow } from './figures.js'
import type { ErrorGain, ReplyGain } from './interval.js'
import type { IntervalLine } from './interval-line.js'
import type { Ended } from './judgement.js'
import type { MischiefTold } from './mischief.js'
import { inOrder, type Tables } from './tables.js'
import type { WatchEvent, WatchSample } from './watched.js'

/** What is known when a run starts. */
export interface HeaderLine {
  readonly kind: 'header'
  readonly schemaVersion: 1
  readonly version: string
  readonly node: string
  readonly host: string
  readonly seed: string
  /** ISO 8601, wall clock. */
  readonly startedAt: string
  /** The command line that repeats the run. */
  readonly again: string
  readonly tags: Readonly<Record<string, string>>
  /** As `--print-plan` shows it, secrets masked. */
  readonly plan: object
  /** Where each message has a moment of its own (`--rate file:…`): those moments, which the plan leaves out. */
  readonly offsetsMs?: readonly number[]
}

/** A row of a table begins here, or is known better now: of several workers another one saw it first. */
export interface ReplyLine extends Omit<ReplyRow, 'count' | 'lastMs'> {
  readonly kind: 'reply'
}
export interface ErrorLine extends Omit<ErrorRow, 'count' | 'lastMs'> {
  readonly kind: 'error'
}

/** The warm-up is over: what was counted before is no part of the result, but for `counters`, by name. */
export interface WarmLine {
  readonly kind: 'warm'
  readonly atMs: number
  readonly counters: Readonly<Record<string, number>>
}

/** A threshold ended the run. */
export interface EndedLine extends Ended {
  readonly kind: 'ended'
}

/** The rate of an open loop was changed while it went. */
export interface RateLine extends RateChange {
  readonly kind: 'rate'
}

export interface NoteLine {
  readonly kind: 'note'
  readonly text: string
}

/** `stampede watch` begins: lines of a watch alone follow, and no run. */
export interface WatchHeaderLine extends Pick<HeaderLine, 'schemaVersion' | 'version' | 'node' | 'host' | 'startedAt'> {
  readonly kind: 'watch-header'
  readonly intervalMs: number
  /** Whether a leak is looked for in what follows. */
  readonly leaks: boolean
}

/** The watch is over. */
export interface WatchEndLine {
  readonly kind: 'watch-end'
  readonly elapsedMs: number
}

/** Who is watched from now on. */
export interface WatchingLine {
  readonly kind: 'watching'
  readonly target: string
  readonly about: string
  readonly cores: number
}

/** One look at the server and at this host. */
export interface WatchLine extends WatchSample {
  readonly kind: 'watch'
}

/** Something happened to a watched process. */
export interface HappenedLine {
  readonly kind: 'happened'
  readonly event: WatchEvent
}

/** The run is over: what is known only now. */
export interface EndLine {
  readonly kind: 'end'
  readonly elapsedMs: number
  readonly cpu: { readonly userMs: number; readonly systemMs: number }
  /** All of what is measured, by name. */
  readonly counters: Readonly<Record<string, number>>
  readonly mischief: { readonly startedMs: number | null; readonly told: readonly MischiefTold[] }
}

/** For whoever wants the result and nothing else. */
export interface SummaryLine {
  readonly kind: 'summary'
  readonly result: ResultDocument
}

export type RecordingLine =
  | HeaderLine
  | IntervalLine
  | ReplyLine
  | ErrorLine
  | WarmLine
  | EndedLine
  | RateLine
  | NoteLine
  | WatchHeaderLine
  | WatchEndLine
  | WatchingLine
  | WatchLine
  | HappenedLine
  | EndLine
  | SummaryLine

/** What the tables gained since they were last looked at. */
export class TableGains {
  #replies = new Map<string, ReplyRow>()
  #errors = new Map<string, ErrorRow>()

  /** The tables are empty again. */
  clear(): void {
    this.#replies.clear()
    this.#errors.clear()
  }

  /** Lines for rows that are new or began earlier than was known, and the gains; a count may fall where a row has got its name. */
  take({ replies, errors }: Tables): {
    readonly lines: readonly (ReplyLine | ErrorLine)[]
    readonly replies: readonly ReplyGain[]
    readonly errors: readonly ErrorGain[]
  } {
    const told = gainsOf(replies, this.#replies)
    const failed = gainsOf(errors, this.#errors)
    this.#replies = told.now
    this.#errors = failed.now
    return {
      lines: [
        ...told.better.map(({ count, lastMs, ...row }): ReplyLine => ({ kind: 'reply', ...row })),
        ...failed.better.map(({ count, lastMs, ...row }): ErrorLine => ({ kind: 'error', ...row })),
      ],
      replies: told.gains.map(({ row, count }): ReplyGain => [row.verb, row.code, count, row.lastMs]),
      errors: failed.gains.map(({ row, count }): ErrorGain => [row.error, row.after, count, row.lastMs]),
    }
  }
}

/** Rows by their keys, those that were not known or not so early, and what each gained. */
function gainsOf<Row extends ReplyRow | ErrorRow>(rows: readonly Row[], before: ReadonlyMap<string, Row>) {
  const now = new Map(rows.map((row) => [keyOf(row), row]))
  const gone = [...before].flatMap(([key, row]) => (now.has(key) ? [] : [{ ...row, count: 0 }]))
  const better: Row[] = []
  const gains: { readonly row: Row; readonly count: number }[] = []
  for (const row of [...rows, ...gone]) {
    const old = before.get(keyOf(row))
    if (old === undefined || old.firstMs !== row.firstMs || old.sample !== row.sample) better.push(row)
    const count = row.count - (old?.count ?? 0)
    if (count !== 0 || old?.lastMs !== row.lastMs) gains.push({ row, count })
  }
  return { now, better, gains }
}

/** The tables of a run, put together again from its lines. */
export class TableRows {
  readonly #replies = new Map<string, ReplyRow>()
  readonly #errors = new Map<string, ErrorRow>()

  clear(): void {
    this.#replies.clear()
    this.#errors.clear()
  }

  /** A row begins, or is known better. */
  sighted(line: ReplyLine | ErrorLine): void {
    const { firstMs, sample } = line
    const key = keyOf(line)
    if (line.kind === 'reply') {
      const { count = 0, lastMs = firstMs } = this.#replies.get(key) ?? {}
      this.#replies.set(key, { verb: line.verb, code: line.code, count, firstMs, lastMs, sample })
    } else {
      const { count = 0, lastMs = firstMs } = this.#errors.get(key) ?? {}
      this.#errors.set(key, { error: line.error, after: line.after, count, firstMs, lastMs, sample })
    }
  }

  gained({ replies, errors }: Pick<IntervalLine, 'replies' | 'errors'>): void {
    for (const [verb, code, count, lastMs] of replies) this.#grow(this.#replies, keyOf({ verb, code }), count, lastMs)
    for (const [error, after, count, lastMs] of errors) this.#grow(this.#errors, keyOf({ error, after }), count, lastMs)
  }

  /** Adds the rows of another run: the earlier sample stands. */
  add({ replies, errors }: Tables): void {
    for (const row of replies) this.#join(this.#replies, row)
    for (const row of errors) this.#join(this.#errors, row)
  }

  get tables(): Tables {
    const counted = ({ count }: { readonly count: number }) => count > 0
    return inOrder([...this.#replies.values()].filter(counted), [...this.#errors.values()].filter(counted))
  }

  #grow<Row extends ReplyRow | ErrorRow>(rows: Map<string, Row>, key: string, count: number, lastMs: number): void {
    const row = rows.get(key)
    if (row !== undefined) rows.set(key, { ...row, count: row.count + count, lastMs })
  }

  #join<Row extends ReplyRow | ErrorRow>(rows: Map<string, Row>, row: Row): void {
    const key = keyOf(row)
    const old = rows.get(key)
    if (old === undefined) {
      rows.set(key, row)
      return
    }
    const first = old.firstMs <= row.firstMs ? old : row
    const lastMs = Math.max(old.lastMs, row.lastMs)
    rows.set(key, { ...first, count: old.count + row.count, lastMs })
  }
}

function keyOf(row: Pick<ReplyRow, 'verb' | 'code'> | Pick<ErrorRow, 'error' | 'after'>): string {
  return 'verb' in row ? `${row.verb}/${row.code}` : `${row.error}/${row.after}`
}
