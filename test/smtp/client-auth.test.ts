import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { Rng } from '#src/base/rng.js'
import { SINK_COUNTERS } from '#src/measure/series.js'
import { CLIENT_MECHANISMS, type ClientAuthPlan, type ClientMechanism } from '#src/plan/client-auth-plan.js'
import { type AuthPlace, authClient } from '#src/smtp/client-auth.js'
import type { AuthExchange } from '#src/smtp/client-auth-hook.js'
import { Extension, readExtensions } from '#src/smtp/extensions.js'
import type { SaslTools } from '#src/smtp/sasl.js'
import { readName, writeName } from '#src/smtp/scram.js'
import { authService } from '#src/smtp/server-auth.js'
import { SASL_TOOLS } from '#src/worker/sasl-tools.js'

const HERE: AuthPlace = { local: true, worker: 0, workers: 1, seed: 7 }
const AWAY: AuthPlace = { ...HERE, local: false }
const EVERYTHING = readExtensions(`250-mx\r\n250 AUTH ${CLIENT_MECHANISMS.join(' ')}\r\n`)

const base64 = (text: string) => Buffer.from(text).toString('base64')

function planOf(parts: Partial<ClientAuthPlan> = {}): ClientAuthPlan {
  return {
    mechanism: null,
    credentials: [{ user: 'tim', secret: 'tanstaaftanstaaf' }],
    order: 'robin',
    failureRate: 0,
    inClear: false,
    file: null,
    ...parts,
  }
}

/** The exchange of one mechanism for one user. */
function exchange(mechanism: ClientMechanism, user: string, secret: string, tools: Partial<SaslTools> = {}) {
  const plan = planOf({ mechanism, credentials: [{ user, secret }] })
  return authClient(plan, HERE, { ...SASL_TOOLS, ...tools }).open(EVERYTHING, false, null)!
}

/** Lines of the exchange: its first, then the answers to these challenges, without line ends. */
function lines(one: AuthExchange, ...challenges: readonly string[]): string[] {
  return [one.first(), ...challenges.map((text) => one.next(text))].map((line) => {
    assert.match(line.toString('latin1'), /^[^\r\n]*\r\n$/)
    return line.toString('latin1').slice(0, -2)
  })
}

/** An exchange with our own receiver, to its end: the last reply. */
function withServer(one: AuthExchange, users: ReadonlyMap<string, string> | null): string {
  const plan = { mechanisms: CLIENT_MECHANISMS, users, required: false }
  const server = authService(plan, 'mx.example', SASL_TOOLS, new Float64Array(SINK_COUNTERS.length)).open()
  let step = server.begin(
    one
      .first()
      .toString('latin1')
      .replace(/^AUTH /, '')
      .trimEnd(),
  )
  for (let turns = 0; step.state === 'more' && turns < 5; turns++) {
    step = server.answer(one.next(step.reply.slice(4)).toString('latin1').slice(0, -2))
  }
  return step.reply
}

/** RFC 7677 section 3. */
const SCRAM = {
  nonce: 'rOprNGfwEbeRWgbNEkqO',
  first: 'n,,n=user,r=rOprNGfwEbeRWgbNEkqO',
  serverFirst: 'r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096',
  final: 'c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=',
  serverFinal: 'v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=',
} as const
const scram = (tools: Partial<SaslTools> = {}) =>
  exchange('SCRAM-SHA-256', 'user', 'pencil', { unique: () => SCRAM.nonce, ...tools })

