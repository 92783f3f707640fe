/**
 * Starts on schedule at 1,000 and 10,000 a second for ten seconds on loopback: the intended ones against their distribution by Kolmogorov and
 * Smirnov at 1 %, the ones seen by a receiver beside them, and the start lag that the run reports for all but its first second. The figures are
 * printed: how well a start is met depends on the machine and on what else it does, so that is bounded only loosely here.
 */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { ArrivalPlan } from '#src/plan/arrivals.js'
import { type LoadResult, runCommand } from '../peer/load.js'
import { StampingServer } from '../peer/stamping-server.js'
import { intendedStarts, onClockOf } from '../plan/intended.js'
import { distance, exponential, gapsOf, limitAtOnePercent } from '../plan/kolmogorov.js'
import { evenly } from '../plan/source-plan.js'

const DURATION_MS = 10_000
const WARMUP_MS = 1000
const SESSIONS = 50
const SEED = '7f3a'

interface Lagged extends LoadResult {
  readonly startLag: { readonly p50Ms: number; readonly p99Ms: number; readonly maxMs: number }
  readonly generator: { readonly state: string; readonly reason: string }
}

/** Percentiles of how far the gaps are from one that is always the same. */
function spread(gaps: readonly number[], mean: number): string {
  const off = gaps.map((gap) => Math.abs(gap - mean)).sort((a, b) => a - b)
  const at = (share: number) => `${(off[Math.floor(share * (off.length - 1))]! * 1000).toFixed(0)} µs`
  return `p50 ${at(0.5)}, p90 ${at(0.9)}, p99 ${at(0.99)}`
}

describe('starts on loopback', () => {
  for (const process of ['even', 'poisson'] as const) {
    for (const rate of [1000, 10_000]) {
      it(`${process}, ${rate}/s`, { timeout: 30_000 }, async (t) => {
        const arrivals: ArrivalPlan = { ...evenly(rate), process }
        const intended = intendedStarts(arrivals, DURATION_MS, { workers: 1, sessions: SESSIONS, seed: SEED })
        await using server = await StampingServer.start()
        const result = (await runCommand(
          {
            target: server.address,
            rate: `${rate}/s`,
            arrivals: process,
            duration: `${DURATION_MS}ms`,
            warmup: `${WARMUP_MS}ms`,
            sessions: SESSIONS,
            workers: 1,
            seed: SEED,
          },
          25_000,
        )) as unknown as Lagged
        const { mailAt } = server
        assert.ok(mailAt.length >= 0.5 * intended.length, `${mailAt.length} of ${intended.length} were seen`)
        assert.equal(result.messages.failed, 0)

        const mean = 1000 / rate
        const seen = onClockOf(intended, mailAt).filter((ms) => ms >= WARMUP_MS)
        const gaps = gapsOf(intended)
        const seenGaps = gapsOf(seen)
        const limit = limitAtOnePercent(gaps.length)
        // Even starts have no gaps to speak of a distribution: their moments are held against the uniform one over the run.
        const of = (moments: readonly number[], from: number) =>
          process === 'poisson'
            ? distance(gapsOf(moments), exponential(mean))
            : distance(moments, (ms) => (ms - from) / (DURATION_MS - from))
        const far = of(intended, 0)
        const seenFar = of(seen, WARMUP_MS)
        t.diagnostic(
          `${process} ${rate}/s: intended D ${far.toFixed(5)} of ${limit.toFixed(5)} (n ${gaps.length}); seen D ${seenFar.toFixed(5)} (n ${seenGaps.length})`,
        )
        if (process === 'even') t.diagnostic(`gaps seen, from ${mean} ms: ${spread(seenGaps, mean)}`)
        const { p50Ms, p99Ms, maxMs } = result.startLag
        t.diagnostic(
          `start lag p50 ${p50Ms} ms, p99 ${p99Ms} ms, max ${maxMs} ms; ${result.generator.state}: ${result.generator.reason}`,
        )
        assert.ok(far < limit, `${far} of ${limit}`)
        if (process === 'even') assert.ok(gaps.every((gap) => Math.abs(gap - mean) < 1e-6))
        assert.ok(seenFar < 0.5, `${seenFar}`)
      })
    }
  }
})
