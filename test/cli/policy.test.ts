import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { UsageError } from '#src/base/errors.js'
import type { Machine } from '#src/cli/machine.js'
import { SINK_MODEL_OPTIONS } from '#src/cli/options-sink-model.js'
import { parse } from '#src/cli/parse.js'
import { policyOf } from '#src/cli/policy-of.js'
import type { Policy } from '#src/plan/policy.js'
import { policyText } from '#src/plan/policy-write.js'
import { PROFILE_NAMES } from '#src/smtp/profiles.js'
import { MACHINE } from './machine.js'

const FILES: Readonly<Record<string, string>> = {
  'p.yaml': [
    '# a comment',
    'seed: "7f3a"',
    'reject:',
    '  - rcpt:550:2%',
    '  - { stage: dot, code: 452, share: 0.01, text: "4.3.1 Full" }',
    'maxRecipients: 100',
    'greylist: { pass: 5m, lifetime: 1d }',
    '',
  ].join('\n'),
  'p.YML': 'delay: dot:10ms..50ms\n',
  'p.json': '{ "profile": "greylister", "maxRecipients": 7 }',
  'empty.yaml': '',
  'bad.yaml': 'reject: [\n',
  'bad.json': '{ "reject": ',
  'unknown.json': '{ "rejcet": "rcpt:550" }',
  'wrong.yaml': 'limit:\n  - { per: client, rate: fast }\n',
  'p.toml': '',
  'noprofile.json': '{ "profile": "grelister" }',
}

const machine: Machine = {
  ...MACHINE,
  readFile: (path) => {
    const text = FILES[path]
    return text === undefined ? MACHINE.readFile(path) : Buffer.from(text)
  },
}

const policyFrom = (...args: string[]): Policy | null => policyOf(parse('sink', args, {}), machine)
const policy = (...args: string[]): Policy => policyFrom(...args) ?? assert.fail('no policy')

describe('stampede sink: the receiver model of the flags', () => {
  it('is none without a rule', () => {
    assert.equal(policyFrom(), null)
    assert.equal(policyFrom('--seed', '5'), null)
  })

  const ONE: readonly (readonly [args: readonly string[], section: keyof Policy, value: unknown])[] = [
    [['--reject', 'rcpt:550:0.02:No', '--reject=mail:450'], 'reject', 2],
    [['--delay', 'mail:20ms', '--delay', 'rcpt:exp:30ms:0.1'], 'delay', 2],
    [['--limit', 'client:10/s', '--limit', 'domain:5/s:9:450'], 'limit', 2],
    [
      ['--max-recipients', '5'],
      'maxRecipients',
      { count: 5, code: 452, text: '4.5.3 Too many recipients', close: false },
    ],
    [
      ['--max-messages', '9:450'],
      'maxMessages',
      { count: 9, code: 450, text: '4.7.0 Too many messages in one session', close: false },
    ],
    [
      ['--greylist', '1m:2m'],
      'greylist',
      { passMs: 60_000, lifetimeMs: 120_000, code: 451, text: '4.7.1 Greylisted, try again later', close: false },
    ],
    [['--tarpit', 'client:5ms', '--tarpit', 'all:1ms:10:2s'], 'tarpit', 2],
    [['--slow-banner', '2s:50%'], 'delay', [{ stages: ['connect'], share: 0.5, time: { kind: 'fixed', ms: 2000 } }]],
    [['--slow-read', '50ms'], 'slowRead', { pauseMs: 50, share: 1 }],
    [['--drip', '1:10ms:5%'], 'drip', { octets: 1, everyMs: 10, share: 0.05 }],
    [['--disconnect', 'data:0.01'], 'disconnect', [{ stages: ['data'], share: 0.01 }]],
    [['--reset-at', 'dot'], 'reset', [{ stages: ['dot'], share: 1 }]],
    [['--cut', '10k'], 'cut', [{ minOctets: 10_000, maxOctets: 10_000, share: 1 }]],
    [['--wrong', 'data:250:1%'], 'wrong', [{ stages: ['data'], share: 0.01, code: 250, text: 'Ok' }]],
    [['--malformed', 'mail:nul'], 'malformed', [{ stages: ['mail'], share: 1, as: 'nul' }]],
  ]
  for (const [args, section, value] of ONE) {
    it(args.join(' '), () => {
      const found = policy(...args)[section]
      if (typeof value === 'number') assert.equal((found as readonly unknown[]).length, value)
      else assert.deepEqual(found, value)
    })
  }

  it('covers every option of its group', () => {
    const elsewhere = ['profile', 'policy', 'print-policy', 'seed']
    const tried = ONE.flatMap(([args]) => args).map((word) => word.replace(/=.*/, ''))
    for (const { name } of SINK_MODEL_OPTIONS) {
      if (!elsewhere.includes(name)) assert.ok(tried.includes(`--${name}`), name)
    }
  })

  it('the last of what can be given once wins; a new seed unless one is given', () => {
    assert.equal(policy('--max-recipients', '5', '--max-recipients', '6').maxRecipients?.count, 6)
    assert.equal(policy('--reset-at', 'dot').seed, '00c0ffee')
    assert.equal(policy('--reset-at', 'dot', '--seed', 'AB').seed, 'ab')
  })

  it('flags may come by the environment', () => {
    const given = parse('sink', [], { STAMPEDE_REJECT: 'rcpt:550', STAMPEDE_DELAY: '5s' })
    assert.deepEqual(policyOf(given, machine)?.reject.length, 1)
    // STAMPEDE_DELAY is the source's.
    assert.deepEqual(policyOf(given, machine)?.delay, [])
  })
})

