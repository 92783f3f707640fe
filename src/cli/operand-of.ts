/** The operand that names an endpoint, and how many threads work on it. */
import { UsageError } from '../base/errors.js'
import type { Target } from '../plan/plan.js'
import { TargetError } from '../plan/target.js'
import type { Given } from './given.js'
import { autoWorkers, type Machine } from './machine.js'

/** Reads the first operand and refuses too many or too few. */
export function endpoint(given: Given, name: string, read: (text: string) => Target, second?: string): Target {
  const [text, ...rest] = given.operands
  const listens = name === 'LISTEN'
  const example = listens
    ? ':2525, 127.0.0.1:2525, [::1]:2525 or unix:/path'
    : 'host, host:port, [IPv6]:port, unix:/path or smtp://host:port'
  if (text === undefined) throw new UsageError(`${name} is missing; give ${example}.`)
  const extra = rest[second === undefined ? 0 : 1]
  if (extra !== undefined)
    throw new UsageError(
      `'${extra}' is one operand too many; give one ${name}${second === undefined ? '' : ` and at most one ${second}`}.`,
    )
  try {
    return read(text)
  } catch (error) {
    if (!(error instanceof TargetError)) throw error
    throw new UsageError(`${name} '${text}': ${plainReason(error.text)}; give ${example}.`)
  }
}

/** The resolver's words for an unknown service say nothing to most people. */
function plainReason(text: string): string {
  return text === 'Servname not supported for ai_socktype' ? 'unknown port or service' : text
}

export function workers(given: Given, machine: Machine): number {
  const asked = given.workers('workers')
  return asked === 'auto' ? autoWorkers(machine.cores) : asked
}
