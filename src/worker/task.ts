import type { MessagePort } from 'node:worker_threads'
import type { BoardShape } from '../measure/board.js'
import type { Endpoint } from '../net/endpoint.js'
import type { Share } from '../plan/plan.js'
import type { TracePlan } from '../plan/trace-plan.js'
import type { ProfileAsk } from './profile-talk.js'

/** All that a source worker is given: plain data, shared memory, and a port for what it has to say (`WorkerMessage`). */
export interface SourceTask {
  readonly share: Share
  readonly endpoint: Endpoint
  /** `Date:` of every message of the run. */
  readonly date: string
  readonly shape: BoardShape
  readonly buffer: SharedArrayBuffer
  readonly port: MessagePort
  /** Connections to follow; null: none. */
  readonly tracing: TracePlan | null
  /** Null: not profiled. */
  readonly profile: ProfileAsk | null
}

/** What a source worker leaves behind. */
export interface SourceEnd {
  /** Milliseconds of the run when its last session ended. */
  readonly endedMs: number
  /** Exit status that the drop-in door asks for; 0 everywhere else. */
  readonly exit: number
}
