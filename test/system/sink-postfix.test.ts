import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { sink } from '#src/index.js'
import { type Program, run } from '../peer/run-program.js'

const SMTP_SOURCE: Program = { name: 'smtp-source', command: ['/usr/sbin/smtp-source'] }

describe("Postfix's smtp-source against our sink", () => {
  const directory = mkdtempSync(join(tmpdir(), 'stampede-sink-system-'))
  after(() => rmSync(directory, { recursive: true, force: true }))
  const cases: [string, string, string[], 'smtp' | 'lmtp', number][] = [
    ['kept connections', 'inet', ['-d', '-s', '20', '-m', '2000'], 'smtp', 20],
    ['a connection per message', 'inet', ['-s', '20', '-m', '2000'], 'smtp', 2000],
    ['ten recipients', 'inet', ['-d', '-s', '20', '-m', '2000', '-r', '10'], 'smtp', 20],
    ['100 KiB', 'inet', ['-d', '-s', '5', '-m', '200', '-l', '102400'], 'smtp', 5],
    ['LMTP with three recipients', 'inet', ['-L', '-d', '-s', '20', '-m', '2000', '-r', '3'], 'lmtp', 20],
    ['a unix socket', 'unix', ['-d', '-s', '20', '-m', '2000'], 'smtp', 20],
  ]
  for (const [name, kind, options, protocol, sessions] of cases) {
    it(`${name}: counts what was sent`, async () => {
      const listen = kind === 'unix' ? `unix:${join(directory, 's')}` : 'inet:127.0.0.1:0'
      const target = await sink({ listen, workers: 2, lmtp: protocol === 'lmtp' })
      const address = kind === 'unix' ? target.address : `127.0.0.1:${target.port}`
      const ran = await run(SMTP_SOURCE, ['-c', ...options, address], { timeoutMs: 60_000 })
      const totals = await target.stop()
      assert.equal(ran.code, 0, ran.stderr)
      const messages = Number(options[options.indexOf('-m') + 1])
      const recipients = options.includes('-r') ? Number(options[options.indexOf('-r') + 1]) : 1
      assert.equal(totals.messages, messages)
      assert.equal(totals.recipients, messages * recipients)
      assert.equal(totals.rejected, 0)
      assert.equal(totals.connections, sessions)
      assert.equal(totals.quits, sessions)
      assert.equal(totals.active, 0)
    })
  }

  it('ends by itself after -M messages, and the source is content', async () => {
    const target = await sink({ quitAfterMessages: 500, workers: 2 })
    const ran = await run(SMTP_SOURCE, ['-d', '-s', '10', '-m', '500', `127.0.0.1:${target.port}`], {
      timeoutMs: 30_000,
    })
    const totals = await target.done
    assert.equal(ran.code, 0, ran.stderr)
    assert.equal(totals.messages, 500)
  })
})
