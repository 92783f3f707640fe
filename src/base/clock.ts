/**
 * Milliseconds, with a fraction, of the monotonic clock that all threads of the process share (performance.now() starts anew in
 * each worker). Not for the message path: it allocates.
 */
export function monotonicMs(): number {
  const [seconds, nanos] = process.hrtime()
  return seconds * 1000 + nanos / 1e6
}

/** What to add to this thread's performance.now() to get `monotonicMs()`. */
export function clockOffsetMs(): number {
  return monotonicMs() - performance.now()
}
