import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { type SinkHandle, type SinkOptions, type SinkTotals, sink } from '#src/index.js'
import { curl, mailerPool, swaks, TO } from '../peer/clients.js'
import { missing, need } from '../peer/distribution.js'
import { ORIGINAL, run } from '../peer/run-program.js'

const directory = mkdtempSync(join(tmpdir(), 'stampede-clients-'))
after(() => rmSync(directory, { recursive: true, force: true }))

/** Lets a client deliver into a fresh sink; the totals when it has gone. */
async function into(options: SinkOptions, deliver: (target: SinkHandle) => Promise<unknown>): Promise<SinkTotals> {
  const target = await sink({ workers: 2, ...options })
  try {
    await deliver(target)
  } finally {
    await target.stop()
  }
  return target.totals()
}

function asFile(octets: Buffer): string {
  const path = join(directory, 'letter')
  writeFileSync(path, octets)
  return path
}

const THREE = [TO, 'second@sink.test', 'third@sink.test']

describe('swaks', { skip: missing('swaks') }, () => {
  before(() => need('swaks'))

  const ways: [string, SinkOptions, string[], string[]][] = [
    ['step by step', {}, [], [TO]],
    ['with --pipeline', {}, ['--pipeline'], THREE],
    ['with HELO', {}, ['--protocol', 'SMTP'], [TO]],
    ['over LMTP', { lmtp: true }, ['--protocol', 'LMTP'], THREE],
    ['over LMTP with --pipeline', { lmtp: true }, ['--protocol', 'LMTP', '--pipeline'], THREE],
  ]
  for (const [name, options, words, to] of ways) {
    it(`${name}: delivers, and is counted`, async () => {
      const totals = await into(options, async ({ port }) => {
        const ran = await swaks(port, words, to)
        assert.equal(ran.code, 0, ran.stdout + ran.stderr)
      })
      const { messages, recipients, connections, quits, rejected } = totals
      assert.deepEqual(
        { messages, recipients, connections, quits, rejected },
        { messages: 1, recipients: to.length, connections: 1, quits: 1, rejected: 0 },
      )
    })
  }
})

describe('curl', { skip: missing('curl') }, () => {
  before(() => need('curl'))

  const letters: [string, Buffer][] = [
    ['a short one', Buffer.from('Subject: x\r\n\r\nhello\r\n')],
    ['one of dots', Buffer.from('.\r\n..\r\n.x\r\n\r\n.\r\n')],
    ['1 MiB without a line end', Buffer.alloc(1 << 20, 'x')],
    ['octets of every value', Buffer.from(Array.from({ length: 1024 }, (_, i) => i & 255))],
  ]
  for (const [name, octets] of letters) {
    it(`delivers ${name}, and is counted`, async () => {
      const totals = await into({}, async ({ port }) => {
        const ran = await curl(`smtp://127.0.0.1:${port}/client.test`, asFile(octets), [], THREE)
        assert.equal(ran.code, 0, ran.stderr)
      })
      assert.deepEqual([totals.messages, totals.recipients, totals.quits, totals.rejected], [1, 3, 1, 0])
    })
  }

  it('says SIZE, and is told when that is too much', async () => {
    const totals = await into({ maxSize: 1000 }, async ({ port }) => {
      const url = `smtp://127.0.0.1:${port}/client.test`
      const ran = await curl(url, asFile(Buffer.alloc(1001, 'x')), [])
      assert.equal(ran.code, 55, `refused: ${ran.stderr}`)
    })
    assert.deepEqual([totals.messages, totals.rejected], [0, 1])
  })
})

describe("nodemailer's pool", () => {
  const ways: [string, SinkOptions, object][] = [
    ['SMTP', {}, {}],
    ['LMTP', { lmtp: true }, { lmtp: true }],
  ]
  for (const [name, options, how] of ways) {
    it(`${name}: 500 mails over five connections, all counted`, async () => {
      const letters = Array.from({ length: 500 }, (_, i) => ({
        to: i % 2 === 0 ? THREE : [TO],
        subject: `letter ${i}`,
        text: i % 10 === 0 ? '.\n..dots\n'.repeat(i) : `text ${i}`,
      }))
      const totals = await into(options, ({ port }) => mailerPool(port, letters, 5, how))
      assert.deepEqual(
        [totals.messages, totals.recipients, totals.connections, totals.rejected],
        [500, 250 * 3 + 250, 5, 0],
      )
    })
  }
})

describe("Postfix's smtp-source", { skip: missing('smtp-source') }, () => {
  before(() => need('smtp-source'))

  const MANY = 300
  const kinds: [string, string[], number, 'smtp' | 'lmtp'][] = [
    ['', [], 1, 'smtp'],
    ['-N', ['-N'], 1, 'smtp'],
    ['-o', ['-o'], 1, 'smtp'],
    ['-r 5', ['-r', '5'], 5, 'smtp'],
    ['-N -r 5', ['-N', '-r', '5'], 5, 'smtp'],
    ['-l 200000', ['-l', '200000'], 1, 'smtp'],
    ['-L', ['-L'], 1, 'lmtp'],
    ['-L -N -r 5 -l 5000', ['-L', '-N', '-r', '5', '-l', '5000'], 5, 'lmtp'],
  ]
  for (const [label, words, recipients, protocol] of kinds) {
    for (const sessions of [1, 20, 100]) {
      for (const kept of [true, false]) {
        for (const socket of ['tcp', 'unix']) {
          const given = ['-s', `${sessions}`, '-m', `${MANY}`, ...(kept ? ['-d'] : []), ...words]
          it(`${given.join(' ')}${socket === 'unix' ? ', unix socket' : ''}${label === '' ? ', plain' : ''}`, async () => {
            const path = join(directory, 's')
            const listen = socket === 'unix' ? `unix:${path}` : 'inet:127.0.0.1:0'
            const totals = await into({ listen, lmtp: protocol === 'lmtp' }, async (target) => {
              const address = socket === 'unix' ? target.address : `127.0.0.1:${target.port}`
              const ran = await run(ORIGINAL, [...given, address], { timeoutMs: 30_000 })
              assert.deepEqual({ code: ran.code, stderr: ran.stderr }, { code: 0, stderr: '' })
            })
            assert.deepEqual(
              [totals.messages, totals.recipients, totals.rejected, totals.active],
              [MANY, MANY * recipients, 0, 0],
            )
            assert.equal(totals.connections, kept ? sessions : MANY)
            assert.equal(totals.quits, totals.connections)
          })
        }
      }
    }
  }
})
