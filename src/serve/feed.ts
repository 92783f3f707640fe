/** What the live page is fed with: events in order, those of the past kept for whoever comes later (server-sent events, HTML Living Standard 9.2). */

/** One event. */
export interface FeedEvent {
  /** Rising; those of past events may have gaps. */
  readonly id: number
  /** What `EventSource` listeners are told apart by. */
  readonly name: string
  /** One line of JSON. */
  readonly data: string
}

/** What a reader gets. */
export interface Feed {
  /** Events after `id` that are still known, oldest first. */
  since(id: number): readonly FeedEvent[]
  /** Called with each new event until the function that comes back is called. */
  subscribe(listener: (event: FeedEvent) => void): () => void
}

export interface FeedLimits {
  /** Most events at once: by default those of four hours, one a second. */
  readonly events?: number
  /** Most characters of them: by default 32 Mi. */
  readonly characters?: number
  /** Names of those that are never given up; there should be few. */
  readonly always?: readonly string[]
}

/** How much of what there may be is the newest, which is never thinned. */
const WHOLE = 1 / 4
/** Down to how much it is thinned, so that it need not be done again at once. */
const ROOM = 3 / 4
/** Beyond this nothing is left of what could be given up. */
const STRIDE_MOST = 2 ** 30

/**
 * A feed that is written to. Where there would be too much of the past, only every second event of it is kept, then every fourth and so on, but for the newest
 * quarter: a run of days is still there from its beginning.
 */
export class LiveFeed implements Feed {
  readonly #limits: Required<FeedLimits>
  readonly #listeners = new Set<(event: FeedEvent) => void>()
  #events: FeedEvent[] = []
  #last = 0
  #characters = 0
  /** Of the past, ids that this divides are kept. */
  #stride = 1

  constructor({
    events = 4 * 3600,
    characters = 32 * 1024 * 1024,
    always = ['head', 'reset', 'end'],
  }: FeedLimits = {}) {
    this.#limits = { events, characters, always }
  }

  push(name: string, value: unknown): void {
    const event = { id: ++this.#last, name, data: JSON.stringify(value) }
    this.#events.push(event)
    this.#characters += event.data.length
    if (this.#fill(this.#events.length, this.#characters) > 1) this.#thin()
    for (const listener of this.#listeners) listener(event)
  }

  since(id: number): readonly FeedEvent[] {
    let low = 0
    let high = this.#events.length
    while (low < high) {
      const middle = (low + high) >> 1
      if (this.#events[middle]!.id <= id) low = middle + 1
      else high = middle
    }
    return this.#events.slice(low)
  }

  subscribe(listener: (event: FeedEvent) => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  /** How much of what there may be so many are. */
  #fill(events: number, characters: number): number {
    return Math.max(events / this.#limits.events, characters / this.#limits.characters)
  }

  #thin(): void {
    const newest = this.#newest()
    const keep = () =>
      this.#events.filter(
        ({ id, name }, i) => i >= newest || id % this.#stride === 0 || this.#limits.always.includes(name),
      )
    let kept = keep()
    while (this.#fill(kept.length, sizeOf(kept)) > ROOM && this.#stride < STRIDE_MOST) {
      this.#stride *= 2
      kept = keep()
    }
    this.#events = kept
    this.#characters = sizeOf(kept)
  }

  /** Where those begin that are kept whole: the last one at least. */
  #newest(): number {
    let at = this.#events.length - 1
    let characters = this.#events[at]!.data.length
    while (at > 0) {
      characters += this.#events[at - 1]!.data.length
      if (this.#fill(this.#events.length - at + 1, characters) > WHOLE) break
      at--
    }
    return at
  }
}

function sizeOf(events: readonly FeedEvent[]): number {
  return events.reduce((sum, { data }) => sum + data.length, 0)
}
