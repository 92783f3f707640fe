/** What the live page is fed with: events in order, those of the past kept for whoever comes later (server-sent events, HTML Living Standard 9.2). */

/** One event. */
export interface FeedEvent {
  /** Rising by one. */
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

/** A feed that is written to. */
export class LiveFeed implements Feed {
  readonly #events: FeedEvent[] = []
  readonly #listeners = new Set<(event: FeedEvent) => void>()

  push(name: string, value: unknown): void {
    const event = { id: this.#events.length + 1, name, data: JSON.stringify(value) }
    this.#events.push(event)
    for (const listener of this.#listeners) listener(event)
  }

  since(id: number): readonly FeedEvent[] {
    return this.#events.slice(Math.max(0, id))
  }

  subscribe(listener: (event: FeedEvent) => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }
}
