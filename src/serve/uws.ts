/** The routes on uWebSockets.js. */
import type { HttpRequest, HttpResponse, TemplatedApp, us_listen_socket } from 'uWebSockets.js'
import type { Carrier } from './carrier.js'
import { type Answer, BODY_LIMIT, json, type Routes } from './routes.js'

type Uws = typeof import('uWebSockets.js')

/** The options may stand behind a host too; the library's types know it only without one. */
type Listen = (
  this: TemplatedApp,
  host: string,
  port: number,
  options: number,
  done: (socket: us_listen_socket | false) => void,
) => void

/** LIBUS_LISTEN_EXCLUSIVE_PORT: otherwise it would share the port with whoever has it by SO_REUSEPORT, a sink among them. */
const EXCLUSIVE_PORT = 1

/** The library; null where it is not installed or has no binary for this Node. */
export async function loadUws(): Promise<Uws | null> {
  try {
    const loaded = await import('uWebSockets.js')
    return typeof loaded.App === 'function' ? loaded : null
  } catch {
    return null
  }
}

/** Listens. Rejects when the address can't be had; the library does not say why. */
export function carryByUws(uws: Uws, host: string, port: number, routes: Routes): Promise<Carrier> {
  return new Promise((resolve, reject) => {
    const app = uws.App()
    app.any('/*', (response, request) => serve(routes, response, request))
    const listen = app.listen as unknown as Listen
    listen.call(app, host, port, EXCLUSIVE_PORT, (socket) => {
      if (!socket) {
        reject(new Error(`listen ${host}:${port}: address in use or not to be had`))
        return
      }
      resolve({
        port: uws.us_socket_local_port(socket),
        by: 'uWebSockets.js',
        close() {
          app.close()
          return Promise.resolve()
        },
      })
    })
  })
}

function serve(routes: Routes, response: HttpResponse, request: HttpRequest): void {
  // The request is gone when this returns; the response may be used until it is aborted.
  const seen = {
    method: request.getMethod().toUpperCase(),
    path: request.getUrl(),
    token: new URLSearchParams(request.getQuery()).get('token'),
    accept: request.getHeader('accept'),
    authorization: request.getHeader('authorization'),
  }
  let gone = false
  response.onAborted(() => {
    gone = true
  })
  const parts: Buffer[] = []
  let length = 0
  const reply = (answer: Answer): void => {
    if (gone) return
    response.cork(() => {
      response.writeStatus(String(answer.status))
      response.writeHeader('content-type', answer.contentType)
      response.writeHeader('cache-control', 'no-store')
      response.end(answer.body)
    })
  }
  response.onData((part, last) => {
    length += part.byteLength
    // The part's memory is the library's again when this returns.
    if (length <= BODY_LIMIT) parts.push(Buffer.from(part.slice(0)))
    if (!last) return
    if (length > BODY_LIMIT) reply(json(413, { error: `A body has at most ${BODY_LIMIT} octets.` }))
    else void routes({ ...seen, body: Buffer.concat(parts).toString() }).then(reply)
  })
}
