/** The metrics endpoint: one address, the routes behind it, and which of the two carriers serves them. */
import { randomBytes } from 'node:crypto'
import { RunError, UsageError } from '../base/errors.js'
import type { Carrier } from './carrier.js'
import type { Family } from './families.js'
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
  /** One sentence where uWebSockets.js could not be had; else null. */
  readonly note: string | null
  close(): Promise<void>
}

export interface EndpointOptions {
  readonly address: MetricsAddress
  readonly families: () => readonly Family[]
  readonly resources: Readonly<Record<string, Resource>>
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
export async function startMetrics({
  address,
  families,
  resources,
  by = 'any',
}: EndpointOptions): Promise<MetricsEndpoint> {
  const { host, port } = address
  const token = randomBytes(12).toString('hex')
  const routes = makeRoutes({ families, resources, token })
  const uws = by === 'node' ? null : await loadUws()
  let carrier: Carrier
  try {
    carrier = uws === null ? await carryByNode(host, port, routes) : await carryByUws(uws, host, port, routes)
  } catch (error) {
    throw new RunError(`--metrics: ${(error as Error).message}`)
  }
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${carrier.port}`,
    token,
    by: carrier.by,
    note: uws === null && by === 'any' ? NO_UWS : null,
    close: () => carrier.close(),
  }
}
