/** The routes on uWebSockets.js. */

import type { HttpRequest, HttpResponse, TemplatedApp, us_listen_socket } from 'uWebSockets.js'
import { STATUS_CODES } from 'node:http'
import type { Carrier } from './carrier.js'
import { type Answer, BODY_LIMIT, NOTHING, type Outlet, type Streaming, tooLarge } from './http.js'
import type { Routes } from './routes.js'

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
    app.any('/*', (response, request) => new Exchange(response, request).serve(routes))
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

/** One request and its response. The request is gone when its handler returns; the response may be used until it is aborted or ended. */
class Exchange {
  readonly #response: HttpResponse
  readonly #seen
  /** Aborted or ended. */
  #over = false
  #streaming: Streaming | null = null

  constructor(response: HttpResponse, request: HttpRequest) {
    this.#response = response
    this.#seen = {
      method: request.getMethod().toUpperCase(),
      path: request.getUrl(),
      token: new URLSearchParams(request.getQuery()).get('token'),
      host: request.getHeader('host'),
      origin: request.getHeader('origin'),
      accept: request.getHeader('accept'),
      authorization: request.getHeader('authorization'),
      lastEventId: request.getHeader('last-event-id'),
    }
    response.onAborted(() => {
      this.#over = true
      this.#streaming?.gone()
    })
  }

  serve(routes: Routes): void {
    const parts: Buffer[] = []
    let length = 0
    this.#response.onData((part, last) => {
      length += part.byteLength
      // The part's memory is the library's again when this returns.
      if (length <= BODY_LIMIT) parts.push(Buffer.from(part.slice(0)))
      if (!last) return
      if (length > BODY_LIMIT) this.#reply(tooLarge())
      else void routes({ ...this.#seen, body: Buffer.concat(parts).toString() }).then((answer) => this.#reply(answer))
    })
  }

  #reply({ status, contentType, body, headers, stream }: Answer): void {
    if (this.#over) return
    const response = this.#response
    const toHead = this.#seen.method === 'HEAD'
    response.cork(() => {
      response.writeStatus(`${status} ${STATUS_CODES[status] ?? ''}`)
      response.writeHeader('content-type', contentType)
      for (const [name, value] of Object.entries(headers)) response.writeHeader(name, value)
      if (stream !== undefined && !toHead) return
      this.#over = true
      if (!toHead) response.end(body)
      else response.endWithoutBody(stream === undefined ? Buffer.byteLength(body) : undefined)
    })
    if (stream !== undefined && !toHead) this.#stream(stream)
  }

  #stream(stream: (outlet: Outlet) => Streaming): void {
    const response = this.#response
    const write = (text: string): boolean => {
      if (this.#over) return false
      // The library says of each write whether something is left of it or of an earlier one, but not of what it gathers under a cork (up to 16 KiB):
      // of that the next write tells.
      let taken = false
      response.cork(() => {
        taken = response.write(text)
      })
      return taken
    }
    response.onWritable(() => {
      if (write(NOTHING)) this.#streaming?.drained()
      return true
    })
    this.#streaming = stream({
      write,
      end: () => {
        if (this.#over) return
        this.#over = true
        response.cork(() => void response.end())
      },
      drop: () => {
        if (!this.#over) response.close()
      },
    })
    if (this.#over) this.#streaming.gone()
  }
}
