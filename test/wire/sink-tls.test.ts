import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import net from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import type tls from 'node:tls'
import { generate } from 'selfsigned'
import { type SinkHandle, type SinkOptions, sink } from '#src/index.js'
import { quickCertificate } from '#src/net/quick-certificate.js'
import { run, SINK } from '../peer/run-program.js'
import { TlsClient } from '../peer/tls-client.js'

const directory = mkdtempSync(join(tmpdir(), 'stampede-sink-tls-'))
const file = (name: string) => join(directory, name)
after(() => rmSync(directory, { recursive: true, force: true }))

type Connect = () => Promise<TlsClient>

async function withSink(options: SinkOptions, body: (target: SinkHandle, connect: Connect) => Promise<void>) {
  const target = await sink(options)
  const clients: TlsClient[] = []
  try {
    await body(target, async () => {
      const client = await TlsClient.connect(target.port)
      clients.push(client)
      return client
    })
  } finally {
    for (const client of clients) client.destroy()
    await target.stop()
  }
}

/** A client that has said EHLO and STARTTLS, and is through the handshake. */
async function startTls(connect: Connect, options?: tls.ConnectionOptions): Promise<TlsClient> {
  const client = await connect()
  assert.deepEqual((await client.hear(1)).length, 1)
  assert.ok((await client.hello()).includes('STARTTLS'))
  assert.deepEqual(await client.say('STARTTLS\r\n', 1), ['220 2.0.0 Ready to start TLS'])
  await client.secure(options)
  return client
}

/** Waits for a figure: a worker counts what a client knows already. */
async function reached(target: SinkHandle, figure: 'tlsFull' | 'tlsResumed' | 'tlsFailed' | 'closed', value: number) {
  for (let tries = 0; tries < 500 && target.totals()[figure] < value; tries++) {
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
  assert.equal(target.totals()[figure], value, figure)
}

const MESSAGE = 'MAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\nDATA\r\nhi\r\n.\r\n'
const CODES = '250 250 354 250'

/** openssl s_client with these words as input; what it printed. */
async function openssl(port: number, args: readonly string[], input: string): Promise<string> {
  const child = spawn('openssl', ['s_client', '-connect', `127.0.0.1:${port}`, ...args], { stdio: 'pipe' })
  const timer = setTimeout(() => child.kill('SIGKILL'), 20_000)
  let text = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      text += chunk.toString('latin1')
    })
  }
  child.stdin.on('error', () => {})
  child.stdin.write(input)
  await once(child, 'close')
  clearTimeout(timer)
  return text
}

