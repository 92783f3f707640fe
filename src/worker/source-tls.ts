/** TLS of a source's thread. */
import { ClientTls } from '../net/client-tls.js'
import type { SourcePlan } from '../plan/plan.js'

/** TLS as the plan has it; null: none. */
export function clientTlsOf({ wire, target }: SourcePlan): ClientTls | null {
  if (wire.tls === null) return null
  return new ClientTls({ plan: wire.tls, host: target.kind === 'inet' ? target.host : null })
}
