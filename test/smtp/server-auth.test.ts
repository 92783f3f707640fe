import assert from 'node:assert/strict'
import { createHash, createHmac } from 'node:crypto'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { SINK_COUNTERS, SinkCounter } from '#src/measure/series.js'
import type { SinkAuthPlan } from '#src/plan/sink-plan.js'
import type { SaslTools } from '#src/smtp/sasl.js'
import { authService } from '#src/smtp/server-auth.js'
import type { AuthStep } from '#src/smtp/server-auth-hook.js'
import { SASL_TOOLS } from '#src/worker/sasl-tools.js'

const USERS = new Map([
  ['tim', 'tanstaaftanstaaf'],
  ['test', '1234'],
  ['jürgen', 'пароль'],
  ['two words', 'x y'],
  ['someuser@example.com', 'ya29.vF9dft4qmTc2Nvb3RlckBhdHRhdmlzdGEuY29tCg'],
])
const ALL: SinkAuthPlan = {
  mechanisms: ['PLAIN', 'LOGIN', 'CRAM-MD5', 'XOAUTH2', 'SCRAM-SHA-256'],
  users: USERS,
  required: false,
}
const ANYONE: SinkAuthPlan = { ...ALL, users: null }

const TOOLS: SaslTools = { ...SASL_TOOLS, unique: () => '1896.697170952' }

const base64 = (text: string) => Buffer.from(text).toString('base64')
const xoauth2 = (user: string, token: string) => base64(`user=${user}\x01auth=Bearer ${token}\x01\x01`)

/** One connection, and what was counted. */
function connection(plan: SinkAuthPlan = ALL, hostname = 'postoffice.reston.mci.net') {
  const counters = new Float64Array(SINK_COUNTERS.length)
  const server = authService(plan, hostname, TOOLS, counters).open()
  return {
    server,
    /** The replies to a whole exchange: the argument of AUTH, then answers; each as long as the step before asked for one. */
    say(argument: string, ...answers: readonly string[]): string[] {
      let step = server.begin(argument)
      const replies = [step.reply]
      for (const line of answers) {
        assert.equal(step.state, 'more', `before '${line}': ${step.reply}`)
        step = server.answer(line)
        replies.push(step.reply)
      }
      assert.notEqual(step.state, 'more')
      assert.equal(step.state === 'accepted', step.reply.startsWith('235 '))
      return replies
    },
    get counted(): readonly [ok: number, failed: number] {
      return [counters[SinkCounter.authOk]!, counters[SinkCounter.authFailed]!]
    },
  }
}

const OK = '235 2.7.0 Authentication successful'
const WRONG = '535 5.7.8 Authentication credentials invalid'
const CANCELLED = '501 5.7.0 Authentication cancelled'
const NOT_BASE64 = '501 5.5.2 Cannot decode base64'
const MALFORMED = '501 5.5.2 Malformed authentication data'
const SYNTAX = '501 5.5.4 Syntax: AUTH mechanism [initial-response]'

/** The salt is the user's, the same at each exchange. */
const SALT = createHash('sha256').update('postoffice.reston.mci.net\0test').digest().subarray(0, 16).toString('base64')
const SCRAM_FIRST = `334 ${base64(`r=x1896.697170952,s=${SALT},i=4096`)}`

