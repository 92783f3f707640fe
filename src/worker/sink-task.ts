import type { MessagePort } from 'node:worker_threads'
import type { BoardShape } from '../measure/board.js'
import type { Place } from '../net/listener.js'
import type { SinkPlan } from '../plan/sink-plan.js'

/** All that a sink worker is given: plain data, shared memory, and a port for what it has to say (`WorkerMessage`). */
export interface SinkTask {
  readonly plan: SinkPlan
  readonly worker: number
  readonly place: Place
  readonly shape: BoardShape
  readonly buffer: SharedArrayBuffer
  readonly port: MessagePort
}
