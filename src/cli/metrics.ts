/** `--metrics`: the endpoint of a verb, opened before the run and closed behind it. */
import type { MetricsEndpoint } from '../serve/endpoint.js'
import type { Family } from '../serve/families.js'
import type { Resource } from '../serve/routes.js'
import type { Given } from './given.js'

/** What a verb shows. */
export interface Shown {
  readonly families: () => readonly Family[]
  readonly resources: Readonly<Record<string, Resource>>
}

/** Opens it if it was asked for, and says where on stderr; null: it was not. Throws StampedeError. */
export async function openMetrics(given: Given, shown: Shown, quiet: boolean): Promise<MetricsEndpoint | null> {
  const text = given.text('metrics')
  if (text === null) return null
  // Loaded here: a run without it needs neither the library nor its start.
  const { parseMetricsAddress, startMetrics } = await import('../serve/endpoint.js')
  const endpoint = await startMetrics({ address: parseMetricsAddress(text, given.label('metrics')), ...shown })
  if (!quiet) {
    if (endpoint.note !== null) process.stderr.write(`stampede: ${endpoint.note}\n`)
    process.stderr.write(`metrics on ${endpoint.url}/metrics, token ${endpoint.token}\n`)
  }
  return endpoint
}
