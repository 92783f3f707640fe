/**
 * All moments at which something is to happen by itself on a thread's connections: ends of waits, the next piece of a slow reply, ends of
 * read pauses. They are in one heap under one timer, so that ten thousand tarpitted connections cost one timer of Node's.
 */

/** What is due. */
export const Due = { wait: 0, drip: 1, pause: 2 } as const
export type Due = (typeof Due)[keyof typeof Due]

/** One thing of one owner that can become due; made once and set again and again. */
export class Alarm<T> {
  readonly owner: T
  readonly due: Due
  /** When, on the clock of performance.now(). */
  atMs = 0
  /** Position in the heap; -1: not set. */
  place = -1

  constructor(owner: T, due: Due) {
    this.owner = owner
    this.due = due
  }
}

/** setTimeout takes no more; what is due later is looked at again then. */
const LONGEST_MS = 0x7fff_ffff

export class Waits<T> {
  readonly #ring: (alarm: Alarm<T>) => void
  readonly #fire = (): void => this.#fired()
  /** A binary heap: the earliest is first. */
  readonly #heap: Alarm<T>[] = []
  #timer: NodeJS.Timeout | null = null
  /** When the timer fires. */
  #timerMs = 0
  #firing = false

  /** `ring` is called for each alarm that is due, never before its time; by then it is not set any more. */
  constructor(ring: (alarm: Alarm<T>) => void) {
    this.#ring = ring
  }

  /** How many are set. */
  get size(): number {
    return this.#heap.length
  }

  /** Sets `alarm`, anew if it was set, for `delayMs` milliseconds from now. */
  set(alarm: Alarm<T>, delayMs: number): void {
    this.clear(alarm)
    const nowMs = performance.now()
    alarm.atMs = nowMs + delayMs
    this.#heap.push(alarm)
    this.#rise(alarm, this.#heap.length - 1)
    if (!this.#firing) this.#arm(nowMs)
  }

  /** It will not ring; nothing happens when it was not set. */
  clear(alarm: Alarm<T>): void {
    const { place } = alarm
    if (place < 0) return
    alarm.place = -1
    const last = this.#heap.pop()!
    if (last === alarm) return
    this.#sink(last, place)
    this.#rise(last, last.place)
  }

  /** Clears them all. */
  stop(): void {
    for (const alarm of this.#heap) alarm.place = -1
    this.#heap.length = 0
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = null
  }

  #fired(): void {
    this.#timer = null
    const nowMs = performance.now()
    this.#firing = true
    try {
      for (let first = this.#heap[0]; first !== undefined && first.atMs <= nowMs; first = this.#heap[0]) {
        this.clear(first)
        this.#ring(first)
      }
    } finally {
      this.#firing = false
      this.#arm(performance.now())
    }
  }

  /** A timer that fires too early only looks and is set again, which is cheaper than to keep it exact. */
  #arm(nowMs: number): void {
    const first = this.#heap[0]
    if (first === undefined) return
    if (this.#timer !== null) {
      if (this.#timerMs <= first.atMs) return
      clearTimeout(this.#timer)
    }
    const delayMs = Math.min(Math.max(1, Math.ceil(first.atMs - nowMs)), LONGEST_MS)
    this.#timerMs = nowMs + delayMs
    this.#timer = setTimeout(this.#fire, delayMs)
  }

  /** Puts `alarm` at `place` or above, where those before it are earlier. */
  #rise(alarm: Alarm<T>, place: number): void {
    const heap = this.#heap
    let at = place
    while (at > 0) {
      const parent = heap[(at - 1) >> 1]!
      if (parent.atMs <= alarm.atMs) break
      heap[at] = parent
      parent.place = at
      at = (at - 1) >> 1
    }
    heap[at] = alarm
    alarm.place = at
  }

  /** Puts `alarm` at `place` or below, where those behind it are later. */
  #sink(alarm: Alarm<T>, place: number): void {
    const heap = this.#heap
    let at = place
    for (;;) {
      let child = 2 * at + 1
      if (child >= heap.length) break
      if (child + 1 < heap.length && heap[child + 1]!.atMs < heap[child]!.atMs) child++
      const below = heap[child]!
      if (below.atMs >= alarm.atMs) break
      heap[at] = below
      below.place = at
      at = child
    }
    heap[at] = alarm
    alarm.place = at
  }
}
