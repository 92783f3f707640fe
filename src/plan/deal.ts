/**
 * How messages and sessions are dealt out to the workers: in rounds, one to each worker, and in a last round one more to those with a session
 * more; then from the beginning. So each worker gets in proportion to its sessions, at even distances, and which is whose is a formula.
 */

/** One worker's seat. */
export interface Seat {
  readonly worker: number
  readonly workers: number
  /** Sessions of this worker and of the run. The first workers have one more where the run's do not come out even. */
  readonly own: number
  readonly all: number
}

/** Which message of the run this worker's message `n` is (or, for `n` below `own`, which session), both from 0. */
export function dealt({ worker, workers, own, all }: Seat, n: number): number {
  const within = n % own
  return ((n - within) / own) * all + within * workers + worker
}

/** How many of the run's first `count` messages are this worker's. */
export function dealtBefore({ worker, workers, own, all }: Seat, count: number): number {
  const within = count % all
  const whole = ((count - within) / all) * own
  return within <= worker ? whole : whole + Math.min(own, Math.floor((within - worker - 1) / workers) + 1)
}
