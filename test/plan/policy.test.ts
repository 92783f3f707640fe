import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { UsageError } from '#src/base/errors.js'
import { type Distribution, NO_POLICY, POLICY_STAGES, type Policy } from '#src/plan/policy.js'
import { checkPolicy } from '#src/plan/policy-check.js'
import { fileLayer, readPolicy } from '#src/plan/policy-read.js'
import { policyDocument, policyText } from '#src/plan/policy-write.js'

const read = (document: unknown): Policy => readPolicy([fileLayer('p.yaml', document)], 'abc')

/** A section read from a document that has only that. */
function section<K extends keyof Policy>(name: K, value: unknown): Policy[K] {
  return read({ [name]: value })[name]
}

const reply = (code: number, text: string) => ({ code, text, close: code === 421 })

describe('reading a policy', () => {
  it('of nothing does nothing, with the seed that is handed in', () => {
    assert.deepEqual(read({}), { ...NO_POLICY, seed: 'abc' })
    assert.deepEqual(read(null), { ...NO_POLICY, seed: 'abc' })
    assert.equal(read({ seed: 'FF' }).seed, 'ff')
    assert.equal(read({ seed: 1234 }).seed, '1234')
  })

  it('takes rules as objects and as specs, one or several', () => {
    const rule = { stages: ['rcpt'], share: 0.02, ...reply(550, '5.7.1 Refused') }
    assert.deepEqual(section('reject', 'rcpt:550:0.02'), [rule])
    assert.deepEqual(section('reject', ['rcpt:550:2%']), [rule])
    assert.deepEqual(section('reject', { stage: 'rcpt', code: 550, share: '2%' }), [rule])
    assert.deepEqual(section('reject', [{ stage: ['rcpt'], code: '550', share: 0.02 }]), [rule])
    assert.deepEqual(section('reject', 'rcpt:550:2%:5.1.1 No: never'), [{ ...rule, text: '5.1.1 No: never' }])
    assert.deepEqual(section('reject', 'rcpt:550:No'), [{ ...rule, share: 1, text: 'No' }])
    assert.deepEqual(section('reject', []), [])
  })

  it('takes stages alone, listed, or all', () => {
    const stages = (stage: unknown) => section('disconnect', { stage, share: 0 })[0]!.stages
    assert.deepEqual(stages('dot'), ['dot'])
    assert.deepEqual(stages('rcpt, mail'), ['mail', 'rcpt'])
    assert.deepEqual(stages(['dot', 'mail', 'mail']), ['mail', 'dot'])
    assert.deepEqual(stages('all'), POLICY_STAGES)
  })

  it('makes texts that suit code and stage', () => {
    const text = (spec: string) => section('reject', spec)[0]!.text
    assert.equal(text('mail:421'), '4.3.2 Closing')
    assert.equal(text('connect:421'), 'Closing')
    assert.equal(text('connect,hello:554'), 'Refused')
    assert.equal(text('hello,mail:554'), '5.7.1 Refused')
    assert.equal(text('dot:452'), '4.3.1 No room')
    assert.equal(text('connect:554:5.7.1 Mine'), '5.7.1 Mine')
    assert.equal(section('maxRecipients', '5:550')?.text, '5.5.3 Too many recipients')
    assert.deepEqual(section('wrong', ['data:250', 'mail:550:0.1:Odd']), [
      { stages: ['data'], share: 1, code: 250, text: 'Ok' },
      { stages: ['mail'], share: 0.1, code: 550, text: 'Odd' },
    ])
  })

  it('knows distributions', () => {
    const times: readonly (readonly [text: string, time: Distribution])[] = [
      ['20ms', { kind: 'fixed', ms: 20 }],
      ['0', { kind: 'fixed', ms: 0 }],
      ['10ms..1s', { kind: 'uniform', minMs: 10, maxMs: 1000 }],
      ['exp:30ms', { kind: 'exp', meanMs: 30 }],
      ['normal:30ms:5ms', { kind: 'normal', meanMs: 30, sdMs: 5 }],
      ['lognormal:20ms:200ms', { kind: 'lognormal', medianMs: 20, p99Ms: 200 }],
      ['geometric:5s:30%', { kind: 'geometric', ms: 5000, odds: 0.3 }],
    ]
    for (const [text, time] of times) {
      assert.deepEqual(section('delay', `mail:${text}`), [{ stages: ['mail'], share: 1, time }])
      assert.deepEqual(section('delay', `mail:${text}:5%`), [{ stages: ['mail'], share: 0.05, time }])
      assert.deepEqual(section('delay', { stage: 'mail', time: text }), [{ stages: ['mail'], share: 1, time }])
    }
    assert.deepEqual(read({ slowBanner: 'exp:2s:10%', delay: 'mail:1ms' }).delay, [
      { stages: ['mail'], share: 1, time: { kind: 'fixed', ms: 1 } },
      { stages: ['connect'], share: 0.1, time: { kind: 'exp', meanMs: 2000 } },
    ])
  })

  it('knows limits, counts, greylist and tarpit', () => {
    const empty = '4.7.0 Rate limit exceeded, try again later'
    assert.deepEqual(section('limit', ['client:10/s', 'sender:90/m:3', 'domain:1k/s:5:450', 'connection:0.5/s']), [
      { per: 'client', rate: 10, burst: 10, ...reply(421, empty) },
      { per: 'sender', rate: 1.5, burst: 3, ...reply(451, empty) },
      { per: 'domain', rate: 1000, burst: 5, ...reply(450, empty) },
      { per: 'connection', rate: 0.5, burst: 1, ...reply(421, empty.slice(6)) },
    ])
    assert.deepEqual(section('maxRecipients', 100), { count: 100, ...reply(452, '4.5.3 Too many recipients') })
    assert.deepEqual(section('maxMessages', { count: 5, code: 450, close: true }), {
      count: 5,
      ...reply(450, '4.7.0 Too many messages in one session'),
      close: true,
    })
    const later = reply(451, '4.7.1 Greylisted, try again later')
    assert.deepEqual(section('greylist', '5m:1d'), { passMs: 300_000, lifetimeMs: 86_400_000, ...later })
    assert.deepEqual(section('greylist', { pass: '1s' }), { passMs: 1000, lifetimeMs: 36 * 86_400_000, ...later })
    assert.deepEqual(section('tarpit', ['client:5ms:2:1s', 'all:1ms']), [
      { per: 'client', stepMs: 5, free: 2, maxMs: 1000 },
      { per: 'all', stepMs: 1, free: 0, maxMs: 60_000 },
    ])
  })

  it('knows ends, cuts and manners', () => {
    assert.deepEqual(section('disconnect', 'mail,dot:1%'), [{ stages: ['mail', 'dot'], share: 0.01 }])
    assert.deepEqual(section('reset', 'data'), [{ stages: ['data'], share: 1 }])
    assert.deepEqual(section('cut', ['10KiB:1%', '0..1k:0.5', { after: 7, share: 0 }]), [
      { minOctets: 10_240, maxOctets: 10_240, share: 0.01 },
      { minOctets: 0, maxOctets: 1000, share: 0.5 },
      { minOctets: 7, maxOctets: 7, share: 0 },
    ])
    assert.deepEqual(section('malformed', 'mail:bare-lf:1%'), [{ stages: ['mail'], share: 0.01, as: 'bare-lf' }])
    assert.deepEqual(section('drip', '1:10ms:5%'), { octets: 1, everyMs: 10, share: 0.05 })
    assert.deepEqual(section('slowRead', '50ms'), { pauseMs: 50, share: 1 })
    assert.equal(section('entries', 1024), 1024)
  })

  it('takes each section from the strongest layer that has it', () => {
    const weak = {
      path: (name: string) => `weak: ${name}`,
      document: { reject: ['mail:450', 'rcpt:550'], greylist: '1m', seed: '1' },
    }
    const strong = { path: (name: string) => `--${name}`, document: { reject: 'dot:452', greylist: null } }
    const policy = readPolicy([weak, strong], '2')
    assert.deepEqual(
      policy.reject.map(({ code }) => code),
      [452],
    )
    assert.equal(policy.greylist, null)
    assert.equal(policy.seed, '1')
  })
})

