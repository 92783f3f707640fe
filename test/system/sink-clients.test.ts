import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { type SinkHandle, type SinkOptions, type SinkTotals, sink } from '#src/index.js'
import { curl, FROM, type Letter, type MailerOptions, mailerPool, swaks, TO } from '../peer/clients.js'
import { missing, need } from '../peer/distribution.js'
import { contentFacts, type LedgerLine, readLedger } from '../peer/ledger.js'
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

/** The same with a ledger kept, and what stands in it. */
async function withLedger(
  options: SinkOptions,
  deliver: (target: SinkHandle) => Promise<unknown>,
): Promise<{ totals: SinkTotals; lines: LedgerLine[] }> {
  const ledger = join(directory, 'ledger')
  rmSync(ledger, { force: true })
  const totals = await into({ ...options, ledger }, deliver)
  return { totals, lines: readLedger(ledger) }
}

function asFile(octets: Buffer): string {
  const path = join(directory, 'letter')
  writeFileSync(path, octets)
  return path
}

const USER = 'someone'
const PASSWORD = 'p:w=\u{f6}rd'
const USERS = join(directory, 'users')
writeFileSync(USERS, `# who may\n${USER}:${PASSWORD}\n`)

/** What came in, in a secured or authenticated way or not. */
function counts({ messages, recipients, connections, tlsFull, tlsResumed, tlsFailed, authOk, authFailed }: SinkTotals) {
  return { messages, recipients, connections, tls: tlsFull + tlsResumed, tlsFailed, authOk, authFailed }
}

const CRLF = Buffer.from('\r\n')
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

  const secured: [string, SinkOptions, string[]][] = [
    ['STARTTLS', { tls: 'starttls' }, ['--tls']],
    ['STARTTLS and --pipeline', { tls: 'starttls' }, ['--tls', '--pipeline']],
    ['TLS from the first octet', { tls: 'implicit' }, ['--tls-on-connect']],
    ['TLS 1.2', { tls: 'starttls', tlsMax: '1.2' }, ['--tls', '--tls-protocol', 'tlsv1_2']],
    ['LMTP and STARTTLS', { tls: 'starttls', lmtp: true }, ['--tls', '--protocol', 'LMTP']],
  ]
  for (const [name, options, words] of secured) {
    it(`${name}: delivers, and is counted`, async () => {
      const totals = await into(options, async ({ port }) => {
        const ran = await swaks(port, words, THREE)
        assert.equal(ran.code, 0, ran.stdout + ran.stderr)
      })
      assert.deepEqual(counts(totals), {
        messages: 1,
        recipients: 3,
        connections: 1,
        tls: 1,
        tlsFailed: 0,
        authOk: 0,
        authFailed: 0,
      })
    })
  }

  for (const mechanism of ['PLAIN', 'LOGIN', 'CRAM-MD5']) {
    for (const tls of [false, true]) {
      it(`AUTH ${mechanism}${tls ? ' behind STARTTLS, pipelined' : ''}: who is known delivers, who is not does not`, async () => {
        const options = { auth: 'all', authUsers: USERS, authRequired: true, tls: 'starttls' }
        const words = ['--auth', mechanism, '--auth-user', USER, ...(tls ? ['--tls', '--pipeline'] : [])]
        const totals = await into(options, async ({ port }) => {
          const good = await swaks(port, [...words, '--auth-password', PASSWORD])
          assert.equal(good.code, 0, good.stdout + good.stderr)
          const bad = await swaks(port, [...words, '--auth-password', `${PASSWORD}x`])
          assert.equal(bad.code, 28, 'its status for AUTH that failed')
          const none = await swaks(port, tls ? ['--tls'] : [])
          assert.equal(none.code, 23, 'its status for MAIL that was refused')
        })
        assert.deepEqual(counts(totals), {
          messages: 1,
          recipients: 1,
          connections: 3,
          tls: tls ? 3 : 0,
          tlsFailed: 0,
          authOk: 1,
          authFailed: 1,
        })
      })
    }
  }
})

