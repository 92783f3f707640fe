import type { ErrorKind } from '../measure/series.js'

/** A run of a given number of messages ends when nobody could be reached for this long. */
const GIVE_UP_MS = 10_000

/** Whether there is still somebody to connect to. Times are milliseconds of the run. */
export class Reachability {
  /** When a connection last succeeded; -1: never. */
  connectedAt = -1
  private readonly where: string
  private readonly patient: boolean
  private unreachableSince = -1

  /** `patient`: the run ends by its time anyway, so that a server that was there once may come back until then. */
  constructor(where: string, patient: boolean) {
    this.where = where
    this.patient = patient
  }

  /** A connection could not be made: why the run should end now, in one sentence; null: it goes on. */
  failed(kind: ErrorKind, now: number): string | null {
    if (this.unreachableSince < 0 || this.unreachableSince < this.connectedAt) this.unreachableSince = now
    if (this.connectedAt < 0) return `no connection to ${this.where}: ${kind}`
    if (this.patient || now - this.unreachableSince <= GIVE_UP_MS) return null
    return `gave up: ${kind} at ${this.where} for ${GIVE_UP_MS / 1000} s`
  }
}
