import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { COUNTERS, Counter } from '#src/measure/series.js'
import type { ArrivalPlan } from '#src/plan/arrivals.js'
import { shares } from '#src/plan/shares.js'
import { startsOf } from '#src/plan/starts.js'
import { Take, Taken } from '#src/smtp/supply.js'
import { Schedule, type ScheduleOptions } from '#src/worker/schedule.js'
import { evenly, planOf } from '../plan/source-plan.js'

type Parts = Partial<Omit<ScheduleOptions, 'starts'>> & {
  /** Even arrivals, so many per second of the run. */
  readonly rate?: number
  readonly arrivals?: ArrivalPlan
  readonly workers?: number
  readonly worker?: number
  readonly sessions?: number
}

/** The schedule of one worker: of the only one, unless told otherwise. */
function make({ rate, arrivals, workers = 1, worker = 0, sessions = workers, ...options }: Parts = {}): {
  schedule: Schedule
  counters: Float64Array
} {
  const counters = new Float64Array(COUNTERS.length)
  const plan = planOf({
    load: { arrivals: arrivals ?? (rate === undefined ? null : evenly(rate)), sessions, messages: null },
    workers,
  })
  const starts = startsOf(shares(plan)[worker]!)
  const all = { messages: null, durationMs: null, retryLater: false, ...options, starts }
  return { schedule: new Schedule(all, counters), counters }
}

/** Starts of all messages, taken by someone who looks every so many milliseconds. */
function starts(schedule: Schedule, until: number, every = 1): number[] {
  const all: number[] = []
  for (let now = 0; now <= until; now += every) {
    for (let start = schedule.take(now); start >= 0; start = schedule.take(now)) all.push(start)
  }
  return all
}

test('closed loop: a message whenever one is asked for, up to the number', () => {
  const { schedule } = make({ messages: 3 })
  assert.deepEqual([schedule.take(0.5), schedule.take(0.5), schedule.take(7)], [0.5, 0.5, 7])
  assert.equal(schedule.taken, Taken.fresh)
  assert.equal(schedule.take(7), Take.over)
  assert.equal(schedule.exhausted(7), true)
  assert.equal(schedule.backlog(1000), 0)
})

test('closed loop: until the time is over', () => {
  const { schedule } = make({ durationMs: 1000 })
  for (let i = 0; i < 10_000; i++) assert.equal(schedule.take(999.9), 999.9)
  assert.equal(schedule.take(1000), Take.over)
  assert.equal(schedule.exhausted(999), false)
  assert.equal(schedule.exhausted(1000), true)
})

test('whichever of number and time comes first', () => {
  const few = make({ messages: 2, durationMs: 1000 }).schedule
  assert.deepEqual([few.take(1), few.take(2), few.take(3)], [1, 2, Take.over])
  const short = make({ messages: 2, durationMs: 1000 }).schedule
  assert.deepEqual([short.take(1), short.take(1000)], [1, Take.over])
})

test('open loop: due at its moment, not before, and due it stays however late it is taken', () => {
  const { schedule } = make({ rate: 100, messages: 4 })
  assert.equal(schedule.take(0), 0)
  assert.equal(schedule.take(9.99), Take.later)
  assert.equal(schedule.due(), 10)
  assert.equal(schedule.take(10), 10)
  assert.equal(schedule.take(55), 20)
  assert.equal(schedule.take(55), 30)
  assert.equal(schedule.take(55), Take.over)
})

test('open loop: what is due and not taken is the backlog', () => {
  const { schedule } = make({ rate: 100, messages: 10 })
  assert.equal(schedule.backlog(0), 0)
  assert.equal(schedule.backlog(5), 1)
  assert.equal(schedule.backlog(15), 2)
  assert.equal(schedule.take(15), 0)
  assert.equal(schedule.backlog(15), 1)
  assert.equal(schedule.backlog(1e9), 9)
  const timed = make({ rate: 100, durationMs: 50 }).schedule
  assert.equal(timed.backlog(1e9), 5)
})

