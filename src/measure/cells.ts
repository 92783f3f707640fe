/**
 * A run in pieces that can be drawn again, for judging how much its figures vary by themselves: one cell a second, wider ones (2, 4, 8 … seconds)
 * where a run has more than can be kept, so that an hour takes no more memory than two minutes.
 */
import type { Counts } from './counts.js'
import { gaugeOf, type Interval } from './interval.js'
import { COUNTERS, Counter } from './series.js'
import type { WatchSample } from './watched.js'
import { sumOf } from './windows.js'

/** Enough for a bootstrap, which gains little from more. */
const MOST_CELLS = 128
/** A last interval that is shorter is the end of a run, when sessions had no more to do. */
const WHOLE_MS = 900

/** What happened in a few seconds; all of it can be added up. */
export interface Cell {
  readonly second: number
  readonly fromMs: number
  readonly toMs: number
  /** What of it was watched. */
  readonly ms: number
  /** By Counter; gauges are 0. */
  readonly counters: Float64Array
  /** Utilisation of the busiest worker, times `ms`. */
  readonly busyMs: number
  /** Messages that were due (open loop); 0 in a closed loop. */
  readonly due: number
  readonly series: readonly (Counts | null)[]
  readonly server: ServerCell
}

/** Of the watched server: CPU, and octets of memory summed over so many samples. */
interface ServerCell {
  readonly cpuMs: number
  readonly rss: number
  readonly samples: number
}

/** An interval, and what was seen of the server in it. */
interface Seen {
  readonly interval: Interval
  readonly server: ServerCell
}

const UNWATCHED: ServerCell = { cpuMs: 0, rss: 0, samples: 0 }

export class Cells {
  readonly #most: number
  #cells: Cell[] = []
  #width = 1
  #first = -1
  /** Not taken in before it is known whether it is the last. */
  #last: Seen | null = null
  #cpuMs: number | null = null
  #server: ServerCell = UNWATCHED

  constructor(most = MOST_CELLS) {
    this.#most = most
  }

  /** Intervals of what is measured, in order. */
  add(interval: Interval): void {
    if (this.#last !== null) this.#take(this.#last)
    this.#last = { interval, server: this.#server }
    this.#server = UNWATCHED
  }

  /** A look at the server; it belongs to the interval that is added next. */
  watched({ server }: Pick<WatchSample, 'server'>): void {
    if (server === null) {
      this.#cpuMs = null
      return
    }
    const cpuMs = server.cpuUserMs + server.cpuSystemMs
    const gained = this.#cpuMs === null ? 0 : Math.max(0, cpuMs - this.#cpuMs)
    const { cpuMs: before, rss, samples } = this.#server
    this.#cpuMs = cpuMs
    this.#server = { cpuMs: before + gained, rss: rss + server.rss, samples: samples + 1 }
  }

  /**
   * All of it but a last second that was cut off. `due`: messages due in the first so many milliseconds of the run, known for sure only when it is
   * over; null in a closed loop.
   */
  all(due: ((ms: number) => number) | null): readonly Cell[] {
    const cells = this.#whole()
    return due === null ? cells : cells.map((cell) => ({ ...cell, due: due(cell.toMs) - due(cell.fromMs) }))
  }

  #whole(): readonly Cell[] {
    const last = this.#last
    if (last === null || last.interval.toMs - last.interval.fromMs < WHOLE_MS) return this.#cells
    const cell = this.#cellOf(last)
    const before = this.#cells.at(-1)
    return before?.second === cell.second
      ? [...this.#cells.slice(0, -1), together(before, cell)]
      : [...this.#cells, cell]
  }

  #take(seen: Seen): void {
    this.#push(this.#cellOf(seen))
    if (this.#cells.length <= this.#most) return
    const narrow = this.#cells
    this.#cells = []
    this.#width *= 2
    for (const cell of narrow) this.#push({ ...cell, second: this.#place(cell.second) })
  }

  #push(cell: Cell): void {
    const before = this.#cells.at(-1)
    if (before?.second === cell.second) this.#cells[this.#cells.length - 1] = together(before, cell)
    else this.#cells.push(cell)
  }

  #cellOf({ interval, server }: Seen): Cell {
    const { second, fromMs, toMs, counters, series } = interval
    if (this.#first < 0) this.#first = second
    const ms = toMs - fromMs
    return {
      second: this.#place(second),
      fromMs,
      toMs,
      ms,
      counters: counters.map((value, i) => (gaugeOf('source', i) === null ? value : 0)),
      busyMs: counters[Counter.utilisation]! * ms,
      due: 0,
      series,
      server,
    }
  }

  #place(second: number): number {
    const since = second - this.#first
    return this.#first + since - (since % this.#width)
  }
}

/** Both, under the number of the first. */
function together(a: Cell, b: Cell): Cell {
  const counters = new Float64Array(COUNTERS.length)
  for (let i = 0; i < counters.length; i++) counters[i] = a.counters[i]! + b.counters[i]!
  return {
    second: a.second,
    fromMs: a.fromMs,
    toMs: b.toMs,
    ms: a.ms + b.ms,
    counters,
    busyMs: a.busyMs + b.busyMs,
    due: a.due + b.due,
    series: Array.from({ length: Math.max(a.series.length, b.series.length) }, (_, i) =>
      sumOf(a.series[i] ?? null, b.series[i] ?? null),
    ),
    server: {
      cpuMs: a.server.cpuMs + b.server.cpuMs,
      rss: a.server.rss + b.server.rss,
      samples: a.server.samples + b.server.samples,
    },
  }
}
