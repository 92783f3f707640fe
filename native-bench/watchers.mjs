// node native-bench/watchers.mjs URL: who looks at a run while it goes, in a process of its own. Twenty clients of the live page and a scrape every 100 ms, from
// the moment that the endpoint is there until it says farewell. Prints what it got as one JSON document.
import http from 'node:http'
import { setTimeout as wait } from 'node:timers/promises'

export const CLIENTS = 20
export const SCRAPE_EVERY_MS = 100
/** An endpoint that is not there after this long does not come. */
const PATIENCE_MS = 20_000

const url = process.argv[2]
const agent = new http.Agent({ keepAlive: true })
const got = { clients: CLIENTS, farewells: 0, events: 0, scrapes: 0, scrapeOctets: 0, failed: 0 }

function open(path, options = {}) {
  return new Promise((resolve, reject) => {
    http.get(`${url}${path}`, options, resolve).once('error', reject)
  })
}

async function ready() {
  const end = Date.now() + PATIENCE_MS
  for (;;) {
    try {
      const response = await open('/api/state')
      response.resume()
      return
    } catch (error) {
      if (Date.now() > end) throw error
      await wait(20)
    }
  }
}

/** One live page: reads to the end, counts what an EventSource would hand on. */
async function follow() {
  const response = await open('/events', { agent: false })
  let rest = ''
  response.setEncoding('utf8')
  for await (const text of response) {
    const blocks = (rest + text).split('\n\n')
    rest = blocks.pop()
    for (const block of blocks) {
      if (block.includes('event: bye')) got.farewells++
      else if (block.includes('event: ')) got.events++
    }
  }
}

async function scrape() {
  const headers = { accept: 'application/openmetrics-text;version=1.0.0' }
  try {
    const response = await open('/metrics', { agent, headers })
    for await (const part of response) got.scrapeOctets += part.length
    got.scrapes++
  } catch {
    got.failed++
  }
}

await ready()
const timer = setInterval(scrape, SCRAPE_EVERY_MS)
await Promise.allSettled(Array.from({ length: CLIENTS }, follow))
clearInterval(timer)
agent.destroy()
console.log(JSON.stringify(got))
