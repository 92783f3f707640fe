import assert from 'node:assert/strict'
import { once } from 'node:events'
import { describe, it } from 'node:test'
import { SMTPServer, type SMTPServerOptions } from 'smtp-server'
import { sink } from '#src/index.js'
import { parseTarget } from '#src/plan/target.js'
import { type CatalogueResult, runCatalogue } from '#src/run/catalogue.js'
import { CATALOGUE, casesNamed } from '#src/smtp/malformed/catalogue.js'
import { playCatalogue } from '../peer/malformed.js'
import { type Faults, WrongServer } from '../peer/wrong-server.js'

const WORDS = { from: 'a@b.example', to: 'c@d.example', helo: 'client.example' }

function play(
  address: string,
  names: readonly string[] | null = null,
  patienceMs = 10_000,
  secure = false,
): Promise<CatalogueResult> {
  return runCatalogue({
    target: parseTarget(address, 25, () => null),
    family: 0,
    mayBePublic: false,
    secure,
    cases: casesNamed(names, '--case'),
    words: WORDS,
    patienceMs,
    signal: new AbortController().signal,
  })
}

/** Rows with one of these verdicts, in short. */
function rows({ rows }: CatalogueResult, ...verdicts: readonly string[]): string[] {
  return rows
    .filter(({ verdict }) => verdicts.includes(verdict))
    .map(({ name, answer, verdict, word }) => `${name}: ${answer}: ${verdict}${word === null ? '' : ` (${word})`}`)
}

const BAD = ['wrong', 'closed', 'no answer', 'crashed', 'not reached']

describe('the catalogue against our own sink', () => {
  it('finds nothing, with everything offered', async () => {
    await using target = await sink({ tls: 'starttls', auth: 'plain,login' })
    const result = await play(target.address)
    assert.deepEqual(rows(result, ...BAD, 'not offered'), [])
    assert.equal(result.rows.length, CATALOGUE.length)
    assert.equal(result.verdicts.right + result.verdicts.tolerant, CATALOGUE.length)
    assert.deepEqual([result.healthy, result.passed], ['2232', true])
  })

  it('finds nothing behind TLS either', async () => {
    await using target = await sink({ tls: 'implicit' })
    const names = ['vrfy', 'smuggle-n.n', 'content-nul', 'command-64k', 'talk-before-greeting', 'behind-quit']
    const result = await play(target.address, names, 10_000, true)
    assert.deepEqual(
      result.rows.map(({ verdict }) => verdict),
      names.map(() => 'right'),
    )
  })

  it('leaves out what is not offered', async () => {
    await using target = await sink({ noPipelining: true })
    const result = await play(target.address, ['starttls-twice', 'auth-cancel', 'noop-flood', 'vrfy'])
    assert.deepEqual(
      result.rows.map(({ verdict }) => verdict),
      ['not offered', 'not offered', 'not offered', 'right'],
    )
  })

  it('is reached by nothing where mail is refused anyway, and says so', async () => {
    await using server = await WrongServer.start({ answers: [[/^RCPT/, '550 nobody here']] })
    const result = await play(server.address, ['mail-twice', 'smuggle-n.n', 'vrfy'])
    assert.equal(result.healthy, '25')
    assert.deepEqual(
      result.rows.map(({ answer, verdict }) => `${answer}: ${verdict}`),
      ['503: right', 'RCPT 550: not reached', '500: right'],
    )
  })
})

describe("the catalogue against nodemailer's smtp-server", () => {
  async function started(options: SMTPServerOptions): Promise<{ server: SMTPServer; address: string }> {
    const server = new SMTPServer({
      authOptional: true,
      disableReverseLookup: true,
      onAuth: (_auth, _session, done) => done(new Error('no')),
      onData: (stream, _session, done) => {
        stream.resume()
        stream.once('end', () => done())
      },
      ...options,
    })
    server.on('error', () => {})
    server.listen(0, '127.0.0.1')
    await once(server.server, 'listening')
    const { port } = server.server.address() as { port: number }
    return { server, address: `127.0.0.1:${port}` }
  }

  for (const tls of [true, false]) {
    it(`finds nothing ${tls ? 'with STARTTLS' : 'with AUTH in plain text'}`, async () => {
      const { server, address } = await started({ disabledCommands: tls ? [] : ['STARTTLS'] })
      try {
        const result = await play(address)
        assert.deepEqual(rows(result, ...BAD), [])
        assert.ok(result.verdicts.right > 80, JSON.stringify(result.verdicts))
        assert.equal(result.rows.find((row) => row.name === 'starttls-twice')?.verdict, tls ? 'right' : 'not offered')
      } finally {
        await new Promise<void>((resolve) => server.close(() => resolve()))
      }
    })
  }
})

