// The gate, and the two sides that bring a program to a given message, against our own programs. No counter is needed.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { after, describe, it } from 'node:test'
import { root } from './build.mjs'
import { CASES } from './instructions/cases.mjs'
import { workOf } from './instructions/count.mjs'
import { readDump } from './instructions/dump.mjs'
import { compareRows, parseGate, settle, table } from './instructions/gate.mjs'
import { PausingReceiver } from './instructions/receiver.mjs'
import { Sender } from './instructions/sender.mjs'

const row = (name, median, ours = true) => ({ name, ours, median, spread: 0, byClock: 0, allocator: 12 })

describe('the gate', () => {
  it('takes a share or a percentage', () => {
    assert.equal(parseGate('3%'), 0.03)
    assert.equal(parseGate('0.05'), 0.05)
    for (const wrong of ['', '3', '-1%', '100%', 'x', '3 %']) assert.equal(parseGate(wrong), null)
  })

  it('sees what rose, and only of ours', () => {
    const before = { rows: [row('a', 1000), row('b', 1000), row('c', 1000, false)] }
    const rows = compareRows([row('a', 1029), row('b', 1031), row('c', 2000, false), row('d', 5)], before, 0.03)
    assert.deepEqual(
      rows.map(({ rose }) => rose),
      [false, true, false, false],
    )
    assert.match(table(rows), /\| b \| 1,031 \|.*\| 1,000 \| \+3\.1 % \*\*rose\*\* \|/)
    assert.match(table(rows), /\| d \| 5 \|.*\|\s*\|\s*\|$/m)
  })

  it('settles on the middle, and says how far the runs lie apart', () => {
    assert.deepEqual(settle([103, 100, 101]), { median: 101, spread: 3 / 101 })
    assert.deepEqual(settle([10, 20]), { median: 15, spread: 10 / 15 })
  })

  it('takes the busiest worker of ours, and all threads of another program', () => {
    const threads = new Map([
      [1, { all: 900, allocator: 1 }],
      [2, { all: 10, allocator: 2 }],
      [3, { all: 500, allocator: 3 }],
    ])
    assert.deepEqual(workOf(threads, true), { all: 500, allocator: 3 })
    assert.deepEqual(workOf(threads, false), { all: 1410, allocator: 6 })
    assert.deepEqual(workOf(new Map(), true), { all: 0, allocator: 0 })
  })
})

describe('a dump of callgrind', () => {
  it("tells the allocator's own instructions apart, and counts no call twice", () => {
    const dump = `events: Ir
fn=(1) uv__io_poll
0 100
cfn=(2) malloc
calls=3 0
0 75
cfn=(3) node::malloc_usage
calls=1 0
0 9

fn=(2)
0 30
cfn=(4) _int_malloc.constprop.0
calls=3 0
0 45

fn=(4)
0 45

fn=(3)
0 9

fn=(5) free@@GLIBC_2.2.5
0 6

totals: 190
`
    assert.deepEqual(readDump(dump), { all: 190, allocator: 81 })
  })

  it('of a thread that did nothing is nothing', () => {
    assert.deepEqual(readDump('events: Ir\n\ntotals: 0\n'), { all: 0, allocator: 0 })
  })
})

describe('the other side', () => {
  const children = []
  after(() => {
    for (const child of children) child.kill('SIGKILL')
  })
  const start = (argv) => {
    const child = spawn(argv[0], argv.slice(1), { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] })
    children.push(child)
    return child
  }

  for (const entry of CASES.filter(({ ours, role, tls }) => ours && role === 'source' && !tls)) {
    it(`stops ${entry.name} at the messages it is told`, { timeout: 60_000 }, async () => {
      const receiver = new PausingReceiver(null)
      const child = start(entry.argv(await receiver.listen()))
      await receiver.pauseAt(40)
      const stopped = receiver.messages
      const again = receiver.pauseAt(140)
      receiver.resume()
      await again
      assert.deepEqual([stopped, receiver.messages], [40, 140])
      child.kill('SIGKILL')
      await once(child, 'close')
      receiver.close()
    })
  }

  for (const mode of ['lock-step', 'glued', 'bdat', 'per-message']) {
    it(`sends ${mode} to a sink of ours`, { timeout: 60_000 }, async () => {
      const child = spawn(
        process.execPath,
        ['dist/bin/stampede.js', 'sink', '--json', '--ready-fd', '3', '127.0.0.1:0'],
        { cwd: root, stdio: ['ignore', 'pipe', 'inherit', 'pipe'] },
      )
      children.push(child)
      const [line] = await once(child.stdio[3], 'data')
      const sender = new Sender(Number(/:(\d+)\s*$/.exec(String(line))[1]), mode, false)
      await sender.send(20)
      await sender.send(13)
      sender.close()
      let stdout = ''
      child.stdout.setEncoding('utf8').on('data', (text) => {
        stdout += text
      })
      child.kill('SIGTERM')
      await once(child, 'close')
      assert.equal(JSON.parse(stdout).messages, 33)
    })
  }
})
