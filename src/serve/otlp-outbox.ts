/** What waits to be sent: a queue of a fixed size, one batch on its way at a time. Nobody who puts something in ever waits. */

export interface OutboxOptions<T> {
  /** Items that wait, at most; what comes when it is full is dropped and counted. */
  readonly room: number
  /** Items of one batch, at most. A full one leaves at once. */
  readonly batch: number
  /** How long an item waits for company, in milliseconds. */
  readonly everyMs: number
  /** What a batch may take, its repetitions included, in milliseconds. */
  readonly withinMs: number
  /** Sends a batch; resolves with null, or with why it did not arrive. Never rejects. */
  readonly send: (items: readonly T[], withinMs: number) => Promise<string | null>
}

export class Outbox<T> {
  sent = 0
  /** Items that found the queue full. */
  dropped = 0
  /** Items that were sent in vain, or were still there when it was closed. */
  failed = 0
  /** Why the last batch that failed did; null: none has. */
  trouble: string | null = null
  readonly #options: OutboxOptions<T>
  #waiting: T[] = []
  /** Items on their way, and the end of that. */
  #flying = 0
  #flight: Promise<void> | null = null
  #closed = false
  readonly #timer: NodeJS.Timeout

  constructor(options: OutboxOptions<T>) {
    this.#options = options
    this.#timer = setInterval(() => this.#pump(), options.everyMs)
    this.#timer.unref()
  }

  push(items: readonly T[]): void {
    const { room, batch } = this.#options
    const taken = this.#closed ? 0 : Math.min(items.length, room - this.#waiting.length)
    this.dropped += items.length - taken
    for (let i = 0; i < taken; i++) this.#waiting.push(items[i]!)
    if (this.#waiting.length >= batch) this.#pump()
  }

  /** Sends what waits, within so many milliseconds; what has not arrived by then has failed. Nothing is taken any more. */
  async close(withinMs: number): Promise<void> {
    const endMs = performance.now() + withinMs
    const left = () => endMs - performance.now()
    clearInterval(this.#timer)
    if (this.#flight !== null) await inTime(this.#flight, left())
    while (this.#flight === null && this.#waiting.length > 0 && left() > 0) {
      const before = this.failed
      this.#pump(left())
      await inTime(this.#flight, left())
      // Who does not take one batch would not take the next, and each would cost the whole wait.
      if (this.failed > before) break
    }
    this.#closed = true
    this.failed += this.#flying + this.#waiting.length
    if (this.#flying > 0) this.trouble = 'no answer in time'
    this.#flying = 0
    this.#waiting = []
  }

  #pump(withinMs = this.#options.withinMs): void {
    if (this.#flight !== null || this.#waiting.length === 0) return
    const { batch, send } = this.#options
    const items = this.#waiting.splice(0, batch)
    this.#flying = items.length
    this.#flight = send(items, Math.min(withinMs, this.#options.withinMs)).then((trouble) => {
      this.#flight = null
      // It came too late: that has been counted.
      if (this.#closed) return
      this.#flying = 0
      if (trouble === null) this.sent += items.length
      else {
        this.failed += items.length
        this.trouble = trouble
      }
      if (this.#waiting.length >= batch) this.#pump()
    })
  }
}

/** Waits for it, but not longer than so many milliseconds. */
export async function inTime(promise: Promise<unknown> | null, ms: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, Math.max(0, ms))
  })
  await Promise.race([promise, late])
  clearTimeout(timer)
}
