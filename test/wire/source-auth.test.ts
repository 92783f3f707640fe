import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { after, describe, it } from 'node:test'
import { Rng, seedOf } from '#src/base/rng.js'
import { sink } from '#src/index.js'
import { quickCertificate } from '#src/net/quick-certificate.js'
import { CLIENT_MECHANISMS } from '#src/plan/client-auth-plan.js'
import { runLoad } from '../peer/load.js'
import { MailServer } from '../peer/mail-server.js'
import { run, SINK, SOURCE } from '../peer/run-program.js'

const directory = mkdtempSync(join(tmpdir(), 'stampede-source-auth-'))
after(() => rmSync(directory, { recursive: true, force: true }))
const USERS = new Map([
  ['ann', 'secret'],
  ['bob@example.com', 'b:o b'],
  ['jürgen', 'пароль'],
  ['d,a=n', 'x,y=z'],
])
const FILE = join(directory, 'users')
writeFileSync(FILE, `# who may\n${[...USERS].map(([user, secret]) => `${user}:${secret}\n`).join('')}`)

/** A connection for each message, so that each has its AUTH. */
const EACH = { workers: 1, sessions: 3, messages: 12, reuse: false } as const

describe('AUTH against our sink', () => {
  for (const mechanism of CLIENT_MECHANISMS) {
    const word = mechanism.toLowerCase()
    it(`${mechanism}: every user gets in and mail goes through`, async () => {
      await using target = await sink({ auth: word, authUsers: FILE, authRequired: true })
      const result = await runLoad({ ...EACH, authFile: FILE, authMech: word, target: `127.0.0.1:${target.port}` })
      const { messages, authOk, authFailed, rejected } = await target.stop()
      assert.deepEqual([result.messages.accepted, messages, authOk, authFailed, rejected], [12, 12, 12, 0, 0])
      assert.deepEqual(result.errors, [])
    })

    it(`${mechanism}: one wrong password and the connection is of no use`, async () => {
      await using target = await sink({ auth: word, authUsers: FILE, authRequired: true })
      const options = { ...EACH, messages: 3, auth: `${word}:ann:wrong` }
      const result = await runLoad({ ...options, target: `127.0.0.1:${target.port}` })
      const { messages, authOk, authFailed, commands } = await target.stop()
      assert.deepEqual([result.messages.accepted, messages, authOk], [0, 0, 0])
      assert.ok(authFailed >= 1)
      assert.ok(
        result.replies.some(({ verb, code }) => verb === 'auth' && code === 535),
        JSON.stringify(result.replies),
      )
      // No MAIL was tried: hello, AUTH and good-bye are all there was.
      assert.ok(commands <= authFailed * 3, `${commands} commands, ${authFailed} exchanges`)
    })
  }

  it('takes the best mechanism that is offered, but XOAUTH2 only when told to', async () => {
    await using target = await sink({ auth: 'login,plain', workers: 1 })
    const { replies } = await runLoad({ messages: 1, auth: 'auto:a:b', target: `127.0.0.1:${target.port}` })
    // PLAIN has no challenge here, LOGIN would have two.
    assert.deepEqual(
      replies.filter(({ verb }) => verb === 'auth').map(({ code, count }) => [code, count]),
      [[235, 1]],
    )
    await using other = await sink({ auth: 'xoauth2', workers: 1 })
    const refused = await runLoad({ messages: 1, auth: 'auto:a:b', target: `127.0.0.1:${other.port}` })
    assert.equal(refused.messages.accepted, 0)
    assert.deepEqual(
      refused.errors.map(({ error, sample }) => [error, sample]),
      [['no AUTH mechanism', 'the server does not offer SCRAM-SHA-256, CRAM-MD5, PLAIN, LOGIN']],
    )
    assert.equal((await other.stop()).authFailed, 0)
  })

  it('does not believe a server that lets it in with SCRAM-SHA-256 and has not proved itself', async () => {
    const heard: string[] = []
    const server = createServer((socket) => {
      socket.on('error', () => {})
      socket.write('220 impostor ESMTP\r\n')
      const lines = createInterface({ input: socket })
      // The client breaks the connection off.
      lines.on('error', () => {})
      lines.on('line', (line) => {
        heard.push(line.replace(/ .*/, ''))
        socket.write(line.startsWith('EHLO') ? '250-impostor\r\n250 AUTH SCRAM-SHA-256\r\n' : '235 Come in\r\n')
      })
    })
    try {
      server.listen(0, '127.0.0.1')
      await once(server, 'listening')
      const target = `127.0.0.1:${(server.address() as AddressInfo).port}`
      const { messages, errors } = await runLoad({ messages: 1, auth: 'auto:ann:secret', target })
      assert.equal(messages.accepted, 0)
      assert.deepEqual(
        errors.map(({ after, sample }) => [after, sample]),
        [['auth', 'the server did not prove itself']],
      )
      assert.deepEqual(heard, ['EHLO', 'AUTH'])
    } finally {
      server.close()
    }
  })

  it('is an error where there is none, and no mail goes without it', async () => {
    await using target = await sink({ workers: 1 })
    const { messages, errors } = await runLoad({ messages: 1, auth: 'auto:a:b', target: `127.0.0.1:${target.port}` })
    assert.equal(messages.accepted, 0)
    assert.deepEqual(
      errors.map(({ error, sample }) => [error, sample]),
      [['no AUTH mechanism', 'the server offers no AUTH']],
    )
    assert.equal((await target.stop()).messages, 0)
  })

  it('is done once on a connection that is kept, and once on each other', async () => {
    await using target = await sink({ auth: 'all', authUsers: FILE, authRequired: true })
    const options = { sessions: 4, workers: 2, messages: 100, authFile: FILE, target: `127.0.0.1:${target.port}` }
    const { messages, sessions } = await runLoad(options)
    const { authOk, connections } = await target.stop()
    assert.equal(messages.accepted, 100)
    assert.deepEqual([authOk, connections], [sessions.connects, sessions.connects])
  })

  it('speaks LMTP and to a unix socket too', async () => {
    const path = join(directory, 'socket')
    await using target = await sink({ listen: `unix:${path}`, lmtp: true, auth: 'plain', authRequired: true })
    const { messages } = await runLoad({ ...EACH, lmtp: true, auth: 'plain:a:b', target: `unix:${path}` })
    assert.equal(messages.accepted, 12)
    assert.equal((await target.stop()).authOk, 12)
  })

  it('--until auth: stops there, and sends nothing', async () => {
    await using target = await sink({ auth: 'plain' })
    const options = { ...EACH, until: 'auth', auth: 'plain:a:b' }
    await runLoad({ ...options, target: `127.0.0.1:${target.port}` })
    const { authOk, messages, commands, quits } = await target.stop()
    assert.deepEqual([authOk, messages, quits, commands], [12, 0, 12, 36])
  })
})

