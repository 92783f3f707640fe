import assert from 'node:assert/strict'
import { test } from 'node:test'
import { planOfSource } from '#src/cli/library.js'
import { run, sink } from '#src/index.js'
import { Counter } from '#src/measure/series.js'
import type { SourcePool } from '#src/pool/source-pool.js'
import { Job } from '#src/run/job.js'
import { runSource } from '#src/run/source.js'
import { eventually } from '../peer/kernel.js'
import { ScriptedServer } from '../peer/scripted-server.js'
import { addsUp } from './adds-up.js'

/** A server that takes content and never says what became of it. */
function silent(): Promise<ScriptedServer> {
  return ScriptedServer.start({ extensions: ['PIPELINING'], rules: [{ stage: 'dot', do: ['mute'] }] })
}

function bodies(server: ScriptedServer): number {
  return server.records.reduce((sum, record) => sum + record.commands.filter((line) => line === 'DATA').length, 0)
}

test('stop: what is under way is finished, and nothing new begins', async () => {
  await using target = await sink()
  const job = run({ target: target.address, sessions: 4, workers: 2, duration: '60s' })
  await eventually('1,000 messages', () => target.totals().messages >= 1000)
  job.stop()
  const result = await job
  addsUp(result)
  assert.equal(result.messages.accepted, result.messages.scheduled)
  assert.equal(target.totals().messages, result.messages.accepted)
  assert.equal(result.sessions.done, 4)
  assert.equal(result.passed, true)
})

test('stop with no time to drain: what is under way has failed, as stopped', async () => {
  await using target = await silent()
  const job = run({ target: target.address, sessions: 3, messages: 100, pipelining: 'off' })
  await eventually('three bodies', () => bodies(target) === 3)
  job.stop({ drain: '0s' })
  const result = await job
  addsUp(result)
  assert.equal(result.messages.scheduled, 3)
  assert.equal(result.messages.failed, 3)
  assert.deepEqual(
    result.errors.map(({ error, after, count }) => [error, after, count]),
    [['stopped', 'dot', 3]],
  )
  assert.equal(result.passed, false)
})

test('stop with too little time to drain ends when it is over', async () => {
  await using target = await silent()
  const job = run({ target: target.address, sessions: 2, messages: 100, drain: '60s' })
  await eventually('two bodies', () => bodies(target) >= 2)
  job.stop({ drain: '50ms' })
  const result = await job
  addsUp(result)
  assert.equal(result.messages.accepted, 0)
  assert.equal(result.errors[0]!.error, 'stopped')
})

test("stop without a time has the plan's", async () => {
  await using target = await silent()
  const job = run({ target: target.address, messages: 1, drain: '20ms' })
  await eventually('a body', () => bodies(target) === 1)
  job.stop()
  const result = await job
  addsUp(result)
  assert.equal(result.messages.failed, 1)
})

test('a drain that is cut short', async () => {
  await using target = await silent()
  const job = run({ target: target.address, messages: 1 })
  await eventually('a body', () => bodies(target) === 1)
  job.stop({ drain: '60s' })
  job.stop({ drain: '0s' })
  const result = await job
  addsUp(result)
  assert.equal(result.messages.failed, 1)
})

test('stop before it began, and after it ended', async () => {
  await using target = await sink()
  for (const how of [{ drain: '0s' }, {}]) {
    const job = run({ target: target.address, sessions: 2, duration: '60s' })
    job.stop(how)
    const result = await job
    addsUp(result)
    job.stop(how)
    assert.equal((await job).messages.scheduled, result.messages.scheduled)
  }
})

test('stop in the open loop: what was due and found nobody free is dropped', async () => {
  await using target = await silent()
  let pool: SourcePool | undefined
  const options = { target: target.address, sessions: 2, rate: '1000/s', duration: '60s', pipelining: 'off' }
  const job = new Job(planOfSource(options), { onPool: (made) => (pool = made) })
  await eventually('two bodies', () => bodies(target) === 2)
  await eventually('mail that waits', () => pool!.board.total(Counter.backlog) > 0)
  job.stop(0)
  const result = await job
  addsUp(result)
  assert.equal(result.messages.failed, 2)
  assert.ok(result.messages.dropped > 0)
})

test('stop while sessions pause between messages', async () => {
  await using target = await sink()
  const job = run({ target: target.address, sessions: 3, messages: 100, delay: '60s' })
  await eventually('three messages', () => target.totals().messages === 3)
  job.stop()
  const result = await job
  addsUp(result)
  assert.equal(result.messages.accepted, 3)
  assert.equal(result.sessions.done, 3)
})

test('stop while sessions are held', async () => {
  await using target = await sink()
  const job = run({ target: target.address, sessions: 3, messages: 3, until: 'ehlo', hold: '60s' })
  await eventually('three connections', () => target.totals().active === 3)
  await eventually('three hellos', () => target.totals().commands === 3)
  job.stop()
  const result = await job
  addsUp(result)
  assert.equal(result.unit, 'handshakes')
  assert.ok(result.messages.accepted <= 3)
})

test('signals: one drains, the other ends at once', async () => {
  await using target = await silent()
  const drain = new AbortController()
  const now = new AbortController()
  const plan = planOfSource({ target: target.address, sessions: 2, messages: 10, drain: '60s', pipelining: 'off' })
  const running = runSource(plan, { signal: drain.signal, now: now.signal })
  await eventually('two bodies', () => bodies(target) === 2)
  drain.abort()
  now.abort()
  const result = await running
  addsUp(result)
  assert.equal(result.messages.failed, 2)
})

test('a signal that was given before', async () => {
  await using target = await sink()
  const plan = planOfSource({ target: target.address, sessions: 2, duration: '60s' })
  const result = await runSource(plan, { signal: AbortSignal.abort() })
  addsUp(result)
})
