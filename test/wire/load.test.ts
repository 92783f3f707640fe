import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { Rng, seedOf } from '#src/base/rng.js'
import type { ArrivalPlan } from '#src/plan/arrivals.js'
import type { SourcePlan } from '#src/plan/plan.js'
import { startSource } from '#src/run/source.js'
import { type LoadOptions, type LoadResult, runLoad } from '../peer/load.js'
import { ScriptedServer } from '../peer/scripted-server.js'
import { type Manner, type Stamped, StampingServer } from '../peer/stamping-server.js'
import { intendedStarts, onClockOf } from '../plan/intended.js'
import { gapsOf } from '../plan/kolmogorov.js'
import { evenly, type PlanParts, planOf } from '../plan/source-plan.js'

/** A timer may come this much early, and a clock be read that much late. */
const GRAIN_MS = 2

interface Seen {
  readonly result: LoadResult & {
    readonly latency: readonly { readonly name: string; readonly outcome: string; readonly maxMs: number }[]
    readonly generator: { readonly busiest: number; readonly state: string }
  }
  readonly connections: readonly Stamped[]
  /** Of every MAIL, milliseconds after the first one; what was due at 0 comes as soon as there is a connection. */
  readonly at: readonly number[]
}

async function load(options: Omit<LoadOptions, 'target'>, manner: Manner = {}): Promise<Seen> {
  await using server = await StampingServer.start(manner)
  const result = await runLoad({ sessions: 20, workers: 2, drain: '2s', ...options, target: server.address })
  const { scheduled, accepted, deferred, refused, failed, dropped } = result.messages
  assert.equal(scheduled, accepted + deferred + refused + failed + dropped)
  assert.equal(failed, 0, JSON.stringify(result.errors))
  const { mailAt } = server
  return {
    result: result as Seen['result'],
    connections: server.connections,
    at: mailAt.map((at) => at - mailAt[0]!),
  }
}

/** For what the command line has no words for. */
function planAt(server: StampingServer, parts: PlanParts): SourcePlan {
  const [host, port] = server.address.split(':') as [string, string]
  return { ...planOf(parts), target: { kind: 'inet', host, port: Number(port), text: server.address } }
}

/** The count is what the shape says, give or take what a busy machine moves over an edge. */
function near(actual: number, expected: number, what: string): void {
  assert.ok(Math.abs(actual - expected) <= 0.2 * expected + 20, `${what}: ${actual}, not about ${expected}`)
}

function slowest({ latency }: Seen['result']): number {
  return latency.find(({ name, outcome }) => name === 'response' && outcome === 'accepted')!.maxMs
}

/** How much later than intended most of them came. A machine that is busy with something else shows in some of them, not in half. */
function medianLag(intended: readonly number[], at: readonly number[]): number {
  const lags = onClockOf(intended, at).map((ms, i) => ms - (intended[i] ?? ms))
  return lags.sort((a, b) => a - b)[lags.length >> 1]!
}

/** What was not late at the end has come, most of it at its own moment: even ones in its place would be late twice as much or more. */
function follows(at: readonly number[], intended: readonly number[]): void {
  assert.ok(at.length > intended.length / 2 && at.length <= intended.length, `${at.length} of ${intended.length}`)
  const [first, last] = [intended[0]!, intended.at(-1)!]
  const even = intended.map((_, i) => first + ((last - first) * i) / (intended.length - 1))
  const most = medianLag(intended, even) / 2
  const lag = medianLag(intended, at)
  assert.ok(most > 70 && lag < most, `${lag} of ${most} ms`)
}

