import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { UsageError } from '#src/base/errors.js'
import { PsWatch, parsePs, parsePsTime } from '#src/watch/ps-watch.js'
import { parseWatchTarget } from '#src/watch/watch-target.js'
import { ForkingServer } from '../peer/forking-server.js'

const skip = spawnSync('ps', ['-ax', '-o', 'pid=']).status === 0 ? false : 'there is no ps'

describe('what ps tells', () => {
  it('is read as Linux and as BSD write it', () => {
    assert.deepEqual(
      parsePs('    1     0   100   200 01:02:03 /sbin/init\n  12     1   3   4  0:01.50 a b\nno row\n'),
      [
        { pid: 1, parent: 0, rss: 102_400, vsz: 204_800, cpuMs: 3_723_000, name: 'init' },
        { pid: 12, parent: 1, rss: 3072, vsz: 4096, cpuMs: 1500, name: 'a b' },
      ],
    )
    assert.equal(parsePsTime('2-00:00:01'), 2 * 86_400_000 + 1000)
    assert.equal(parsePsTime('1'), null)
    fc.assert(fc.property(fc.string(), (text) => parsePs(text).every(({ pid, cpuMs }) => pid >= 0 && cpuMs >= 0)))
  })
})

describe('a server that is watched by ps', { skip }, () => {
  it('has its children, CPU and memory; its end is noticed', async () => {
    await using server = await ForkingServer.start()
    const child = await server.tell('fork')
    const watch = new PsWatch(parseWatchTarget(String(server.pid), '--watch'))
    assert.deepEqual([...watch.pids].sort(), [server.pid, child].sort())
    const sample = watch.sample(0)!
    assert.equal(sample.processes, 2)
    assert.ok(sample.rss > 1e6 && sample.vsz >= sample.rss)
    assert.equal(sample.descriptors, null)
    await server.tell('burn 1100')
    assert.ok(watch.sample(1)!.cpuUserMs >= 1000)
    await server.tell('end')
    await server.kill()
    watch.check(77)
    assert.deepEqual(
      watch.events.map(({ atMs, kind, pid }) => [atMs, kind, pid]),
      [[77, 'died', server.pid]],
    )
    assert.equal(watch.sample(100), null)
    assert.throws(() => new PsWatch(parseWatchTarget('no-such-program', '--watch')), UsageError)
  })
})
