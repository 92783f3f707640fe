import { PHASES, Phase } from '../measure/series.js'

/** Waits that RFC 5321 section 4.5.3.2 asks of a client, in seconds; where it is silent, the five minutes of most stages. */
const RFC_SECONDS: Record<keyof typeof Phase, number> = {
  connect: 30,
  greeting: 300,
  ehlo: 300,
  starttls: 300,
  auth: 300,
  mail: 300,
  rcpt: 300,
  data: 120,
  dot: 600,
  bdat: 600,
  rset: 300,
  quit: 120,
}

/** Milliseconds to wait at each Phase: one limit for all when `timeoutMs` is given. */
export function stageLimits(timeoutMs: number | null, connectTimeoutMs: number): Float64Array {
  const limits = Float64Array.from(PHASES, (phase) => timeoutMs ?? RFC_SECONDS[phase] * 1000)
  limits[Phase.connect] = connectTimeoutMs
  return limits
}
