/** The routes on node:http: the way back where uWebSockets.js has no binary for this Node. */
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Carrier } from './carrier.js'
import { type Answer, BODY_LIMIT, type Outlet, tooLarge } from './http.js'
import type { Routes } from './routes.js'

/** A client that takes longer for a request than this, or takes nothing of its answer for so long, is dropped; in milliseconds. */
const PATIENCE_MS = 5000

/** Listens. Rejects with the system's error when the address can't be had. */
export async function carryByNode(host: string, port: number, routes: Routes): Promise<Carrier> {
  const server = createServer({ requestTimeout: PATIENCE_MS, headersTimeout: PATIENCE_MS }, (request, response) => {
    void serve(routes, request, response)
  })
  server.timeout = 2 * PATIENCE_MS
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
  const { headers, method = 'GET' } = request
  const [path = '/', query = ''] = (request.url ?? '/').split(/\?(.*)/s)
  const answer =
    length > BODY_LIMIT
      ? tooLarge()
      : await routes({
          method,
          path,
          token: new URLSearchParams(query).get('token'),
          host: headers.host ?? '',
          origin: headers.origin ?? '',
          accept: headers.accept ?? '',
          authorization: headers.authorization ?? '',
          lastEventId: String(headers['last-event-id'] ?? ''),
          body: Buffer.concat(parts).toString(),
        })
  if (!response.destroyed) reply(answer, method, response)
}

function reply(answer: Answer, method: string, response: ServerResponse): void {
  const { status, contentType, body, headers, stream } = answer
  const head = { ...headers, 'content-type': contentType }
  if (stream === undefined) {
    response.writeHead(status, { ...head, 'content-length': Buffer.byteLength(body) })
    response.end(body)
    return
  }
  response.writeHead(status, head)
  if (method === 'HEAD') {
    response.end()
    return
  }
  // Whoever only listens is silent for long; that it takes what it gets is seen to by the stream.
  response.socket?.setTimeout(0)
  const streaming = stream(outletOf(response))
  response.on('drain', () => streaming.drained())
  response.on('close', () => streaming.gone())
}

function outletOf(response: ServerResponse): Outlet {
  return {
    write: (text) => response.write(text),
    end: () => void response.end(),
    drop: () => void response.destroy(),
  }
}