describe('the catalogue against a server that is', () => {
  /** The rows that are not as they should be. */
  async function found(faults: Faults, names: readonly string[] | null, patienceMs = 10_000): Promise<string[]> {
    await using server = await WrongServer.start(faults)
    return rows(await play(server.address, names, patienceMs), ...BAD)
  }

  it('not wrong: nothing', async () => {
    assert.deepEqual(await found({}, null), [])
  })

  it('ended by bare line feeds: it is smuggled into', async () => {
    const smuggling = CATALOGUE.map(({ name }) => name).filter((name) => name.startsWith('smuggle-'))
    assert.deepEqual(await found({ end: /\r?\n\.\r?\n/ }, smuggling), [
      'smuggle-n.n: 250×3 354 250: wrong (smuggled)',
      'smuggle-n.rn: 250×3 354 250: wrong (smuggled)',
      'smuggle-rn.n: 250×3 354 250: wrong (smuggled)',
      'smuggle-nn.nn: 250 500 503×2 500×4: wrong (smuggled)',
    ])
    assert.deepEqual(await found({ end: /\r\n\.\r\r?\n/ }, smuggling), [
      'smuggle-rn.rrn: 250×3 354 250: wrong (smuggled)',
      'smuggle-rrn.rrn: 250×3 354 250: wrong (smuggled)',
    ])
  })

  it('killed by NUL: it crashed, and that is the last row', async () => {
    await using server = await WrongServer.start({ diesOfNul: true })
    const result = await play(server.address, ['vrfy', 'mail-nul', 'noop-argument'])
    assert.deepEqual(rows(result, 'right', ...BAD), ['vrfy: 500: right', 'mail-nul: closed: crashed'])
    assert.equal(result.passed, false)
  })

  it('silent, gone, talkative or spoiled', async () => {
    const faults = { silent: /^VRFY/, leaves: /^EXPN/, twice: /^HELP/, spoiled: /^XYZZY/ }
    const names = ['vrfy', 'expn', 'help-argument', 'unknown-verb', 'noop-argument']
    assert.deepEqual(await found(faults, names, 500), [
      'vrfy: silent: no answer',
      'expn: closed: closed',
      'help-argument: 500 250: wrong',
      'unknown-verb: 500: wrong (session spoiled)',
    ])
  })

  it('too trusting: it lets in, and takes chunks for commands', async () => {
    const faults: Faults = {
      extensions: ['AUTH PLAIN', 'CHUNKING'],
      answers: [
        [/^AUTH/, '235 welcome'],
        [/^BDAT/, '503 no'],
      ],
    }
    assert.deepEqual(await found(faults, ['auth-garbage', 'auth-in-transaction', 'bdat-before-mail']), [
      'auth-garbage: 235: wrong (let in)',
      'auth-in-transaction: 235: wrong (let in)',
      'bdat-before-mail: 503 250: wrong (chunk taken for a command)',
    ])
  })

  it('asking for content or a response where it should not: it gets an empty one, and the session goes on', async () => {
    const faults: Faults = {
      extensions: ['AUTH PLAIN'],
      answers: [
        [/^AUTH/, '334 go on'],
        [/^\*$/, '501 well'],
      ],
    }
    await using server = await WrongServer.start(faults)
    const result = await play(server.address, ['auth-nul', 'data-argument'])
    assert.deepEqual(rows(result, 'right', 'tolerant', ...BAD), [
      'auth-nul: 334 501: tolerant',
      'data-argument: 503: right',
    ])
  })
})

describe('stampede malformed', () => {
  it('prints the table, and ends with 0 when all is well and 1 when it is not', async () => {
    await using target = await sink({})
    const good = await playCatalogue(target.address.replace('inet:', ''), '--case', 'vrfy,smuggle-n.n')
    assert.deepEqual([good.code, good.passed, good.rows.map(({ verdict }) => verdict)], [0, true, ['right', 'right']])
    await using server = await WrongServer.start({ end: /\r?\n\.\r?\n/ })
    const bad = await playCatalogue(server.address, '--case', 'vrfy,smuggle-n.n')
    assert.deepEqual([bad.code, bad.passed, bad.rows.map(({ verdict }) => verdict)], [1, false, ['right', 'wrong']])
  })

  it('has nobody to talk to', async () => {
    await assert.rejects(
      play('127.0.0.1:1', ['vrfy'], 2000),
      /RunError: TARGET '127\.0\.0\.1:1': no proper conversation/,
    )
  })
})
