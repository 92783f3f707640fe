import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { leaksOf, leakWords } from '#src/cli/leak-of.js'
import { parse } from '#src/cli/parse.js'
import { sourcePlan } from '#src/cli/plan-of.js'
import { MACHINE } from './machine.js'

function wish(...args: string[]) {
  const given = parse('source', [...args, '127.0.0.1:2525'], {})
  return leaksOf(given, sourcePlan(given, MACHINE))
}

describe('what --leaks asks for', () => {
  it('nothing unless it is given', () => {
    assert.equal(wish(), null)
  })

  it('several plans in their order, each once, and limits', () => {
    const { plans, limits } = wish(
      '--leaks',
      'refused,aborted,refused',
      '--leak-cycles',
      '10',
      '--leak-rest',
      '2s',
      '--leak-time',
      '30s',
    )!
    assert.deepEqual(
      plans.map(({ name }) => name),
      ['refused', 'aborted'],
    )
    assert.deepEqual(limits, { cyclesLeast: 10, cyclesMost: 10, restMs: 2000, timeMs: 30_000 })
  })

  it('the time of each plan where none is given: what is half closed is over within a minute', () => {
    const { plans, limits } = wish('--leaks', 'refused,aborted')!
    assert.equal(limits.timeMs, null)
    assert.deepEqual(
      plans.map(({ timeMs }) => timeMs),
      [90_000, 55_000],
    )
  })

  it('all of them, TLS only where it is asked for', () => {
    const names = (...args: string[]) => wish('--leaks', 'all', ...args)!.plans.map(({ name }) => name)
    assert.ok(!names().includes('own') && !names().includes('tls-handshakes'))
    assert.ok(names('--tls', 'starttls', '--insecure').includes('tls-handshakes'))
  })

  for (const [args, sentence] of [
    [['--leaks', 'short-session'], "--leaks: there is no plan 'short-session'; did you mean short-sessions?"],
    [
      ['--leaks', 'own'],
      '--leaks own: the load of the other flags is a single message; give --messages or --duration, or another plan.',
    ],
    [['--leaks', 'handshakes', '--old'], '--leaks handshakes needs EHLO; leave out --old.'],
    [['--leak-time', '5s'], '--leak-time has no meaning without a search; give --leaks with it.'],
  ] as const) {
    it(`refuses ${args.join(' ')}`, () => {
      assert.throws(() => wish(...args), { message: sentence, exitStatus: 2 })
    })
  }

  it('can be said again', () => {
    const given = parse('source', ['--leaks', 'own', '-m', '5', '--watch', '1', ':1'], {})
    assert.deepEqual(leakWords(given).split(' ').sort(), ['--leaks=own', '--watch=1'])
  })
})