const BAD: readonly (readonly [document: unknown, sentence: RegExp])[] = [
  [5, /^p\.yaml: 5 is no object; give one with profile, seed, reject/],
  [[], /^p\.yaml: \[\] is no object/],
  [{ rejects: [] }, /^p\.yaml: rejects is unknown; did you mean reject\?$/],
  [{ foo: 1 }, /^p\.yaml: foo is unknown; known are profile, seed, .*entries\.$/],
  [{ seed: 'xyz' }, /^p\.yaml: seed: 'xyz' is no seed; give 1 to 16 hexadecimal digits\.$/],
  [{ reject: true }, /^p\.yaml: reject: true is no object; give one with stage, code, share, text, close\.$/],
  [
    { reject: ['rcpt'] },
    /^p\.yaml: reject\[0\]: 'rcpt' is not of the form STAGE:CODE\[:SHARE\]\[:TEXT\]; give one such as rcpt:550:2%\.$/,
  ],
  [{ reject: [{}, 1] }, /^p\.yaml: reject\[0\]\.stage: nothing is no stage; give one of connect, hello, .* or all\.$/],
  [
    { reject: [{ stage: 'rctp', code: 550 }] },
    /^p\.yaml: reject\[0\]\.stage: 'rctp' is no stage; did you mean rcpt\?$/,
  ],
  [{ reject: 'bogus:550' }, /^p\.yaml: reject 'bogus:550' stage: 'bogus' is no stage; give one of connect/],
  [
    { reject: [{ stage: 'rcpt' }] },
    /^p\.yaml: reject\[0\]\.code: nothing is no code that can be given here; give 400 to 599\.$/,
  ],
  [
    { reject: 'rcpt:250' },
    /^p\.yaml: reject 'rcpt:250' code: '250' is no code that can be given here; give 400 to 599\.$/,
  ],
  [
    { reject: 'rcpt:550:2' },
    /^p\.yaml: reject 'rcpt:550:2' share: '2' is no share; give a number from 0 to 1, or a percentage such as 2%\.$/,
  ],
  [
    { reject: [{ stage: 'rcpt', code: 550, shar: 1 }] },
    /^p\.yaml: reject\[0\]\.shar is unknown; did you mean share\?$/,
  ],
  [
    { reject: [{ stage: 'rcpt', code: 550, text: 5 }] },
    /^p\.yaml: reject\[0\]\.text: 5 is no text; give it in quotes\.$/,
  ],
  [
    { reject: [{ stage: 'rcpt', code: 550, text: 'a\r\nb' }] },
    /^reject\[0\]\.text has characters that no reply may have; give printable ASCII\.$/,
  ],
  [{ reject: [{ stage: 'rcpt', code: 550, text: 'x'.repeat(507) }] }, /^reject\[0\]\.text is too long/],
  [
    { reject: [{ stage: 'rcpt', code: 550, close: 'yes' }] },
    /^p\.yaml: reject\[0\]\.close: 'yes' is neither true nor false/,
  ],
  [{ reject: [{ stage: [], code: 550 }] }, /^p\.yaml: reject\[0\]\.stage: \[\] is no stage/],
  [
    { reject: ['rcpt:550:60%', 'rcpt:450:30%'], disconnect: 'rcpt:20%' },
    /^What happens at rcpt \(.*\) has shares of 1\.1 together, and only one of them can happen to a command; give at most 1 in all\.$/,
  ],
  [{ cut: '1k', reject: 'data:554:1%' }, /^What happens at data .* 1\.01 together/],
  [
    { delay: 'mail' },
    /^p\.yaml: delay: 'mail' is not of the form STAGE:TIME\[:SHARE\]; give one such as dot:10ms\.\.50ms\.$/,
  ],
  [{ delay: 'mail:20' }, /^p\.yaml: delay 'mail:20' time: '20' lacks its unit; give one such as 500ms/],
  [
    { delay: { stage: 'mail', time: 'gauss:1s' } },
    /^p\.yaml: delay\.time: 'gauss:1s' is no time; give one such as 20ms, 10ms\.\.50ms, exp:MEAN/,
  ],
  [{ delay: 'mail:2h' }, /^p\.yaml: delay 'mail:2h' time: 2h is too large; give at most 1h\.$/],
  [{ delay: 'mail:50ms..10ms' }, /^delay\[0\]\.time: the second time of a range must not be below the first\.$/],
  [
    { delay: 'mail:lognormal:20ms:10ms' },
    /^delay\[0\]\.time: a lognormal time needs a median above 0 and a p99 not below it/,
  ],
  [
    { delay: 'mail:geometric:5s:100%' },
    /^delay\[0\]\.time: a geometric time needs odds above 0 and below 1, such as geometric:5s:30%\.$/,
  ],
  [{ delay: 'mail:geometric:5s:0' }, /^delay\[0\]\.time: a geometric time needs odds/],
  [{ delay: { stage: 'mail' } }, /^p\.yaml: delay\.time is missing\.$/],
  [
    { delay: { stage: 'mail', time: ['1s'] } },
    /^p\.yaml: delay\.time: \["1s"\] is neither a number nor a text with a unit; give one of them\.$/,
  ],
  [{ limit: 'clients:5/s' }, /^p\.yaml: limit 'clients:5\/s' per: 'clients' is not known; did you mean client\?$/],
  [{ limit: 'client:0/s' }, /^p\.yaml: limit 'client:0\/s' rate: '0\/s' is not a rate/],
  [{ limit: { rate: 5 } }, /^p\.yaml: limit\.per is missing; give connection, client, sender, domain\.$/],
  [
    { limit: 'client:1/s:1:421:x' },
    /^p\.yaml: limit: 'client:1\/s:1:421:x' is not of the form PER:RATE\[:BURST\[:CODE\]\]/,
  ],
  [{ maxRecipients: 0 }, /^p\.yaml: maxRecipients '0' count: 0 is too small; give at least 1\.$/],
  [{ greylist: '1d:1h' }, /^greylist\.lifetime must be above greylist\.pass/],
  [{ greylist: 300 }, /^p\.yaml: greylist '300' pass: '300' lacks its unit/],
  [{ tarpit: 'each:5ms' }, /^p\.yaml: tarpit 'each:5ms' per: 'each' is not known; give client, all\.$/],
  [{ cut: '10..5:1%' }, /^p\.yaml: cut '10\.\.5:1%' after: 5 is too small; give at least 10\.$/],
  [{ malformed: 'mail:bare' }, /^p\.yaml: malformed 'mail:bare' as: 'bare' is not known; did you mean bare-lf\?$/],
  [{ drip: '1' }, /^p\.yaml: drip: '1' is not of the form OCTETS:TIME\[:SHARE\]/],
  [{ drip: '0:1ms' }, /^p\.yaml: drip '0:1ms' octets: 0 is too small/],
  [{ entries: 1000 }, /^entries: 1000 is not a power of two; give one such as 65536\.$/],
  [{ reject: { stage: ['rcpt', {}], code: 550 } }, /stage: \{\} is no stage; give one of connect, /],
  [{ entries: 32 }, /^entries: 32 is out of range/],
]

