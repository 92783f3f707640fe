import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { addProfile, busyOf, scaleOf } from '#src/profile/attribute.js'
import { type CpuProfile, samplesIn, timesOf, trimmed } from '#src/profile/cpuprofile.js'
import { frameOf, isSystemCall, isWrite } from '#src/profile/frame-of.js'
import { type Frame, functionsOf, modulesOf, totalOf, tree } from '#src/profile/tree.js'

const HOME = 'file:///app/dist/'
const root = () => tree({ name: 'all', kind: 'group', module: '', place: '' })

const node = (id: number, functionName: string, url = '', children: number[] = []) => ({
  id,
  callFrame: { functionName, scriptId: '0', url, lineNumber: url === '' ? -1 : 9, columnNumber: 0 },
  hitCount: 0,
  children,
})

/** A profile of a worker: root → read → write → writeBuffer, idle, garbage collection. */
const NODES = [
  node(1, '(root)', '', [2, 5, 6]),
  node(2, 'read', `${HOME}worker/link.js`, [3]),
  node(3, 'write', `${HOME}net/writer.js`, [4, 7]),
  node(4, 'writeBuffer'),
  node(5, '(idle)'),
  node(6, '(garbage collector)'),
  node(7, 'read', `${HOME}worker/link.js`),
]
const profile = (samples: number[], timeDeltas: number[], startTime = 1000): CpuProfile => ({
  nodes: NODES,
  startTime,
  endTime: startTime + timeDeltas.reduce((sum, delta) => sum + delta, 0),
  samples,
  timeDeltas,
})

describe('a CPU profile', () => {
  it('gives each sample the time until the next one, cut to the span', () => {
    const one = profile([2, 4, 5], [0, 100, 300])
    assert.deepEqual(
      [...timesOf(one, 1000, 1500)],
      [
        [2, 100],
        [4, 300],
        [5, 100],
      ],
    )
    assert.deepEqual(
      [...timesOf(one, 1050, 1200)],
      [
        [2, 50],
        [4, 100],
      ],
    )
    assert.equal(samplesIn(one, 1050, 1500), 2)
  })

  it('is put in order where a sample came late', () => {
    assert.deepEqual(
      [...timesOf(profile([2, 4, 5], [100, 200, -100]), 1100, 1400)],
      [
        [2, 100],
        [5, 100],
        [4, 100],
      ],
    )
  })

  it('can be cut, and then says the same of the span', () => {
    const whole = profile([2, 4, 5, 3], [0, 100, 300, 50])
    const cut = trimmed(whole, 1100, 1600)
    assert.deepEqual([cut.samples, cut.timeDeltas, cut.startTime, cut.endTime], [[4, 5, 3], [0, 300, 50], 1100, 1600])
    assert.deepEqual(timesOf(cut, 1100, 1600), timesOf(whole, 1100, 1600))
  })

  it('never loses or makes time', () => {
    const samples = fc.array(
      fc.record({ id: fc.integer({ min: 1, max: 7 }), delta: fc.integer({ min: -50, max: 5000 }) }),
      {
        minLength: 1,
        maxLength: 60,
      },
    )
    fc.assert(
      fc.property(samples, fc.integer({ min: 0, max: 400_000 }), (list, spanUs) => {
        const one = profile(
          list.map(({ id }) => id),
          list.map(({ delta }) => delta),
        )
        const first = Math.min(...list.map((_, i) => list.slice(0, i + 1).reduce((at, { delta }) => at + delta, 1000)))
        const times = [...timesOf(one, first, first + spanUs).values()]
        const sum = times.reduce((total, us) => total + us, 0)
        assert.ok(Math.abs(sum - spanUs) < 1e-6, `${sum} of ${spanUs}`)
        assert.ok(times.every((us) => us > 0))
      }),
    )
  })
})

