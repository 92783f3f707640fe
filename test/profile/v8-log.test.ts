import assert from 'node:assert/strict'
import { it } from 'node:test'
import { ticksText } from '#src/profile/ticks-text.js'
import { functionsOf, totalOf, tree } from '#src/profile/tree.js'
import { addTicks, bottomUp } from '#src/profile/v8-log.js'

const CODE = [
  { name: '/usr/bin/node', type: 'SHARED_LIB' },
  { name: 'read file:///app/dist/worker/link.js:46:12', type: 'JS', kind: 'Opt' },
  { name: ' node:net:10:3', type: 'JS', kind: 'Unopt' },
  { name: 'uv__read', type: 'CPP' },
  { name: 'LoadIC', type: 'CODE', kind: 'Builtin' },
]
const log = {
  code: CODE,
  ticks: [
    { vm: 0, s: [4, 1, 1, 2, 2, 3] },
    { vm: 0, s: [4, 1, 1, 9, 2, 3] },
    { vm: 0, s: [4, 1, 2, 3] },
    { vm: 6, s: [3, 0] },
    { vm: 6, s: [-1, 12, -1, 13, 1, 2] },
    { vm: 1, s: [1, 2] },
    { vm: 8, s: [0, 1] },
  ],
}

it('ticks of several isolates add up, without the idle ones', () => {
  const root = tree({ name: 'all', kind: 'group', module: '', place: '' })
  const first = addTicks(root, log, 'file:///app/dist/')
  addTicks(root, log, 'file:///app/dist/')
  assert.deepEqual(first, { ticks: 7, idle: 1 })
  assert.equal(totalOf(root), 12)
  assert.deepEqual(
    functionsOf(root).map(({ name, module, selfUs }) => [name, module, selfUs]),
    [
      ['LoadIC', "V8's own code", 6],
      ['uv__read', 'native code', 2],
      ['[unknown]', 'unknown', 2],
      ['(garbage collector)', 'garbage collection', 2],
      ['read', 'stampede worker', 0],
      ['(anonymous)', 'node', 0],
    ],
  )
  const [hottest] = bottomUp(root, 1, 5)
  assert.deepEqual(
    hottest!.callers.map(({ frame, ticks }) => [frame.name, ticks]),
    [
      ['read', 4],
      ['(anonymous)', 2],
    ],
  )
  const text = ticksText(root, { isolates: 2, ticks: 14, idle: 2 })
  assert.match(text, /^14 ticks of 2 isolates, 2 of them idle/)
  assert.match(text, /^ {7}6 +50% {2}LoadIC\n {7}4 +67% {4}read {2}worker\/link\.js:46$/m)
})
