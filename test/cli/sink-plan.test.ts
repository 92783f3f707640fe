import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { UsageError } from '#src/base/errors.js'
import { optionsOf } from '#src/cli/options.js'
import { SINK_MODEL_OPTIONS } from '#src/cli/options-sink-model.js'
import { parse } from '#src/cli/parse.js'
import { sinkPlan } from '#src/cli/sink-plan-of.js'
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
  [['-M', '1000'], 'quitAfterMessages', 1000],
  [['--quit-after-messages', '1k'], 'quitAfterMessages', 1000],
  [['-n', '5'], 'quitAfterQuits', 5],
  [['--quit-after-quits', '5'], 'quitAfterQuits', 5],
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
      lenientEod: false,
      record: true,
      tcpWindow: null,
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