test('open loop: nothing starts at or after the end', () => {
  const { schedule } = make({ rate: 100, durationMs: 50 })
  assert.deepEqual(starts(schedule, 49.9, 0.1), [0, 10, 20, 30, 40])
  assert.equal(schedule.take(49.95), Take.over)
  assert.equal(schedule.take(60), Take.over)
  const { schedule: late } = make({ rate: 100, durationMs: 50 })
  assert.equal(late.take(50), Take.over)
})

test('the workers together keep the rate, evenly', () => {
  for (const [workers, rate, sessions] of [
    [1, 1000, 1],
    [2, 100, 2],
    [2, 100, 3],
    [3, 100, 200],
    [4, 1000, 7],
    [7, 70, 8],
  ] as const) {
    const all = Array.from({ length: workers }, (_, worker) =>
      starts(make({ rate, workers, worker, sessions, durationMs: 1000 }).schedule, 999),
    ).flat()
    all.sort((a, b) => a - b)
    assert.equal(all.length, rate, `${workers} workers`)
    for (let i = 0; i < all.length; i++)
      assert.ok(Math.abs(all[i]! - (i * 1000) / rate) < 1e-6, `${workers} workers, start ${i}`)
  }
})

test('the workers together schedule what the rate and the time say, taken or not', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 16 }),
      fc.integer({ min: 1, max: 5000 }),
      fc.integer({ min: 1, max: 60 }),
      (workers, rate, seconds) => {
        let scheduled = 0
        for (let w = 0; w < workers; w++) {
          const { schedule, counters } = make({ rate, workers, worker: w, durationMs: seconds * 1000 })
          schedule.stop(seconds * 1000)
          assert.equal(counters[Counter.scheduled], counters[Counter.dropped])
          scheduled += counters[Counter.scheduled]!
        }
        assert.equal(scheduled, rate * seconds)
      },
    ),
    { numRuns: 1000, seed: 21 },
  )
})

const rates = fc.double({ min: 0.5, max: 3000, noNaN: true })
const stage = fc.record({
  from: fc.oneof(fc.constant(0), rates),
  to: fc.oneof(fc.constant(0), rates),
  ms: fc.integer({ min: 1, max: 1000 }),
})
const burst = fc.record({
  rate: rates,
  everyMs: fc.integer({ min: 50, max: 500 }),
  forMs: fc.integer({ min: 1, max: 49 }),
})
const arrivalPlans: fc.Arbitrary<ArrivalPlan> = fc.record({
  shape: fc.oneof(
    fc.record({ kind: fc.constant('constant' as const), rate: rates }),
    fc.record({ kind: fc.constant('stages' as const), stages: fc.array(stage, { minLength: 1, maxLength: 4 }) }),
    fc.record({
      kind: fc.constant('sine' as const),
      mean: fc.constant(1000),
      amplitude: fc.double({ min: 0, max: 1000, noNaN: true }),
      periodMs: fc.integer({ min: 20, max: 5000 }),
    }),
  ),
  burst: fc.option(burst),
  process: fc.constantFrom('even', 'poisson'),
  late: fc.constant('queue'),
  pace: fc.constant('exact'),
})

test('the same number whether all are taken in time or none', () => {
  fc.assert(
    fc.property(
      arrivalPlans,
      fc.integer({ min: 1, max: 5 }),
      fc.integer({ min: 1, max: 3000 }),
      (arrivals, workers, durationMs) => {
        const parts = { arrivals, durationMs, workers, worker: workers - 1, sessions: workers + 1 }
        const taken = make(parts)
        let count = 0
        for (let now = taken.schedule.due(); !taken.schedule.exhausted(now); now = taken.schedule.due()) {
          assert.equal(taken.schedule.take(now), now)
          count++
        }
        const never = make(parts)
        never.schedule.stop(durationMs)
        assert.equal(never.counters[Counter.dropped], count)
        taken.schedule.stop(durationMs)
        assert.equal(taken.counters[Counter.dropped], 0)
      },
    ),
    { numRuns: 500, seed: 22 },
  )
})

test('what is given back comes first, and is not new', () => {
  const { schedule } = make({ messages: 2 })
  schedule.take(1)
  schedule.giveBack(Taken.fresh)
  assert.equal(schedule.take(5), 5)
  assert.equal(schedule.taken, Taken.again)
  assert.equal(schedule.take(6), 6)
  assert.equal(schedule.taken, Taken.fresh)
  assert.equal(schedule.take(6), Take.over)
  schedule.giveBack(Taken.again)
  assert.equal(schedule.take(7), 7)
  assert.equal(schedule.taken, Taken.again)
})