describe('the mechanisms of a client', () => {
  it('PLAIN: RFC 4616 section 4, in one line', () => {
    assert.deepEqual(lines(exchange('PLAIN', 'tim', 'tanstaaftanstaaf')), [
      `AUTH PLAIN ${base64('\0tim\0tanstaaftanstaaf')}`,
    ])
    const utf8 = exchange('PLAIN', 'jürgen', 'пароль').first().toString()
    assert.equal(Buffer.from(utf8.slice(11).trim(), 'base64').toString(), '\0jürgen\0пароль')
  })

  it('PLAIN and XOAUTH2: after an empty challenge where the line would be longer than 512 octets', () => {
    for (const mechanism of ['PLAIN', 'XOAUTH2'] as const) {
      for (let length = 300; length < 400; length++) {
        const one = exchange(mechanism, 'u', 's'.repeat(length))
        const first = one.first()
        const whole =
          mechanism === 'PLAIN' ? `\0u\0${'s'.repeat(length)}` : `user=u\x01auth=Bearer ${'s'.repeat(length)}\x01\x01`
        const fits = `AUTH ${mechanism} ${base64(whole)}\r\n`
        if (fits.length <= 512) assert.equal(first.toString(), fits)
        else {
          assert.equal(first.toString(), `AUTH ${mechanism}\r\n`)
          assert.equal(one.next('').toString(), `${base64(whole)}\r\n`)
        }
        if (mechanism === 'PLAIN') assert.equal(one.next('').toString(), '*\r\n')
      }
    }
  })

  it('LOGIN: user, then password, whatever they are asked by, and nothing more', () => {
    assert.deepEqual(lines(exchange('LOGIN', 'tim', 'x y'), base64('Username:'), base64('Password:'), ''), [
      'AUTH LOGIN',
      base64('tim'),
      base64('x y'),
      '*',
    ])
  })

  it('CRAM-MD5: RFC 2195 section 2', () => {
    const challenge = 'PDE4OTYuNjk3MTcwOTUyQHBvc3RvZmZpY2UucmVzdG9uLm1jaS5uZXQ+'
    assert.deepEqual(lines(exchange('CRAM-MD5', 'tim', 'tanstaaftanstaaf'), challenge, challenge), [
      'AUTH CRAM-MD5',
      'dGltIGI5MTNhNjAyYzdlZGE3YTQ5NWI0ZTZlNzMzNGQzODkw',
      '*',
    ])
  })

  it('XOAUTH2: at once, and an empty answer to what was wrong', () => {
    assert.deepEqual(lines(exchange('XOAUTH2', 'u@h', 'ya29'), base64('{"status":"401"}'), ''), [
      `AUTH XOAUTH2 ${base64('user=u@h\x01auth=Bearer ya29\x01\x01')}`,
      '',
      '*',
    ])
  })

  it('SCRAM-SHA-256: RFC 7677 section 3, and 235 is not believed before the server has proved itself', () => {
    const one = scram()
    assert.equal(one.proved, false)
    assert.deepEqual(lines(one, base64(SCRAM.serverFirst)), [
      `AUTH SCRAM-SHA-256 ${base64(SCRAM.first)}`,
      base64(SCRAM.final),
    ])
    assert.equal(one.proved, false)
    assert.equal(one.next(base64(SCRAM.serverFinal)).toString(), '\r\n')
    assert.equal(one.proved, true)
    assert.equal(one.next('').toString(), '*\r\n')
    assert.equal(exchange('LOGIN', 'a', 'b').proved, true)
  })

  it('SCRAM-SHA-256: breaks off when the server is none', () => {
    const { serverFirst } = SCRAM
    for (const wrong of [
      '',
      'x',
      'e=other-error',
      serverFirst.replace('r=rOp', 'r=rOq'),
      'r=rOprNGfwEbeRWgbNEkqO,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096',
      serverFirst.replace('i=4096', 'i=4095'),
      serverFirst.replace('i=4096', 'i=600001'),
      serverFirst.replace('i=4096', 'i=4096x'),
      serverFirst.replace('i=4096', 'i=-1'),
      serverFirst.replace('s=W22Z', 's=W2'),
      serverFirst.replace('s=W22ZaJ0SNY7soEsUEjb6gQ==', 's='),
      `m=tls,${serverFirst}`,
      `${serverFirst},`,
    ]) {
      const one = scram({ pbkdf2Sha256: () => assert.fail(`derived from ${wrong}`) })
      assert.deepEqual(lines(one, base64(wrong), base64(serverFirst)).slice(1), ['*', '*'], wrong)
    }
    const noBase64 = scram()
    assert.deepEqual(lines(noBase64, serverFirst).slice(1), ['*'])
  })

  it('SCRAM-SHA-256: does not answer a wrong signature, and does to an error', () => {
    for (const wrong of ['', 'v=', 'v=AAAA', SCRAM.serverFinal.replace('6rri', '6rrj'), `x,${SCRAM.serverFinal}`]) {
      const one = scram()
      assert.deepEqual(lines(one, base64(SCRAM.serverFirst), base64(wrong), base64(SCRAM.serverFinal)).slice(2), [
        '*',
        '*',
      ])
      assert.equal(one.proved, false)
    }
    const refused = scram()
    assert.deepEqual(lines(refused, base64(SCRAM.serverFirst), base64('e=invalid-proof')).slice(2), [''])
    assert.equal(refused.proved, false)
  })

  it('SCRAM-SHA-256: derives its keys once for each user, salt and iteration count', () => {
    let derived = 0
    const tools: SaslTools = {
      ...SASL_TOOLS,
      unique: () => SCRAM.nonce,
      pbkdf2Sha256: (...args) => {
        derived++
        return SASL_TOOLS.pbkdf2Sha256(...args)
      },
    }
    const credentials = ['a', 'b', 'c'].map((user) => ({ user, secret: `${user}'s` }))
    const client = authClient(planOf({ credentials }), HERE, tools)
    const say = (serverFirst: string) => {
      const one = client.open(EVERYTHING, false, null)!
      one.first()
      assert.notEqual(one.next(base64(serverFirst)).toString(), '*\r\n')
    }
    for (let i = 0; i < 10_000; i++) say(SCRAM.serverFirst)
    assert.equal(derived, 3)
    for (let i = 0; i < 3; i++) say(SCRAM.serverFirst.replace('4096', '4097'))
    assert.equal(derived, 6)
  })

  it('SCRAM-SHA-256: writes names so that they can be read again', () => {
    assert.equal(writeName('a,b=c'), 'a=2Cb=3Dc')
    for (const text of ['=', 'a=', 'a=2', 'a=2c', '=3E', '==3D']) assert.equal(readName(text), null, text)
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.string({ unit: fc.constantFrom('=', ',', '2', 'C', '3', 'D') })), (name) => {
        assert.doesNotMatch(writeName(name), /,/)
        assert.equal(readName(writeName(name)), name)
      }),
      { numRuns: 500, seed: 20261122 },
    )
  })
})

