/** Whole latency distributions over time, within a fixed memory: windows of 1 second that widen to 2, 4, 8 … when there are too many. */
import { type Counts, mergeCounts } from './counts.js'

/** Latencies of the accepted messages over some seconds. */
export interface LatencyWindow {
  /** The first second, and how many there are in the window. */
  readonly second: number
  readonly seconds: number
  readonly response: Counts | null
  readonly service: Counts | null
}

/** Most buckets that all windows hold together: 12 MB at 6 bytes, or 1,000 seconds when each series spreads over 1,000 buckets. */
const MOST_BUCKETS = 2_000_000

export class LatencyWindows {
  readonly #most: number
  #windows: LatencyWindow[] = []
  #seconds = 1
  #buckets = 0

  constructor(mostBuckets = MOST_BUCKETS) {
    this.#most = mostBuckets
  }

  get all(): readonly LatencyWindow[] {
    return this.#windows
  }

  /** Seconds must not go back. Nothing is ever lost: two windows made one hold the sum of both. */
  add(second: number, response: Counts | null, service: Counts | null): void {
    this.#push(second, response, service)
    while (this.#buckets > this.#most && this.#windows.length > 1) {
      const narrow = this.#windows
      this.#seconds *= 2
      this.#windows = []
      this.#buckets = 0
      for (const window of narrow) this.#push(window.second, window.response, window.service)
    }
  }

  #push(at: number, response: Counts | null, service: Counts | null): void {
    const second = at - (at % this.#seconds)
    const last = this.#windows.at(-1)
    if (last !== undefined && last.second === second) {
      this.#windows.pop()
      this.#buckets -= sizeOf(last)
      response = sumOf(last.response, response)
      service = sumOf(last.service, service)
    }
    const window = { second, seconds: this.#seconds, response, service }
    this.#windows.push(window)
    this.#buckets += sizeOf(window)
  }
}

/** Both together, where null is nothing. */
export function sumOf(a: Counts | null, b: Counts | null): Counts | null {
  return a === null ? b : b === null ? a : mergeCounts(a, b)
}

function sizeOf(window: LatencyWindow): number {
  return (window.response?.buckets.length ?? 0) + (window.service?.buckets.length ?? 0)
}
