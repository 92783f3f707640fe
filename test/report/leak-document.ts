import { findingOf } from '#src/measure/leak-finding.js'
import type { LeakDocument } from '#src/report/leaks.js'
import { type Simulated, simulate } from '../measure/leak-series.js'

/** What a search of a simulated server comes to. */
export function documentOf(simulated: Omit<Simulated, 'seed'>): LeakDocument {
  const cycles = simulate({ ...simulated, seed: 1 })
  const finding = findingOf({
    plan: 'short-sessions',
    sentence: 'many short sessions',
    candidates: ['message', 'connection'],
    cycles,
    notes: [],
  })
  return {
    schemaVersion: 1,
    role: 'leaks',
    version: '1',
    node: 'v20',
    host: 'here',
    startedAt: '2026-01-01T00:00:00.000Z',
    target: '127.0.0.1:25',
    watched: 'process 1 (server)',
    seed: 'abcd',
    again: 'stampede source --leaks short-sessions 127.0.0.1:25',
    elapsedMs: 30_000,
    word: finding.word,
    leaks: [finding],
    notes: [],
  }
}