describe('STARTTLS of a sink', () => {
  for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
    it(`begins anew after the handshake, with ${version}, and takes mail in a burst`, async () => {
      await withSink({ tls: 'starttls' }, async (target, connect) => {
        const client = await startTls(connect, { minVersion: version, maxVersion: version })
        assert.equal(client.tls?.getProtocol(), version)
        // Everything said before is forgotten, the hello too, and TLS is not offered twice.
        assert.ok(!(await client.hello()).includes('STARTTLS'))
        assert.equal((await client.codes('STARTTLS\r\n', 1))[0], '5')
        assert.equal(await client.codes(`${MESSAGE}${MESSAGE}QUIT\r\nNOOP\r\n`, 9), `${CODES} ${CODES} 221`)
        assert.equal(await client.end(), '')
        const totals = await target.stop()
        assert.deepEqual([totals.messages, totals.quits, totals.closed], [2, 1, 1])
        assert.deepEqual([totals.tlsFull, totals.tlsResumed, totals.tlsFailed], [1, 0, 0])
      })
    })
  }

  it('forgets a transaction that was begun before', async () => {
    await withSink({ tls: 'starttls' }, async (_, connect) => {
      const client = await connect()
      await client.hear(1)
      assert.equal(await client.codes('EHLO c\r\nMAIL FROM:<a@b>\r\nSTARTTLS\r\n', 3), '250 250 220')
      await client.secure()
      assert.equal(await client.codes('RCPT TO:<c@d>\r\n', 1), '503')
    })
  })

  it('discards what came behind STARTTLS in the same segment', async () => {
    await withSink({ tls: 'starttls' }, async (target, connect) => {
      const client = await connect()
      await client.hear(1)
      assert.equal(await client.codes(`EHLO c\r\nSTARTTLS\r\nNOOP\r\n${MESSAGE}`, 2), '250 220')
      await client.secure()
      // The first reply through TLS is the one to this, and there is only one.
      assert.deepEqual(await client.say('VRFY x\r\n', 1), ['252 2.0.0 Cannot verify'])
      assert.equal(await client.codes('QUIT\r\n', 2), '221')
      assert.equal((await target.stop()).messages, 0)
    })
  })

  it('takes no argument, and cuts nothing short when it is refused', async () => {
    await withSink({ tls: 'starttls' }, async (_, connect) => {
      const client = await connect()
      await client.hear(1)
      assert.equal(await client.codes('EHLO c\r\nSTARTTLS now\r\nNOOP\r\n', 3), '250 501 250')
    })
    await withSink({}, async (_, connect) => {
      const client = await connect()
      await client.hear(1)
      assert.ok(!(await client.hello()).includes('STARTTLS'))
      assert.equal(await client.codes('STARTTLS\r\nNOOP\r\n', 2), '502 250')
    })
  })

  it('takes big bodies, by DATA and BDAT', async () => {
    await withSink({ tls: 'starttls' }, async (target, connect) => {
      const client = await startTls(connect)
      const line = `${'x'.repeat(998)}\r\n`
      const body = Buffer.from(line.repeat(3000))
      await client.hello()
      assert.equal(await client.codes('MAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\nDATA\r\n', 3), '250 250 354')
      assert.equal(await client.codes(Buffer.concat([body, Buffer.from('.\r\n')]), 1), '250')
      const head = Buffer.from(`MAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\nBDAT ${body.length} LAST\r\n`)
      const burst = Buffer.concat([head, randomBytes(body.length), Buffer.from('NOOP\r\n')])
      assert.equal(await client.codes(burst, 4), '250 250 250 250')
      const totals = await target.stop()
      assert.equal(totals.messages, 2)
      assert.ok(totals.bytesIn > 2 * body.length)
    })
  })

  it('resumes sessions, whichever worker they began with', async () => {
    for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
      await withSink(
        { tls: 'starttls', workers: 2, tlsMin: version.slice(4), tlsMax: version.slice(4) },
        async (target, connect) => {
          const first = await startTls(connect)
          let session = first.tls!.getSession()
          first.tls!.on('session', (newer) => {
            session = newer
          })
          await first.codes('NOOP\r\n', 1)
          for (let i = 0; i < 8; i++) {
            const client = await startTls(connect, { session: session! })
            assert.equal(client.tls!.isSessionReused(), true)
            assert.equal(await client.codes('NOOP\r\n', 1), '250')
          }
          const totals = await target.stop()
          assert.deepEqual([totals.tlsFull, totals.tlsResumed, totals.tlsFailed], [1, 8, 0])
        },
      )
    }
  })

  it('closes and counts handshakes of garbage, and those that the client breaks off', async () => {
    await withSink({ tls: 'starttls' }, async (target, connect) => {
      const garbage = await connect()
      await garbage.hear(1)
      assert.equal(await garbage.codes('EHLO c\r\nSTARTTLS\r\n', 2), '250 220')
      garbage.socket.write('MAIL FROM:<a@b>\r\n')
      await garbage.end()
      const gone = await connect()
      await gone.hear(1)
      assert.equal(await gone.codes('EHLO c\r\nSTARTTLS\r\n', 2), '250 220')
      gone.destroy()
      const strict = await connect()
      await strict.hear(1)
      await strict.codes('EHLO c\r\nSTARTTLS\r\n', 2)
      await assert.rejects(strict.secure({ rejectUnauthorized: true }), /self-signed certificate/)
      strict.destroy()
      await reached(target, 'closed', 3)
      const { tlsFull, tlsFailed } = target.totals()
      // With TLS 1.3 the server may hear of the third's refusal after its own part is done.
      assert.equal(tlsFull + tlsFailed, 3)
      assert.ok(tlsFailed >= 2)
      assert.equal((await startTls(connect)).tls?.encrypted, true)
    })
  })

  it('gives up a handshake that never ends', async () => {
    await withSink({ tls: 'starttls', timeout: '300ms' }, async (target, connect) => {
      const client = await connect()
      await client.hear(1)
      await client.codes('EHLO c\r\nSTARTTLS\r\n', 2)
      client.socket.write(Buffer.of(22, 3, 1, 2, 0, 1, 0))
      await client.end()
      await reached(target, 'tlsFailed', 1)
      await reached(target, 'closed', 1)
    })
  })

  it('goes together with a receiver model', async () => {
    const burst = `EHLO c\r\n${MESSAGE}QUIT\r\n`
    for (const [model, codes] of [
      [{ drip: '1:1ms' }, `250 ${CODES} 221`],
      [{ slowRead: '10ms' }, `250 ${CODES} 221`],
      [{ delay: 'starttls:20ms' }, `250 ${CODES} 221`],
      [{ delay: 'mail:20ms' }, `250 ${CODES} 221`],
      [{ reject: 'rcpt:550' }, '250 250 550 503'],
      [{ resetAt: 'rcpt' }, ''],
      [{ disconnect: 'dot' }, ''],
    ] as const) {
      await withSink({ tls: 'starttls', workers: 1, ...model }, async (target, connect) => {
        const client = await startTls(connect)
        const heard = await client.codes(burst, codes.split(' ').length)
        assert.equal(heard, codes, JSON.stringify(model))
        if (heard.endsWith('221') || heard === '') await client.end()
        assert.equal((await target.stop()).tlsFull, 1)
      })
    }
  })

  it('speaks to openssl s_client, to the end', async () => {
    await withSink({ tls: 'starttls' }, async (target) => {
      const args = ['-starttls', 'smtp', '-crlf', '-quiet', '-ign_eof']
      const text = await openssl(target.port, args, `EHLO c\n${MESSAGE.replaceAll('\r', '')}QUIT\n`)
      for (const reply of ['250 2.1.0 Ok', '250 2.1.5 Ok', '354 ', '250 2.0.0 Ok', '221 2.0.0 Bye']) {
        assert.ok(text.includes(reply), `${reply} in ${text}`)
      }
      // OpenSSL calls a connection closed without close_notify an error.
      assert.doesNotMatch(text, /unexpected eof|error:0A/)
      assert.equal((await target.stop()).messages, 1)
    })
  })
})