describe('--rate', () => {
  const constant = { ...evenly(1000), shape: { kind: 'constant', rate: 1000 } } as const

  it('so many a second, at even distances', async () => {
    const { result, at } = await load({ rate: '1000/s', duration: '2s', workers: 1 })
    assert.equal(result.messages.scheduled, 2000)
    assert.equal(result.messages.accepted, at.length)
    const lag = medianLag(intendedStarts(constant, 2000), at)
    assert.ok(lag < 200, `${lag} ms`)
  })

  it('--arrivals poisson: at random distances, the same for the same seed', async () => {
    const arrivals: ArrivalPlan = { ...constant, process: 'poisson' }
    const intended = intendedStarts(arrivals, 2000, { workers: 1, sessions: 20, seed: '7f1' })
    const { result, at } = await load({
      rate: '1000/s',
      duration: '2s',
      arrivals: 'poisson',
      workers: 1,
      seed: '7f1',
    })
    assert.equal(result.messages.scheduled, intended.length)
    // With this seed even starts would be a tenth of a second off, half of the time.
    const lag = medianLag(intended, at)
    const even = medianLag(intended, intendedStarts(constant, 2000))
    assert.ok(even > 100 && lag < even, `${lag} of ${even} ms`)
  })

  it('steps, which end the run', async () => {
    const stages = [
      { from: 200, to: 200, ms: 1000 },
      { from: 1000, to: 1000, ms: 1000 },
      { from: 0, to: 0, ms: 300 },
      { from: 10, to: 10, ms: 200 },
    ]
    const { result, at } = await load({ rate: ['200/s:1s', '1000/s:1s', '0:300ms', '10/s:200ms'] })
    const intended = intendedStarts({ ...constant, shape: { kind: 'stages', stages } }, 2500)
    assert.deepEqual([intended.length, result.messages.scheduled], [1202, 1202])
    follows(at, intended)
    assert.ok(result.elapsedMs >= 2400, `${result.elapsedMs}`)
  })

  it('a ramp', async () => {
    const stages = [{ from: 0, to: 1000, ms: 3000 }]
    const { result, at } = await load({ rate: '0..1k/s:3s' })
    assert.equal(result.messages.scheduled, 1500)
    follows(at, intendedStarts({ ...constant, shape: { kind: 'stages', stages } }, 3000))
  })

  it('sine', async () => {
    const shape = { kind: 'sine', mean: 600, amplitude: 600, periodMs: 1000 } as const
    const { result, at } = await load({ rate: 'sine:600/s,600/s,1s', duration: '2s' })
    assert.equal(result.messages.scheduled, 1200)
    follows(at, intendedStarts({ ...constant, shape }, 2000))
  })

  it('--burst', async () => {
    const burst = { rate: 2000, everyMs: 1000, forMs: 200 }
    const { result, at } = await load({ rate: '100/s', burst: '2k/s:1s:200ms', duration: '2s' })
    assert.equal(result.messages.scheduled, 1000)
    follows(at, intendedStarts({ ...evenly(100), burst }, 2000))
  })

  it('file: each at its own moment', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'stampede-load-'))
    try {
      const file = join(directory, 'offsets')
      writeFileSync(file, '0.1\n0.1\n300ms\n0.9\n0.9\n0.9 # three\n')
      const { result, at } = await load({ rate: `file:${file}` })
      assert.deepEqual([result.messages.asked, result.messages.accepted], [6, 6])
      follows(at, [100, 100, 300, 900, 900, 900])
    } finally {
      rmSync(directory, { recursive: true })
    }
  })
})

describe('--late', () => {
  const busy = { rate: '100/s', duration: '1s', sessions: 1 }

  it('queue: due mail waits for the session', async () => {
    const { result } = await load({ ...busy, late: 'queue' }, { slow: 100 })
    assert.equal(result.messages.scheduled, 100)
    assert.ok(slowest(result) > 500, `${slowest(result)} ms`)
  })

  it('drop: it is given up, and the next free moment is of fresh mail', async () => {
    const { result, at } = await load({ ...busy, late: 'drop' }, { slow: 100 })
    assert.equal(result.messages.scheduled, 100)
    assert.ok(result.messages.dropped >= 80, `${result.messages.dropped} dropped`)
    assert.equal(at.length, result.messages.accepted)
    assert.ok(slowest(result) < 400, `${slowest(result)} ms`)
  })

  it('drop: the counter tells it from what was dropped at the end', async () => {
    await using server = await StampingServer.start({ slow: 100 })
    const load = { messages: 50, durationMs: 1000, arrivals: { ...evenly(100), late: 'drop' as const } }
    const running = startSource(planAt(server, { load }))
    const { messages } = await running.result
    const { dropped, droppedLate } = running.live.counters()
    assert.deepEqual([messages.scheduled, messages.dropped], [50, dropped])
    assert.ok(droppedLate >= 35 && droppedLate <= dropped, `${droppedLate} of ${dropped}`)
  })

  it('drop: nothing where sessions are free', async () => {
    const { result } = await load({ rate: '100/s', duration: '1s', sessions: 40, warmup: '200ms', late: 'drop' })
    assert.ok(result.messages.dropped <= 4, `${result.messages.dropped} dropped`)
  })
})

