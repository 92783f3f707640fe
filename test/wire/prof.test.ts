import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { built, type Program, run } from '../peer/run-program.js'
import { SinkProcess } from '../peer/sink-process.js'

/** What `npm run prof` starts. */
const PROF: Program = { name: 'prof', command: [process.execPath, built('bin/prof.js')] }

describe('npm run prof', { timeout: 120_000 }, () => {
  it('makes one report of the logs of all threads, after the summary of the run, whose status it passes on', async () => {
    await using sink = await SinkProcess.start(['--reject', 'rcpt:550:1%'])
    const args = ['source', '--workers', '1', '-s', '10', '-m', '5k', '--no-progress', `127.0.0.1:${sink.port}`]
    const { code, stdout, stderr } = await run(PROF, args, { timeoutMs: 100_000 })
    assert.equal(code, 1, 'some were refused')
    // The main thread and the worker.
    assert.equal(stderr.match(/^reading isolate\S+v8\.log /gm)?.length, 2, stderr)
    assert.match(stdout, /^FAIL[\s\S]*5,000[\s\S]*ticks/)
    assert.match(stdout, /^ +\d+ +[\d.]+% .*(worker|net|smtp)\/[\w-]+\.ts:\d+$/m)
  })
})
