/** Sends a worker's sessions away one by one at their moments (`--ramp-down`). */

/** Node's timers know no longer wait. */
const WAIT_MOST_MS = 2 ** 31 - 1

export class Leaving {
  private readonly goes: (index: number) => number
  private readonly now: () => number
  private readonly leave: (index: number) => void
  /** Sessions that have not been sent away; the last one goes first. */
  private staying: number
  private timer: NodeJS.Timeout | null = null

  /** `goes` gives the moment of each session, earlier for higher numbers; Infinity: never. */
  constructor(sessions: number, goes: (index: number) => number, now: () => number, leave: (index: number) => void) {
    this.staying = sessions
    this.goes = goes
    this.now = now
    this.leave = leave
  }

  start(): void {
    while (this.staying > 0 && this.goes(this.staying - 1) <= this.now()) this.leave(--this.staying)
    const next = this.staying > 0 ? this.goes(this.staying - 1) : Number.POSITIVE_INFINITY
    if (next === Number.POSITIVE_INFINITY) return
    this.timer = setTimeout(() => this.start(), Math.min(WAIT_MOST_MS, Math.max(1, Math.ceil(next - this.now()))))
  }

  stop(): void {
    if (this.timer !== null) clearTimeout(this.timer)
    this.timer = null
  }
}