describe('--pace', () => {
  it('exact watches the clock, which is no load', async () => {
    const { result } = await load({ rate: '400/s', duration: '2500ms', workers: 1, pace: 'exact' })
    assert.ok(result.generator.busiest < 0.6, `busiest ${result.generator.busiest}`)
  })

  it('timer keeps the number', async () => {
    const { result, at } = await load({ rate: '500/s', duration: '1s', pace: 'timer' })
    assert.equal(result.messages.scheduled, 500)
    const lag = medianLag(intendedStarts(evenly(500), 1000), at)
    assert.ok(lag < 200, `${lag} ms`)
  })
})

describe('sessions', () => {
  const opened = (connections: readonly Stamped[]) => {
    const all = connections.map(({ openedAt }) => openedAt).sort((a, b) => a - b)
    return all.map((at) => at - all[0]!)
  }

  for (const mode of [{}, { rate: '200/s' }]) {
    it(`--ramp-up: one by one, ${JSON.stringify(mode)}`, async () => {
      const options = { ...mode, sessions: 10, minSessions: 2, rampUp: '800ms', duration: '1s' }
      const { connections } = await load(options, { slow: 5 })
      const at = opened(connections)
      assert.equal(at.length, 10, at.join(' '))
      for (let i = 2; i < 10; i++) {
        // The two at the foot take a moment to connect.
        assert.ok(at[i]! >= (i - 1) * 100 - 60, `session ${i} came at ${at[i]}`)
      }
      assert.ok(at[4]! < 700, `session 4 came at ${at[4]}`)
    })

    it(`--ramp-down: one by one by QUIT, ${JSON.stringify(mode)}`, async () => {
      const options = { ...mode, sessions: 10, minSessions: 2, rampDown: '800ms', duration: '1s' }
      const { result, connections } = await load(options, { slow: 5 })
      assert.ok(connections.every(({ quit }) => quit))
      assert.equal(result.sessions.lost, 0)
      const first = Math.min(...connections.map(({ openedAt }) => openedAt))
      const left = connections.map(({ closedAt }) => closedAt - first).sort((a, b) => a - b)
      for (const [i, at] of left.entries()) {
        assert.ok(at >= Math.min(1000, 200 + i * 100) - 60, `one left at ${at}, as number ${i}`)
      }
      assert.ok(left[4]! < 950, `the fifth left at ${left[4]}`)
    })
  }

  it('what is late at the end is dropped, and nobody connects for it any more', async () => {
    const options = { rate: '5k/s', sessions: 4, workers: 1, duration: '505ms' }
    const { result, connections } = await load(options, { slow: 5 })
    assert.ok(result.messages.dropped > 1000, `${result.messages.dropped} dropped`)
    assert.equal(connections.length, 4)
  })

  it('in bursts they come again', async () => {
    await using server = await StampingServer.start({ slow: 5 })
    const ramp = { from: 1, upMs: 0, downMs: 0, bursts: { everyMs: 500, forMs: 150 } }
    const load = { messages: null, durationMs: 1400, sessions: 6, ramp, drainMs: 1000 }
    const result = await startSource(planAt(server, { load, workers: 2 })).result
    assert.equal(result.messages.failed, 0)
    const { connections } = server
    const first = Math.min(...connections.map(({ openedAt }) => openedAt))
    const came = [0, 0, 0]
    for (const { openedAt } of connections) came[Math.round((openedAt - first) / 500)]!++
    assert.deepEqual(came, [6, 5, 5])
    assert.ok(connections.every(({ quit }) => quit))
    // All but one are away between bursts.
    const at = first + 400
    assert.equal(connections.filter(({ openedAt, closedAt }) => openedAt < at && closedAt > at).length, 1)
  })

  it('--ramp-up ends early when there is nothing left to send', async () => {
    const { result } = await load({ sessions: 10, minSessions: 2, rampUp: '60s', messages: 20 })
    assert.equal(result.messages.accepted, 20)
  })
})

