/** The row of `--metrics`, for every verb that can be watched while it goes. */
import type { Row } from './option.js'

/** `more` is what else there is at the address. */
function row(more: string): Row {
  return {
    name: 'metrics',
    kind: 'text',
    value: 'HOST:PORT',
    sentence: `Serve /metrics (OpenMetrics, Prometheus text), ${more} there; loopback unless a host is named, port 0 for any.`,
  }
}

export const METRICS_OF_RUN = row('the live page, /events and /api')
export const METRICS_OF_SINK = row('/events and /api (PUT /api/policy changes the model)')
