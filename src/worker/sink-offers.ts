/** What a worker lends its machine for TLS and AUTH: the parts that touch sockets, hashes and chance. */
import { createHmac, randomBytes } from 'node:crypto'
import { SinkCounter } from '../measure/series.js'
import type { OnRead } from '../net/accepted.js'
import { type Handshake, ServerTls, type TlsIdentity } from '../net/server-tls.js'
import type { SinkPlan } from '../plan/sink-plan.js'
import { type AuthTools, authService } from '../smtp/server-auth.js'
import type { AuthService } from '../smtp/server-auth-hook.js'
import type { SocketSecurity } from './sink-security.js'

/** A handshake that takes longer is given up; one that is idle for `idleTimeoutMs` is as well. */
const HANDSHAKE_MS = 30_000

const COUNTER_OF: Readonly<Record<Handshake, SinkCounter>> = {
  full: SinkCounter.tlsFull,
  resumed: SinkCounter.tlsResumed,
  failed: SinkCounter.tlsFailed,
}

const AUTH_TOOLS: AuthTools = {
  hmacMd5: (key, text) => createHmac('md5', key).update(text).digest('hex'),
  unique: () => `${randomBytes(16).toString('hex')}.${Date.now()}`,
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
  return auth === null ? null : authService(auth, hostname, AUTH_TOOLS, counters)
}