describe('implicit TLS of a sink', () => {
  it('greets after the handshake', async () => {
    await withSink({ listen: 'smtps://127.0.0.1:0' }, async (target, connect) => {
      const client = await connect()
      await client.secure()
      assert.deepEqual(await client.hear(1), ['220 smtp-sink ESMTP'])
      assert.ok(!(await client.hello()).includes('STARTTLS'))
      assert.equal(await client.codes(`${MESSAGE}QUIT\r\n`, 5), `${CODES} 221`)
      assert.equal(await client.end(), '')
      const totals = await target.stop()
      assert.deepEqual([totals.messages, totals.tlsFull, totals.tlsFailed], [1, 1, 0])
    })
  })

  it('says nothing in the clear', async () => {
    await withSink({ tls: 'implicit' }, async (target, connect) => {
      const client = await connect()
      client.socket.write('EHLO c\r\n')
      assert.doesNotMatch(await client.end(), /220/)
      await reached(target, 'tlsFailed', 1)
    })
  })

  it('gives up a client that says nothing, and closes others that are idle', async () => {
    await withSink({ tls: 'implicit', timeout: '300ms' }, async (target, connect) => {
      const silent = await connect()
      const idle = await connect()
      await idle.secure()
      assert.equal((await idle.hear(1)).length, 1)
      await Promise.all([silent.end(), idle.end()])
      await reached(target, 'closed', 2)
      const { tlsFull, tlsFailed, messages } = target.totals()
      assert.deepEqual([tlsFull, tlsFailed, messages], [1, 1, 0])
    })
  })

  it('takes one connection after the other where there is one seat', async () => {
    await withSink({ tls: 'implicit', maxSessions: 1 }, async (_, connect) => {
      const first = await connect()
      await first.secure()
      assert.equal((await first.hear(1)).length, 1)
      const second = await connect()
      const secured = second.secure()
      assert.equal(await first.codes('QUIT\r\n', 1), '221')
      await first.end()
      await secured
      assert.equal(await second.codes('', 1), '220')
    })
  })

  it('speaks LMTP, and on a unix socket', async () => {
    const path = file('socket')
    await using target = await sink({ listen: `unix:${path}`, tls: 'implicit', lmtp: true })
    const socket = net.connect(path)
    await once(socket, 'connect')
    const client = new TlsClient(socket)
    await client.secure()
    const text = `LHLO c\r\n${MESSAGE.replace('DATA', 'RCPT TO:<e@f>\r\nDATA')}QUIT\r\n`
    assert.equal(await client.codes(text, 9), '220 250 250 250 250 354 250 250 221')
    assert.equal((await target.stop()).recipients, 2)
  })

  it('speaks to openssl s_client, to the end', async () => {
    await withSink({ tls: 'implicit', tlsMax: '1.2' }, async (target) => {
      const text = await openssl(target.port, ['-crlf', '-quiet', '-ign_eof'], 'EHLO c\nQUIT\n')
      assert.match(text, /221 2\.0\.0 Bye/)
      assert.doesNotMatch(text, /unexpected eof|error:0A/)
    })
  })
})

