import { Rng } from '#src/base/rng.js'
import type { LeakCounts, LeakCycle, LeakDriver } from '#src/measure/leaks.js'

const MIB = 1024 * 1024

/** How a simulated server's memory behaves. */
export interface Simulated {
  readonly cycles: number
  readonly seed: number
  /** Octets that each unit keeps. */
  readonly leaks?: Partial<Record<LeakDriver, number>>
  /** Mean of the garbage that waits at a level, octets; it only ever adds. */
  readonly garbage?: number
  /** Standard deviation of steps that stay, octets a cycle. */
  readonly steps?: number
  /** Grows with messages up to so many octets, so many a message. */
  readonly cache?: { readonly most: number; readonly perMessage: number }
  /** Grows up to so much, by so large a part of what lacks in each cycle. */
  readonly warm?: { readonly most: number; readonly part: number }
}

/** Two cycles of a connection for each message, two of many messages on few connections, and so on. */
export function countsOf(cycle: number): LeakCounts {
  return Math.floor(cycle / 2) % 2 === 0 ? { message: 4000, connection: 4000 } : { message: 16_000, connection: 8 }
}

/** One warm-up cycle and so many counted ones. */
export function simulate({ cycles, seed, leaks = {}, garbage = 0, steps = 0, cache, warm }: Simulated): LeakCycle[] {
  const rng = new Rng(seed)
  const normal = () => Math.sqrt(-2 * Math.log(1 - rng.next())) * Math.cos(2 * Math.PI * rng.next())
  let live = 70 * MIB
  let cached = 0
  let messages = 0
  return Array.from({ length: cycles + 1 }, (_, i): LeakCycle => {
    const counts = countsOf(i + 3)
    for (const [driver, octets] of Object.entries(leaks)) live += octets * (counts[driver as LeakDriver] ?? 0)
    live += steps * normal()
    messages += counts.message!
    if (cache !== undefined) cached = Math.min(cache.most, messages * cache.perMessage)
    const warmed = warm === undefined ? 0 : warm.most * (1 - (1 - warm.part) ** (i + 1))
    const memory = Math.round((live + cached + warmed + garbage * rng.exponential()) / 4096) * 4096
    const atMs = i * 2000
    return {
      load: '',
      counted: i > 0,
      fromMs: atMs,
      loadedMs: atMs + 1000,
      restedMs: atMs + 1900,
      settled: true,
      counts,
      levels: { memory, descriptors: 24, threads: 11, processes: 1 },
    }
  })
}
