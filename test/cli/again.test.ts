import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { gatherAddresses, spreadAddresses } from '#src/cli/addresses.js'
import { againLine, shellQuote } from '#src/cli/again.js'
import { parse } from '#src/cli/parse.js'
import { sourcePlan } from '#src/cli/plan-of.js'
import { MACHINE } from './machine.js'

const planOf = (args: readonly string[]) => sourcePlan(parse('source', args, {}), MACHINE)

/** Words of a line as shellQuote writes it. */
function unquoted(line: string): string[] {
  const words = line.match(/(?:[^\s'\\]|'[^']*'|\\')+/g) ?? []
  return words.map((word) => word.replace(/'([^']*)'|\\(')/g, (_, inside, quote) => inside ?? quote))
}

const some = (...words: readonly fc.Arbitrary<string>[]) => fc.option(fc.tuple(...words), { nil: [] as string[] })
const is = (word: string) => fc.constant(word)
const number = (max: number) => fc.integer({ min: 1, max }).map(String)

/** Of a thousand such command lines the good ones give the same plan again. */
function readAgain(args: fc.Arbitrary<readonly (readonly string[])[]>): void {
  let read = 0
  fc.assert(
    fc.property(args, (parts) => {
      let plan: ReturnType<typeof planOf>
      try {
        plan = planOf(parts.flat())
      } catch {
        return
      }
      read++
      const [stampede, source, ...words] = unquoted(againLine(plan, MACHINE))
      assert.deepEqual([stampede, source], ['stampede', 'source'])
      assert.deepEqual(planOf(words), plan)
    }),
    { numRuns: 1000 },
  )
  assert.ok(read > 300, `${read} of 1000 command lines were good ones`)
}

describe('the line that repeats a run', () => {
  it('says what was not a default', () => {
    const line = (...args: string[]) => againLine(planOf(args), MACHINE)
    assert.equal(line('h'), 'stampede source --seed 00c0ffee h')
    assert.equal(
      line('--seed', '7f3a', '--rate', '5k/s', '-s', '200', '--duration', '60s', 'smtp://10.0.0.5:25'),
      'stampede source --seed 7f3a --rate 5000/s -s 200 --duration 60s smtp://10.0.0.5:25',
    )
    assert.equal(
      line('-f', '', '-S', "it's", '-Ldm2', '[::1]:25'),
      "stampede source --seed 00c0ffee -m 2 -L -f '' -S 'it'\\''s' '[::1]:25'",
    )
  })

  it('names the file of secrets, and masks one that was on the command line', () => {
    const line = (...args: string[]) => againLine(planOf([...args, 'h']), MACHINE)
    assert.equal(
      line('--auth-file', 'users', '--auth-mech', 'login', '--auth-order', 'random', '--auth-failure-rate', '5%'),
      'stampede source --seed 00c0ffee --auth-file users --auth-mech login --auth-order random --auth-failure-rate 0.05 h',
    )
    assert.equal(
      line('--auth', 'auto:ann:5ecret', '--auth-in-clear'),
      "stampede source --seed 00c0ffee --auth 'auto:ann:***' --auth-in-clear h",
    )
  })

  it('says TLS again, by the names of its files', () => {
    const line = (...args: string[]) => againLine(planOf(args), MACHINE)
    for (const words of [
      '--tls starttls --tls-share 0.25 --tls-resume 0.5 --tls-min 1.2 --tls-max 1.3 --ca mx.crt --tls-name mx.example h',
      '--tls implicit --ciphers ECDHE+AESGCM --tls-groups X25519:P-256 --cert mx.crt --key mx.key --insecure h',
      '--tls-resume 0 smtps://h',
    ]) {
      assert.equal(line(...words.split(' ')), `stampede source --seed 00c0ffee ${words}`)
    }
  })

  it('gives the same plan when it is read again', () => {
    const text = fc.oneof(
      fc.constantFrom('', "a'b", '-x', '--', '$HOME `x` \\ "q"', 'é@ü'),
      fc.string({ maxLength: 8 }).filter((t) => !/[\r\n\0]/.test(t)),
    )
    const all = (...parts: readonly fc.Arbitrary<string[]>[]) => fc.tuple(...parts).map((words) => words.flat())
    const args = fc.tuple(
      some(is('-s'), number(5000)),
      some(is('-m'), number(1e9)),
      fc.oneof(
        some(
          is('--duration'),
          number(1e7).map((n) => `${n}ms`),
        ),
        some(is('--rate'), number(1e6), is('-m9')),
        some(is('-w'), number(60)),
        some(
          is('-R'),
          number(5000).map((n) => `${n}ms`),
        ),
      ),
      fc.oneof(some(is('--no-reuse')), some(is('--per-session'), number(100))),
      fc.oneof(
        some(is('-o')),
        some(is('--chunking'), fc.constantFrom('auto', 'require')),
        some(is('--pipelining'), fc.constantFrom('off', 'require')),
      ),
      some(is('--workers'), number(64)),
      fc.oneof(
        some(is('--slow-client'), fc.constantFrom('5%', '.1:read:1KiB/2s', '0.333:commands:3/1500ms')),
        some(is('--malformed'), fc.constantFrom('5%', '1%:vrfy,smuggle-n.n'), is('--fault-after'), is('1ms')),
        some(is('--abort'), is('5%'), is('--abort'), is('2%:mail:close')),
        some(is('--half-open'), fc.constantFrom('5%', '5%:90s')),
        some(is('--connect-flood'), fc.constantFrom('100/s', '1/m:7')),
      ),
      fc.oneof(
        some(is('-f'), text),
        some(is('--from-pool'), number(1e9), is('-f'), fc.constantFrom('u%d@x', 'a%03d%%', 'foo')),
        some(is('--from-file'), is('people.txt'), is('--pool-order'), is('turn')),
      ),
      fc.oneof(
        all(some(is('-t'), text), some(is('-r'), fc.oneof(number(20), is('1..5'))), some(is('-N'))),
        all(some(is('-t'), text), some(is('-r'), fc.oneof(number(20), is('1..5'))), some(is('-N'))),
        all(some(is('--rcpt-pool'), number(1e9)), some(is('-t'), is('u%05d@x'))),
        some(is('--rcpt-file'), is('people.txt'), is('-r'), is('1..2')),
      ),
      some(is('-S'), text),
      some(is('-M'), fc.constantFrom('x.example', '[127.0.0.1]', '[IPv6:::1]')),
      fc.oneof(
        some(is('-l'), number(1e7)),
        some(is('-F'), is('mail.eml')),
        some(is('-l'), fc.constantFrom('1..9', '1KiB..64KiB', 'lognormal:8KiB,1.2', 'lognormal:p50=9,p99=77,1..99')),
        some(is('-l'), is('file:sizes.txt')),
        some(is('--corpus'), fc.constantFrom('letters', 'box.mbox=3', 'box.mbox=0.5'), is('--corpus'), is('mail.eml')),
        some(is('--mime'), is('text:2KiB,html:300,image:5k'), is('--header'), is(`X-Long: ${'a é '.repeat(40)}`)),
      ),
      some(is('--declare-size')),
      some(is('--numbering'), fc.constantFrom('classic', 'newest')),
      some(is('-C'), number(5)),
      some(is('-T'), number(1e6)),
      some(is('--source-ip'), fc.constantFrom('127.0.0.1', '127.0.0.1-127.0.0.5,127.0.0.9')),
      some(is('--connect-burst'), number(50)),
      some(
        is('--timeout'),
        number(1e6).map((n) => `${n}ms`),
      ),
      some(
        is('--connect-timeout'),
        number(1e6).map((n) => `${n}ms`),
      ),
      some(
        is('--drain'),
        number(1e6).map((n) => `${n}ms`),
      ),
      fc.oneof(some(is('-A')), some(is('--stop-on-error'))),
      fc.oneof(
        some(is('--retry'), is('later')),
        some(is('--until'), is('mail'), is('--hold'), is('3s'), is('--no-reuse')),
      ),
      some(is('-L')),
      some(
        is('--threshold'),
        fc.constantFrom('failed == 0', 'message.p99 < 1s after 2s abort'),
        is('--threshold'),
        is('dropped==0'),
      ),
      some(is('--tag'), is('a=b c'), is('--tag'), is("build='7'")),
      some(is('--i-own-this-server')),
      some(is('--no-record')),
      some(is('--auth-file'), is('users'), is('--auth-mech'), fc.constantFrom('auto', 'login', 'scram-sha-256')),
      some(is('--auth-order'), is('random')),
      some(
        is('--auth-failure-rate'),
        fc.double({ min: 0, max: 1, noNaN: true }).map((share) => share.toFixed(3)),
      ),
      some(is('--auth-in-clear')),
      fc.constantFrom(
        ['127.0.0.1'],
        ['host:2525'],
        ['inet:host'],
        ['-4', 'host'],
        ['-6', 'host', '--source-ip', '::1-::4'],
      ),
    )
    readAgain(args)
  })

  it('of rates, ramps and waits as well', () => {
    const time = number(1e6).map((n) => `${n}ms`)
    const stage = fc
      .tuple(fc.constantFrom('0..', '1k..', '7/m..', ''), number(1e5), time)
      .map(([from, to, ms]) => `${from}${to}/s:${ms}`)
    const shape = fc.oneof(
      some(is('--rate'), number(1e6), is('-m9')),
      fc.array(stage, { minLength: 1, maxLength: 3 }).map((texts) => texts.flatMap((text) => ['--rate', text])),
      some(is('--rate'), fc.constantFrom('sine:1k/s,500/s,60s', 'sine:7/m,0,1s'), is('-m'), is('9')),
      some(is('--rate'), is('file:offsets')),
    )
    const rated = fc.tuple(
      shape,
      some(is('--arrivals'), fc.constantFrom('even', 'poisson')),
      some(is('--burst'), fc.constantFrom('5/m:10s:1500ms', '2k/s:1m:1s')),
      some(is('--late'), fc.constantFrom('queue', 'drop')),
      some(is('--pace'), fc.constantFrom('exact', 'timer')),
      some(is('--warmup'), is('1ms')),
      fc.constant(['h']),
    )
    readAgain(rated)
    const sessions = fc.tuple(
      fc.constant(['--duration', '1h', '-s9']),
      some(is('--ramp-up'), time),
      some(is('--ramp-down'), time, is('--min-sessions'), number(9)),
      some(is('--warmup'), time),
      some(is('--backoff'), fc.constantFrom('10ms..250ms', '1ms', '1s..1h')),
      some(is('--exp-delay'), time),
      fc.constant(['h']),
    )
    readAgain(sessions)
  })

  it('is quoted so that a shell reads what was meant', () => {
    const words = [
      'plain',
      '',
      "it's",
      '$HOME',
      '`x`',
      'a b',
      '*',
      '[::1]:25',
      '\\',
      '"',
      '!',
      '#',
      '~',
      'é',
      'a;b',
      'a&b',
      '<x>',
      'line\nend',
    ]
    const { stdout } = spawnSync('/bin/sh', ['-c', `printf '%s\\0' ${words.map(shellQuote).join(' ')}`], {
      encoding: 'utf8',
    })
    assert.deepEqual(stdout.split('\0').slice(0, -1), words)
  })

  it('gathers addresses into ranges', () => {
    assert.equal(
      gatherAddresses(['127.0.0.1', '127.0.0.2', '127.0.0.3', '127.0.0.9', '::1', '::2']),
      '127.0.0.1-127.0.0.3,127.0.0.9,::1-::2',
    )
    assert.equal(gatherAddresses([]), '')
    const address = fc.integer({ min: 1, max: 30 }).map((n) => `127.0.0.${n}`)
    fc.assert(
      fc.property(fc.uniqueArray(address, { minLength: 1 }), (ips) =>
        assert.deepEqual(spreadAddresses(gatherAddresses(ips).split(','), '-x'), ips),
      ),
      { numRuns: 200 },
    )
  })
})
