import assert from 'node:assert/strict'
import { before, describe, it } from 'node:test'
import { missing, need } from '../peer/distribution.js'
import { type LoadOptions, runCommand, runLoad } from '../peer/load.js'
import { ORIGINAL, run, SINK } from '../peer/run-program.js'
import { CountingSink, type SinkOptions } from '../peer/smtp-sink.js'

/** Prime, so that no number of sessions or workers divides it. */
const MESSAGES = 3001
const SESSIONS = [1, 7, 100, 1000]
const reason = missing('smtp-source', 'smtp-sink')

type Listen = NonNullable<SinkOptions['listen']>

/** How the conversation is held, and who can receive it: smtp-sink knows no CHUNKING. */
const WAYS = [
  { name: 'lock-step', protocol: 'smtp', ours: false, options: { pipelining: 'off' } },
  { name: 'pipelined', protocol: 'smtp', ours: false, options: { pipelining: 'require' } },
  { name: 'LMTP lock-step', protocol: 'lmtp', ours: false, options: { pipelining: 'off', lmtp: true } },
  { name: 'LMTP pipelined', protocol: 'lmtp', ours: false, options: { pipelining: 'require', lmtp: true } },
  { name: 'LMTP BDAT', protocol: 'lmtp', ours: true, options: { chunking: 'require', depth: 4, lmtp: true } },
  { name: 'BDAT', protocol: 'smtp', ours: true, options: { chunking: 'require', depth: 4 } },
] as const

interface Run {
  readonly way: (typeof WAYS)[number]
  readonly sessions: number
  readonly workers: number
  readonly reuse: boolean
  readonly listen: Listen
}

/**
 * On TCP all combinations. A unix socket changes nothing but how a connection is opened and closed, so there only what makes a difference to that:
 * reuse or not, few sessions or many, over two workers.
 */
function runs(): Run[] {
  const all: Run[] = []
  for (const way of WAYS) {
    for (const reuse of [true, false]) {
      for (const workers of [1, 2])
        for (const sessions of SESSIONS) all.push({ way, sessions, workers, reuse, listen: 'inet' })
      for (const sessions of [7, 1000]) all.push({ way, sessions, workers: 2, reuse, listen: 'unix' })
    }
  }
  return all
}

describe('the distribution’s smtp-source is counted right, which shows that the receivers are', {
  concurrency: 2,
  skip: reason,
}, () => {
  before(() => need('smtp-source', 'smtp-sink'))
  for (const protocol of ['smtp', 'lmtp'] as const) {
    for (const listen of ['inet', 'unix'] as const) {
      for (const [sessions, reuse] of [
        [1, true],
        [7, false],
        [100, true],
        [1000, false],
      ] as const) {
        it(`${protocol} ${listen} ${sessions} sessions ${reuse ? 'kept' : 'not kept'}`, async () => {
          await using sink = await CountingSink.start({ protocol, listen })
          const flags = [...(protocol === 'lmtp' ? ['-L'] : []), ...(reuse ? ['-d'] : [])]
          const ran = await run(ORIGINAL, [...flags, '-s', `${sessions}`, '-m', `${MESSAGES}`, sink.address], {
            timeoutMs: 60_000,
          })
          assert.deepEqual({ code: ran.code, stderr: ran.stderr }, { code: 0, stderr: '' })
          assert.equal((await sink.stop()).messages, MESSAGES)
        })
      }
    }
  }
})

describe(`${MESSAGES} messages: what was accepted is what the receiver counted`, {
  concurrency: 2,
  skip: reason,
}, () => {
  before(() => need('smtp-source', 'smtp-sink'))
  for (const { way, sessions, workers, reuse, listen } of runs()) {
    const kept = reuse ? 'kept' : 'not kept'
    it(`${way.name}, ${listen}, ${sessions} sessions ${kept}, ${workers} workers`, async () => {
      await using sink = await (way.ours
        ? CountingSink.start({ protocol: way.protocol, listen }, SINK)
        : CountingSink.start({ protocol: way.protocol, listen }))
      const load: LoadOptions = { target: sink.address, messages: MESSAGES, sessions, workers, reuse, ...way.options }
      // Of each way one by the command line; the others without the start of another program.
      const result =
        sessions === 100 && workers === 2
          ? await runCommand(load, 60_000)
          : { code: 0, ...(await runLoad(load, 60_000)) }
      assert.deepEqual([result.code, result.errors], [0, []])
      assert.deepEqual([result.messages.scheduled, result.messages.accepted], [MESSAGES, MESSAGES])
      // One more connection looked whether the sink listens.
      await sink.closed(result.sessions.connected + 1)
      const count = await sink.stop()
      assert.equal(count.messages, MESSAGES)
      assert.equal(count.sessions, result.sessions.connected + 1)
      // Kept: at most one each, and fewer where the messages were gone before all had connected.
      if (reuse) assert.ok(result.sessions.connected <= sessions, `${result.sessions.connected} connections`)
      else assert.equal(result.sessions.connected, MESSAGES)
    })
  }
})
