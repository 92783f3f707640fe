import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { UsageError } from '#src/base/errors.js'
import { optionsOf } from '#src/cli/options.js'
import { type Environment, parse } from '#src/cli/parse.js'
import { stressAgain } from '#src/cli/stress-again.js'
import { stressOptions } from '#src/cli/stress-options.js'
import { stressPlan } from '#src/cli/stress-plan.js'
import { MACHINE } from './machine.js'

const optionsFrom = (args: readonly string[], environment: Environment = {}) =>
  stressOptions(parse('stress', args, environment), MACHINE)
const planFrom = (...args: string[]) => stressPlan(optionsFrom(args), MACHINE)

describe('options of stress', () => {
  it('have the defaults that users of that set of flags know', () => {
    assert.deepEqual(optionsFrom([]), {
      host: 'localhost',
      port: 2525,
      use_tls: false,
      insecure: false,
      username: null,
      password: null,
      auth_failure_rate: 0,
      i_own_this_server: false,
      duration: 300,
      max_connections: 100,
      min_connections: 10,
      ramp_up: 30,
      burst_mode: false,
      burst_interval: 30,
      burst_duration: 5,
      connection_reuse: true,
      messages_per_connection: 10,
      seed: '00c0ffee',
      message_size: 1024,
      pipelining: false,
      slow_client: false,
      slow_delay: 0.1,
      malformed: false,
      no_monitor: false,
      output: null,
    })
  })

  it('are all in the config, by their names', () => {
    // Where its figures go, and who looks on, is no part of a run.
    const others = [
      'baseline',
      'help',
      'leak_cycles',
      'leak_rest',
      'leak_time',
      'leaks',
      'live',
      'metrics',
      'no_color',
      'otlp',
      'otlp_header',
      'otlp_interval',
      'otlp_sample',
      'otlp_traces',
      'out',
      'version',
      'watch',
    ]
    const names = optionsOf('stress').map(({ name }) => name.replaceAll('-', '_'))
    const known = Object.keys(optionsFrom([]))
    assert.deepEqual(names.filter((name) => !known.includes(name)).sort(), others)
    assert.equal(known.length, names.length - others.length)
  })

  it('take bare seconds, and times with units', () => {
    assert.equal(optionsFrom(['-d', '90']).duration, 90)
    assert.equal(optionsFrom(['-d', '5m']).duration, 300)
    assert.equal(optionsFrom(['--slow-client', '--slow-delay', '0.25']).slow_delay, 0.25)
    assert.equal(optionsFrom(['--slow-client', '--slow-delay', '20ms']).slow_delay, 0.02)
    assert.equal(optionsFrom([], { STAMPEDE_RAMP_UP: '7' }).ramp_up, 7)
    assert.equal(optionsFrom(['--username', 'u'], { STAMPEDE_PASSWORD: 's' }).password, 's')
    assert.equal(optionsFrom(['-c', '3']).min_connections, 3)
    assert.equal(optionsFrom(['-d', '10']).ramp_up, 10)
  })

  it('are refused with one sentence that names the option', () => {
    for (const [args, sentence] of [
      [['h'], /^'h' is one operand too many; give the server with --host and --port\.$/],
      [['-p', '65536'], /^-p: 65536 is no port; give 1 to 65535\.$/],
      [['-p', '0'], /^-p: 0 is too small/],
      [['-d', '0'], /^-d: 0 is too small/],
      [['-d', 'soon'], /^-d: 'soon' is not a time/],
      [['-c', '5', '--min-connections', '6'], /^--min-connections is above -c \(5\); give at most as many\.$/],
      [['-d', '10', '--ramp-up', '11'], /^--ramp-up is longer than -d \(10 s\); give a time within the run\.$/],
      [['--burst-interval', '3'], /^--burst-interval needs --burst-mode; give both or neither\.$/],
      [['--burst-duration', '3'], /^--burst-duration needs --burst-mode; give both or neither\.$/],
      [['--slow-delay', '3'], /^--slow-delay needs --slow-client; give both or neither\.$/],
      [['--insecure'], /^--insecure needs --use-tls; give both or neither\.$/],
      [['--burst-mode', '--burst-duration', '30'], /^--burst-duration must be shorter than --burst-interval \(30 s\)/],
      [['--username', 'u'], /^--username needs --password; give both or neither\.$/],
      [['--password', 's'], /^--password needs --username; give both or neither\.$/],
      [['--auth-failure-rate', '0.1'], /^--auth-failure-rate needs --username and --password/],
      [['--auth-failure-rate', '1.1'], /^--auth-failure-rate: '1\.1' is no share/],
      [['--no-connection-reuse', '--messages-per-connection', '2'], /exclude each other; give one of them\.$/],
      [
        ['-c', '2', '--slow-client', '--malformed'],
        /^--max-connections: of 2 none would be left that behaves; give at least 3 /,
      ],
      [['--seed', 'x'], /^--seed: 'x' is no seed/],
      [['--host', 'smtp://h'], /^--host 'smtp:\/\/h': .*give a name or an address, and the port with --port\.$/],
      [['--host', 'h:25'], /^--host 'h:25': /],
      [['--host', 'unix:/tmp/s'], /^--host 'unix:\/tmp\/s': /],
      [['--host', ''], /^--host '': /],
      [['--burst'], /^--burst: unknown option; did you mean/],
    ] as const) {
      assert.throws(
        () => planFrom(...args),
        (error) => error instanceof UsageError && sentence.test(error.message),
        `${args.join(' ')}: ${sentence}`,
      )
    }
  })

  it('come back from the line that repeats the run, secrets left out', () => {
    const some = (...words: string[]) => fc.constantFrom([], words)
    const number = (name: string, max: number) =>
      fc.option(
        fc.integer({ min: 1, max }).map((n) => [name, String(n)]),
        { nil: [] as string[] },
      )
    const args = fc.tuple(
      some('--host', '::1'),
      number('-p', 65_535),
      number('-d', 1e5),
      number('-c', 500),
      number('--min-connections', 20),
      number('--ramp-up', 100),
      fc.oneof(some('--burst-mode'), some('--burst-mode', '--burst-interval', '9', '--burst-duration', '250ms')),
      fc.oneof(some('--no-connection-reuse'), number('--messages-per-connection', 50)),
      number('--message-size', 1e6),
      some('--pipelining'),
      fc.oneof(some('--use-tls'), some('--use-tls', '--insecure')),
      fc.oneof(some('--username', 'u v', '--password', 'p', '--auth-failure-rate', '12.5%')),
      fc.oneof(some('--slow-client'), some('--slow-client', '--slow-delay', '1ms')),
      some('--malformed'),
      some('--no-monitor'),
      some('--i-own-this-server'),
      some('-o', 'a b.json'),
    )
    let read = 0
    fc.assert(
      fc.property(args, (parts) => {
        let options: ReturnType<typeof optionsFrom>
        try {
          options = optionsFrom(parts.flat())
        } catch {
          return
        }
        read++
        const line = stressAgain(options)
        const secret = options.password !== null
        assert.equal(line.startsWith("STAMPEDE_PASSWORD='***' stampede stress "), secret)
        assert.doesNotMatch(line, /--password/)
        const words = line.match(/(?:[^\s']|'[^']*')+/g)!.map((word) => word.replaceAll("'", ''))
        const again = words.slice(words.indexOf('stress') + 1)
        assert.deepEqual(optionsFrom(again, secret ? { STAMPEDE_PASSWORD: 'p' } : {}), options)
      }),
      { numRuns: 500 },
    )
    assert.ok(read > 200, `${read} of 500 command lines were good ones`)
  })
})

describe('the plan of stress', () => {
  it('is a closed loop over a time, with a ramp of connections', () => {
    const { target, load, wire, mail, mischief, workers, seed, publicTarget } = planFrom('-c', '40', '-d', '60')
    assert.deepEqual(target, { kind: 'inet', host: 'localhost', port: 2525, text: 'localhost:2525' })
    assert.deepEqual(
      [load.messages, load.durationMs, load.arrivals, load.sessions, load.perSession],
      [null, 60_000, null, 40, 10],
    )
    assert.deepEqual(load.ramp, { from: 10, upMs: 30_000, downMs: 0 })
    assert.deepEqual([wire.pipelining, wire.tls, wire.auth, wire.hello], ['off', null, null, 'ehlo'])
    assert.deepEqual([mail.size, mischief, workers, seed, publicTarget], [1024, [], 3, '00c0ffee', false])
  })

  it('has bursts in its ramp, and no ramp where there is nothing to climb', () => {
    assert.deepEqual(planFrom('--burst-mode', '--ramp-up', '0').load.ramp, {
      from: 10,
      upMs: 0,
      downMs: 0,
      bursts: { everyMs: 30_000, forMs: 5000 },
    })
    assert.equal(planFrom('--ramp-up', '0').load.ramp, null)
    assert.equal(planFrom('-c', '5').load.ramp, null)
  })

  it('encrypts by STARTTLS, on port 465 from the first octet, and trusts loopback only', () => {
    const tls = (...args: string[]) => {
      const { mode, verify } = planFrom('--use-tls', ...args).wire.tls!
      return `${mode} ${verify}`
    }
    assert.equal(tls(), 'starttls false')
    assert.equal(tls('--host', '::1', '-p', '465'), 'implicit false')
    assert.equal(tls('--host', '10.0.0.1'), 'starttls true')
    assert.equal(tls('--host', '10.0.0.1', '--insecure'), 'starttls false')
  })

  it('logs in, misbehaves, and keeps connections as it is told', () => {
    const plan = planFrom(
      ...['--username', 'u', '--password', 's', '--auth-failure-rate', '0.25', '--use-tls'],
      ...['--slow-client', '--slow-delay', '0.2', '--malformed', '--no-connection-reuse', '--pipelining'],
    )
    assert.deepEqual(plan.wire.auth?.credentials, [{ user: 'u', secret: 's' }])
    assert.equal(plan.wire.auth?.failureRate, 0.25)
    assert.deepEqual(plan.mischief, [
      { kind: 'slow', share: 0.1, where: 'data', octets: 128, everyMs: 200 },
      { kind: 'malformed', share: 0.05, cases: null },
    ])
    assert.deepEqual([plan.load.perSession, plan.wire.pipelining], [1, 'auto'])
  })
})
