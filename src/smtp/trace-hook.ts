/** What a session that is followed tells of itself, as it happens; `worker/followed.ts` writes it down. Times are milliseconds of the run. */
import type { ErrorKind, Outcome, Phase } from '../measure/series.js'

export interface SessionTrace {
  /** The connection is there; `localPort` 0 where there is none. */
  connected(now: number, localPort: number): void
  /** The TLS handshake is done. */
  secured(resumed: boolean, now: number): void
  /** A reply is complete, and nothing has been made of it yet: its octets, or its last ones, lie in `buffer` from `start` to `end`. */
  replied(phase: Phase, code: number, buffer: Buffer, start: number, end: number, now: number): void
  /** The head transaction, whose times and numbers lie in `slot`, has its outcome. `again`: it will be sent once more. */
  finished(slot: number, outcome: Outcome, again: boolean, now: number): void
  /** The head transaction was not tried after all. */
  gaveBack(): void
  /** The connection has failed, and with it what was under way on it; each of that is told by `finished` next. */
  failed(kind: ErrorKind, phase: Phase): void
  /** The connection is gone. `lost`: not by our own end. Nothing is told after it. */
  closed(lost: boolean, now: number): void
}
