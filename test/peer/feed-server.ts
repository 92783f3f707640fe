/** The smallest server for a live page: the page, its events with replay, and whatever is sent to its API. */
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { livePage } from '#src/report/page/html.js'
import type { FeedEvent, LiveFeed } from '#src/serve/feed.js'

export interface FeedServer extends AsyncDisposable {
  readonly url: string
  /** Method, path, token and body of what was sent. */
  readonly sent: readonly { readonly call: string; readonly token: string; readonly body: string }[]
  /** Where each connection to the events went on. */
  readonly resumed: readonly number[]
  /** Breaks every connection to the events. */
  drop(): void
}

export async function feedServer(feed: LiveFeed): Promise<FeedServer> {
  const open = new Set<ServerResponse>()
  const sent: FeedServer['sent'][number][] = []
  const resumed: number[] = []
  const server = createServer((request, response) => {
    const { method, url, headers } = request
    if (url === '/') return void response.setHeader('content-type', 'text/html; charset=utf-8').end(livePage())
    if (url === '/api/rate' && method === 'GET') return void response.end('{"scale":1}')
    if (url !== '/events') {
      let body = ''
      request.on('data', (chunk) => {
        body += String(chunk)
      })
      request.on('end', () => {
        sent.push({ call: `${method} ${url}`, token: headers.authorization ?? '', body })
        response.setHeader('content-type', 'application/json').end(JSON.stringify({ taken: true }))
      })
      return
    }
    const from = Number(headers['last-event-id'] ?? 0)
    resumed.push(from)
    response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' })
    response.write('retry: 100\n\n')
    const write = ({ id, name, data }: FeedEvent) => response.write(`id: ${id}\nevent: ${name}\ndata: ${data}\n\n`)
    for (const event of feed.since(from)) write(event)
    const leave = feed.subscribe(write)
    open.add(response)
    response.on('close', () => {
      leave()
      open.delete(response)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const drop = () => {
    for (const response of open) response.destroy()
  }
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    sent,
    resumed,
    drop,
    async [Symbol.asyncDispose]() {
      drop()
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