describe('a client against our receiver', () => {
  const users = new Map([
    ['tim', 'tanstaaftanstaaf'],
    ['jürgen', 'пароль'],
    ['a,b=c d', 'x:y,z='],
  ])
  for (const mechanism of CLIENT_MECHANISMS) {
    it(`${mechanism}: gets in with the password, and without it does not`, () => {
      for (const [user, secret] of users) {
        const good = exchange(mechanism, user, secret)
        assert.equal(withServer(good, users), '235 2.7.0 Authentication successful')
        assert.equal(good.proved, true)
        assert.match(withServer(exchange(mechanism, user, `${secret}.`), users), /^535 /)
      }
      assert.match(withServer(exchange(mechanism, 'nobody', ''), users), /^5[03][15] /)
      if (mechanism !== 'SCRAM-SHA-256') assert.match(withServer(exchange(mechanism, 'who', 'ever'), null), /^235 /)
    })
  }
})

describe('what a client does with challenges of every kind', () => {
  const challenge = fc.oneof(
    fc.constantFrom('', '=', '*', SCRAM.serverFirst, SCRAM.serverFinal, base64('Username:'), 'a\0b'),
    fc.string({ unit: 'binary', maxLength: 60 }),
    fc.uint8Array({ maxLength: 80 }).map((octets) => Buffer.from(octets).toString('base64')),
    fc
      .tuple(
        fc.constantFrom('r=', 'r=rOprNGfwEbeRWgbNEkqO', 'm=x,r=', ''),
        fc.constantFrom('x', 'é', '', ','),
        fc.constantFrom(',s=AAAA', ',s=', ',s=AA', ''),
        fc.constantFrom(',i=4096', ',i=1', ',i=99999999', ',i=', ',i=4096,e=x'),
      )
      .map((parts) => base64(parts.join(''))),
    fc.string({ maxLength: 20 }).map((text) => base64(`v=${base64(text)}`)),
  )

  it('is one line each time: base64 or a star, and never an exception', () => {
    fc.assert(
      fc.property(fc.constantFrom(...CLIENT_MECHANISMS), fc.array(challenge, { maxLength: 6 }), (mechanism, said) => {
        const one = exchange(mechanism, 'tim', 'pencil', { unique: () => SCRAM.nonce })
        const [first, ...answers] = lines(one, ...said)
        assert.match(first!, /^AUTH [A-Z0-9-]+(?: [A-Za-z0-9+/]+=*)?$/)
        for (const answer of answers) assert.match(answer, /^(?:\*|[A-Za-z0-9+/]*={0,2})$/)
        // Once broken off, it stays so.
        const star = answers.indexOf('*')
        if (star >= 0) assert.ok(answers.slice(star).every((answer) => answer === '*'))
      }),
      { numRuns: 1000, seed: 20261122 },
    )
  })

  it('gives the secret away to nobody with SCRAM-SHA-256 and CRAM-MD5, and says no more after a wrong signature', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('SCRAM-SHA-256', 'CRAM-MD5'),
        fc.array(challenge, { maxLength: 4 }),
        (mechanism, said) => {
          const one = exchange(mechanism as ClientMechanism, 'tim', 'pencil', { unique: () => SCRAM.nonce })
          for (const line of lines(one, ...said)) {
            const plain = line.replace(/^AUTH \S+ ?/, '')
            assert.ok(!Buffer.from(plain, 'base64').includes('pencil') && !line.includes('pencil'))
          }
        },
      ),
      { numRuns: 500, seed: 20261122 },
    )
    fc.assert(
      fc.property(fc.array(challenge, { minLength: 1, maxLength: 5 }), (said) => {
        const one = scram()
        const [, , ...after] = lines(one, base64(SCRAM.serverFirst), base64('v=AAAA'), ...said)
        assert.ok(after.every((line) => line === '*'))
        assert.equal(one.proved, false)
      }),
      { numRuns: 300, seed: 20261122 },
    )
  })
})

