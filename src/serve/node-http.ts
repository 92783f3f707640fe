/** The routes on node:http: the way back where uWebSockets.js has no binary for this Node. */
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Carrier } from './carrier.js'
import { BODY_LIMIT, json, type Routes } from './routes.js'

/** A client that takes longer for a request than this is dropped, in milliseconds. */
const PATIENCE_MS = 5000

/** Listens. Rejects with the system's error when the address can't be had. */
export async function carryByNode(host: string, port: number, routes: Routes): Promise<Carrier> {
  const server = createServer({ requestTimeout: PATIENCE_MS, headersTimeout: PATIENCE_MS }, (request, response) => {
    void serve(routes, request, response)
  })
  server.listen(port, host)
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    by: 'node:http',
    async close() {
      const closed = once(server, 'close')
      server.close()
      server.closeAllConnections()
      await closed
    },
  }
}

async function serve(routes: Routes, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const parts: Buffer[] = []
  let length = 0
  try {
    for await (const part of request as AsyncIterable<Buffer>) {
      length += part.length
      if (length <= BODY_LIMIT) parts.push(part)
    }
  } catch {
    return
  }
  const url = new URL(request.url ?? '/', 'http://here')
  const answer =
    length > BODY_LIMIT
      ? json(413, { error: `A body has at most ${BODY_LIMIT} octets.` })
      : await routes({
          method: request.method ?? 'GET',
          path: url.pathname,
          token: url.searchParams.get('token'),
          accept: request.headers.accept ?? '',
          authorization: request.headers.authorization ?? '',
          body: Buffer.concat(parts).toString(),
        })
  response.writeHead(answer.status, {
    'content-type': answer.contentType,
    'content-length': Buffer.byteLength(answer.body),
    'cache-control': 'no-store',
  })
  response.end(answer.body)
}
