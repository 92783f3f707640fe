import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { UsageError } from '#src/base/errors.js'
import { optionsOf } from '#src/cli/options.js'
import { SINK_RULE_LETTERS } from '#src/cli/options-sink-letters.js'
import { SINK_MODEL_OPTIONS } from '#src/cli/options-sink-model.js'
import { parse } from '#src/cli/parse.js'
import { sinkPlan } from '#src/cli/sink-plan-of.js'
import type { Policy } from '#src/plan/policy.js'
import type { SinkPlan } from '#src/plan/sink-plan.js'
import { MACHINE } from './machine.js'

const planOf = (...args: string[]) => sinkPlan(parse('sink', args, {}), MACHINE)

const GOOD: readonly (readonly [args: readonly string[], field: keyof SinkPlan, value: unknown])[] = [
  [['-4'], 'family', 4],
  [['--ipv4'], 'family', 4],
  [['-m', '256'], 'maxSessions', 256],
  [['--max-sessions', '10k'], 'maxSessions', 10_000],
  [['--workers', '2'], 'workers', 2],
  [['-h', 'mx.example'], 'hostname', 'mx.example'],
  [['--hostname='], 'hostname', ''],
  [['-L'], 'protocol', 'lmtp'],
  [['--lmtp'], 'protocol', 'lmtp'],
  [['-t', '5'], 'idleTimeoutMs', 5000],
  [['--timeout', '250ms'], 'idleTimeoutMs', 250],
  [['-p'], 'without', ['PIPELINING']],
  [['--no-pipelining', '--no-chunking'], 'without', ['PIPELINING', 'CHUNKING']],
  [['-8E'], 'without', ['8BITMIME', 'ENHANCEDSTATUSCODES']],
  [['--no-8bitmime', '--no-enhancedstatuscodes'], 'without', ['8BITMIME', 'ENHANCEDSTATUSCODES']],
  [['--max-size', '10MiB'], 'maxSize', 10_485_760],
  [['-N'], 'without', ['DSN']],
  [['--no-dsn', '--no-smtputf8'], 'without', ['DSN', 'SMTPUTF8']],
  [['-a'], 'without', ['AUTH']],
  [['-CF'], 'without', ['XCLIENT', 'XFORWARD']],
  [['--no-auth', '--no-xclient', '--no-xforward'], 'without', ['AUTH', 'XCLIENT', 'XFORWARD']],
  [['-f', 'rcpt'], 'without', ['PIPELINING']],
  [['-r', '', '-p'], 'without', ['PIPELINING']],
  [['-e'], 'greeting', 'plain'],
  [['--no-esmtp'], 'greeting', 'plain'],
  [['-P'], 'greeting', 'masked'],
  [['--pix', '-e'], 'greeting', 'masked'],
  [['-H', '3'], 'afterData', { kind: 'pause', ms: 3000 }],
  [['--data-read-delay', '20ms'], 'afterData', { kind: 'pause', ms: 20 }],
  [['-A', '0'], 'afterData', { kind: 'refuse', ms: 0 }],
  [['--premature-reply', '2s', '-H', '1'], 'afterData', { kind: 'refuse', ms: 2000 }],
  [['-T', '8k'], 'tcpWindow', 8000],
  [['--tcp-window', '4KiB'], 'tcpWindow', 4096],
  [['--lenient-eod'], 'lenientEod', true],
  [['-M', '1000'], 'quitAfterMessages', 1000],
  [['--quit-after-messages', '1k'], 'quitAfterMessages', 1000],
  [['-n', '5'], 'quitAfterQuits', 5],
  [['--quit-after-quits', '5'], 'quitAfterQuits', 5],
]

/** Of the letters that are rules, those that are no rules of the model. */
const SAID_BY_PLAN = ['data-read-delay', 'premature-reply']

const HARD = { code: 500, text: '5.3.0 Error: command failed', close: false }
const SOFT = { code: 450, text: '4.3.0 Error: command failed', close: false }
const HUNG_UP = { code: 421, text: '4.0.0 Server closing connection', close: true }
const fixed = (stage: string, ms: number) => ({ stages: [stage], time: { kind: 'fixed', ms }, share: 1 })

