import type { Client } from '../smtp/client.js'
import type { SourceTask } from './task.js'
import { Tracer } from './tracer.js'

export type { Tracer } from './tracer.js'

/** Who follows connections for a worker; null: nobody was asked to. */
export function tracerOf({ tracing, share, endpoint, port }: SourceTask, client: Client): Tracer | null {
  if (tracing === null) return null
  const peer =
    endpoint.kind === 'unix'
      ? { address: endpoint.path, port: null }
      : { address: endpoint.name ?? endpoint.address, port: endpoint.port }
  return new Tracer({
    ...tracing,
    seed: share.plan.seed,
    sessions: share.sessions,
    workers: share.plan.workers,
    worker: share.worker,
    client,
    peer,
    send: (batch) => port.postMessage(batch, [batch.records.buffer as ArrayBuffer]),
  })
}
