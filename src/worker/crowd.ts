/** Which of a worker's sessions are at work: tells each one when to come, and sends it away when its time is over (`--ramp-up`, `--ramp-down`). */
import type { Ramp } from '../plan/ramp.js'

/** Node's timers know no longer wait. */
const WAIT_MOST_MS = 2 ** 31 - 1

export class Crowd {
  private readonly ramp: Ramp
  private readonly now: () => number
  private readonly leave: (index: number) => void
  private readonly timers = new Map<number, NodeJS.Timeout>()

  /** `leave` is called for a session that has come, when its time is over. */
  constructor(ramp: Ramp, now: () => number, leave: (index: number) => void) {
    this.ramp = ramp
    this.now = now
    this.leave = leave
  }

  /** Milliseconds until the session is to come; 0: now, and it is taken to have come; Infinity: never any more. */
  wait(index: number): number {
    const now = this.now()
    const wait = this.ramp.comes(index, now) - now
    if (wait > 0) return Math.min(wait, wait === Number.POSITIVE_INFINITY ? wait : WAIT_MOST_MS)
    const goes = this.ramp.goes(index, now)
    if (goes !== Number.POSITIVE_INFINITY) this.watch(index, goes)
    return 0
  }

  stop(): void {
    for (const timer of this.timers.values()) clearTimeout(timer)
    this.timers.clear()
  }

  private watch(index: number, goes: number): void {
    const wait = Math.ceil(goes - this.now())
    if (wait > 0)
      this.timers.set(
        index,
        setTimeout(() => this.watch(index, goes), Math.min(wait, WAIT_MOST_MS)),
      )
    else {
      this.timers.delete(index)
      this.leave(index)
    }
  }
}
