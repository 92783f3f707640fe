import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import type { ProfileDocument } from '#src/profile/shape.js'
import { missing, need } from '../peer/distribution.js'
import { built, type Program, run } from '../peer/run-program.js'
import { SinkProcess } from '../peer/sink-process.js'

const STAMPEDE: Program = { name: 'stampede', command: [process.execPath, built('bin/stampede.js')] }

describe('stampede profile with perf', { skip: missing('perf'), timeout: 120_000 }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'stampede-perf-'))
  before(() => need('perf'))
  after(() => rmSync(folder, { recursive: true, force: true }))

  it('has stacks from JavaScript down into the kernel, and those of the server by its port', async () => {
    await using sink = await SinkProcess.start()
    const load = ['source', '--workers', '1', '-s', '10', '--duration', '4s', '--no-progress', `127.0.0.1:${sink.port}`]
    const flags = ['--perf', '--profile-target', `:${sink.port}`, '--out-dir', folder]
    const { code, stderr } = await run(STAMPEDE, ['profile', ...flags, '--', ...load], { timeoutMs: 100_000 })
    assert.equal(code, 0, stderr)
    const { sections } = JSON.parse(readFileSync(join(folder, 'profile.json'), 'utf8')) as ProfileDocument
    const titles = sections.map(({ title }) => title)
    assert.deepEqual(titles.slice(1), [
      'perf: kernel, native code and JavaScript',
      `perf: the server, process ${sink.pid}`,
    ])
    const [, own, server] = sections
    // A function of ours with the kernel below it.
    const mixed = JSON.stringify(own!.flame)
    assert.match(mixed, /"place":"(worker|net)\/[\w-]+\.ts:\d+"/)
    const kernel = ({ modules }: typeof own & {}) => modules.find(({ module }) => module === 'kernel')
    assert.ok(own!.totalUs > 0 && server!.totalUs > 0)
    for (const section of [own!, server!])
      assert.ok(kernel(section) !== undefined, `${section.title} has no kernel in it`)
  })
})