/** Letters that are rules of the model, in both their forms. */
const RULES: readonly (readonly [args: readonly string[], section: keyof Policy, value: unknown])[] = [
  [['-f', 'RCPT, data'], 'reject', [{ stages: ['rcpt', 'data'], share: 1, ...HARD }]],
  [['--reject-hard', 'xclient,xforward'], 'reject', [{ stages: ['other'], share: 1, ...HARD }]],
  [['-r', 'connect helo', '-r', '.'], 'reject', [{ stages: ['connect', 'hello', 'dot'], share: 1, ...SOFT }]],
  [['--reject-soft', 'auth,mail,rset'], 'reject', [{ stages: ['auth', 'mail', 'rset'], share: 1, ...SOFT }]],
  [['-B', '550 No', '-f', 'noop'], 'reject', [{ stages: ['noop'], share: 1, ...HARD, code: 550, text: 'No' }]],
  [
    ['--hard-reply', '550-No\r\n550 Never', '-f', 'vrfy'],
    'reject',
    [{ stages: ['vrfy'], share: 1, ...HARD, code: 550, text: 'No\nNever' }],
  ],
  [['-b', '421 Busy', '-r', 'mail'], 'reject', [{ stages: ['mail'], share: 1, ...SOFT, code: 421, text: 'Busy' }]],
  [['--soft-reply', '451', '-r', 'mail'], 'reject', [{ stages: ['mail'], share: 1, ...SOFT, code: 451, text: '' }]],
  [['-q', 'quit'], 'disconnect', [{ stages: ['quit'], share: 1 }]],
  [['--disconnect-at', 'mail'], 'disconnect', [{ stages: ['mail'], share: 1 }]],
  [['-Q', 'ehlo'], 'reject', [{ stages: ['hello'], share: 1, ...HUNG_UP }]],
  [['--hang-up-at', 'ehlo'], 'reject', [{ stages: ['hello'], share: 1, ...HUNG_UP }]],
  [['-W', 'rcpt:2'], 'delay', [fixed('rcpt', 2000)]],
  [['--command-delay', '.:20ms:0'], 'delay', [fixed('dot', 20)]],
  [['-W', 'noop:1:30'], 'delay', [{ stages: ['noop'], time: { kind: 'geometric', ms: 1000, odds: 0.3 }, share: 1 }]],
  [['-w', '3'], 'delay', [fixed('data', 3000)]],
  [['--data-delay', '30ms'], 'delay', [fixed('data', 30)]],
  // The last setting wins.
  [['-W', 'data:1', '-w', '2', '-W', 'noop:3'], 'delay', [fixed('data', 2000), fixed('noop', 3000)]],
  [['-w', '2', '-W', 'data:1'], 'delay', [fixed('data', 1000)]],
  // -q before -Q before -f before -r before -W.
  [
    ['-W', 'rcpt:1', '-r', 'rcpt', '-f', 'rcpt', '-Q', 'rcpt', '-q', 'rcpt'],
    'disconnect',
    [{ stages: ['rcpt'], share: 1 }],
  ],
  [['-W', 'rcpt:1', '-r', 'rcpt', '-f', 'rcpt', '-Q', 'rcpt', '-q', 'rcpt'], 'reject', []],
  [['-W', 'rcpt:1', '-r', 'rcpt', '-f', 'rcpt', '-Q', 'rcpt'], 'reject', [{ stages: ['rcpt'], share: 1, ...HUNG_UP }]],
  [['-W', 'rcpt:1', '-r', 'rcpt', '-f', 'rcpt'], 'reject', [{ stages: ['rcpt'], share: 1, ...HARD }]],
  [['-W', 'rcpt:1', '-r', 'rcpt'], 'delay', []],
  // A hello that is not understood is never met.
  [['-f', 'lhlo,rset'], 'reject', [{ stages: ['rset'], share: 1, ...HARD }]],
  [['-L', '-f', 'helo,ehlo,rset'], 'reject', [{ stages: ['rset'], share: 1, ...HARD }]],
  [['-e', '-f', 'ehlo,rset'], 'reject', [{ stages: ['rset'], share: 1, ...HARD }]],
  [['-L', '-f', 'lhlo'], 'reject', [{ stages: ['hello'], share: 1, ...HARD }]],
  // With a rule in this program's own words.
  [
    ['-f', 'rcpt', '--reject', 'mail:450:5%:Wait'],
    'reject',
    [
      { stages: ['mail'], share: 0.05, code: 450, text: 'Wait', close: false },
      { stages: ['rcpt'], share: 1, ...HARD },
    ],
  ],
]

