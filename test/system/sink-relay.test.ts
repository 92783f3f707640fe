import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { type SinkOptions, sink } from '#src/index.js'
import { missing, need } from '../peer/distribution.js'
import { readLedger } from '../peer/ledger.js'
import { inQueue, type NextHop, startRelay } from '../peer/relay.js'
import { ORIGINAL, run } from '../peer/run-program.js'

const reason = missing('postfix', 'postconf', 'smtp-source')
const MANY = 10_000

describe('a real Postfix relays into the sink, and nothing is lost', { skip: reason }, () => {
  const directory = mkdtempSync(join(tmpdir(), 'stampede-relay-'))
  after(() => rmSync(directory, { recursive: true, force: true }))
  before(() => need('postfix', 'postconf', 'smtp-source'))

  const ways: { name: string; sink: SinkOptions; next: Omit<NextHop, 'port'>; messages: number }[] = [
    {
      name: 'over SMTP with STARTTLS',
      sink: { tls: 'starttls' },
      next: { protocol: 'smtp', tls: 'encrypt' },
      messages: MANY,
    },
    {
      name: 'over SMTP with STARTTLS, each on a connection of its own',
      sink: { tls: 'starttls' },
      next: { protocol: 'smtp', tls: 'may', reuse: false },
      messages: 1000,
    },
    { name: 'over LMTP', sink: { lmtp: true }, next: { protocol: 'lmtp' }, messages: MANY },
  ]
  for (const { name, sink: options, next, messages } of ways) {
    it(`${messages.toLocaleString('en')} ${name}`, { timeout: 180_000 }, async (test) => {
      const ledger = join(directory, `${next.protocol}-${messages}`)
      await using target = await sink({ ...options, workers: 2, ledger })
      await using postfix = await startRelay({ ...next, port: target.port })
      const began = performance.now()
      const ran = await run(ORIGINAL, ['-d', '-s', '10', '-m', `${messages}`, postfix.address], { timeoutMs: 90_000 })
      assert.deepEqual({ code: ran.code, stderr: ran.stderr }, { code: 0, stderr: '' })
      const { warnings, ...count } = await postfix.settled(messages, 120_000)
      test.diagnostic(`through both in ${((performance.now() - began) / 1000).toFixed(1)} s`)
      assert.deepEqual(count, { received: messages, queued: messages, sent: messages, removed: messages })
      assert.deepEqual(
        warnings.filter((line) => /: (error|fatal|panic): |lost connection/.test(line)),
        [],
      )
      assert.deepEqual(inQueue(postfix), [])
      await postfix.stop()
      const totals = await target.stop()
      assert.deepEqual([totals.messages, totals.recipients, totals.rejected, totals.active], [messages, messages, 0, 0])
      const secured = totals.tlsFull + totals.tlsResumed
      assert.equal(secured, next.tls === undefined ? 0 : totals.connections)
      assert.equal(totals.tlsFailed, 0)
      if (next.reuse === false) {
        assert.equal(totals.connections, messages)
        // Those that begin together have no session to go on with; a session is good for whichever worker takes it up.
        assert.ok(totals.tlsResumed > messages * 0.9, `${totals.tlsResumed} resumed`)
      }
      const lines = readLedger(ledger)
      assert.equal(lines.length, messages)
      assert.equal(new Set(lines.map(({ messageId }) => messageId)).size, messages, 'each once')
      assert.ok(lines.every(({ messageId }) => messageId !== null))
      assert.equal(new Set(lines.map(({ sha256 }) => sha256)).size, 1, 'the bodies are all the same')
      test.diagnostic(
        `${totals.connections} connections, ${totals.tlsFull} full handshakes, ${totals.tlsResumed} resumed, ${totals.quits} ended by QUIT`,
      )
    })
  }
})
