/** The metrics endpoint: one address, the routes behind it, and which of the two carriers serves them. */
import { randomBytes } from 'node:crypto'
import { hostname } from 'node:os'
import { RunError, UsageError } from '../base/errors.js'
import type { Carrier } from './carrier.js'
import { type EventLimits, EventStreams } from './events.js'
import type { Family } from './families.js'
import type { Feed } from './feed.js'
import { isLoopback } from './guard.js'
import { carryByNode } from './node-http.js'
import { makeRoutes, type Resource } from './routes.js'
import { carryByUws, loadUws } from './uws.js'

/** Where to listen; `port` 0 is any free one. */
export interface MetricsAddress {
  readonly host: string
  readonly port: number
}

export interface MetricsEndpoint {
  /** `http://127.0.0.1:9090`. */
  readonly url: string
  /** What `/api` wants before it changes anything. */
  readonly token: string
  readonly by: Carrier['by']
  /** Sentences for whoever started it: uWebSockets.js could not be had, other machines can reach it. */
  readonly notes: readonly string[]
  /** Clients that follow `/events` now. */
  readonly followers: number
  /** Says farewell to whoever follows, drops everybody and frees the port. */
  close(): Promise<void>
}

export interface EndpointOptions {
  readonly address: MetricsAddress
  readonly families: () => readonly Family[]
  readonly resources: Readonly<Record<string, Resource>>
  /** What `/events` tells; absent: there is no such route. */
  readonly feed?: Feed
  /** The live page at `/`; absent: there is none. */
  readonly page?: () => string
  /** Other limits for those who follow `/events`. */
  readonly limits?: Partial<EventLimits>
  /** `node` leaves uWebSockets.js alone; for tests and for machines where it misbehaves. */
  readonly by?: 'any' | 'node'
}

const NO_UWS =
  'the metrics endpoint is served by node:http: uWebSockets.js has no binary for this Node (npm install uNetworking/uWebSockets.js installs the official build)'

/** Reads `HOST:PORT`, `:PORT`, `PORT` or `[IPv6]:PORT`; without a host it is loopback. Throws UsageError that begins with `label`. */
export function parseMetricsAddress(text: string, label: string): MetricsAddress {
  const found = /^(?:(?:\[([0-9a-f:.]+)\]|([^:[\]\s]*)):)?(\d{1,5})$/i.exec(text.trim())
  const port = Number(found?.[3])
  if (found === null || port > 65_535) {
    throw new UsageError(`${label} '${text}' is no address to listen on; give HOST:PORT, as 127.0.0.1:9090 or 9090.`)
  }
  return { host: found[1] ?? (found[2] || '127.0.0.1'), port }
}

/**
 * Starts it.
 * @throws RunError when the address can't be had
 */
export async function startMetrics(options: EndpointOptions): Promise<MetricsEndpoint> {
  const { families, resources, feed, page, limits, by = 'any' } = options
  const { host, port } = options.address
  const token = randomBytes(12).toString('hex')
  const events = feed === undefined ? null : new EventStreams(feed, limits)
  const guarded = { host, names: isLoopback(host) ? [] : [hostname()] }
  const routes = makeRoutes({ families, resources, token, guarded, events, page: page ?? null })
  const uws = by === 'node' ? null : await loadUws()
  let carrier: Carrier
  try {
    carrier = uws === null ? await carryByNode(host, port, routes) : await carryByUws(uws, host, port, routes)
  } catch (error) {
    throw new RunError(`--metrics: ${(error as Error).message}`)
  }
  const notes = uws === null && by === 'any' ? [NO_UWS] : []
  if (!isLoopback(host)) notes.push(`the metrics endpoint on ${host} can be reached from other machines`)
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${carrier.port}`,
    token,
    by: carrier.by,
    notes,
    get followers() {
      return events?.size ?? 0
    },
    async close() {
      await events?.close()
      await carrier.close()
    },
  }
}