test('open loop: what is given back need not wait for its time', () => {
  const { schedule } = make({ rate: 1, messages: 2 })
  schedule.take(0)
  schedule.giveBack(Taken.fresh)
  assert.equal(schedule.take(3), 3)
  assert.equal(schedule.take(3), Take.later)
})

test('retries come at the end, once each', () => {
  const { schedule } = make({ messages: 3, retryLater: true })
  schedule.take(1)
  assert.equal(schedule.retryLater(), true)
  schedule.take(2)
  assert.equal(schedule.taken, Taken.fresh)
  schedule.take(2)
  assert.equal(schedule.taken, Taken.fresh)
  assert.equal(schedule.take(3), 3)
  assert.equal(schedule.taken, Taken.retry)
  assert.equal(schedule.owed, false)
  schedule.giveBack(Taken.retry)
  assert.equal(schedule.owed, true)
  assert.equal(schedule.take(4), 4)
  assert.equal(schedule.taken, Taken.retry)
  assert.equal(schedule.take(4), Take.over)
})

test('retries after the time is over', () => {
  const { schedule } = make({ durationMs: 10, retryLater: true })
  schedule.take(1)
  schedule.retryLater()
  assert.equal(schedule.take(9), 9)
  assert.equal(schedule.taken, Taken.fresh)
  assert.equal(schedule.take(11), 11)
  assert.equal(schedule.taken, Taken.retry)
  assert.equal(schedule.take(11), Take.over)
})

test('no retries unless asked for', () => {
  const { schedule } = make({ messages: 1 })
  schedule.take(0)
  assert.equal(schedule.retryLater(), false)
  assert.equal(schedule.take(0), Take.over)
})

test('stop: what is owed is dropped, what was never due is not counted', () => {
  const { schedule, counters } = make({ rate: 100, messages: 1000, retryLater: true })
  for (let i = 0; i < 3; i++) schedule.take(100)
  schedule.giveBack(Taken.fresh)
  assert.equal(schedule.retryLater(), true)
  schedule.stop(95)
  // Due at 0, 10 … 90: ten, of which three were taken.
  assert.equal(counters[Counter.scheduled], 7)
  assert.equal(counters[Counter.dropped], 7 + 1 + 1)
  assert.equal(schedule.take(95), Take.over)
  assert.equal(schedule.exhausted(95), true)
  assert.equal(schedule.retryLater(), false)
  schedule.stop(1000)
  assert.equal(counters[Counter.dropped], 9)
})

test('stop in a closed loop drops nothing but what was given back', () => {
  const { schedule, counters } = make({ messages: 10 })
  schedule.take(0)
  schedule.take(0)
  schedule.giveBack(Taken.fresh)
  schedule.stop(1)
  assert.deepEqual([counters[Counter.scheduled], counters[Counter.dropped]], [0, 1])
  assert.equal(schedule.take(1), Take.over)
})

test('late: what nobody is free for is dropped, counted twice over', () => {
  const { schedule, counters } = make({ rate: 100, messages: 3 })
  schedule.drop()
  assert.equal(schedule.due(), 10)
  assert.equal(schedule.take(10), 10)
  schedule.drop()
  assert.equal(schedule.exhausted(20), true)
  schedule.stop(1000)
  assert.deepEqual([counters[Counter.scheduled], counters[Counter.dropped], counters[Counter.droppedLate]], [2, 2, 2])
})

test('each message at its own moment; after the last there is none', () => {
  const shape = { kind: 'offsets', offsetsMs: Float64Array.of(1.5, 3, 3, 100), file: 'f' } as const
  const { schedule } = make({ arrivals: { ...evenly(1), shape } })
  assert.deepEqual([schedule.take(1), schedule.take(2), schedule.take(3)], [Take.later, 1.5, 3])
  assert.equal(schedule.backlog(50), 1)
  assert.deepEqual([schedule.take(100), schedule.take(100)], [3, 100])
  assert.equal(schedule.exhausted(100), true)
  assert.equal(schedule.take(100), Take.over)
})