const EXCHANGES: readonly (readonly [name: string, words: readonly string[], replies: readonly string[]])[] = [
  ['PLAIN, RFC 4954 section 4.1', ['PLAIN dGVzdAB0ZXN0ADEyMzQ='], [OK]],
  ['PLAIN without initial response', ['PLAIN', 'AHRlc3QAMTIzNA=='], ['334 ', OK]],
  ['PLAIN in any case, with blanks', [' \tplain \t AHRlc3QAMTIzNA== '], [OK]],
  ['PLAIN in UTF-8', [`PLAIN ${base64('\0jürgen\0пароль')}`], [OK]],
  ['PLAIN, wrong password', [`PLAIN ${base64('\0test\x0012345')}`], [WRONG]],
  ['PLAIN, a beginning of the password', [`PLAIN ${base64('\0test\x00123')}`], [WRONG]],
  ['PLAIN, unknown user', [`PLAIN ${base64('\0nobody\x001234')}`], [WRONG]],
  ['PLAIN for another', [`PLAIN ${base64('tim\0test\x001234')}`], [WRONG]],
  ['PLAIN, one NUL', [`PLAIN ${base64('test\x001234')}`], [MALFORMED]],
  ['PLAIN, three NULs', [`PLAIN ${base64('\0test\x001234\0')}`], [MALFORMED]],
  ['PLAIN, no user', [`PLAIN ${base64('\0\x001234')}`], [MALFORMED]],
  ['PLAIN, no password', [`PLAIN ${base64('\0test\0')}`], [MALFORMED]],
  ['PLAIN, an empty initial response', ['PLAIN ='], [MALFORMED]],
  ['PLAIN, an empty answer', ['PLAIN', ''], ['334 ', MALFORMED]],
  ['PLAIN cancelled', ['PLAIN', '*'], ['334 ', CANCELLED]],
  ['PLAIN cancelled at once', ['PLAIN *'], [CANCELLED]],
  ['PLAIN, no base64', ['PLAIN', 'dGVzdAB0Z,=='], ['334 ', NOT_BASE64]],
  ['PLAIN, base64 without its padding', ['PLAIN dGVzdAB0ZXN0ADEyMzQ'], [NOT_BASE64]],
  ['PLAIN, base64 that goes on behind its padding', ['PLAIN dGVzdA==dGVzdA=='], [NOT_BASE64]],
  ['PLAIN, two words', ['PLAIN AHRlc3QAMTIzNA== x'], [SYNTAX]],
  ['LOGIN', ['LOGIN', base64('test'), base64('1234')], ['334 VXNlcm5hbWU6', '334 UGFzc3dvcmQ6', OK]],
  ['LOGIN with the user at once', [`LOGIN ${base64('test')}`, base64('1234')], ['334 UGFzc3dvcmQ6', OK]],
  ['LOGIN, wrong', [`LOGIN ${base64('test')}`, base64('124')], ['334 UGFzc3dvcmQ6', WRONG]],
  ['LOGIN, no user', ['LOGIN', '', base64('1234')], ['334 VXNlcm5hbWU6', '334 UGFzc3dvcmQ6', MALFORMED]],
  ['LOGIN, no password', ['LOGIN', base64('test'), ''], ['334 VXNlcm5hbWU6', '334 UGFzc3dvcmQ6', WRONG]],
  ['LOGIN cancelled at the user', ['LOGIN', '*'], ['334 VXNlcm5hbWU6', CANCELLED]],
  ['LOGIN cancelled at the password', ['LOGIN dGVzdA==', '*'], ['334 UGFzc3dvcmQ6', CANCELLED]],
  ['LOGIN, no base64', ['LOGIN dGVzdA==', '12345'], ['334 UGFzc3dvcmQ6', NOT_BASE64]],
  [
    'CRAM-MD5, RFC 2195 section 2',
    ['CRAM-MD5', 'dGltIGI5MTNhNjAyYzdlZGE3YTQ5NWI0ZTZlNzMzNGQzODkw'],
    ['334 PDE4OTYuNjk3MTcwOTUyQHBvc3RvZmZpY2UucmVzdG9uLm1jaS5uZXQ+', OK],
  ],
  [
    'CRAM-MD5, wrong digest',
    ['CRAM-MD5', base64('tim b913a602c7eda7a495b4e6e7334d3891')],
    ['334 PDE4OTYuNjk3MTcwOTUyQHBvc3RvZmZpY2UucmVzdG9uLm1jaS5uZXQ+', WRONG],
  ],
  [
    'CRAM-MD5, unknown user with the digest of an empty password',
    [
      'CRAM-MD5',
      base64(`nobody ${createHmac('md5', '').update('<1896.697170952@postoffice.reston.mci.net>').digest('hex')}`),
    ],
    ['334 PDE4OTYuNjk3MTcwOTUyQHBvc3RvZmZpY2UucmVzdG9uLm1jaS5uZXQ+', WRONG],
  ],
  [
    'CRAM-MD5, no digest',
    ['CRAM-MD5', base64('tim')],
    ['334 PDE4OTYuNjk3MTcwOTUyQHBvc3RvZmZpY2UucmVzdG9uLm1jaS5uZXQ+', MALFORMED],
  ],
  [
    'CRAM-MD5 cancelled',
    ['CRAM-MD5', '*'],
    ['334 PDE4OTYuNjk3MTcwOTUyQHBvc3RvZmZpY2UucmVzdG9uLm1jaS5uZXQ+', CANCELLED],
  ],
  [
    'CRAM-MD5 with an initial response',
    ['CRAM-MD5 dGltIGI5MTNhNjAyYzdlZGE3YTQ5NWI0ZTZlNzMzNGQzODkw'],
    ['501 5.7.0 No initial response with this mechanism'],
  ],
  [
    'XOAUTH2 as Google documents it',
    [`XOAUTH2 ${xoauth2('someuser@example.com', 'ya29.vF9dft4qmTc2Nvb3RlckBhdHRhdmlzdGEuY29tCg')}`],
    [OK],
  ],
  ['XOAUTH2 without initial response', ['XOAUTH2', xoauth2('test', '1234')], ['334 ', OK]],
  [
    'XOAUTH2, wrong token',
    [`XOAUTH2 ${xoauth2('test', 'x')}`, ''],
    [`334 ${base64('{"status":"401","schemes":"bearer","scope":"smtp"}')}`, WRONG],
  ],
  [
    'XOAUTH2, wrong token, then cancelled',
    [`XOAUTH2 ${xoauth2('nobody', 'x')}`, '*'],
    [`334 ${base64('{"status":"401","schemes":"bearer","scope":"smtp"}')}`, CANCELLED],
  ],
  [
    'XOAUTH2, wrong token, then something that is no base64',
    [`XOAUTH2 ${xoauth2('nobody', 'x')}`, 'AQ'],
    [`334 ${base64('{"status":"401","schemes":"bearer","scope":"smtp"}')}`, WRONG],
  ],
  ['XOAUTH2, something else', [`XOAUTH2 ${base64('user=test\x01auth=Basic x\x01\x01')}`], [MALFORMED]],
  ['SCRAM-SHA-256 of no message', ['SCRAM-SHA-256 ='], [MALFORMED]],
  ['SCRAM-SHA-256 that insists on a channel', [`SCRAM-SHA-256 ${base64('p=tls-unique,,n=test,r=x')}`], [MALFORMED]],
  ['SCRAM-SHA-256 without a nonce', [`SCRAM-SHA-256 ${base64('n,,n=test,r=')}`], [MALFORMED]],
  ['SCRAM-SHA-256 with an extension that must be known', [`SCRAM-SHA-256 ${base64('n,,m=1,n=test,r=x')}`], [MALFORMED]],
  ['SCRAM-SHA-256 of a name that is not escaped', [`SCRAM-SHA-256 ${base64('n,,n=a=b,r=x')}`], [MALFORMED]],
  ['SCRAM-SHA-256 cancelled', ['SCRAM-SHA-256', '*'], ['334 ', CANCELLED]],
  ['SCRAM-SHA-256, no base64', ['SCRAM-SHA-256', 'n,,n=test,r=x'], ['334 ', NOT_BASE64]],
  ...(
    [
      ['a proof of another length', 'c=biws,r=x1896.697170952,p=AAAA', MALFORMED],
      ['a proof of nothing', `c=biws,r=x1896.697170952,p=${Buffer.alloc(32).toString('base64')}`, WRONG],
      ['another nonce', `c=biws,r=x1896.697170953,p=${Buffer.alloc(32).toString('base64')}`, MALFORMED],
      ['another header', `c=eSws,r=x1896.697170952,p=${Buffer.alloc(32).toString('base64')}`, MALFORMED],
      ['no proof', 'c=biws,r=x1896.697170952', MALFORMED],
    ] as const
  ).map(([what, final, reply]): (typeof EXCHANGES)[number] => [
    `SCRAM-SHA-256 with ${what}`,
    [`SCRAM-SHA-256 ${base64('n,,n=test,r=x')}`, base64(final)],
    [SCRAM_FIRST, reply],
  ]),
  ['no mechanism', [''], [SYNTAX]],
  ['blanks only', [' \t'], [SYNTAX]],
  ['an unknown mechanism', ['GSSAPI'], ['504 5.5.4 Unknown authentication mechanism']],
]

