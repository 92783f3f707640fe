/** What a worker lends its machine for TLS and AUTH: the parts that touch sockets. */
import { SinkCounter } from '../measure/series.js'
import type { OnRead } from '../net/accepted.js'
import { type Handshake, ServerTls, type TlsIdentity } from '../net/server-tls.js'
import type { SinkPlan } from '../plan/sink-plan.js'
import { authService } from '../smtp/server-auth.js'
import type { AuthService } from '../smtp/server-auth-hook.js'
import { SASL_TOOLS } from './sasl-tools.js'
import type { SocketSecurity } from './sink-security.js'

/** A handshake that takes longer is given up; one that is idle for `idleTimeoutMs` is as well. */
const HANDSHAKE_MS = 30_000

const COUNTER_OF: Readonly<Record<Handshake, SinkCounter>> = {
  full: SinkCounter.tlsFull,
  resumed: SinkCounter.tlsResumed,
  failed: SinkCounter.tlsFailed,
}

/** TLS as the plan has it; null: none. What it deciphers is read through `onRead`, by way of `buffer`. */
export function securityOf(
  plan: SinkPlan,
  identity: TlsIdentity | null,
  counters: Float64Array,
  buffer: Buffer,
  onRead: OnRead,
): SocketSecurity | null {
  if (plan.tls === null || identity === null) return null
  return new ServerTls({
    plan: plan.tls,
    identity,
    handshakeTimeoutMs: Math.min(plan.idleTimeoutMs, HANDSHAKE_MS),
    buffer,
    onRead,
    onHandshake: (handshake) => {
      counters[COUNTER_OF[handshake]]!++
    },
  })
}

/** AUTH as the plan has it; null: none. */
export function authOf({ auth, hostname }: SinkPlan, counters: Float64Array): AuthService | null {
  return auth === null ? null : authService(auth, hostname, SASL_TOOLS, counters)
}
