import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { generate } from 'selfsigned'
import { type SinkOptions, sink } from '#src/index.js'
import { quickCertificate } from '#src/net/quick-certificate.js'
import { InjectingServer } from '../peer/injecting-server.js'
import { type LoadOptions, type LoadResult, runLoad } from '../peer/load.js'
import { MailServer } from '../peer/mail-server.js'
import { ScriptedServer } from '../peer/scripted-server.js'

const directory = mkdtempSync(join(tmpdir(), 'stampede-source-tls-'))
const file = (name: string) => join(directory, name)
after(() => rmSync(directory, { recursive: true, force: true }))

const CERT = { tlsCert: file('mx.crt'), tlsKey: file('mx.key') }
const CA = { ca: file('mx.crt') }
/** Client certificates: one whose authority the sink knows, and one that signed itself. */
const KNOWN = { cert: file('client.crt'), key: file('client.key') }
const STRANGER = { cert: file('mx.crt'), key: file('mx.key') }
const VERSIONS = ['1.2', '1.3'] as const
let identity: { cert: string; key: string }

before(async () => {
  identity = await quickCertificate('mx.example')
  const ec = { keyType: 'ec', algorithm: 'sha256' } as const
  const day = 86_400_000
  const expired = await generate([{ name: 'commonName', value: 'localhost' }], {
    ...ec,
    notBeforeDate: new Date(Date.now() - 3 * day),
    notAfterDate: new Date(Date.now() - day),
    extensions: [{ name: 'subjectAltName', altNames: [{ type: 7, ip: '127.0.0.1' }] }],
  })
  const authority = await generate([{ name: 'commonName', value: 'authority' }], {
    ...ec,
    extensions: [{ name: 'basicConstraints', cA: true }],
  })
  const client = await generate([{ name: 'commonName', value: 'client' }], {
    ...ec,
    extensions: [{ name: 'extKeyUsage', clientAuth: true }],
    ca: { key: authority.private, cert: authority.cert },
  })
  const texts = {
    'mx.crt': identity.cert,
    'mx.key': identity.key,
    'expired.crt': expired.cert,
    'expired.key': expired.private,
    'authority.crt': authority.cert,
    'client.crt': client.cert,
    'client.key': client.private,
  }
  for (const [name, text] of Object.entries(texts)) writeFileSync(file(name), text)
})

/** A run against our sink, and what both of them counted. */
async function against(sinkOptions: SinkOptions, options: Omit<LoadOptions, 'target'>) {
  await using target = await sink({ workers: 1, ...CERT, ...sinkOptions })
  const scheme = 'tls' in options ? '' : 'smtps://'
  const result = await runLoad({ workers: 1, target: `${scheme}127.0.0.1:${target.port}`, ...options })
  return { result, totals: await target.stop() }
}

function failures({ errors }: LoadResult): string[] {
  return errors.map(({ error, after, count, sample }) => `${error}, after ${after}, ${count}: ${sample}`)
}