describe('curl', { skip: missing('curl') }, () => {
  before(() => need('curl'))

  const letters: [string, Buffer][] = [
    ['a short one', Buffer.from('Subject: x\r\n\r\nhello\r\n')],
    ['one of dots', Buffer.from('.: x\r\n..\r\n.x\r\n\r\n.\r\n..\r\n.x\r\n.\r\n')],
    ['1 MiB without a line end', Buffer.from(`x: y\r\n\r\n${'x'.repeat(1 << 20)}`)],
    [
      'octets of every value',
      Buffer.concat([Buffer.from('x: y\r\n\r\n'), Buffer.from(Array.from({ length: 1024 }, (_, i) => i & 255))]),
    ],
  ]
  for (const [name, octets] of letters) {
    it(`delivers ${name} as it is, and is counted`, async () => {
      const { totals, lines } = await withLedger({}, async ({ port }) => {
        const ran = await curl(`smtp://127.0.0.1:${port}/client.test`, asFile(octets), [], THREE)
        assert.equal(ran.code, 0, ran.stderr)
      })
      assert.deepEqual([totals.messages, totals.recipients, totals.quits, totals.rejected], [1, 3, 1, 0])
      const ended = octets.subarray(-2).equals(CRLF) ? octets : Buffer.concat([octets, CRLF])
      assert.deepEqual(
        lines.map(({ from, to, octets, sha256 }) => ({ from, to, octets, sha256 })),
        [{ from: FROM, to: THREE, ...contentFacts(ended) }],
      )
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

  const secured: [string, string, SinkOptions, string[]][] = [
    ['STARTTLS', 'smtp', { tls: 'starttls' }, ['--ssl-reqd']],
    ['smtps', 'smtps', { tls: 'implicit' }, []],
    ['smtps with TLS 1.2', 'smtps', { tls: 'implicit', tlsMax: '1.2' }, []],
  ]
  for (const [name, scheme, options, words] of secured) {
    it(`${name}: delivers 3 MiB, and is counted`, async () => {
      const totals = await into(options, async ({ port }) => {
        const ran = await curl(
          `${scheme}://127.0.0.1:${port}/client.test`,
          asFile(Buffer.alloc(3 << 20, 'x\r\n.')),
          words,
        )
        assert.equal(ran.code, 0, ran.stderr)
      })
      const { messages, tls, tlsFailed } = counts(totals)
      assert.deepEqual({ messages, tls, tlsFailed }, { messages: 1, tls: 1, tlsFailed: 0 })
    })
  }

  for (const mechanism of ['PLAIN', 'LOGIN', 'CRAM-MD5', 'XOAUTH2']) {
    it(`AUTH ${mechanism}: who is known delivers, who is not does not`, async () => {
      const totals = await into({ auth: 'all', authUsers: USERS, authRequired: true }, async ({ port }) => {
        const attempt = (secret: string) => {
          const given =
            mechanism === 'XOAUTH2' ? ['--user', USER, '--oauth2-bearer', secret] : ['--user', `${USER}:${secret}`]
          const words = [...given, '--login-options', `AUTH=${mechanism}`]
          return curl(`smtp://127.0.0.1:${port}/client.test`, asFile(Buffer.from('x\r\n')), words)
        }
        const good = await attempt(PASSWORD)
        assert.equal(good.code, 0, good.stderr)
        assert.equal((await attempt('wrong')).code, 67, 'its status for a login that was refused')
      })
      const { messages, authOk, authFailed } = counts(totals)
      // With XOAUTH2 curl leaves at the error that comes before the 535, so that the exchange has no end.
      const refused = mechanism === 'XOAUTH2' ? 0 : 1
      assert.deepEqual({ messages, authOk, authFailed }, { messages: 1, authOk: 1, authFailed: refused })
    })
  }
})

/** Letters that can be told from each other, some with dots at the beginning of lines, some long. */
function someLetters(count: number): Letter[] {
  return Array.from({ length: count }, (_, i) => {
    const text = i % 10 === 0 ? '.\r\n..dots\r\n'.repeat(i) : `text ${i}\r\n`
    const header = `Message-ID: <${i}@client.test>\r\nSubject: letter ${i}\r\n\r\n`
    return { to: i % 2 === 0 ? THREE : [TO], raw: Buffer.from(header + text) }
  })
}

describe("nodemailer's pool", () => {
  const ways: [string, SinkOptions, object][] = [
    ['SMTP', {}, {}],
    ['LMTP', { lmtp: true }, { lmtp: true }],
  ]
  for (const [name, options, how] of ways) {
    it(`${name}: 500 mails over five connections, all counted, every one as it was`, async () => {
      const letters = someLetters(500)
      const { totals, lines } = await withLedger(options, ({ port }) => mailerPool(port, letters, 5, how))
      assert.deepEqual(
        [totals.messages, totals.recipients, totals.connections, totals.rejected],
        [500, 250 * 3 + 250, 5, 0],
      )
      const byNumber = (a: LedgerLine, b: LedgerLine) =>
        Number.parseInt(a.messageId!.slice(1), 10) - Number.parseInt(b.messageId!.slice(1), 10)
      assert.deepEqual(
        lines
          .sort(byNumber)
          .map(({ messageId, from, to, octets, sha256 }) => ({ messageId, from, to, octets, sha256 })),
        letters.map(({ to, raw }, i) => ({ messageId: `<${i}@client.test>`, from: FROM, to, ...contentFacts(raw) })),
      )
    })
  }

  const login = { user: USER, pass: PASSWORD }
  const secured: [string, SinkOptions, MailerOptions, number, number][] = [
    ['STARTTLS', { tls: 'starttls' }, { requireTLS: true }, 5, 0],
    ['TLS from the first octet', { tls: 'implicit' }, { secure: true }, 5, 0],
    ['LMTP and STARTTLS', { tls: 'starttls', lmtp: true }, { requireTLS: true, lmtp: true }, 5, 0],
    ['AUTH PLAIN', {}, { auth: login, authMethod: 'PLAIN' }, 0, 5],
    ['AUTH LOGIN', {}, { auth: login, authMethod: 'LOGIN' }, 0, 5],
    ['AUTH CRAM-MD5', {}, { auth: login, authMethod: 'CRAM-MD5' }, 0, 5],
    ['AUTH XOAUTH2', {}, { auth: { type: 'OAuth2', user: USER, accessToken: PASSWORD } }, 0, 5],
    ['STARTTLS and AUTH LOGIN', { tls: 'starttls' }, { requireTLS: true, auth: login, authMethod: 'LOGIN' }, 5, 5],
  ]
  for (const [name, options, how, tls, authOk] of secured) {
    it(`${name}: 100 mails over five connections, all counted`, async () => {
      const letters = someLetters(100).map(({ raw }) => ({ to: [TO], raw }))
      const auth = authOk > 0 ? { auth: 'all', authUsers: USERS, authRequired: true } : {}
      const totals = await into({ ...options, ...auth }, ({ port }) => mailerPool(port, letters, 5, how))
      const all = { messages: 100, recipients: 100, connections: 5, tls, tlsFailed: 0, authOk, authFailed: 0 }
      assert.deepEqual(counts(totals), all)
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
        for (const socket of sessions === 20 ? ['tcp', 'unix'] : ['tcp']) {
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
