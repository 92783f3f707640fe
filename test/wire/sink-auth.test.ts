import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { createHmac } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { createTransport } from 'nodemailer'
import { type SinkHandle, type SinkOptions, sink } from '#src/index.js'
import { run, SINK } from '../peer/run-program.js'
import { TlsClient } from '../peer/tls-client.js'

const directory = mkdtempSync(join(tmpdir(), 'stampede-sink-auth-'))
after(() => rmSync(directory, { recursive: true, force: true }))
const USERS = join(directory, 'users')
writeFileSync(USERS, '# who may\nann:secret\njürgen:pass wörd\n')

const MAIL = 'MAIL FROM:<a@b>\r\n'
const base64 = (text: string) => Buffer.from(text).toString('base64')
const plain = (user: string, password: string) => base64(`\0${user}\0${password}`)

async function withSink(options: SinkOptions, body: (target: SinkHandle, client: TlsClient) => Promise<void>) {
  const target = await sink(options)
  let client: TlsClient | undefined
  try {
    client = await TlsClient.connect(target.port)
    assert.deepEqual(await client.hear(1), ['220 smtp-sink ESMTP'])
    await body(target, client)
  } finally {
    client?.destroy()
    await target.stop()
  }
}

describe('AUTH of a sink', () => {
  it('is announced as it was asked for, and not at all unless it was', async () => {
    for (const [auth, announced] of [
      ['all', 'AUTH PLAIN LOGIN CRAM-MD5 XOAUTH2'],
      ['cram-md5,plain', 'AUTH PLAIN CRAM-MD5'],
      ['off', undefined],
    ] as const) {
      await withSink({ auth }, async (_, client) => {
        const line = (await client.hello()).find((one) => one.startsWith('AUTH'))
        assert.equal(line, announced)
        assert.equal(await client.codes('AUTH XOAUTH2\r\n', 1), { all: '334', off: '502' }[auth as string] ?? '504')
      })
    }
  })

  it('takes every mechanism, with the words of RFC 4954', async () => {
    await withSink({ auth: 'all', authUsers: USERS }, async (target, client) => {
      const exchange = async (auth: string, ...answers: readonly ((challenge: string) => string)[]) => {
        let [reply] = await client.say(`${auth}\r\n`, 1)
        for (const answer of answers) {
          assert.ok(reply!.startsWith('334 '), reply)
          ;[reply] = await client.say(`${answer(Buffer.from(reply!.slice(4), 'base64').toString())}\r\n`, 1)
        }
        return reply!
      }
      const digest = (challenge: string) => createHmac('md5', 'secret').update(challenge).digest('hex')
      const token = (user: string, word: string) => base64(`user=${user}\x01auth=Bearer ${word}\x01\x01`)
      const ok = '235 2.7.0 Authentication successful'
      const wrong = '535 5.7.8 Authentication credentials invalid'
      const challenges: string[] = []
      let good = 0
      for (const [expected, auth, ...answers] of [
        [wrong, `AUTH PLAIN ${plain('ann', 'secre')}`],
        [wrong, 'AUTH LOGIN', () => base64('bob'), () => base64('secret')],
        [
          wrong,
          'AUTH CRAM-MD5',
          (challenge: string) => {
            challenges.push(challenge)
            return base64(`ann ${digest(`${challenge}x`)}`)
          },
        ],
        [wrong, `AUTH XOAUTH2 ${token('ann', 'x')}`, () => ''],
        ['501 5.7.0 Authentication cancelled', 'AUTH LOGIN', () => '*'],
        ['501 5.5.2 Cannot decode base64', 'AUTH PLAIN', () => 'a'],
        ['504 5.5.4 Unknown authentication mechanism', 'AUTH NTLM'],
        [ok, `auth plain ${plain('jürgen', 'pass wörd')}`],
        [ok, 'AUTH LOGIN', () => base64('ann'), () => base64('secret')],
        [
          ok,
          'AUTH CRAM-MD5',
          (challenge: string) => {
            challenges.push(challenge)
            return base64(`ann ${digest(challenge)}`)
          },
        ],
        [ok, `AUTH XOAUTH2 ${token('ann', 'secret')}`],
      ] as const) {
        assert.equal(await exchange(auth, ...answers), expected, auth)
        if (expected !== ok) continue
        good++
        // Once is enough (RFC 4954 section 4), and the mail that follows is taken.
        assert.equal(await client.codes(`AUTH PLAIN\r\n${MAIL}RSET\r\n`, 3), '503 250 250')
        client.destroy()
        client = await TlsClient.connect(target.port)
        await client.hear(1)
      }
      client.destroy()
      for (const challenge of challenges) assert.match(challenge, /^<[0-9a-f]{32}\.\d+@smtp-sink>$/)
      assert.equal(new Set(challenges).size, 2)
      const { authOk, authFailed } = await target.stop()
      assert.deepEqual([authOk, authFailed], [good, 7])
    })
  })

  it('accepts everyone where there are no users', async () => {
    await withSink({ auth: 'all' }, async (target, client) => {
      assert.deepEqual(await client.say(`AUTH PLAIN ${plain('who', 'ever')}\r\n`, 1), [
        '235 2.7.0 Authentication successful',
      ])
      assert.equal((await target.stop()).authOk, 1)
    })
  })

  it('is required before mail, when that was asked for', async () => {
    await withSink({ auth: 'plain', authRequired: true }, async (_, client) => {
      assert.equal(await client.codes(`EHLO c\r\nNOOP\r\n${MAIL}RSET\r\n`, 4), '250 250 530 250')
      assert.equal(await client.codes(`AUTH PLAIN ${plain('a', 'b')}\r\n${MAIL}`, 2), '235 250')
      assert.equal(await client.codes('AUTH PLAIN\r\n', 1), '503')
    })
    await withSink({ auth: 'plain' }, async (_, client) => {
      assert.equal(await client.codes(`EHLO c\r\n${MAIL}`, 2), '250 250')
    })
  })

  it('takes a line of the greatest length, and no longer one, cut anywhere', async () => {
    await withSink({ auth: 'plain,login' }, async (_, client) => {
      const longest = plain('u', 'p'.repeat(9000))
      assert.ok(longest.length < 12_288)
      assert.equal(await client.codes(`EHLO c\r\nAUTH PLAIN\r\n${longest}\r\nNOOP\r\n`, 4), '250 334 235 250')
    })
    await withSink({ auth: 'plain' }, async (_, client) => {
      assert.equal(await client.codes('EHLO c\r\nAUTH PLAIN\r\n', 2), '250 334')
      for (let i = 0; i < 20; i++) await new Promise((sent) => client.socket.write('AAAA'.repeat(250), sent))
      assert.deepEqual(await client.say('\r\nNOOP\r\n', 2), [
        '500 5.5.6 Authentication exchange line is too long',
        '250 2.0.0 Ok',
      ])
      assert.equal(await client.codes(`AUTH PLAIN ${plain('a', 'b')}\r\n`, 1), '235')
    })
  })

  it('begins anew after STARTTLS', async () => {
    await withSink({ auth: 'all', tls: 'starttls', authRequired: true }, async (target, client) => {
      const before = `EHLO c\r\nAUTH PLAIN ${plain('a', 'b')}\r\nSTARTTLS\r\n`
      assert.equal(await client.codes(before, 3), '250 235 220')
      await client.secure()
      assert.equal(await client.codes(`EHLO c\r\n${MAIL}`, 2), '250 530')
      assert.equal(await client.codes(`AUTH PLAIN ${plain('a', 'b')}\r\n${MAIL}`, 2), '235 250')
      assert.equal((await target.stop()).authOk, 2)
    })
  })

  for (const method of ['PLAIN', 'LOGIN', 'CRAM-MD5', 'XOAUTH2'] as const) {
    it(`lets nodemailer in, through TLS, with ${method}`, async () => {
      await using target = await sink({ auth: 'all', authUsers: USERS, authRequired: true, tls: 'starttls' })
      const send = async (secret: string) => {
        const auth =
          method === 'XOAUTH2'
            ? { type: 'OAuth2' as const, user: 'ann', accessToken: secret }
            : { user: 'ann', pass: secret }
        const transport = createTransport({
          host: '127.0.0.1',
          port: target.port,
          requireTLS: true,
          tls: { rejectUnauthorized: false },
          authMethod: method,
          auth,
        })
        try {
          await transport.sendMail({ from: 'a@b.example', to: 'c@d.example', subject: 'x', text: 'hello' })
        } finally {
          transport.close()
        }
      }
      await send('secret')
      await assert.rejects(send('wrong'), { code: 'EAUTH' })
      const { messages, authOk, authFailed, tlsFull } = await target.stop()
      assert.deepEqual([messages, authOk, tlsFull], [1, 1, 2])
      assert.ok(authFailed >= 1)
    })
  }

  it('shows its figures when there are any', async () => {
    const args = ['--auth', 'all', '--tls', 'implicit', '-n', '1', '--workers', '1', '127.0.0.1:0']
    const child = spawn(process.execPath, [...SINK.command.slice(1), ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
    try {
      let shown = ''
      child.stdout.on('data', (chunk: Buffer) => {
        shown += chunk
      })
      let port = 0
      for await (const chunk of child.stderr) {
        port = Number(/listening on 127\.0\.0\.1:(\d+)/.exec(String(chunk))?.[1] ?? 0)
        if (port > 0) break
      }
      const client = await TlsClient.connect(port)
      await client.secure()
      const exit = once(child, 'close')
      assert.equal(
        await client.codes(`EHLO c\r\nAUTH PLAIN =\r\nAUTH PLAIN ${plain('a', 'b')}\r\nQUIT\r\n`, 5),
        '220 250 501 235 221',
      )
      await client.end()
      assert.deepEqual(await exit, [0, null])
      assert.match(shown, /^tls {9}1 full handshakes, 0 resumed, 0 failed\nauth {8}1 accepted, 1 refused$/m)
    } finally {
      child.kill('SIGKILL')
    }
  })

  it('is refused where its options contradict each other', async () => {
    const ran = await run(SINK, ['--auth-required', '127.0.0.1:0'])
    assert.deepEqual([ran.code, ran.stdout], [2, ''])
    assert.match(ran.stderr, /^stampede: --auth-required needs AUTH; give [^\n]*\n$/)
  })
})
