/** One worker's vital signs over one second of the run. */
export interface Health {
  readonly worker: number
  /** Whole seconds since the start of the run. */
  readonly second: number
  /** How much of that second was watched, in milliseconds. */
  readonly durationMs: number
  /** Event-loop utilisation, 0..1; 0 where the worker has not told it yet. */
  readonly utilisation: number
  /** Microseconds. */
  readonly loopDelayP99Us: number
  /** CPU of the thread, 0..1 of one core, but for the time in which it only watched the clock. */
  readonly cpu: number
  /** Sockets waiting to drain, and due messages waiting for a session, at the end of that second. */
  readonly draining: number
  readonly backlog: number
  /** Connections open at the end of that second. */
  readonly active: number
}

/** A worker over the whole run. */
export interface WorkerHealth {
  readonly worker: number
  /** Mean utilisation, 0..1, without the first and the last second where there are enough others. */
  readonly utilisation: number
  readonly maxUtilisation: number
  readonly maxLoopDelayP99Us: number
  /** Mean CPU, 0..1 of one core. */
  readonly cpu: number
  /** Seconds watched. */
  readonly seconds: number
}

/** With this many seconds or more, the first (connecting, compiling) and the last (cut short) do not count for the mean. */
const ENOUGH_SECONDS = 4

/** Each worker's seconds, in order. */
export function byWorker(health: readonly Health[]): Health[][] {
  const workers: Health[][] = []
  for (const one of health) {
    const rows = workers[one.worker] ?? []
    rows.push(one)
    workers[one.worker] = rows
  }
  return workers.filter((rows) => rows !== undefined).map((rows) => rows.sort((a, b) => a.second - b.second))
}

/** Each worker over the whole run. */
export function overRun(health: readonly Health[]): WorkerHealth[] {
  return byWorker(health).map((rows) => {
    const told = rows.filter((row) => row.utilisation > 0)
    const steady = told.length >= ENOUGH_SECONDS ? told.slice(1, -1) : told
    return {
      worker: rows[0]!.worker,
      utilisation: mean(steady, (row) => row.utilisation),
      maxUtilisation: rows.reduce((most, row) => Math.max(most, row.utilisation), 0),
      maxLoopDelayP99Us: rows.reduce((most, row) => Math.max(most, row.loopDelayP99Us), 0),
      cpu: mean(rows, (row) => row.cpu),
      seconds: rows.length,
    }
  })
}

/**
 * True when some worker stood above `limit` for `seconds` seconds running. A run shorter than that has to have been above it
 * from beginning to end.
 */
export function stoodAbove(health: readonly Health[], limit: number, seconds: number): boolean {
  return byWorker(health).some((rows) => {
    const told = rows.filter((row) => row.utilisation > 0)
    if (told.length === 0) return false
    const wanted = Math.min(seconds, told.length)
    let run = 0
    let before = Number.NaN
    for (const row of told) {
      if (row.utilisation <= limit) run = 0
      else run = row.second === before + 1 ? run + 1 : 1
      before = row.second
      if (run >= wanted) return true
    }
    return false
  })
}

/** Share of the open connections that had a write not yet drained, over the seconds of the run, 0..1. */
export function drainingShare(health: readonly Health[]): number {
  let draining = 0
  let active = 0
  for (const row of health) {
    draining += row.draining * row.durationMs
    active += row.active * row.durationMs
  }
  return active === 0 ? 0 : Math.min(1, draining / active)
}

function mean(rows: readonly Health[], figure: (row: Health) => number): number {
  let sum = 0
  let weight = 0
  for (const row of rows) {
    sum += figure(row) * row.durationMs
    weight += row.durationMs
  }
  return weight === 0 ? 0 : sum / weight
}