describe('sampled time as CPU', () => {
  it('is what it is where nobody waited, and the poll has the rest', () => {
    assert.deepEqual(scaleOf(600, { cpuUs: 1000, waitUs: 0 }), { factor: 1, pollUs: 400 })
  })

  it('shrinks by what the thread waited for a core', () => {
    assert.deepEqual(scaleOf(600, { cpuUs: 500, waitUs: 500 }), { factor: 0.5, pollUs: 200 })
  })

  it('has nothing of the poll where all was seen outside of it', () => {
    assert.deepEqual(scaleOf(1100, { cpuUs: 1000, waitUs: 0 }), { factor: 1000 / 1100, pollUs: 0 })
    assert.deepEqual(scaleOf(0, { cpuUs: 7, waitUs: 3 }), { factor: 1, pollUs: 7 })
  })

  it('adds up to what the thread used, whatever was sampled', () => {
    const figure = fc.integer({ min: 0, max: 1e9 })
    fc.assert(
      fc.property(figure, figure, figure, (busyUs, cpuUs, waitUs) => {
        const { factor, pollUs } = scaleOf(busyUs, { cpuUs, waitUs })
        assert.ok(Math.abs(busyUs * factor + pollUs - cpuUs) <= 1e-6 * Math.max(1, cpuUs))
        assert.ok(factor >= 0 && pollUs >= 0)
      }),
    )
  })

  it('becomes a tree of stacks without the idle ones, scaled, with the poll beside them', () => {
    const one = profile([2, 4, 5, 6, 7], [0, 100, 300, 50, 25])
    const all = root()
    addProfile(all, one, { fromUs: 1000, toUs: 1485 }, { factor: 0.5, pollUs: 33 }, HOME)
    assert.equal(busyOf(one, 1000, 1485), 100 + 300 + 25 + 10)
    assert.equal(totalOf(all), (100 + 300 + 25 + 10) / 2 + 33)
    const rows = functionsOf(all).map(({ name, selfUs, totalUs, module }) => ({ name, selfUs, totalUs, module }))
    assert.deepEqual(rows, [
      { name: 'writeBuffer', selfUs: 150, totalUs: 150, module: 'native functions' },
      // It calls itself, by way of write: counted once.
      { name: 'read', selfUs: 55, totalUs: 205, module: 'stampede worker' },
      { name: '(poll and read)', selfUs: 33, totalUs: 33, module: 'event loop: poll and read' },
      { name: '(garbage collector)', selfUs: 12.5, totalUs: 12.5, module: 'garbage collection' },
      { name: 'write', selfUs: 0, totalUs: 155, module: 'stampede net' },
    ])
    const modules = modulesOf(functionsOf(all))
    assert.equal(
      modules.reduce((sum, { selfUs }) => sum + selfUs, 0),
      totalOf(all),
    )
  })
})

describe('a frame', () => {
  const of = (functionName: string, url: string): Frame =>
    frameOf({ functionName, scriptId: '', url, lineNumber: url === '' ? -1 : 41, columnNumber: 0 }, HOME)

  it('knows whose code it is', () => {
    assert.deepEqual(of('read', `${HOME}worker/link.js`), {
      name: 'read',
      kind: 'ours',
      module: 'stampede worker',
      place: 'worker/link.js:42',
    })
    assert.deepEqual(of('', 'node:net'), { name: '(anonymous)', kind: 'node', module: 'node', place: 'node:net:42' })
    assert.equal(of('run', 'file:///app/node_modules/piscina/dist/worker.js').module, 'npm piscina')
    assert.equal(of('x', 'file:///app/node_modules/@napi-rs/nice/index.js').module, 'npm @napi-rs/nice')
    assert.equal(of('x', 'file:///elsewhere/plan.mjs').module, 'other scripts')
    assert.equal(of('(program)', '').kind, 'native')
  })

  it('knows which functions are system calls', () => {
    assert.ok(isWrite(of('writeBuffer', '')) && isSystemCall(of('connect', '')))
    assert.ok(!isWrite(of('writeBuffer', `${HOME}net/writer.js`)) && !isWrite(of('connect', '')))
  })
})