describe('a share of wrong passwords', () => {
  /** How many of so many connections the seed makes wrong: one draw for the wrong password, then one for each. */
  function wrongOf(seed: string, connections: number, rate: number): number {
    const rng = new Rng(seedOf(`${seed}/auth`, 0))
    rng.next()
    return Array.from({ length: connections }, () => rng.next()).filter((drawn) => drawn < rate).length
  }

  for (const mechanism of CLIENT_MECHANISMS) {
    it(`${mechanism}: exactly as many as drawn, and all mail delivered after the right one`, async () => {
      await using target = await sink({ auth: mechanism.toLowerCase(), authUsers: FILE, authRequired: true })
      const options = { ...EACH, messages: 100, seed: 'c0ffee', authFile: FILE, authMech: mechanism.toLowerCase() }
      const result = await runLoad({ ...options, authFailureRate: '0.3', target: `127.0.0.1:${target.port}` })
      const wrong = wrongOf('c0ffee', 100, 0.3)
      const { messages, authOk, authFailed } = await target.stop()
      assert.deepEqual([messages, authOk, authFailed], [100, 100, wrong])
      assert.equal(result.messages.accepted, 100)
      assert.ok(wrong > 15 && wrong < 45)
      assert.deepEqual(result.auth, { accepted: 100, refused: 0, wrong, wrongAccepted: 0 })
      assert.deepEqual(result.errors, [])
    })
  }

  it('that a receiver takes all the same shows', async () => {
    await using target = await sink({ auth: 'plain' })
    const options = { ...EACH, auth: 'plain:a:b', authFailureRate: '1' }
    const result = await runLoad({ ...options, target: `127.0.0.1:${target.port}` })
    assert.equal(result.messages.accepted, 12)
    assert.deepEqual(result.auth, { accepted: 0, refused: 0, wrong: 12, wrongAccepted: 12 })
  })
})

