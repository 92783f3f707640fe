/** A live page's side of the feed: events in, the page after each; what was known stays over a lost connection. */
import { applied } from '../apply.js'
import type { PageData, PageEvents } from '../model.js'
import type { Connection } from './header.js'

const NAMES = ['head', 'reset', 'second', 'watch', 'end'] as const satisfies readonly (keyof PageEvents)[]

/**
 * Follows `events`. The browser connects again by itself and says which event it saw last, so nothing comes twice; what came all the same is known
 * by its number and left out, and numbers that begin anew with a `head` are those of another run.
 */
export function follow(changed: (data: PageData | null, connection: Connection) => void): void {
  const source = new EventSource('events')
  let data: PageData | null = null
  let connection: Connection = 'connecting'
  let last = 0
  let due = false
  const show = () => {
    // Of a replay of an hour the page draws the end only.
    if (due) return
    due = true
    setTimeout(() => {
      due = false
      changed(data, connection)
    }, 0)
  }
  const take = (name: keyof PageEvents, event: MessageEvent<string>) => {
    const id = Number(event.lastEventId)
    if (name === 'head') last = 0
    if (Number.isFinite(id) && id > 0) {
      if (id <= last) return
      last = id
    }
    data = applied(data, name, JSON.parse(event.data) as never)
    if (name === 'end') {
      connection = 'over'
      source.close()
    }
    show()
  }
  for (const name of NAMES) source.addEventListener(name, (event) => take(name, event as MessageEvent<string>))
  source.addEventListener('open', () => {
    if (connection !== 'over') connection = 'live'
    show()
  })
  source.addEventListener('error', () => {
    if (connection !== 'over') connection = 'lost'
    show()
    // A connection that was refused for good is tried again, too: the endpoint may come back.
    if (source.readyState === EventSource.CLOSED && connection === 'lost') setTimeout(() => location.reload(), 5000)
  })
}
