/** What the live view shows: a run at one moment. */

/** A stage of the conversation; microseconds. */
export interface LivePhase {
  readonly name: string
  readonly p50: number
  readonly p99: number
  readonly max: number
  /** Nothing of it in the last seconds: these are its last figures. */
  readonly past: boolean
}

/** A kind of reply or failure. */
export interface LiveCount {
  readonly name: string
  /** In the last second, and since the start. */
  readonly now: number
  readonly total: number
  readonly kind: 'good' | 'deferred' | 'bad'
}

export interface LiveThreshold {
  readonly text: string
  /** Null: nothing was measured yet. */
  readonly ok: boolean | null
  readonly value: string
}

/** Rates are per second over the last second. */
export interface LiveState {
  readonly verb: string
  readonly target: string
  /** `open loop 5k/s`, `closed loop`. */
  readonly load: string
  readonly unit: 'messages' | 'handshakes'
  readonly sessions: number
  readonly workers: number
  readonly elapsedMs: number
  /** Null: it ends with its messages. */
  readonly durationMs: number | null
  /** Share of the run that is over, 0..1; null: nobody knows. */
  readonly done: number | null
  /** `warm-up`, `stopping`, or nothing. */
  readonly stage: string
  /** Null: too early to say. */
  readonly state: 'clear' | 'stretched' | 'saturated' | null
  readonly asked: number | null
  readonly sent: number
  readonly accepted: number
  readonly dropped: number
  /** Due messages that wait for a session. */
  readonly backlog: number
  /** Accepted per second, and 99th percentiles in microseconds, one a second, the newest last. */
  readonly rates: readonly number[]
  readonly p99s: readonly number[]
  /** Of accepted messages over the last seconds, microseconds; null: there were none. */
  readonly latency: { readonly p50: number; readonly p90: number; readonly p99: number; readonly p999: number } | null
  /** Of the whole run. */
  readonly maxUs: number
  readonly phases: readonly LivePhase[]
  readonly replies: readonly LiveCount[]
  readonly active: number
  readonly connects: number
  readonly bytesOut: number
  readonly utilisation: readonly number[]
  readonly thresholds: readonly LiveThreshold[]
  /** What the keys do. */
  readonly keys: string
  /** Lines that take the place of the tables. */
  readonly help: readonly string[] | null
}