describe("AUTH against nodemailer's smtp-server", { concurrency: 4 }, () => {
  for (const mechanism of ['PLAIN', 'LOGIN', 'CRAM-MD5', 'XOAUTH2']) {
    it(`${mechanism}: users in turn, each with mail of its own`, async () => {
      await using server = await MailServer.start(USERS)
      const options = { ...EACH, sessions: 1, authFile: FILE, authMech: mechanism.toLowerCase() }
      const { messages } = await runLoad({ ...options, target: server.address })
      assert.equal(messages.accepted, 12)
      const turns = [0, 1, 2].flatMap(() => [...USERS.keys()])
      assert.deepEqual(
        server.logins,
        turns.map((user) => ({ method: mechanism, user, accepted: true })),
      )
      assert.deepEqual(server.senders, turns)
    })
  }

  it('takes users in turn over several workers', async () => {
    await using server = await MailServer.start(USERS)
    const options = { workers: 2, sessions: 4, messages: 4, authFile: FILE, perSession: 1 }
    const { messages } = await runLoad({ ...options, target: server.address })
    assert.equal(messages.accepted, 4)
    assert.deepEqual(server.senders.sort(), [...USERS.keys()].sort())
  })

  it('draws users, the same by the same seed', async () => {
    const drawn: string[][] = []
    for (const seed of ['1', '1', '2']) {
      await using server = await MailServer.start(USERS)
      const options = { ...EACH, sessions: 1, messages: 12, authFile: FILE, authOrder: 'random', seed }
      await runLoad({ ...options, target: server.address })
      drawn.push(server.logins.map(({ user }) => user))
    }
    assert.equal(drawn[0]!.length, 12)
    assert.deepEqual(drawn[0], drawn[1])
    assert.notDeepEqual(drawn[0], drawn[2])
    assert.ok(new Set(drawn[0]).size > 1)
  })

  it('tries a wrong password, then the right one of the same user', async () => {
    await using server = await MailServer.start(USERS)
    const options = { ...EACH, sessions: 1, messages: 4, authFile: FILE, authMech: 'login', authFailureRate: '1' }
    const { messages } = await runLoad({ ...options, target: server.address })
    assert.equal(messages.accepted, 4)
    assert.deepEqual(
      server.logins.map(({ user, accepted }) => [user, accepted]),
      [...USERS.keys()].flatMap((user) => [
        [user, false],
        [user, true],
      ]),
    )
  })

  it('takes a token that is too long for the line of the command', async () => {
    const token = 'ya29.'.padEnd(2000, 'x')
    await using server = await MailServer.start(new Map([['ann', token]]))
    const { messages } = await runLoad({ messages: 1, auth: `xoauth2:ann:${token}`, target: server.address })
    assert.equal(messages.accepted, 1)
  })
})

describe('a password', () => {
  it('is in nothing that a run prints, and may come from the environment', async () => {
    await using target = await sink({ auth: 'all', authUsers: FILE, authRequired: true })
    const address = `127.0.0.1:${target.port}`
    for (const [args, code] of [
      [['-v', '-v', '-m', '3', address], 0],
      [['-v', '--json', '-m', '3', '--auth-failure-rate', '1', address], 0],
      [['--print-plan', address], 0],
      [['--auth-mech', 'x', address], 2],
      [['-v', '-m', '3', '10.255.255.255'], 2],
    ] as const) {
      const ran = await run(SOURCE, args, { env: { STAMPEDE_AUTH: 'plain:d,a=n:x,y=z' } })
      const shown = ran.stdout + ran.stderr
      assert.equal(ran.code, code, shown)
      assert.ok(
        !shown.includes('x,y=z') && !shown.includes(Buffer.from('x,y=z').toString('base64').slice(0, -4)),
        shown,
      )
    }
    assert.ok((await target.stop()).authOk > 0)
    const other = await run(SINK, ['127.0.0.1:0'], { env: { STAMPEDE_AUTH: 'plain:ann:secret' } })
    assert.equal(other.code, 2)
    assert.doesNotMatch(other.stderr, /secret/)
  })

  it('and a private key are in no plan that is printed', async () => {
    const { cert, key } = await quickCertificate('client.example')
    const names = ['cert.pem', 'key.pem'].map((name) => join(directory, name))
    writeFileSync(names[0]!, cert)
    writeFileSync(names[1]!, key)
    const args = [
      '--tls',
      'starttls',
      '--cert',
      names[0]!,
      '--key',
      names[1]!,
      '--auth-file',
      FILE,
      '--print-plan',
      'h',
    ]
    const { stdout, stderr, code } = await run(SOURCE, args)
    assert.equal(code, 0, stderr)
    const { wire } = JSON.parse(stdout) as {
      wire: { tls: { key: string }; auth: { credentials: { secret: string }[] } }
    }
    assert.deepEqual([wire.tls.key, ...wire.auth.credentials.map(({ secret }) => secret)], Array(5).fill('***'))
    assert.ok(!stdout.includes('PRIVATE') && !stdout.includes(key.split('\n')[1]!))
  })

  it('stands masked in the line that repeats the run, and a file by its name', async () => {
    await using target = await sink({ auth: 'plain', authUsers: FILE })
    for (const [options, words] of [
      [['--auth', 'plain:ann:secret'], "--auth 'plain:ann:\\*\\*\\*' "],
      [['--auth-file', FILE], `--auth-file ${FILE} `],
    ] as const) {
      const ran = await run(SOURCE, [...options, `127.0.0.1:${target.port}`])
      assert.equal(ran.code, 0, ran.stderr)
      assert.match(ran.stdout, new RegExp(`again .*${words}`))
      assert.doesNotMatch(ran.stdout, /secret/)
    }
  })
})
