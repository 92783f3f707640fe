/**
 * `/events`: a feed as server-sent events (HTML Living Standard 9.2). A client that does not read costs one piece of text and no more: it is written to
 * only when it has taken what it got, catches up out of the feed, and is dropped when it takes nothing for a while.
 */
import { randomBytes } from 'node:crypto'
import { monotonicMs } from '../base/clock.js'
import type { Feed, FeedEvent } from './feed.js'
import { NOTHING, type Outlet, type Streaming } from './http.js'

export interface EventLimits {
  /** Most clients at once. */
  readonly clients: number
  /** One that has not taken all after so long is dropped, in milliseconds. */
  readonly stallMs: number
  /** A comment goes to one that has heard nothing for so long, in milliseconds: whoever stands between keeps the connection. */
  readonly heartbeatMs: number
  /** What those who still have something to take get at the end, in milliseconds. */
  readonly graceMs: number
}

export const EVENT_LIMITS: EventLimits = { clients: 100, stallMs: 10_000, heartbeatMs: 15_000, graceMs: 500 }

/** What is written at once, in characters: more than a carrier gathers, so that it can say whether all went. */
const PIECE = 64 * 1024
/** After how long a browser that lost its connection comes back, in milliseconds. */
const RETRY_MS = 1000
/** The last event of all: whoever gets it must not come back. */
const FAREWELL = 'event: bye\ndata: {}\n\n'

/** All clients of one feed. */
export class EventStreams {
  readonly #feed: Feed
  readonly #limits: EventLimits
  /** In every id: one that a browser kept of an earlier run means nothing here. */
  readonly #mark = randomBytes(4).toString('hex')
  readonly #clients = new Set<EventClient>()
  #unsubscribe: (() => void) | null = null
  #timer: NodeJS.Timeout | undefined
  #closed = false

  constructor(feed: Feed, limits: Partial<EventLimits> = {}) {
    this.#feed = feed
    this.#limits = { ...EVENT_LIMITS, ...limits }
  }

  get size(): number {
    return this.#clients.size
  }

  /** Nobody more can be served. */
  get full(): boolean {
    return this.#closed || this.#clients.size >= this.#limits.clients
  }

  /** Takes a client: all that it has not seen yet, then what happens. `lastEventId` is the header of that name. */
  open(outlet: Outlet, lastEventId: string): Streaming {
    const [mark, id] = lastEventId.split('.')
    const after = mark === this.#mark ? Math.trunc(Number(id)) || 0 : 0
    const client = new EventClient(outlet, this.#feed, this.#mark, after, () => this.#left(client))
    if (this.full) {
      client.farewell()
      return client
    }
    this.#clients.add(client)
    if (this.#clients.size === 1) this.#begin()
    client.begin()
    return client
  }

  /** Says farewell to everyone; resolves when all have it, or have had time enough. */
  async close(): Promise<void> {
    this.#closed = true
    for (const client of [...this.#clients]) client.farewell()
    if (this.#clients.size > 0) {
      await new Promise<void>((resolve) => {
        const patience = setTimeout(resolve, this.#limits.graceMs)
        this.#allLeft = () => {
          clearTimeout(patience)
          resolve()
        }
      })
    }
    for (const client of [...this.#clients]) client.drop()
  }

  #allLeft: () => void = () => {}

  /** Only while somebody is there: a run that nobody watches pays nothing. */
  #begin(): void {
    this.#unsubscribe = this.#feed.subscribe(() => {
      for (const client of this.#clients) client.pump()
    })
    const { stallMs, heartbeatMs } = this.#limits
    const everyMs = Math.max(10, Math.min(1000, stallMs / 4, heartbeatMs / 4))
    this.#timer = setInterval(() => {
      const now = monotonicMs()
      for (const client of [...this.#clients]) {
        if (client.stalledMs(now) > stallMs) client.drop()
        else if (client.silentMs(now) > heartbeatMs) client.heartbeat()
      }
    }, everyMs).unref()
  }

  #left(client: EventClient): void {
    if (!this.#clients.delete(client) || this.#clients.size > 0) return
    clearInterval(this.#timer)
    this.#unsubscribe?.()
    this.#allLeft()
  }
}

class EventClient implements Streaming {
  readonly #outlet: Outlet
  readonly #feed: Feed
  readonly #mark: string
  readonly #left: () => void
  /** The last event that it has been given. */
  #id: number
  /** What comes next, from `#at` on. */
  #backlog: readonly FeedEvent[] = []
  #at = 0
  #blockedMs: number | null = null
  #wroteMs = monotonicMs()
  #leaving = false
  #gone = false

  constructor(outlet: Outlet, feed: Feed, mark: string, after: number, left: () => void) {
    this.#outlet = outlet
    this.#feed = feed
    this.#mark = mark
    this.#id = after
    this.#left = left
  }

  begin(): void {
    this.#write(`retry: ${RETRY_MS}\n\n`)
    this.pump()
  }

  /** Writes what it has not had, for as long as it takes it. */
  pump(): void {
    while (!this.#gone && this.#blockedMs === null) {
      const text = this.#piece()
      if (text === '') break
      this.#write(text)
    }
    if (this.#leaving && !this.#gone && this.#blockedMs === null) this.#end()
  }

  drained(): void {
    this.#blockedMs = null
    this.pump()
  }

  gone(): void {
    this.#gone = true
    this.#backlog = []
    this.#left()
  }

  heartbeat(): void {
    if (this.#blockedMs === null) this.#write(NOTHING)
  }

  /** Gives it the rest, says farewell and ends; a blocked one when it has drained. */
  farewell(): void {
    this.#leaving = true
    this.pump()
  }

  drop(): void {
    if (this.#gone) return
    this.gone()
    this.#outlet.drop()
  }

  /** How long it has not taken all, in milliseconds. */
  stalledMs(now: number): number {
    return this.#blockedMs === null ? 0 : now - this.#blockedMs
  }

  silentMs(now: number): number {
    return now - this.#wroteMs
  }

  #end(): void {
    this.#write(FAREWELL)
    this.#outlet.end()
    this.gone()
  }

  #write(text: string): void {
    this.#wroteMs = monotonicMs()
    if (!this.#outlet.write(text)) this.#blockedMs ??= this.#wroteMs
  }

  #piece(): string {
    if (this.#at >= this.#backlog.length) {
      this.#backlog = this.#feed.since(this.#id)
      this.#at = 0
    }
    let text = ''
    while (text.length < PIECE && this.#at < this.#backlog.length) {
      const { id, name, data } = this.#backlog[this.#at++]!
      text += `id: ${this.#mark}.${id}\nevent: ${name}\ndata: ${data}\n\n`
      this.#id = id
    }
    return text
  }
}
