/** `--metrics`: the endpoint of a verb, opened before the run and closed behind it. */
import type { MetricsEndpoint } from '../serve/endpoint.js'
import type { Family } from '../serve/families.js'
import type { Feed } from '../serve/feed.js'
import type { Resource } from '../serve/routes.js'
import type { Given } from './given.js'

/** What a verb shows. */
export interface Shown {
  readonly families: () => readonly Family[]
  readonly resources: Readonly<Record<string, Resource>>
  /** What `/events` tells; absent: there is no such route. */
  readonly feed?: Feed
  /** The live page at `/`; absent: there is none. */
  readonly page?: () => string
}

/** Opens it if it was asked for, and says where on stderr; null: it was not. Throws StampedeError. */
export async function openMetrics(given: Given, shown: Shown, quiet: boolean): Promise<MetricsEndpoint | null> {
  const text = given.text('metrics')
  if (text === null) return null
  // Loaded here: a run without it needs neither the library nor its start.
  const { parseMetricsAddress, startMetrics } = await import('../serve/endpoint.js')
  const endpoint = await startMetrics({ ...shown, address: parseMetricsAddress(text, given.label('metrics')) })
  if (!quiet) {
    for (const note of endpoint.notes) process.stderr.write(`stampede: ${note}\n`)
    process.stderr.write(`${whereLine(endpoint, shown.page !== undefined)}\n`)
  }
  return endpoint
}

/** Where everything is, and what may change it. */
export function whereLine({ url, token }: Pick<MetricsEndpoint, 'url' | 'token'>, page: boolean): string {
  // Behind a #: what a browser does not send, and no log of a proxy keeps.
  return `metrics on ${url}/metrics, ${page ? `live page on ${url}/#token=${token}` : `token ${token}`}`
}
