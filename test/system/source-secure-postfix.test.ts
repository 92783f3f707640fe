import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { quickCertificate } from '#src/net/quick-certificate.js'
import { CLIENT_MECHANISMS } from '#src/plan/client-auth-plan.js'
import { missing, need } from '../peer/distribution.js'
import { DovecotAuth } from '../peer/dovecot.js'
import { type LoadOptions, type LoadResult, runLoad } from '../peer/load.js'
import { Postfix } from '../peer/postfix.js'

const PROGRAMS = ['postfix', 'postconf', 'dovecot'] as const
const MANY = 10_000
const USERS = new Map([
  ['ann', 'secret x'],
  ['b,o=b', 'пароль'],
  ['carl@stampede.test', '=,='],
  ['d.d', '0'],
])

describe('a real Postfix with TLS and SASL', { skip: missing(...PROGRAMS) }, () => {
  const directory = mkdtempSync(join(tmpdir(), 'stampede-secure-'))
  const [users, ca, identity] = ['users', 'ca.pem', 'identity.pem'].map((name) => join(directory, name)) as [
    string,
    string,
    string,
  ]
  let dovecot: DovecotAuth | undefined
  let postfix: Postfix | undefined
  let through = 0

  before(async () => {
    need(...PROGRAMS)
    const { cert, key } = await quickCertificate('mx.stampede.test')
    writeFileSync(ca, cert)
    writeFileSync(identity, key + cert, { mode: 0o600 })
    writeFileSync(users, [...USERS].map(([user, secret]) => `${user}:${secret}\n`).join(''))
    dovecot = await DovecotAuth.start(
      USERS,
      CLIENT_MECHANISMS.map((name) => name.toLowerCase()),
    )
    postfix = await Postfix.start({
      main: {
        smtpd_tls_security_level: 'may',
        smtpd_tls_chain_files: identity,
        smtpd_tls_auth_only: 'yes',
        // Each session that is taken up again is a line of the log.
        smtpd_tls_loglevel: '2',
        smtpd_sasl_auth_enable: 'yes',
        smtpd_sasl_type: 'dovecot',
        smtpd_sasl_path: dovecot.socket,
        // Who is not logged in sends nothing.
        smtpd_relay_restrictions: 'permit_sasl_authenticated, reject',
        // A wrong password is part of the test.
        smtpd_error_sleep_time: '0',
        smtpd_client_auth_rate_limit: '0',
      },
    })
  })
  after(async () => {
    await postfix?.stop()
    await dovecot?.stop()
    rmSync(directory, { recursive: true, force: true })
  })

  interface Sent {
    readonly result: LoadResult
    /** What the log says of this run: by method and user, how many messages; TLS handshakes, and those of sessions taken up again; refusals of AUTH. */
    readonly by: ReadonlyMap<string, number>
    readonly handshakes: number
    readonly resumed: number
    readonly refused: number
  }

  /** One run, after which by the log exactly its messages have come in, each logged in, and gone out again. */
  async function send(options: Omit<LoadOptions, 'target'> & { readonly messages: number }): Promise<Sent> {
    const before = postfix!.log.length
    const load = { target: postfix!.address, from: 'a@stampede.test', to: 'b@stampede.test', sessions: 20 }
    const result = await runLoad({ ...load, tls: 'starttls', ca, authFile: users, ...options }, 120_000)
    assert.deepEqual([result.messages.accepted, result.errors], [options.messages, []])
    through += options.messages
    const { warnings, ...count } = await postfix!.settled(through, 60_000)
    assert.deepEqual(count, { received: through, queued: through, sent: through, removed: through })
    const log = postfix!.log.slice(before)
    assert.deepEqual(
      warnings.filter((line) => /: (error|fatal|panic): |lost connection/.test(line)),
      [],
    )
    const by = new Map<string, number>()
    for (const [, method, user] of log.matchAll(/: client=.*, sasl_method=(\S+), sasl_username=(\S+)$/gm)) {
      by.set(`${method} ${user}`, (by.get(`${method} ${user}`) ?? 0) + 1)
    }
    assert.equal(
      [...by.values()].reduce((sum, one) => sum + one, 0),
      options.messages,
    )
    const lines = (pattern: RegExp) => [...log.matchAll(pattern)].length
    return {
      result,
      by,
      handshakes: lines(/TLS connection (?:established|reused) from/g),
      resumed: lines(/: Reusing old session/g),
      refused: lines(/SASL \S+ authentication failed/g),
    }
  }

  it(`loses none of ${MANY.toLocaleString('en')} over connections that are kept`, async () => {
    const { result, handshakes, by } = await send({ messages: MANY, pipelining: 'require' })
    assert.equal(handshakes, result.sessions.connects)
    // The best that is offered.
    assert.ok([...by.keys()].every((key) => key.startsWith('SCRAM-SHA-256 ')))
    assert.equal(by.size, USERS.size)
  })

  it('loses none with CHUNKING', async () => {
    const { result, handshakes } = await send({ messages: 500, chunking: 'require', depth: 4, authMech: 'plain' })
    assert.equal(handshakes, result.sessions.connects)
  })

  it('lets users in by every mechanism, in turn', async () => {
    for (const mechanism of CLIENT_MECHANISMS) {
      const options = { messages: 4, sessions: 2, workers: 1, reuse: false, authMech: mechanism.toLowerCase() }
      const { by, refused } = await send(options)
      assert.deepEqual([...by].sort(), [...USERS.keys()].map((user) => [`${mechanism} ${user}`, 1]).sort())
      assert.equal(refused, 0)
    }
  })

  it('sees as many wrong passwords as the share asks for', async () => {
    const options = { messages: 100, sessions: 5, workers: 1, reuse: false, authMech: 'plain' }
    const { result, refused } = await send({ ...options, authFailureRate: '0.25' })
    assert.deepEqual(result.auth, { accepted: 100, refused: 0, wrong: refused, wrongAccepted: 0 })
    assert.ok(refused > 10 && refused < 40, `${refused} of 100`)
  })

  for (const version of ['1.2', '1.3']) {
    it(`has half of the TLS ${version} sessions resumed when half are wished for`, async () => {
      const options = { messages: 400, sessions: 10, reuse: false, authMech: 'plain', tlsResume: '0.5' }
      const { result, handshakes, resumed } = await send({ ...options, tlsMin: version, tlsMax: version })
      assert.equal(handshakes, 400)
      assert.ok(Math.abs(resumed / handshakes - 0.5) <= 0.02, `${resumed} of ${handshakes}`)
      const { full, failed, ...reached } = result.tls!
      assert.deepEqual(
        [full, failed, reached],
        [handshakes - resumed, 0, { resumed, resumeShare: resumed / handshakes }],
      )
    })
  }
})
