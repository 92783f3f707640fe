/** One worker's vital signs over one second of the run. */
export interface Health {
  readonly worker: number
  /** Whole seconds since the start of the run. */
  readonly second: number
  /** Event-loop utilisation, 0..1. */
  readonly utilisation: number
  /** Microseconds. */
  readonly loopDelayP99Us: number
  /** CPU of the thread, 0..1 of one core. */
  readonly cpu: number
  /** Sockets waiting to drain, and due messages waiting for a session, at the end of that second. */
  readonly draining: number
  readonly backlog: number
}
