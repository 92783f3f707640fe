import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { before, describe, it } from 'node:test'
import { promisify } from 'node:util'
import { missing, need } from '../peer/distribution.js'
import { type LoadOptions, runCommand } from '../peer/load.js'
import { ORIGINAL, run, SINK } from '../peer/run-program.js'
import { ScriptedServer } from '../peer/scripted-server.js'
import { CountingSink } from '../peer/smtp-sink.js'

const AT_ONCE = 10_000
const ONE_BY_ONE = 100_000
const reason = missing('smtp-source', 'smtp-sink', 'ss')

/** Established connections to a port, from the server's side. */
async function established(port: number): Promise<number> {
  const filter = ['-Htn', 'state', 'established', 'sport', '=', `:${port}`]
  const { stdout } = await promisify(execFile)('/usr/bin/ss', filter, { maxBuffer: 16 << 20 })
  return stdout.split('\n').filter((line) => line !== '').length
}

/** What fails is asked of the distribution's smtp-source too: a machine that cannot do it says nothing of ours. */
async function orTheMachine(what: Promise<void>, original: () => Promise<void>): Promise<void> {
  try {
    await what
  } catch (cause) {
    const [other] = await Promise.allSettled([original()])
    const word = other.status === 'fulfilled' ? 'here smtp-source can' : `nor can smtp-source here (${other.reason})`
    throw new Error(`${word}: ${cause}`, { cause })
  }
}

/** Looks again and again while `work` lasts; the most that was seen. */
async function peakOf(port: number, work: Promise<unknown>): Promise<number> {
  let over = false
  let peak = 0
  const done = () => {
    over = true
  }
  work.then(done, done)
  while (!over) {
    peak = Math.max(peak, await established(port))
    await new Promise((resolve) => setTimeout(resolve, 200))
  }
  return peak
}

describe('10,000 sessions open at once and sending', { skip: reason }, () => {
  before(() => need('smtp-source', 'smtp-sink', 'ss'))

  // Nobody is greeted before all are there: that they are open at the same time is not left to luck.
  async function greetedTogether(client: (address: string) => Promise<void>): Promise<void> {
    await using server = await ScriptedServer.start({
      barrier: AT_ONCE,
      extensions: ['PIPELINING', 'CHUNKING'],
      keep: 0,
    })
    await client(server.address)
    assert.equal(server.peak, AT_ONCE)
    assert.equal(server.records.filter((record) => record.messages.length > 0).length, AT_ONCE)
    assert.equal(server.accepted, 2 * AT_ONCE)
  }

  const byOriginal = () =>
    greetedTogether(async (address) => {
      // Each session waits once after its message, so that none takes more than two.
      const ran = await run(ORIGINAL, ['-d', '-w', '5', '-s', `${AT_ONCE}`, '-m', `${2 * AT_ONCE}`, address], {
        timeoutMs: 110_000,
      })
      assert.deepEqual({ code: ran.code, stderr: ran.stderr }, { code: 0, stderr: '' })
    })

  it('by stampede source', { timeout: 240_000 }, async () => {
    const ours = greetedTogether(async (address) => {
      const load = { target: address, delay: '5s', sessions: AT_ONCE, messages: 2 * AT_ONCE, depth: 1 }
      const result = await runCommand(load, 110_000)
      assert.deepEqual([result.code, result.messages.accepted, result.errors], [0, 2 * AT_ONCE, []])
    })
    await orTheMachine(ours, byOriginal)
  })

  it('from stampede source to stampede sink, each in its own process', { timeout: 120_000 }, async () => {
    await using sink = await CountingSink.start({ sessions: AT_ONCE + 100 }, SINK)
    // Few messages a session with long waits: nobody has gone when the last one has come.
    const load: LoadOptions = { target: sink.address, sessions: AT_ONCE, messages: 3 * AT_ONCE, depth: 1, delay: '5s' }
    const work = runCommand(load, 110_000)
    const peak = await peakOf(sink.port, work)
    const result = await work
    assert.deepEqual([result.code, result.messages.accepted, result.errors], [0, 3 * AT_ONCE, []])
    assert.equal(peak, AT_ONCE)
    assert.equal((await sink.stop()).messages, 3 * AT_ONCE)
  })
})

describe('100,000 connections one after another', { skip: reason }, () => {
  before(() => need('smtp-source', 'smtp-sink', 'ss'))

  async function byOriginal(): Promise<void> {
    await using sink = await CountingSink.start()
    const ran = await run(ORIGINAL, ['-s', '20', '-m', `${ONE_BY_ONE}`, sink.address], { timeoutMs: 110_000 })
    assert.deepEqual({ code: ran.code, stderr: ran.stderr }, { code: 0, stderr: '' })
    assert.equal((await sink.stop()).messages, ONE_BY_ONE)
  }

  async function byOurs(): Promise<void> {
    await using sink = await CountingSink.start()
    const load: LoadOptions = { target: sink.address, sessions: 20, messages: ONE_BY_ONE, reuse: false }
    const result = await runCommand(load, 110_000)
    assert.deepEqual([result.code, result.messages.accepted, result.errors], [0, ONE_BY_ONE, []])
    assert.equal(result.sessions.connected, ONE_BY_ONE)
    assert.equal((await sink.stop()).messages, ONE_BY_ONE)
  }

  it('by stampede source, without running out of ports', { timeout: 240_000 }, () => orTheMachine(byOurs(), byOriginal))
})
