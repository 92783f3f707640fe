/**
 * Milliseconds, with a fraction, of the monotonic clock that all threads of the process share (performance.now() starts anew in
 * each worker). Not for the message path: it allocates.
 */
export function monotonicMs(): number {
  const [seconds, nanos] = process.hrtime()
  return seconds * 1000 + nanos / 1e6
}

/**
 * What to add to this thread's performance.now() to get `monotonicMs()`. Read between two looks at the other clock, several times: a thread that is
 * set aside between the two would be off by as long.
 */
export function clockOffsetMs(): number {
  let offset = 0
  let width = Number.POSITIVE_INFINITY
  for (let i = 0; i < 8; i++) {
    const before = performance.now()
    const monotonic = monotonicMs()
    const after = performance.now()
    if (after - before >= width) continue
    width = after - before
    offset = monotonic - (before + after) / 2
  }
  return offset
}