describe('certificates of a sink', () => {
  let ca: { cert: string; private: string }
  let client: { cert: string; private: string }

  before(async () => {
    const { cert, key } = await quickCertificate('mx.example')
    const options = { keyType: 'ec', algorithm: 'sha256' } as const
    const authority = [{ name: 'basicConstraints' as const, cA: true }]
    ca = await generate([{ name: 'commonName', value: 'CA' }], { ...options, extensions: authority })
    client = await generate([{ name: 'commonName', value: 'client' }], {
      ...options,
      extensions: [{ name: 'extKeyUsage', clientAuth: true }],
      ca: { key: ca.private, cert: ca.cert },
    })
    const texts = {
      'cert.pem': cert,
      'key.pem': key,
      'ca.pem': ca.cert,
      'other.pem': (await quickCertificate('x')).key,
    }
    for (const [name, text] of Object.entries(texts)) writeFileSync(file(name), text)
  })

  it('are its own where it has some', async () => {
    await withSink({ tls: 'starttls', tlsCert: file('cert.pem'), tlsKey: file('key.pem') }, async (_, connect) => {
      const session = (await startTls(connect)).tls!
      assert.equal(session.getPeerCertificate().subject.CN, 'mx.example')
      assert.equal(session.authorized, false)
    })
  })

  it('are made for its host name where it has none', async () => {
    await withSink({ tls: 'starttls', hostname: 'made.example' }, async (_, connect) => {
      const certificate = (await startTls(connect)).tls!.getPeerX509Certificate()!
      for (const name of ['made.example', 'localhost']) assert.equal(certificate.checkHost(name), name)
      for (const address of ['127.0.0.1', '::1']) assert.equal(certificate.checkIP(address), address)
      assert.equal(certificate.publicKey.asymmetricKeyDetails?.namedCurve, 'prime256v1')
    })
  })

  it('are asked for, and only good ones are let through', async () => {
    await withSink({ tls: 'implicit', tlsClientCa: file('ca.pem') }, async (target, connect) => {
      const good = await connect()
      await good.secure({ cert: client.cert, key: client.private })
      assert.equal(await good.codes('NOOP\r\n', 2), '220 250')
      const without = await connect()
      await without.secure().catch(() => {})
      assert.doesNotMatch(await without.end(), /220/)
      await reached(target, 'closed', 1)
      const { tlsFull, tlsFailed } = target.totals()
      assert.deepEqual([tlsFull, tlsFailed], [1, 1])
    })
  })

  it('that do not fit are refused before anything is opened', async () => {
    const args = ['--tls', 'starttls', '--tls-cert', file('cert.pem'), '--tls-key', file('other.pem'), '127.0.0.1:0']
    const ran = await run(SINK, args)
    assert.equal(ran.code, 2)
    assert.match(
      ran.stderr,
      /^stampede: --tls-key is not the key of the first certificate in --tls-cert; give[^\n]*\n$/,
    )
    assert.equal(ran.stdout, '')
  })
})
