import type { MessagePort } from 'node:worker_threads'
import type { BoardShape } from '../measure/board.js'
import type { Place } from '../net/listener.js'
import type { TlsIdentity } from '../net/server-tls.js'
import type { SinkPlan } from '../plan/sink-plan.js'
import type { ProfileAsk } from './profile-talk.js'
import type { PolicyGrant } from './sink-model.js'

/** All that a sink worker is given: plain data, shared memory, and a port for what it has to say (`WorkerMessage`). */
export interface SinkTask {
  readonly plan: SinkPlan
  readonly worker: number
  readonly place: Place
  /** Waits for `Control.go`, with everything loaded, before it listens; nothing is done when `Control.stop` is set by then. */
  readonly held: boolean
  /** Null: the plan has no TLS. */
  readonly identity: TlsIdentity | null
  /** The receiver model; null: the plan has no policy. */
  readonly model: PolicyGrant | null
  readonly shape: BoardShape
  readonly buffer: SharedArrayBuffer
  readonly port: MessagePort
  /** Null: not profiled. */
  readonly profile: ProfileAsk | null
}
