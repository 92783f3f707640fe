// Who looks on through the metrics endpoint: a scrape every 100 ms and twenty live pages.
import http from 'node:http'

const CLIENTS = 20
const SCRAPE_EVERY_MS = 100

/** An `EventSource`, as far as counting goes: calls back with the name and the id of each event. `since`: the last one that is known already, or none. */
export function follow(url, told, since = '') {
  const headers = since === '' ? {} : { 'last-event-id': since }
  const request = http.get(`${url}/events`, { agent: false, headers }, (response) => {
    let rest = ''
    response.setEncoding('utf8').on('data', (text) => {
      const blocks = (rest + text).split('\n\n')
      rest = blocks.pop()
      for (const block of blocks) told(/^event: (\w+)$/m.exec(block)?.[1] ?? '', /^id: (.+)$/m.exec(block)?.[1] ?? '')
    })
    response.on('error', () => {})
  })
  return request.on('error', () => {})
}

export class Pages {
  static sentence = `${CLIENTS} live pages and a scrape every ${SCRAPE_EVERY_MS} ms`
  static terminal = false
  #url
  #agent = new http.Agent({ keepAlive: true })
  #requests = []
  #timer
  #scrapes = 0
  #events = 0

  constructor(url) {
    this.#url = url
  }

  /** As pages that were open all the time: what went before is not told again. */
  come(since) {
    this.#requests = Array.from({ length: CLIENTS }, () => follow(this.#url, () => this.#events++, since))
    this.#timer = setInterval(() => this.#scrape(), SCRAPE_EVERY_MS)
  }

  leave() {
    clearInterval(this.#timer)
    for (const request of this.#requests) request.destroy()
    this.#requests = []
  }

  get seen() {
    return `${this.#scrapes} scrapes and ${this.#events} events were read`
  }

  #scrape() {
    const headers = { accept: 'application/openmetrics-text;version=1.0.0' }
    const done = (response) => response.resume().on('end', () => this.#scrapes++)
    http.get(`${this.#url}/metrics`, { agent: this.#agent, headers }, done).on('error', () => {})
  }
}