describe('which mechanism a client takes', () => {
  const chosen = (announced: string, parts: Partial<ClientAuthPlan> = {}, place = HERE, encrypted = false) => {
    const client = authClient(planOf(parts), place, SASL_TOOLS)
    const one = client.open(readExtensions(`250-mx\r\n250 ${announced}\r\n`), encrypted, null)
    return one === null ? client.reason : one.first().toString().split(/\s/)[1]
  }

  it('is the best that is offered, and XOAUTH2 only when asked for', () => {
    assert.equal(chosen('AUTH LOGIN PLAIN XOAUTH2 CRAM-MD5 SCRAM-SHA-256'), 'SCRAM-SHA-256')
    assert.equal(chosen('AUTH LOGIN PLAIN XOAUTH2 CRAM-MD5 SCRAM-SHA-256-PLUS SCRAM-SHA-1'), 'CRAM-MD5')
    assert.equal(chosen('AUTH login plain xoauth2'), 'PLAIN')
    assert.equal(chosen('AUTH=LOGIN'), 'LOGIN')
    assert.equal(chosen('AUTH XOAUTH2 PLAIN', { mechanism: 'XOAUTH2' }), 'XOAUTH2')
    assert.equal(chosen('AUTH XOAUTH2 GSSAPI'), 'the server does not offer SCRAM-SHA-256, CRAM-MD5, PLAIN, LOGIN')
    assert.equal(chosen('AUTH PLAIN', { mechanism: 'LOGIN' }), 'the server does not offer LOGIN')
    assert.equal(chosen('PIPELINING'), 'the server offers no AUTH')
  })

  it('sends no secret unencrypted to another machine unless told to', () => {
    for (const mechanism of ['PLAIN', 'LOGIN', 'XOAUTH2'] as const) {
      const refused = `${mechanism} would send the secret unencrypted to another machine`
      const offer = `AUTH ${mechanism}`
      assert.equal(chosen(offer, { mechanism }, AWAY), refused)
      assert.equal(chosen(offer, { mechanism }, AWAY, true), mechanism)
      assert.equal(chosen(offer, { mechanism, inClear: true }, AWAY), mechanism)
      assert.equal(chosen(offer, { mechanism }, HERE), mechanism)
    }
    assert.equal(
      chosen('AUTH PLAIN LOGIN', {}, AWAY),
      'PLAIN and LOGIN would send the secret unencrypted to another machine',
    )
    assert.equal(chosen('AUTH PLAIN LOGIN CRAM-MD5', {}, AWAY), 'CRAM-MD5')
    assert.equal(chosen('AUTH PLAIN LOGIN SCRAM-SHA-256', {}, AWAY), 'SCRAM-SHA-256')
  })

  it('stands in the EHLO reply, in any case, and by the word AUTH= of old', () => {
    const bits: Readonly<Record<ClientMechanism, number>> = {
      'SCRAM-SHA-256': Extension.authScramSha256,
      'CRAM-MD5': Extension.authCramMd5,
      XOAUTH2: Extension.authXoauth2,
      PLAIN: Extension.authPlain,
      LOGIN: Extension.authLogin,
    }
    for (const [word, bit] of Object.entries(bits)) {
      for (const line of [`AUTH ${word}`, `auth X ${word.toLowerCase()}  Y`, `AUTH=${word}`, `AUTH=X ${word}`]) {
        assert.equal(readExtensions(`250-mx\r\n250-${line}\r\n250 X\r\n`), Extension.auth | bit, line)
      }
      assert.equal(readExtensions(`250-mx\r\n250 AUTH ${word}X X${word}\r\n`), Extension.auth)
      assert.equal(readExtensions(`250-mx\r\n250 XAUTH ${word}\r\n`), 0)
    }
  })
})

