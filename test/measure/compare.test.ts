/** Statistics of comparisons, on runs whose truth is known because they are made up. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Rng } from '#src/base/rng.js'
import { blockLength } from '#src/measure/block-length.js'
import { type ComparedFigure, compareEstimates } from '#src/measure/compare.js'
import { estimate } from '#src/measure/estimate.js'
import { type Made, madeCells, normal } from './made-cells.js'

const compared = (a: Made, b: Made, seed = 1) =>
  compareEstimates(estimate([madeCells(seed, a)]), estimate([madeCells(seed + 1000, b)]))
const figure = (figures: readonly ComparedFigure[], name: string) => figures.find((one) => one.name === name)!
const different = (figures: readonly ComparedFigure[]) =>
  figures.filter(({ verdict }) => verdict !== 'no difference' && verdict !== 'unknown')

/** Of equal runs, each compared with each: how many comparisons name any difference, and how many intervals miss the truth, which is 0. */
function falseAlarms(made: Made, runs: number): { readonly alarms: number; readonly missed: number } {
  const estimates = Array.from({ length: runs }, (_, i) => estimate([madeCells(i + 1, made)]))
  const pairs = estimates.flatMap((a, i) => estimates.slice(i + 1).map((b) => compareEstimates(a, b)))
  const intervals = pairs.flat().flatMap(({ interval }) => (interval === null ? [] : [interval]))
  const missed = intervals.filter(([low, high]) => low > 0 || high < 0)
  return {
    alarms: pairs.filter((figures) => different(figures).length > 0).length / pairs.length,
    missed: missed.length / intervals.length,
  }
}

for (const [name, made] of Object.entries<Made>({
  'seconds that know nothing of each other': {},
  'seconds that resemble those before': { memory: 0.6, seconds: 60 },
  'long moods': { memory: 0.85, seconds: 60, spread: 0.06 },
  'few seconds': { seconds: 8, rate: 300 },
})) {
  test(`equal runs are called different hardly ever: ${name}`, () => {
    const { alarms, missed } = falseAlarms(made, 12)
    // The comparisons share runs, so that one strange run makes several.
    assert.ok(alarms <= 0.1, `${alarms} of the comparisons named a difference`)
    assert.ok(missed <= 0.12, `${missed} of the intervals of 95% do not hold the truth`)
  })
}

test('a fifth more or less is found, and called what it is', () => {
  for (let seed = 1; seed <= 3; seed++) {
    const slower = compared({}, { us: 2400, rate: 120 }, seed)
    for (const name of ['accepted', 'response p50', 'response p90'])
      assert.equal(figure(slower, name).verdict, 'worse', `${name}, ${seed}`)
    const faster = compared({}, { us: 1600, rate: 180 }, seed)
    for (const name of ['accepted', 'response p50', 'response p90'])
      assert.equal(figure(faster, name).verdict, 'better', `${name}, ${seed}`)
    const [low, high] = figure(faster, 'accepted').interval!
    assert.ok(low > 0 && high > 25 && low < 35, `${low}..${high}`)
  }
})

test('a tail that grew by a fifth is found though the middle stayed', () => {
  const figures = compared({ rate: 1000, slow: 0.03 }, { rate: 1000, slow: 0.08 })
  assert.equal(figure(figures, 'response p50').verdict, 'no difference')
  assert.equal(figure(figures, 'response p99').verdict, 'worse')
  assert.ok(figure(figures, 'response p99').relative! > 0.1)
})

test('moods that last do not make a verdict of noise: the same spread without memory would', () => {
  const wide = (memory: number) => {
    const figures = compared({ memory, spread: 0.1, seconds: 60 }, { memory, spread: 0.1, seconds: 60 }, 7)
    const [low, high] = figure(figures, 'accepted').interval!
    return high - low
  }
  assert.ok(wide(0.8) > 1.5 * wide(0), `${wide(0.8)} and ${wide(0)}`)
})

test('the more two runs differ among themselves, the less is said of the difference of the sides', () => {
  const sides = (rates: readonly number[]) => estimate(rates.map((rate, i) => madeCells(i + 1, { rate })))
  const steady = compareEstimates(sides([150, 151, 149]), sides([165, 164, 166]))
  assert.equal(figure(steady, 'accepted').verdict, 'better')
  const fickle = compareEstimates(sides([130, 170, 150]), sides([145, 185, 165]))
  assert.equal(figure(fickle, 'accepted').verdict, 'no difference')
  assert.deepEqual([figure(fickle, 'accepted').a! > 149, figure(fickle, 'accepted').b! > 164], [true, true])
})