describe('stampede sink: --policy and --profile', () => {
  it('reads YAML and JSON', () => {
    const found = policy('--policy', 'p.yaml')
    assert.equal(found.seed, '7f3a')
    assert.deepEqual(
      found.reject.map(({ code, share, text }) => [code, share, text]),
      [
        [550, 0.02, '5.7.1 Refused'],
        [452, 0.01, '4.3.1 Full'],
      ],
    )
    assert.equal(found.greylist?.passMs, 300_000)
    assert.equal(policy('--policy', 'p.YML').delay.length, 1)
    assert.equal(policy('--policy', 'p.json').maxRecipients?.count, 7)
    assert.deepEqual(policy('--policy', 'empty.yaml').reject, [])
  })

  it('flags win over the file, the file over the profile, section by section', () => {
    const args = ['--profile', 'freemail-throttle', '--policy', 'p.yaml', '--reject', 'mail:450', '--seed', '1']
    const found = policy(...args)
    assert.equal(found.seed, '1')
    assert.deepEqual(
      found.reject.map(({ stages }) => stages),
      [['mail']],
    )
    assert.equal(found.maxRecipients?.count, 100)
    assert.equal(found.greylist?.passMs, 300_000)
    assert.equal(found.maxMessages?.count, 100)
    assert.equal(found.limit.length, 4)
  })

  it('a profile that the file names lies below it, and gives way to that of the command line', () => {
    assert.equal(policy('--policy', 'p.json').greylist?.passMs, 60_000)
    assert.equal(policy('--policy', 'p.json', '--profile', 'overloaded').greylist, null)
  })

  for (const name of PROFILE_NAMES) {
    it(`${name} is a policy, and what is printed of it gives it again`, () => {
      const found = policy('--profile', name)
      const again = policyOf(parse('sink', ['--policy', 'again.json'], {}), {
        ...machine,
        readFile: () => Buffer.from(policyText(found)),
      })
      assert.deepEqual(again, found)
    })
  }

  const BAD: readonly (readonly [args: readonly string[], sentence: RegExp])[] = [
    [['--reject', 'rcpt'], /^--reject: 'rcpt' is not of the form STAGE:CODE/],
    [['--reject', 'rcpt:550', '--reject', 'mail:x'], /^--reject 'mail:x' code: 'x' is no code/],
    [['--greylist', '5'], /^--greylist '5' pass: '5' lacks its unit/],
    [['--seed', 'xyz', '--reset-at', 'dot'], /^--seed: 'xyz' is no seed/],
    [['--profile', 'grelister'], /^--profile: 'grelister' is not known; .*did you mean greylister/],
    [['--policy', 'none.yaml'], /^--policy: cannot read 'none\.yaml' \(no such file or directory\)/],
    [
      ['--policy', 'p.toml'],
      /^--policy: 'p\.toml' is of no kind that is known; give a file named \.json, \.yaml or \.yml\.$/,
    ],
    [['--policy', 'bad.yaml'], /^bad\.yaml: cannot be parsed \(.+\)\.$/],
    [['--policy', 'bad.json'], /^bad\.json: cannot be parsed \(.+\)\.$/],
    [['--policy', 'unknown.json'], /^unknown\.json: rejcet is unknown; did you mean reject\?$/],
    [['--policy', 'wrong.yaml'], /^wrong\.yaml: limit\[0\]\.rate: 'fast' is not a rate/],
    [
      ['--policy', 'noprofile.json'],
      /^noprofile\.json: profile: 'grelister' is no profile; did you mean greylister\?$/,
    ],
    [['--reject', 'rcpt:550', '--disconnect', 'rcpt:1%'], /^What happens at rcpt /],
  ]
  for (const [args, sentence] of BAD) {
    it(`refuses ${args.join(' ')}`, () => {
      assert.throws(
        () => policyFrom(...args),
        (error) => {
          assert.ok(error instanceof UsageError, String(error))
          assert.match(error.message, sentence)
          return true
        },
      )
    })
  }
})