const BAD: readonly (readonly [args: readonly string[], sentence: RegExp])[] = [
  [[], /^LISTEN is missing; give :2525, 127\.0\.0\.1:2525, \[::1\]:2525 or unix:\/path\.$/],
  [['127.0.0.1'], /^LISTEN '127\.0\.0\.1': garbage after numerical service; give :2525/],
  [[':nosuch'], /^LISTEN ':nosuch': unknown port or service/],
  [[':0', '0'], /^BACKLOG: 0 is too small; give at least 1\.$/],
  [[':0', 'x'], /^BACKLOG: 'x' is not a count/],
  [[':0', '5', '6'], /^'6' is one operand too many; give one LISTEN and at most one BACKLOG\.$/],
  [['-m', '0', ':0'], /^-m: 0 is too small/],
  [['--workers', 'x', ':0'], /^--workers: 'x' is not a number of threads/],
  [['-t', '0', ':0'], /^-t: 0 is too small/],
  [['--max-size', '0', ':0'], /^--max-size: 0 is too small/],
  [['-M', 'x', ':0'], /^-M: 'x' is not a count/],
  [['-n', '-1', ':0'], /^-n: '-1' is not a count/],
  [['-h', 'a\r\nb', ':0'], /^--hostname must be one line/],
  [['-6', '127.0.0.1:0'], /^-6: 127\.0\.0\.1:0 is not an IPv6 address/],
  [['-a', '--auth', 'plain', ':0'], /^--no-auth and --auth contradict each other; give one of them\.$/],
  [['-T', '0', ':0'], /^-T: 0 is too small/],
  [['-T', '3G', ':0'], /^-T: /],
  [['-T', '8k', 'unix:/p'], /^--tcp-window has no meaning for a unix socket; give a host and port/],
  [['-f', 'rcp', ':0'], /^-f: 'rcp' is no command; did you mean rcpt\?$/],
  [['-r', '"noop"', ':0'], /^-r: '"noop"' is no command; /],
  [['-q', 'dot', ':0'], /^-q: 'dot' is no command; /],
  [['-Q', 'starttls', ':0'], /^-Q: 'starttls' is no command; /],
  [
    ['-b', '500 x', ':0'],
    /^-b: '500 x' is no reply of that kind; give one such as '450 4\.3\.0 Error: command failed'/,
  ],
  [['-b', '4501 x', ':0'], /^-b: '4501 x' is no reply/],
  [['-B', '550-a\r\n551 b', ':0'], /^-B: .* is no reply of that kind/s],
  [['-W', 'rcpt', ':0'], /^-W: 'rcpt' is not of the form COMMAND:TIME\[:ODDS\]; give one such as rcpt:5:30\.$/],
  [['-W', 'rcpt:0', ':0'], /^-W: 0 is too small/],
  [['-W', 'rcpt:1:100', ':0'], /^-W: '100' are no odds; give a whole number from 0 to 99\.$/],
  [['-W', 'rcpt:2h', ':0'], /^-W: /],
  [['-w', '0', ':0'], /^-w: 0 is too small/],
  [['-w', '2h', ':0'], /^-w: 2h is too large; give at most 1h\.$/],
  [['-H', '0', ':0'], /^-H: 0 is too small/],
  [['-H', '2h', ':0'], /^--data-read-delay: 7200000 ms is out of range; give at most 1h\.$/],
  [['-A', '-1', ':0'], /^-A: /],
  [['-A', '2h', ':0'], /^--premature-reply: 7200000 ms is out of range/],
  [['-f', 'rcpt', '--reject', 'rcpt:450', ':0'], /^What happens at rcpt .* give at most 1 in all\.$/],
  [['--max-sesions', '5', ':0'], /^--max-sesions: unknown option; did you mean --max-sessions\?$/],
  [['-z', ':0'], /^-z: unknown option; 'stampede sink --help' lists them\.$/],
]

