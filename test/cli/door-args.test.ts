import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { atoi, DoorFatal, doorTarget, parseDoor, printable, usage } from '#src/cli/door-args.js'
import { doorPlan } from '#src/cli/door-plan.js'
import { builtinService } from '#src/plan/target.js'

const USAGE =
  'usage: P -cdLNov -s sess -l msglen -m msgs -C count -M myhostname -f from -t to -r rcptcount -R delay -w delay host[:port]'

/** The lines the door would print. */
function said(...args: string[]): string[] {
  try {
    const { operand } = parseDoor('P', args)
    doorTarget(operand, builtinService)
  } catch (error) {
    assert.ok(error instanceof DoorFatal, String(error))
    return [...error.lines, `fatal: ${printable(error.message)}`]
  }
  return []
}

const planOf = (args: readonly string[], numbering: 'newest' | 'classic' = 'newest') => {
  const options = parseDoor('P', args)
  return doorPlan(options, {
    program: 'P',
    helloName: options.helloName ?? 'vm',
    target: doorTarget(options.operand, builtinService),
    file: null,
    numbering,
    seed: '1',
  })
}

describe('the door smtp-source: arguments', () => {
  it('has the usage of the original', () => assert.equal(usage('P'), USAGE))

  it('refuses in the words of the original, the first fault first', () => {
    const cases: readonly (readonly [args: readonly string[], lines: readonly string[]])[] = [
      [[], [`fatal: ${USAGE}`]],
      [['a', 'b'], [`fatal: ${USAGE}`]],
      [['host:25', '-v'], [`fatal: ${USAGE}`]],
      [['-', 'x'], [`fatal: ${USAGE}`]],
      [['-Z'], ["invalid option -- 'Z'", `fatal: ${USAGE}`]],
      [['-?'], ["invalid option -- '?'", `fatal: ${USAGE}`]],
      [['-h'], ["invalid option -- 'h'", `fatal: ${USAGE}`]],
      [['--help'], ["invalid option -- '-'", `fatal: ${USAGE}`]],
      [['-c-d'], ["invalid option -- '-'", `fatal: ${USAGE}`]],
      [['-é'], ["invalid option -- '\u00c3'", `fatal: ${USAGE}`]],
      [['-m'], ["option requires an argument -- 'm'", `fatal: ${USAGE}`]],
      [['-dvm'], ["option requires an argument -- 'm'", `fatal: ${USAGE}`]],
      [
        ['-Z', '-m0'],
        ["invalid option -- 'Z'", `fatal: ${USAGE}`],
      ],
      [['-m0', '-Z'], ['fatal: bad message count: 0']],
      [['-m', 'x', 'h'], ['fatal: bad message count: x']],
      [['-m', '-3', 'h'], ['fatal: bad message count: -3']],
      [['-m', '', 'h'], ['fatal: bad message count: ']],
      [['-m', 'é', 'h'], ['fatal: bad message count: ??']],
      [['-C0'], ['fatal: bad connection count: 0']],
      [['-l0'], ['fatal: bad message length: 0']],
      [['-r0'], ['fatal: bad recipient count: 0']],
      [['-R0'], ['fatal: bad random delay: 0']],
      [['-s0'], ['fatal: bad session count: 0']],
      [['-T0'], ['fatal: bad TCP window size: 0']],
      [['-w0'], ['fatal: bad fixed delay: 0']],
      [['-w', '1', '-R', '1', 'h'], ['fatal: do not use -w and -R options at the same time']],
      [['-R', '1', '-w', '1', 'h'], ['fatal: do not use -w and -R options at the same time']],
      [['-w1', '-R0'], ['fatal: do not use -w and -R options at the same time']],
      [['-w0', '-R1'], ['fatal: bad fixed delay: 0']],
      [['-l', '5', '-F', 'f', 'h'], ['fatal: -l option cannot be used with -F']],
      [['-F', 'f', '-l', '0', 'h'], ['fatal: -l option cannot be used with -F']],
      [
        ['-M', '1.2.3.4', 'h'],
        ['warning: valid_hostname: numeric hostname: 1.2.3.4', 'fatal: bad hostname: 1.2.3.4'],
      ],
      [
        ['-M', '', 'h'],
        ['warning: valid_hostname: empty hostname', 'fatal: bad hostname: '],
      ],
      [
        ['-M', '[x', '-Z'],
        ["warning: valid_mailhost_literal: ']' expected at end: [x", 'fatal: bad address literal: [x'],
      ],
      [['[x'], ['fatal: [x: missing "]"']],
      [['--', '-v'], ['fatal: -v: valid hostname or network address required']],
      [['-'], ['fatal: -: valid hostname or network address required']],
      [['inet:'], ['fatal: : missing host information']],
      [['smtp://h'], ['fatal: smtp://h: Servname not supported for ai_socktype']],
    ]
    for (const [args, lines] of cases) assert.deepEqual(said(...args), lines, args.join(' '))
  })

  it('reads numbers as atoi does', () => {
    const cases: readonly (readonly [text: string, value: number])[] = [
      ['5', 5],
      ['5x', 5],
      ['1e3', 1],
      ['10k', 10],
      ['0x10', 0],
      ['', 0],
      ['x', 0],
      ['-3', -3],
      ['+5', 5],
      ['--5', 0],
      [' 5', 5],
      ['\t\n5', 5],
      ['1\t', 1],
      ['2147483647', 2147483647],
      ['2147483648', -2147483648],
      ['4294967295', -1],
      ['4294967296', 0],
      ['4294967297', 1],
      ['9223372036854775807', -1],
      ['9223372036854775808', -1],
      ['18446744073709551617', -1],
      ['-9223372036854775807', 1],
      ['-9223372036854775808', 0],
      ['-99999999999999999999', 0],
    ]
    for (const [text, value] of cases) assert.equal(atoi(text), value, text)
    const junk = fc.string().filter((text) => !/^\d/.test(text))
    fc.assert(
      fc.property(fc.integer(), junk, (number, rest) => atoi(`${number}${rest}`) === number),
      { numRuns: 300 },
    )
  })

  it('makes a plan that does what the original does', () => {
    const plan = planOf([
      '-cdv',
      '-m5x',
      '-s3',
      '-r2',
      '-T',
      '4096',
      '-w2',
      '-l',
      '81',
      '-S',
      '',
      '-f',
      '',
      'inet:h:2525',
    ])
    assert.deepEqual(plan.target, { kind: 'inet', host: 'h', port: 2525, text: 'inet:h:2525' })
    assert.deepEqual(plan.load, {
      messages: 5,
      durationMs: null,
      arrivals: null,
      sessions: 3,
      ramp: null,
      warmupMs: 0,
      backoff: { firstMs: 0, lastMs: 0 },
      perSession: null,
      delay: { kind: 'fixed', ms: 2000, stepMs: 1000 },
      drainMs: 0,
    })
    assert.deepEqual(plan.door, { program: 'P', counter: true, verbose: 1 })
    assert.equal(plan.mail.from, '')
    assert.equal(plan.mail.to, 'foo@vm')
    assert.equal(plan.mail.subject, '')
    assert.equal(plan.mail.size, 81)
    assert.equal(plan.wire.tcpWindow, 4096)
    const { hello, pipelining, chunking, depth, connectBurst, connectTries } = plan.wire
    assert.deepEqual([hello, pipelining, chunking, depth, connectBurst, connectTries], ['helo', 'off', 'off', 1, 1, 1])
    assert.deepEqual(
      [plan.workers, plan.retry, plan.stopOnError, plan.allowReject, plan.publicTarget],
      [1, 'off', false, false, true],
    )
    assert.equal(planOf(['h']).load.perSession, 1)
    assert.deepEqual(planOf(['-R3', 'h']).load.delay, { kind: 'random', ms: 3000, stepMs: 1000 })
    assert.equal(planOf(['-o', 'h']).wire.hello, 'none')
    assert.equal(planOf(['-o', 'h']).mail.headers, false)
    assert.equal(planOf(['-AL', 'h']).wire.protocol, 'lmtp')
    assert.equal(planOf(['-AL', 'h']).allowReject, true)
    assert.equal(planOf(['-46', 'h']).wire.family, 6)
    assert.equal(planOf(['-M', '[127.0.0.1]', 'h']).mail.from, 'foo@[127.0.0.1]')
    assert.equal(planOf(['-t', 'é', '-t', 'ü', 'h']).mail.to, 'ü')
    assert.equal(planOf(['-vvv', '-v', 'h']).door?.verbose, 4)
  })

  it('numbers recipients as the chosen Postfix does', () => {
    const numbered = (args: string[], numbering: 'newest' | 'classic') =>
      planOf([...args, 'h'], numbering).mail.numbered
    assert.deepEqual(
      [[], ['-N'], ['-r3'], ['-r1'], ['-Nr3']].map((args) => numbered(args, 'newest')),
      [false, true, true, true, true],
    )
    assert.deepEqual(
      [[], ['-N'], ['-r3'], ['-r1'], ['-Nr3']].map((args) => numbered(args, 'classic')),
      [false, true, false, false, true],
    )
  })
})
