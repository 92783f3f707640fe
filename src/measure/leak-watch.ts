/** A search for leaks where somebody else makes the load: nobody knows what was done, so time is what a leak goes with. */
import { findingOf } from './leak-finding.js'
import { lowQuantile } from './leak-level.js'
import {
  LEAK_RESOURCES,
  type LeakCycle,
  type LeakFinding,
  type LeakLevels,
  type LeakResource,
  levelsOf,
} from './leaks.js'
import type { WatchSample } from './watched.js'

/** Windows that the time is cut into; the first is a warm-up. */
const WINDOWS = 13
/** Samples that a window needs for its lower envelope. */
const WINDOW_LEAST = 4
/** What a resource keeps coming back to: connections under way and garbage only add. */
const ENVELOPE = 0.1

/** Judges samples of a server from their lower envelope, per minute. */
export function findingOfSamples(samples: readonly WatchSample[]): LeakFinding {
  const seen = samples.flatMap(({ atMs, server }) => (server === null ? [] : [{ atMs, levels: levelsOf(server) }]))
  const notes: string[] = []
  if (seen.length < samples.length) notes.push('the server was away for some of the time')
  const windows = Math.min(WINDOWS, Math.floor(seen.length / WINDOW_LEAST))
  const cycles = Array.from({ length: windows }, (_, i): LeakCycle => {
    const from = Math.floor((i * seen.length) / windows)
    const to = Math.floor(((i + 1) * seen.length) / windows)
    const part = seen.slice(from, to)
    const fromMs = part[0]!.atMs
    const endMs = seen[Math.min(to, seen.length - 1)]!.atMs
    return {
      load: 'not ours',
      counted: i > 0,
      fromMs,
      loadedMs: endMs,
      restedMs: endMs,
      settled: true,
      counts: { minute: (endMs - fromMs) / 60_000 },
      levels: envelopeOf(part.map(({ levels }) => levels)),
    }
  })
  const sentence = 'whatever loads the server meanwhile'
  return findingOf({ plan: 'watched', sentence, candidates: ['minute'], cycles, notes })
}

function envelopeOf(samples: readonly LeakLevels[]): LeakLevels {
  const levels: Partial<Record<LeakResource, number>> = {}
  for (const resource of LEAK_RESOURCES) {
    const values = samples.map((one) => one[resource]).filter((value) => value !== undefined)
    if (values.length > 0) levels[resource] = lowQuantile(values, ENVELOPE)
  }
  return levels
}