describe('--warmup', () => {
  it('is no part of the result', async () => {
    const { result, at } = await load({ rate: '300/s', warmup: '600ms', duration: '1500ms' })
    near(at.length, 450, 'sent')
    assert.ok(result.messages.asked! > 200 && result.messages.asked! <= 270, `${result.messages.asked} asked`)
    near(result.messages.accepted, 270, 'counted')
    assert.ok(result.messages.accepted < at.length - 100, `${result.messages.accepted} of ${at.length}`)
    assert.ok(result.elapsedMs > 600 && result.elapsedMs < 1400, `${result.elapsedMs}`)
    assert.ok(result.sessions.connects < result.sessions.asked, `${result.sessions.connects} connected after it`)
    const dots = result.replies.find(({ verb }) => verb === 'dot')!.count
    near(dots, 270, 'replies')
  })

  it('slow beginnings do not show', async () => {
    await using server = await ScriptedServer.start({
      rules: [{ stage: 'dot', nth: 1, do: [{ wait: 400 }, 'normal'] }],
    })
    const options = { target: server.address, sessions: 2, workers: 1, duration: '1500ms', delay: '20ms' }
    const all = (await runLoad(options)) as Seen['result']
    assert.ok(slowest(all) >= 390, `${slowest(all)}`)
    const warmed = (await runLoad({ ...options, warmup: '700ms' })) as Seen['result']
    assert.ok(slowest(warmed) < 300, `${slowest(warmed)}`)
  })

  it('a run that ends within it says so', async () => {
    const { result, at } = await load({ messages: 5, warmup: '10s' })
    assert.equal(at.length, 5)
    assert.equal(result.messages.scheduled, 0)
  })
})

describe('--backoff', () => {
  const opened = async (script: Parameters<typeof ScriptedServer.start>[0], options: Omit<LoadOptions, 'target'>) => {
    await using server = await ScriptedServer.start(script)
    await runLoad({ target: server.address, sessions: 1, workers: 1, ...options })
    await server.quiet()
    return gapsOf(server.records.map(({ openedAt }) => openedAt))
  }
  const waits = (gaps: readonly number[], least: readonly number[]) => {
    assert.equal(gaps.length, least.length)
    for (const [i, gap] of gaps.entries()) assert.ok(gap >= least[i]! - GRAIN_MS, `gap ${i}: ${gap} of ${least[i]} ms`)
  }

  it('after 421: longer each time, up to the last', async () => {
    const rules = [{ stage: 'greeting' as const, do: [{ reply: '421 4.7.0 too many' }, 'close' as const] }]
    waits(await opened({ rules }, { messages: 6, backoff: '40ms..200ms' }), [40, 80, 160, 200, 200])
  })

  it('after a close without a greeting', async () => {
    const rules = [{ stage: 'greeting' as const, do: ['close' as const] }]
    waits(await opened({ rules }, { messages: 4, backoff: '50ms' }), [50, 50, 50])
  })

  it('from the beginning once a message was taken', async () => {
    const no = { stage: 'greeting' as const, do: [{ reply: '421 4.7.0 too many' }, 'close' as const] }
    const full = { stage: 'mail' as const, nth: 2, do: [{ reply: '421 4.7.0 enough' }, 'close' as const] }
    const rules = [1, 2, 3].map((connection) => ({ ...no, connection })).concat({ ...no, connection: 5 })
    const gaps = await opened({ rules: [...rules, full] }, { messages: 8, pipelining: 'off', backoff: '60ms..2s' })
    waits(gaps, [60, 120, 240, 60, 120])
    assert.ok(gaps[3]! < 240, `${gaps[3]}`)
  })
})

describe('waits and retries', () => {
  it('--exp-delay: what the seed draws', async () => {
    const { at } = await load({ sessions: 1, workers: 1, messages: 20, expDelay: '20ms', seed: 'abcd' })
    const rng = new Rng(seedOf('abcd', 0))
    for (const gap of gapsOf(at)) {
      const wait = rng.exponential() * 20
      assert.ok(gap >= Math.floor(wait) - GRAIN_MS, `${gap} of ${wait} ms`)
    }
    assert.ok(new Set(gapsOf(at).map(Math.round)).size > 5)
  })

  it('--retry later: the whole payload again', async () => {
    await using server = await ScriptedServer.start({
      rules: [{ stage: 'dot', nth: 1, do: [{ reply: '451 4.3.0 later' }] }],
    })
    const options = { target: server.address, sessions: 1, workers: 1, messages: 3, size: 4000, retry: 'later' }
    const { messages } = await runLoad(options)
    assert.deepEqual([messages.accepted, messages.retried], [3, 1])
    const sizes = server.records.flatMap((record) => record.messages.map(({ octets }) => octets.length))
    assert.equal(sizes.length, 4)
    assert.ok(Math.abs(sizes[3]! - sizes[0]!) <= 2, `${sizes}`)
  })
})