describe('who logs in', () => {
  const credentials = ['a', 'b', 'c', 'd', 'e'].map((user) => ({ user, secret: `secret of ${user}` }))
  const parts = (one: AuthExchange) =>
    Buffer.from(one.first().toString('latin1').slice(11), 'base64').toString().split('\0').slice(1)
  const plain = (more: Partial<ClientAuthPlan>, place: AuthPlace = HERE) =>
    authClient(planOf({ mechanism: 'PLAIN', credentials, ...more }), place, SASL_TOOLS)

  it('are all in turn, also where several workers take turns', () => {
    const client = plain({})
    const seen = Array.from({ length: 12 }, () => parts(client.open(EVERYTHING, false, null)!)[0])
    assert.equal(seen.join(''), 'abcdeabcdeab')
    for (const workers of [2, 3, 5, 7]) {
      const all = Array.from({ length: workers }, (_, worker) => plain({}, { ...HERE, worker, workers }))
      const turns = Array.from({ length: 5 }, () => all.map((one) => parts(one.open(EVERYTHING, false, null)!)[0]))
      assert.equal(turns.flat().join(''), 'abcde'.repeat(workers))
    }
  })

  it('are drawn, the same by the same seed', () => {
    const drawn = (seed: number) => {
      const client = plain({ order: 'random' }, { ...HERE, seed })
      return Array.from({ length: 1000 }, () => parts(client.open(EVERYTHING, false, null)!)[0]!).join('')
    }
    assert.equal(drawn(1), drawn(1))
    assert.notEqual(drawn(1), drawn(2))
    for (const { user } of credentials) {
      const times = drawn(1).split(user).length - 1
      assert.ok(times > 150 && times < 250, `${user}: ${times}`)
    }
  })

  it('have a wrong secret in the drawn share, and then the right one of the same user', () => {
    for (const failureRate of [0, 0.3, 1]) {
      const client = plain({ failureRate }, { ...HERE, seed: 11 })
      // One draw makes the wrong secret, then there is one for each connection.
      const rng = new Rng(11)
      rng.next()
      for (let i = 0; i < 500; i++) {
        const one = client.open(EVERYTHING, false, null)!
        assert.equal(one.wrong, failureRate > 0 && rng.next() < failureRate)
        const [user, secret] = parts(one)
        assert.equal(user, credentials[i % 5]!.user)
        assert.equal(secret === `secret of ${user}`, !one.wrong)
        if (!one.wrong) continue
        const other = client.open(EVERYTHING, false, one)!
        assert.equal(other.wrong, false)
        assert.deepEqual(parts(other), [user, `secret of ${user}`])
      }
    }
  })

  it('never get a wrong secret that is the right one', () => {
    const [, secret] = parts(plain({ failureRate: 1 }).open(EVERYTHING, false, null)!)
    const unlucky = plain({ failureRate: 1, credentials: [{ user: 'u', secret: secret! }] })
    assert.notEqual(parts(unlucky.open(EVERYTHING, false, null)!)[1], secret)
  })
})