describe('AUTH', () => {
  for (const [name, [argument, ...answers], replies] of EXCHANGES) {
    it(`answers ${name}`, () => {
      const peer = connection()
      assert.deepEqual(peer.say(argument!, ...answers), replies)
      assert.deepEqual(peer.counted, replies.at(-1) === OK ? [1, 0] : [0, 1])
    })
  }

  it('knows the mechanisms of its plan only, and says which', () => {
    const plan: SinkAuthPlan = { mechanisms: ['LOGIN'], users: null, required: true }
    const service = authService(plan, 'h', TOOLS, new Float64Array(SINK_COUNTERS.length))
    assert.deepEqual([service.mechanisms, service.required], [['LOGIN'], true])
    assert.deepEqual(connection(plan).say('PLAIN'), ['504 5.5.4 Unknown authentication mechanism'])
    assert.deepEqual(connection(plan).say('LOGIN', 'eA==', 'eQ=='), ['334 VXNlcm5hbWU6', '334 UGFzc3dvcmQ6', OK])
  })

  it('accepts everyone where there are no users, but nothing that is malformed', () => {
    for (const [argument, ...answers] of [
      [`PLAIN ${base64('for\0who\0ever')}`],
      ['LOGIN', 'eA==', 'eQ=='],
      ['CRAM-MD5', base64(`who ever ${'0'.repeat(32)}`)],
      ['XOAUTH2', xoauth2('who', 'ever')],
    ] as const) {
      assert.equal(
        connection(ANYONE)
          .say(argument, ...answers)
          .at(-1),
        OK,
      )
    }
    assert.deepEqual(connection(ANYONE).say('PLAIN AAAA'), [MALFORMED])
    assert.equal(connection(ANYONE).say('CRAM-MD5', base64('x')).at(-1), MALFORMED)
  })

  it('has no SCRAM-SHA-256 without users, for it could not prove itself', () => {
    assert.deepEqual(connection(ANYONE).say('SCRAM-SHA-256'), ['504 5.5.4 Unknown authentication mechanism'])
  })

  it('ends an exchange whose answer is too long', () => {
    const peer = connection()
    const { server } = peer
    assert.equal(server.begin('PLAIN').state, 'more')
    assert.deepEqual(server.tooLong(), {
      reply: '500 5.5.6 Authentication exchange line is too long',
      state: 'failed',
    })
    assert.deepEqual(server.answer('AHRlc3QAMTIzNA=='), { reply: MALFORMED, state: 'failed' })
    assert.deepEqual(peer.counted, [0, 2])
  })

  it('takes one exchange after another, and forgets the user of one that was broken off', () => {
    const peer = connection()
    assert.equal(peer.say(`LOGIN ${base64('test')}`, '*').at(-1), CANCELLED)
    assert.equal(peer.say('LOGIN', '=').at(-1), NOT_BASE64)
    assert.equal(peer.say(`LOGIN ${base64('two words')}`, base64('x y')).at(-1), OK)
    assert.deepEqual(peer.counted, [1, 2])
  })

  it('has a challenge of one line, whatever the receiver is called', () => {
    for (const hostname of ['', 'x'.repeat(5000)]) {
      const { reply } = connection(ALL, hostname).server.begin('CRAM-MD5')
      assert.match(reply, /^334 [A-Za-z0-9+/]+=*$/)
      assert.ok(reply.length <= 500, `${reply.length}`)
    }
  })

  it('answers garbage with one line, and lets nobody in by it', () => {
    const word = fc.oneof(
      fc.constantFrom('PLAIN', 'login', 'CRAM-MD5', 'XOAUTH2', 'SCRAM-SHA-256', '*', '=', '', 'dGVzdA==', ' '),
      fc.string({ unit: 'binary', maxLength: 40 }),
      fc.uint8Array({ maxLength: 60 }).map((octets) => Buffer.from(octets).toString('base64')),
      fc.uint8Array({ maxLength: 60 }).map((octets) => Buffer.from(octets).toString('latin1')),
    )
    fc.assert(
      fc.property(fc.array(fc.tuple(word, word), { maxLength: 12 }), (lines) => {
        const { server } = connection()
        let more = false
        for (const [first, second] of lines) {
          const step: AuthStep = more ? server.answer(first) : server.begin(`${first} ${second}`)
          more = step.state === 'more'
          assert.match(step.reply, more ? /^334 [\x20-\x7e]*$/ : /^5\d\d 5\.\d\.\d [\x20-\x7e]+$/)
          assert.notEqual(step.state, 'accepted')
        }
      }),
      { numRuns: 500, seed: 20261122 },
    )
  })

  it('lets exactly those in who know the password', () => {
    // NUL cannot be in either, nor can a lone surrogate be sent.
    const text = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 12 }).filter((one) => !one.includes('\0'))
    fc.assert(
      fc.property(text, text, text, (user, password, other) => {
        const plan: SinkAuthPlan = { ...ALL, users: new Map([[user, password]]) }
        for (const given of [password, other]) {
          const expected = given === password ? OK : WRONG
          assert.equal(connection(plan).say(`PLAIN ${base64(`\0${user}\0${given}`)}`)[0], expected)
          assert.equal(connection(plan).say('LOGIN', base64(user), base64(given)).at(-1), expected)
        }
      }),
      { numRuns: 200, seed: 20261122 },
    )
  })
})
