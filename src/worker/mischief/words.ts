/** The names that misbehaving clients use: those of the first mail of the run. */
import type { Pool } from '../../plan/mail-plan.js'
import type { SourcePlan } from '../../plan/plan.js'
import type { CaseWords } from '../../smtp/malformed/case.js'

export function wordsOf({ mail, mix, wire }: SourcePlan): CaseWords {
  const { from, fromPool, to, toPool } = mix[0]?.mail ?? mail
  return { from: first(from, fromPool), to: first(to, toPool), helo: wire.helloName }
}

/** The first address of a pool, as it stands in octets; `alone` where there is none. */
function first(alone: string, pool: Pool | null): string {
  if (pool === null) return alone
  if (pool.kind === 'numbers') return `${pool.before}${'1'.padStart(pool.digits, '0')}${pool.after}`
  return Buffer.from(pool.octets.subarray(pool.starts[0]!, pool.starts[1]! - 1)).toString('latin1')
}