describe('TLS of a source', () => {
  for (const mode of ['starttls', 'implicit'] as const) {
    for (const version of VERSIONS) {
      const tls = { tls: mode, tlsMin: version, tlsMax: version, ...CA }
      for (const [how, wire, sinkWire] of [
        ['glued', {}, {}],
        ['lock-step', { pipelining: 'off' }, {}],
        ['BDAT, 16 transactions in flight', { chunking: 'require', depth: 16 }, {}],
        ['large bodies', { size: '300KiB', messages: 20 }, {}],
        ['large bodies by BDAT', { size: '300KiB', chunking: 'require', depth: 3, messages: 20 }, {}],
        ['LMTP', { lmtp: true, recipients: 3 }, { lmtp: true }],
      ] as const) {
        it(`${mode}, TLS ${version}, ${how}: every octet arrives`, async () => {
          const options = { sessions: 4, messages: 200, ...tls, ...wire }
          const { result, totals } = await against({ tls: mode, ...sinkWire }, options)
          assert.deepEqual(failures(result), [])
          assert.equal(result.messages.accepted, options.messages)
          assert.equal(totals.messages, options.messages)
          assert.equal(result.bytes.out, totals.bytesIn)
          assert.equal(result.bytes.in, totals.bytesOut)
          assert.deepEqual([totals.tlsFull + totals.tlsResumed, totals.tlsFailed], [4, 0])
          assert.deepEqual([result.tls?.full, result.tls?.resumed], [totals.tlsFull, totals.tlsResumed])
        })
      }
    }
  }

  for (const version of VERSIONS) {
    for (const share of [0, 0.3, 1]) {
      it(`resumes ${share * 100}% of the handshakes, TLS ${version}`, async () => {
        const options = { sessions: 2, messages: 100, reuse: false, tlsMax: version, tlsResume: share, ...CA }
        const { result, totals } = await against({ tls: 'starttls' }, { tls: 'starttls', ...options })
        assert.equal(result.messages.accepted, 100)
        assert.deepEqual([result.tls?.full, result.tls?.resumed], [totals.tlsFull, totals.tlsResumed])
        assert.equal(totals.tlsFull + totals.tlsResumed, 100)
        // With all of them, the first of each session has none to resume.
        assert.ok(Math.abs(result.tls!.resumeShare - share) < 0.021, `${result.tls!.resumeShare}`)
      })
    }

    it(`resumes whatever can be when nothing is wished, TLS ${version}`, async () => {
      const options = { sessions: 1, messages: 10, reuse: false, tlsMax: version, ...CA }
      const { totals } = await against({ tls: 'implicit' }, options)
      assert.deepEqual([totals.tlsFull, totals.tlsResumed], [1, 9])
    })
  }

  it('uses TLS on exactly the share of connections that was asked for', async () => {
    const options = { tls: 'starttls', tlsShare: 0.3, sessions: 3, messages: 50, reuse: false, ...CA }
    const { result, totals } = await against({ tls: 'starttls' }, options)
    assert.equal(result.messages.accepted, 50)
    assert.equal(totals.connections, 50)
    assert.equal(totals.tlsFull + totals.tlsResumed, 15)
  })

  it('stops at --until starttls and --until auth', async () => {
    for (const mode of ['starttls', 'implicit'] as const) {
      const options = { until: 'starttls', sessions: 2, messages: 10, tls: mode, ...CA }
      const { result, totals } = await against({ tls: mode }, options)
      assert.deepEqual([result.unit, result.messages.accepted, totals.messages], ['handshakes', 10, 0])
      assert.deepEqual(failures(result), [])
      assert.equal(result.tls!.full + result.tls!.resumed, 10)
    }
    const login = { until: 'auth', auth: 'plain:a:b', messages: 5, tls: 'starttls', ...CA }
    const { result, totals } = await against({ tls: 'starttls', auth: 'all' }, login)
    assert.deepEqual([result.messages.accepted, totals.authOk, totals.messages], [5, 5, 0])
  })

  it('shows a client certificate, and is turned away with the wrong one or none', async () => {
    const asks = { tls: 'starttls', tlsClientCa: file('authority.crt') } as const
    for (const version of VERSIONS) {
      const tls = { tls: 'starttls', tlsMax: version, messages: 2, ...CA }
      const good = await against(asks, { ...tls, ...KNOWN })
      assert.deepEqual([good.result.messages.accepted, failures(good.result)], [2, []])
      for (const other of [STRANGER, {}]) {
        const { result, totals } = await against(asks, { ...tls, ...other })
        assert.deepEqual([result.messages.accepted, result.messages.failed, totals.messages], [0, 2, 0])
        assert.equal(totals.tlsFailed, 2)
      }
    }
  })

  it('takes the versions, ciphers and groups that it is told, or none', async () => {
    const none = await against(
      { tls: 'starttls', tlsMin: '1.3' },
      { tls: 'starttls', tlsMax: '1.2', messages: 1, ...CA },
    )
    assert.match(failures(none.result).join(), /^TLS handshake failed, after starttls, 1: .*protocol version/)
    assert.equal(none.result.tls?.failed, 1)
    const only = { tls: 'starttls', tlsMax: '1.2', ciphers: 'ECDHE-ECDSA-AES128-GCM-SHA256' } as const
    const cipher = { ...CA, tls: 'starttls', tlsMax: '1.2', messages: 1 }
    const wrong = await against(only, { ...cipher, ciphers: 'ECDHE-ECDSA-AES256-GCM-SHA384' })
    assert.match(failures(wrong.result).join(), /^TLS handshake failed, after starttls, 1: .*handshake failure/)
    const right = await against(only, { ...cipher, ciphers: 'ECDHE-ECDSA-AES128-GCM-SHA256' })
    assert.equal(right.result.messages.accepted, 1)
    const groups = await against({ tls: 'starttls' }, { tls: 'starttls', tlsGroups: 'P-384:P-256', messages: 1, ...CA })
    assert.equal(groups.result.messages.accepted, 1)
    // Against a key on P-256 another group alone cannot be, in TLS 1.2.
    const alone = await against({ tls: 'starttls' }, { ...cipher, tlsGroups: 'P-521' })
    assert.equal(alone.result.messages.failed, 1)
  })
})

