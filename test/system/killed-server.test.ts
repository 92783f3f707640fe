import assert from 'node:assert/strict'
import { before, describe, it } from 'node:test'
import { missing, need } from '../peer/distribution.js'
import { runCommand } from '../peer/load.js'
import { CountingSink } from '../peer/smtp-sink.js'

const reason = missing('smtp-sink')

/** Names under which a server that was killed may show: its sockets are reset or closed, and then nobody listens. */
const NAMES = ['connection reset', 'connection closed', 'connection refused']

describe('the server is killed while mail flows', { concurrency: 3, skip: reason || false }, () => {
  before(() => need('smtp-sink'))
  for (const [name, options] of [
    ['lock-step', { pipelining: 'off' }],
    ['pipelined', { pipelining: 'require' }],
    ['a connection per message', { reuse: false }],
  ] as const) {
    it(`${name}: nothing hangs, everything adds up, exit status 1`, async () => {
      await using sink = await CountingSink.start()
      const running = runCommand({ target: sink.address, sessions: 20, messages: 100_000_000, ...options }, 60_000)
      while (sink.count.messages < 500) await new Promise((resolve) => setTimeout(resolve, 10))
      process.kill(sink.pid, 'SIGKILL')
      const { code, messages, errors } = await running
      assert.equal(code, 1)
      assert.ok(messages.accepted >= 500 - 20, `${messages.accepted} accepted`)
      assert.equal(
        messages.accepted + messages.deferred + messages.refused + messages.failed + messages.dropped,
        messages.scheduled,
      )
      assert.ok(messages.failed >= 1)
      for (const { error } of errors) assert.ok(NAMES.includes(error), error)
    })
  }
})