describe('stampede sink: arguments to plan', () => {
  it('has its defaults', () => {
    assert.deepEqual(planOf('127.0.0.1:0'), {
      listen: { kind: 'inet', host: '127.0.0.1', port: 0, text: '127.0.0.1:0' },
      family: 0,
      backlog: 4096,
      workers: 3,
      protocol: 'smtp',
      hostname: 'smtp-sink',
      maxSessions: 1_000_000,
      maxSize: null,
      idleTimeoutMs: 100_000,
      without: [],
      quitAfterMessages: null,
      quitAfterQuits: null,
      policy: null,
      tls: null,
      auth: null,
      keep: { ledger: null, dump: null },
      greeting: 'esmtp',
      afterData: null,
      lenientEod: false,
      record: true,
      tcpWindow: null,
      talk: { verbose: false, log: [] },
      door: null,
    })
    assert.equal(planOf(':0', '128').backlog, 128)
    assert.equal(planOf('unix:/p').workers, 1)
    assert.equal(planOf('lmtp://127.0.0.1:0').protocol, 'lmtp')
    assert.equal(planOf('-6', ':0').family, 6)
  })

  for (const [args, field, value] of GOOD) {
    it(`${args.join(' ')} sets ${field}`, () => assert.deepEqual(planOf(...args, ':0')[field], value))
  }

  for (const [args, section, value] of RULES) {
    it(`${args.join(' ')} comes to rules of ${section}`, () =>
      assert.deepEqual(planOf(...args, ':0').policy?.[section], value))
  }

  it('makes rules of every letter that is one', () => {
    const words = RULES.flatMap(([args]) => args)
    for (const { name, letter } of SINK_RULE_LETTERS.filter(({ name }) => !SAID_BY_PLAN.includes(name))) {
      assert.ok(words.includes(`--${name}`), name)
      assert.ok(words.includes(`-${letter}`), name)
    }
  })

  for (const [args, sentence] of BAD) {
    it(`refuses ${args.join(' ') || 'nothing'}`, () => {
      assert.throws(
        () => planOf(...args),
        (error) => error instanceof UsageError && sentence.test(error.message),
      )
    })
  }

  it('covers every option of the table above', () => {
    const model = SINK_MODEL_OPTIONS.map(({ name }) => name)
    const elsewhere = ['count', 'json', 'quiet', 'help', 'version', 'ready-fd', 'ipv6', ...model]
    // In sink-tls.test.ts.
    elsewhere.push('tls', 'tls-cert', 'tls-key', 'tls-min', 'tls-max', 'ciphers', 'tls-client-ca')
    elsewhere.push('auth', 'auth-users', 'auth-required')
    // In sink-keep.test.ts.
    elsewhere.push('ledger', 'dump-each', 'dump-all', 'dump-start')
    // In wire/sink-metrics.test.ts and wire/sink-letters.test.ts.
    elsewhere.push('metrics', 'verbose', 'log')
    // In otlp-options.test.ts.
    elsewhere.push('otlp', 'otlp-header', 'otlp-interval')
    // Above, among the rules.
    elsewhere.push(...SINK_RULE_LETTERS.map(({ name }) => name).filter((name) => !SAID_BY_PLAN.includes(name)))
    // In wire/sink-letters.test.ts: they are not of the plan.
    elsewhere.push('user', 'chroot')
    const words = GOOD.flatMap(([args]) => args).map((word) => word.replace(/=.*/s, ''))
    for (const option of optionsOf('sink').filter(({ name }) => !elsewhere.includes(name))) {
      assert.ok(words.includes(`--${option.name}`), `--${option.name}`)
      if (option.letter !== null)
        assert.ok(
          words.some((word) => /^-[^-]/.test(word) && word.includes(option.letter!)),
          `-${option.letter}`,
        )
    }
  })
})