describe('refusing a policy', () => {
  for (const [document, sentence] of BAD) {
    it(JSON.stringify(document).slice(0, 70), () => {
      assert.throws(
        () => read(document),
        (error) => {
          assert.ok(error instanceof UsageError, String(error))
          assert.match(error.message, sentence)
          return true
        },
      )
    })
  }

  it('answers whatever is thrown at it with a policy or one sentence', () => {
    const keys = fc.constantFrom(
      'reject',
      'delay',
      'limit',
      'greylist',
      'cut',
      'stage',
      'code',
      'time',
      'per',
      'seed',
      'drip',
    )
    const leaf = fc.oneof(
      fc.string({ maxLength: 8 }),
      fc.integer(),
      fc.boolean(),
      fc.constant(null),
      fc.constant('rcpt:550'),
    )
    const value = fc.letrec((tie) => ({
      any: fc.oneof(
        { depthSize: 'small' },
        leaf,
        fc.array(tie('any'), { maxLength: 2 }),
        fc.dictionary(keys, tie('any'), { maxKeys: 3 }),
      ),
    })).any
    fc.assert(
      fc.property(fc.dictionary(keys, value, { maxKeys: 3 }), (document) => {
        try {
          checkPolicy(read(document))
        } catch (error) {
          assert.ok(error instanceof UsageError, String(error))
          assert.match(error.message, /[.?]$/)
          assert.doesNotMatch(error.message, /undefined|NaN|\[object/)
        }
      }),
      { numRuns: 500 },
    )
  })

  it('holds for a policy that was not read', () => {
    const wrong: readonly Partial<Policy>[] = [
      { seed: 'X' },
      { slowRead: { pauseMs: Number.NaN, share: 1 } },
      { drip: { octets: 1, everyMs: 1, share: 2 } },
      { disconnect: [{ stages: ['nowhere' as 'mail'], share: 1 }] },
      { disconnect: [{ stages: [], share: 1 }] },
      { delay: [{ stages: ['mail'], share: 1, time: { kind: 'what' } as unknown as Distribution }] },
      { limit: [{ per: 'client', rate: 0, burst: 1, ...reply(421, '') }] },
      { cut: [{ minOctets: 5, maxOctets: 4, share: 1 }] },
      { entries: 100 },
    ]
    checkPolicy(NO_POLICY)
    for (const part of wrong)
      assert.throws(() => checkPolicy({ ...NO_POLICY, ...part }), UsageError, JSON.stringify(part))
  })
})

describe('writing a policy', () => {
  const share = fc.integer({ min: 0, max: 100 }).map((n) => n / 1000)
  const stages = fc.subarray([...POLICY_STAGES], { minLength: 1 })
  const ms = fc.integer({ min: 1, max: 5000 })
  const text = fc.string({ unit: fc.constantFrom(...'aZ5 .:-\n'), maxLength: 20 })
  const refusal = { code: fc.integer({ min: 400, max: 599 }), text, close: fc.boolean() }
  const time: fc.Arbitrary<Distribution> = fc.oneof(
    ms.map((value) => ({ kind: 'fixed' as const, ms: value })),
    fc.tuple(ms, ms).map(([a, b]) => ({ kind: 'uniform' as const, minMs: Math.min(a, b), maxMs: Math.max(a, b) })),
    ms.map((meanMs) => ({ kind: 'exp' as const, meanMs })),
    fc.tuple(ms, ms).map(([meanMs, sdMs]) => ({ kind: 'normal' as const, meanMs, sdMs })),
    fc.tuple(ms, ms).map(([a, b]) => ({ kind: 'lognormal' as const, medianMs: Math.min(a, b), p99Ms: Math.max(a, b) })),
    fc
      .tuple(ms, fc.integer({ min: 1, max: 99 }))
      .map(([a, n]) => ({ kind: 'geometric' as const, ms: a, odds: n / 100 })),
  )
  const some = <T>(one: fc.Arbitrary<T>) => fc.array(one, { maxLength: 1 })
  const count = fc.option(fc.record({ count: fc.integer({ min: 1, max: 1e6 }), ...refusal }))
  const policy: fc.Arbitrary<Policy> = fc.record({
    seed: fc.constantFrom('0', 'c0ffee'),
    reject: some(fc.record({ stages, share, ...refusal })),
    delay: some(fc.record({ stages, share, time })),
    limit: some(
      fc.record({
        per: fc.constantFrom('connection' as const, 'client' as const, 'sender' as const, 'domain' as const),
        rate: fc.constantFrom(0.1, 1, 2.5, 1000, 1 / 60),
        burst: fc.integer({ min: 1, max: 1000 }),
        ...refusal,
      }),
    ),
    maxRecipients: count,
    maxMessages: count,
    greylist: fc.option(fc.record({ passMs: ms, lifetimeMs: ms.map((value) => value + 5000), ...refusal })),
    tarpit: some(
      fc.record({ per: fc.constantFrom('client' as const, 'all' as const), stepMs: ms, free: fc.nat(9), maxMs: ms }),
    ),
    disconnect: some(fc.record({ stages, share })),
    reset: some(fc.record({ stages, share })),
    cut: some(
      fc
        .tuple(fc.nat(5000), fc.nat(5000), share)
        .map(([min, more, part]) => ({ minOctets: min, maxOctets: min + more, share: part })),
    ),
    wrong: some(fc.record({ stages, share, code: fc.integer({ min: 200, max: 599 }), text })),
    malformed: some(fc.record({ stages, share, as: fc.constantFrom('nul' as const, 'half' as const) })),
    drip: fc.option(fc.record({ octets: fc.integer({ min: 1, max: 9 }), everyMs: ms, share })),
    slowRead: fc.option(fc.record({ pauseMs: ms, share })),
    entries: fc.constantFrom(64, 65_536),
  })

  it('reads back as the same policy', () => {
    fc.assert(
      fc.property(policy, (made) => {
        // Without the null prototypes that records of fast-check may have.
        const given: Policy = structuredClone(made)
        assert.deepEqual(readPolicy([fileLayer('p.json', JSON.parse(policyText(given)))], 'f'), given)
      }),
      { numRuns: 300 },
    )
  })

  it('leaves out what does nothing', () => {
    assert.deepEqual(policyDocument(NO_POLICY), { seed: '0' })
  })
})