describe('who is not trusted', () => {
  for (const version of VERSIONS) {
    const refused = async (sinkOptions: SinkOptions, options: Omit<LoadOptions, 'target'>, sentence: RegExp) => {
      const tls = { tls: 'starttls', tlsMax: version, sessions: 1, messages: 3, ...options }
      const { result, totals } = await against({ tls: 'starttls', ...sinkOptions }, tls)
      assert.deepEqual([result.messages.failed, totals.messages, totals.commands], [3, 0, 6])
      assert.match(failures(result).join(), sentence)
      assert.deepEqual([result.tls?.full, result.tls?.resumed, result.tls?.failed], [0, 0, 3])
    }

    it(`TLS ${version}: an unknown authority, an old certificate, another name; and nothing of it is resumed`, async () => {
      await refused(
        {},
        {},
        /^certificate not trusted, after starttls, 3: the certificate is self-signed; give it with --ca/,
      )
      await refused({}, { ca: file('authority.crt') }, /^certificate not trusted, .* is self-signed/)
      const expired = { tlsCert: file('expired.crt'), tlsKey: file('expired.key') }
      await refused(expired, { ca: file('expired.crt') }, /^certificate not trusted, .*: the certificate has expired$/)
      await refused(
        {},
        { ...CA, tlsName: 'other.example' },
        /not for other\.example but for DNS:mx\.example, DNS:localhost, IP Address:127\.0\.0\.1/,
      )
    })

    it(`TLS ${version}: but taken with --insecure, and by any name that it has`, async () => {
      for (const options of [{ insecure: true }, { ...CA, tlsName: 'mx.example' }, { ...CA, tlsName: 'localhost' }]) {
        const tls = { tls: 'starttls', tlsMax: version, messages: 2, reuse: false, ...options }
        const { result, totals } = await against({ tls: 'starttls' }, tls)
        assert.deepEqual([result.messages.accepted, totals.tlsFull, totals.tlsResumed], [2, 1, 1])
      }
    })
  }
})

describe('servers without TLS, or with a bad one', () => {
  it('never sends in the clear what was to go through TLS', async () => {
    for (const extensions of [[], ['PIPELINING', 'CHUNKING']]) {
      await using server = await ScriptedServer.start({ extensions })
      const result = await runLoad({ target: server.address, tls: 'starttls', insecure: true, messages: 2 })
      assert.deepEqual(failures(result), ['not offered, after ehlo, 2: the server does not offer STARTTLS'])
      assert.equal(result.messages.failed, 2)
      await server.quiet()
      assert.ok(
        server.commands.every((line) => line.startsWith('EHLO')),
        server.commands.join(),
      )
    }
  })

  it('is turned away by a refusal', async () => {
    for (const [reply, deferred, refused] of [
      ['454 4.7.0 not now', 2, 0],
      ['550 5.7.0 never', 0, 2],
    ] as const) {
      await using server = await ScriptedServer.start({
        extensions: ['STARTTLS'],
        rules: [{ stage: 'unknown', do: [{ reply }] }],
      })
      const result = await runLoad({ target: server.address, tls: 'starttls', insecure: true, messages: 2 })
      assert.deepEqual([result.messages.deferred, result.messages.refused, failures(result)], [deferred, refused, []])
      await server.quiet()
      assert.ok(
        server.commands.every((line) => /^(EHLO|STARTTLS)/.test(line)),
        server.commands.join(),
      )
    }
  })

  it('says that a server does not speak TLS', async () => {
    await using server = await ScriptedServer.start({})
    const result = await runLoad({ target: server.address, tls: 'implicit', insecure: true, messages: 1 })
    assert.deepEqual(failures(result), [
      'TLS handshake failed, after starttls, 1: the server does not answer in TLS (wrong version number)',
    ])
  })

  for (const behind of ['250 injected\r\n', '250-mx\r\n250 PIPELINING\r\n250 ok\r\n', '250 half a re']) {
    it(`discards ${JSON.stringify(behind)} behind the reply to STARTTLS`, async () => {
      await using server = await InjectingServer.start(identity, behind)
      const options = { target: server.address, tls: 'starttls', ...CA, helo: 'c.example', messages: 1 }
      const result = await runLoad(options)
      assert.deepEqual([result.messages.accepted, failures(result)], [1, []])
      // The hello is said again and awaited, and what was injected has offered nothing.
      assert.deepEqual(
        server.lines.filter((line) => /^(EHLO|MAIL|DATA|QUIT)/.test(line)).map((line) => line.slice(0, 4)),
        ['EHLO', 'MAIL', 'DATA', 'QUIT'],
      )
      assert.ok(!result.replies.some(({ sample }) => sample.includes('injected')))
    })
  }
})

describe("nodemailer's smtp-server", () => {
  it('takes mail by STARTTLS and AUTH, and by implicit TLS', async () => {
    for (const secure of [false, true]) {
      const options = { ...identity, secure, disabledCommands: [] }
      await using server = await MailServer.start(new Map([['ann', 'secret']]), options)
      const scheme = secure ? 'smtps://' : ''
      const tls = secure ? {} : { tls: 'starttls' }
      const result = await runLoad({
        ...CA,
        ...tls,
        target: `${scheme}${server.address}`,
        auth: 'plain:ann:secret',
        messages: 20,
        perSession: 5,
      })
      assert.deepEqual([result.messages.accepted, failures(result)], [20, []])
      assert.equal(result.tls!.full + result.tls!.resumed, 4)
      assert.deepEqual(new Set(server.senders), new Set(['ann']))
      assert.deepEqual([server.senders.length, result.auth?.accepted], [20, 4])
    }
  })
})