test('a run compared with itself differs in nothing, and the same files say the same twice', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 1e6 }), fc.integer({ min: 1, max: 20 }), (seed, seconds) => {
      const cells = madeCells(seed, { seconds, rate: 40, memory: 0.3 })
      const figures = compareEstimates(estimate([cells]), estimate([cells]))
      assert.ok(figures.length > 5)
      for (const { difference, relative, verdict } of figures) {
        assert.deepEqual([difference, verdict === 'unknown' || verdict === 'no difference'], [0, true])
        assert.ok(relative === 0 || relative === null)
      }
      assert.deepEqual(compareEstimates(estimate([cells]), estimate([cells])), figures)
    }),
    { numRuns: 15 },
  )
})

test('A and B changed over: differences and verdicts change their sign and nothing else', () => {
  const mirrored = { better: 'worse', worse: 'better' } as Readonly<Record<string, string>>
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 1e6 }), fc.integer({ min: 100, max: 200 }), (seed, rate) => {
      const a = estimate([madeCells(seed, { rate: 100 })])
      const b = estimate([madeCells(seed + 1, { rate, us: 1500 })])
      const there = compareEstimates(a, b, { confidence: 0.95, least: 0 })
      const back = compareEstimates(b, a, { confidence: 0.95, least: 0 })
      assert.equal(there.length, back.length)
      there.forEach((one, i) => {
        const other = back[i]!
        assert.deepEqual([other.a, other.b, other.chance], [one.b, one.a, one.chance])
        assert.equal(other.verdict, mirrored[one.verdict] ?? one.verdict)
        if (one.difference !== null) assert.equal(other.difference, -one.difference || 0)
        if (one.interval !== null)
          assert.deepEqual([...other.interval!], [-one.interval[1] || 0, -one.interval[0] || 0])
      })
    }),
    { numRuns: 10 },
  )
})

test('too few seconds, too few messages, a single greatest one: it says so instead of a verdict', () => {
  const short = compared({ seconds: 7 }, { us: 9000 })
  assert.deepEqual(
    [figure(short, 'accepted'), figure(short, 'response p50')].map(({ verdict, why }) => [verdict, why]),
    Array(2).fill(['unknown', 'not enough seconds to tell']),
  )
  const few = compared({ rate: 12 }, { rate: 12, us: 9000 })
  assert.deepEqual(
    ['response p50', 'response p99', 'response max'].map((name) => [figure(few, name).verdict, figure(few, name).why]),
    [
      ['worse', null],
      ['unknown', 'too few messages to tell'],
      ['unknown', 'one message is no measure'],
    ],
  )
})

test('differences too small to matter are none, however sure', () => {
  const slightly = compared({ spread: 0, rate: 1000 }, { spread: 0, rate: 1008 })
  const { verdict, chance, relative } = figure(slightly, 'accepted')
  assert.deepEqual([verdict, relative, chance! < 0.05], ['no difference', 0.008, true])
})

test('block lengths: 1 without memory, longer with it, and never fewer than four blocks', () => {
  const series = (memory: number, n: number, seed: number) => {
    const rng = new Rng(seed)
    let last = normal(rng)
    return Array.from({ length: n }, () => {
      last = memory * last + normal(rng)
      return last
    })
  }
  const mean = (memory: number) => {
    const lengths = Array.from({ length: 20 }, (_, seed) => blockLength(series(memory, 120, seed)))
    return lengths.reduce((sum, one) => sum + one, 0) / lengths.length
  }
  assert.ok(mean(0) < 2, `${mean(0)}`)
  assert.ok(mean(0.5) > 2 && mean(0.9) > mean(0.5), `${mean(0.5)}, ${mean(0.9)}`)
  assert.deepEqual([blockLength([]), blockLength([1]), blockLength(Array(50).fill(3))], [1, 1, 1])
  fc.assert(
    fc.property(fc.array(fc.double({ noNaN: true, min: -1e9, max: 1e9 }), { maxLength: 60 }), (values) => {
      const length = blockLength(values)
      assert.ok(Number.isInteger(length) && length >= 1 && length <= Math.max(1, values.length / 4))
    }),
  )
})
