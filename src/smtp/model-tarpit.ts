/** How many connections there are, of one client and in all, over every worker; and what waiting a tarpit makes of that. */
import type { TarpitRule } from '../plan/policy.js'
import type { ModelMemory } from './model-memory.js'

/** A connection of this client has come. */
export function countIn({ head, clients }: ModelMemory, high: number, low: number, nowMs: number): void {
  Atomics.add(head, 0, 1)
  const at = clients.take(high, low, true)
  clients.numbers[at] = nowMs
  clients.numbers[at + 1]!++
  clients.release()
}

/** It has gone. A client that was forgotten meanwhile (the table was too small) stays so. */
export function countOut({ head, clients }: ModelMemory, high: number, low: number): void {
  Atomics.sub(head, 0, 1)
  const at = clients.take(high, low, false)
  if (at >= 0) clients.numbers[at + 1] = Math.max(0, clients.numbers[at + 1]! - 1)
  clients.release()
}

export function connectionsOf({ clients }: ModelMemory, high: number, low: number): number {
  const at = clients.take(high, low, false)
  const count = at < 0 ? 0 : clients.numbers[at + 1]!
  clients.release()
  return count
}

/** Milliseconds that a reply waits with so many connections, its own included. */
export function tarpitMs({ stepMs, free, maxMs }: TarpitRule, connections: number): number {
  return Math.min(maxMs, stepMs * Math.max(0, connections - free))
}
