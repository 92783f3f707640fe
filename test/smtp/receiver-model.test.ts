import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { FAULT_KINDS, FaultKind, faultCounter, faultFigure } from '#src/measure/fault-kinds.js'
import { SINK_COUNTERS, SinkCounter } from '#src/measure/series.js'
import { POLICY_STAGES } from '#src/plan/policy.js'
import { makeModelMemory } from '#src/smtp/model-memory.js'
import { PROFILE_NAMES } from '#src/smtp/profiles.js'
import { STAGES, Stage } from '#src/smtp/server-model.js'
import { assertShares } from './chi-square.js'
import { Bench, type Judged } from './receiver-model.js'

const MANY = 20_000

/** What a stage is judged like, so many times by one connection. */
function judged(
  document: Record<string, unknown>,
  stage: keyof typeof Stage,
  times = MANY,
): { bench: Bench; all: Judged[] } {
  const bench = new Bench(document)
  const caller = bench.open()
  return { bench, all: Array.from({ length: times }, () => caller.judge(stage, 'TO:<a@b>', 1)) }
}

function tally(all: readonly Judged[], ...tests: ((one: Judged) => boolean)[]): number[] {
  const counts = tests.map((test) => all.filter(test).length)
  return [...counts, all.length - counts.reduce((sum, count) => sum + count, 0)]
}

describe('names', () => {
  it('stages of a policy are those of the machine, in its order', () => {
    assert.deepEqual([...POLICY_STAGES], STAGES)
    assert.deepEqual(
      POLICY_STAGES.map((name) => Stage[name]),
      POLICY_STAGES.map((_, i) => i),
    )
  })

  it('every kind of fault has its counter', () => {
    for (const name of FAULT_KINDS) {
      assert.equal(SinkCounter[faultFigure(name)], faultCounter(FaultKind[name]), name)
      assert.equal(SINK_COUNTERS[faultCounter(FaultKind[name])], faultFigure(name))
    }
  })
})

describe('chance', () => {
  it('rejects its share of a stage, and says what was asked', () => {
    const { bench, all } = judged({ reject: ['rcpt:550:0.02:5.1.1 No such user', 'rcpt:451:10%'] }, 'rcpt')
    const counts = tally(
      all,
      ({ reply }) => reply === '550 5.1.1 No such user\r\n',
      ({ reply }) => reply === '451 4.3.0 Try again later\r\n',
    )
    assertShares(counts, [0.02, 0.1, 0.88], 'two rejections')
    assert.ok(all.every(({ act, reply }) => act === (reply === null ? 'pass' : 'reply')))
    assert.deepEqual(bench.faults(), { reject: counts[0]! + counts[1]! })
  })

  it('leaves other stages alone', () => {
    for (const stage of STAGES) {
      const { all } = judged({ reject: 'rcpt:550' }, stage, 100)
      assert.ok(
        all.every(({ act }) => act === (stage === 'rcpt' ? 'reply' : 'pass')),
        stage,
      )
    }
  })

  it('closes with 421, and with others where told', () => {
    const acts = judged({ reject: 'mail:421' }, 'mail', 1).all
    assert.deepEqual(acts, [{ act: 'replyAndClose', delayMs: 0, reply: '421 4.3.2 Closing\r\n', cutAfter: 0 }])
    const document = { reject: { stage: 'connect', code: 554, close: true, text: 'No\nNever' } }
    assert.deepEqual(judged(document, 'connect', 1).all, [
      { act: 'replyAndClose', delayMs: 0, reply: '554-No\r\n554 Never\r\n', cutAfter: 0 },
    ])
  })

  it('has all that excludes each other at its share in one stage', () => {
    const { bench, all } = judged(
      {
        reject: 'data:554:5%',
        disconnect: 'data:4%',
        reset: 'data:3%',
        cut: '100..200:6%',
        wrong: 'data:250:2%',
        malformed: ['data:nul:1%', 'data:half:7%'],
      },
      'data',
    )
    const counts = tally(
      all,
      ({ act }) => act === 'reply',
      ({ act }) => act === 'close',
      ({ act }) => act === 'reset',
      ({ act }) => act === 'cut',
      ({ reply }) => reply === '250 Ok\r\n',
      ({ reply }) => reply === '354 End data with <CR><LF>.<CR><LF>\0\r\n',
      ({ reply }) => reply === '354-End data with <CR><LF>.<CR><LF>\r\n',
    )
    assertShares(counts, [0.05, 0.04, 0.03, 0.06, 0.02, 0.01, 0.07, 0.72], 'seven faults')
    const [reject, close, reset, cut, wrong, nul, half] = counts as [
      number,
      number,
      number,
      number,
      number,
      number,
      number,
    ]
    assert.deepEqual(bench.faults(), { reject, close, reset, cut, wrong, malformed: nul + half })
    const octets = all.filter(({ act }) => act === 'cut').map(({ cutAfter }) => cutAfter)
    assert.equal(Math.min(...octets), 100)
    assert.equal(Math.max(...octets), 200)
  })

  it('holds at the first command of many connections', () => {
    const bench = new Bench({ disconnect: 'connect:10%', reject: 'connect:554:20%' })
    const all = Array.from({ length: MANY }, () => bench.open().judge('connect'))
    const counts = tally(
      all,
      ({ act }) => act === 'close',
      ({ act }) => act === 'reply',
    )
    assertShares(counts, [0.1, 0.2, 0.7], 'connections')
  })

  it('always and never mean it', () => {
    assert.ok(judged({ disconnect: 'mail' }, 'mail').all.every(({ act }) => act === 'close'))
    assert.ok(judged({ disconnect: 'mail:0' }, 'mail').all.every(({ act }) => act === 'pass'))
    const thirds = { reject: ['mail:450:0.1', 'mail:451:0.2', 'mail:550:0.7'] }
    assert.ok(judged(thirds, 'mail').all.every(({ act }) => act === 'reply'))
  })

  it('malforms in every way it knows', () => {
    const said = (as: string, stage: keyof typeof Stage) => judged({ malformed: `${stage}:${as}` }, stage, 1).all[0]!
    assert.deepEqual(said('no-code', 'mail'), { act: 'instead', delayMs: 0, reply: '2.1.0 Ok\r\n', cutAfter: 0 })
    assert.equal(said('bare-lf', 'rcpt').reply, '250 2.1.5 Ok\n')
    assert.equal(said('nul', 'rset').reply, '250 2.0.0 Ok\0\r\n')
    assert.equal(said('half', 'hello').reply, '250-ready\r\n')
    const overlong = said('overlong', 'dot').reply!
    assert.equal(overlong.length, 1000)
    assert.match(overlong, /^250 2\.0\.0 Ok x+\r\n$/)
  })
})

describe('a seed', () => {
  const document = { reject: 'rcpt:550:0.3', delay: 'rcpt:exp:30ms', cut: '0..1000:0.5', drip: '1:1ms:0.5' }
  const talk = (bench: Bench) => {
    const caller = bench.open()
    return Array.from({ length: 50 }, (_, i) => caller.judge(i % 2 ? 'rcpt' : 'data', 'TO:<a@b>', 1))
  }

  it('gives the same faults again, connection by connection', () => {
    const bench = new Bench(document)
    const other = new Bench(document)
    const calls = [bench.open(), bench.open()]
    const others = [other.open(), other.open()]
    const one: Judged[][] = [[], []]
    const two: Judged[][] = [[], []]
    // Interleaved in one, one after the other in the other.
    for (let i = 0; i < 100; i++) one[i % 2]!.push(calls[i % 2]!.judge('rcpt', 'TO:<a@b>', 1))
    for (let i = 0; i < 100; i++)
      two[Math.floor(i / 50)]!.push(others[Math.floor(i / 50)]!.judge('rcpt', 'TO:<a@b>', 1))
    assert.deepEqual(one, two)
    assert.notDeepEqual(one[0], one[1])
  })

  it('gives other faults in another worker, and with another seed', () => {
    const first = talk(new Bench(document))
    assert.deepEqual(talk(new Bench(document)), first)
    assert.notDeepEqual(talk(new Bench(document, 1)), first)
    assert.notDeepEqual(talk(new Bench({ ...document, seed: '1' })), first)
  })
})

describe('delays', () => {
  const delays = (text: string, times = MANY) =>
    judged({ delay: `rcpt:${text}` }, 'rcpt', times).all.map((one) => one.delayMs)
  const quantile = (values: readonly number[], share: number) =>
    values.toSorted((a, b) => a - b)[Math.floor(values.length * share)]!
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length
  /** Counts of what falls into parts that are all as likely. */
  const parts = (values: readonly number[], bounds: readonly number[]) =>
    [...bounds, Number.POSITIVE_INFINITY].map(
      (bound, i) => values.filter((value) => value < bound && (i === 0 || value >= bounds[i - 1]!)).length,
    )
  const fifths = [0.2, 0.2, 0.2, 0.2, 0.2]

  it('fixed, uniform, exponential, normal, lognormal', () => {
    assert.deepEqual(delays('20ms', 2), [20, 20])
    const uniform = delays('10ms..50ms')
    assertShares(parts(uniform, [18, 26, 34, 42]), fifths, 'uniform')
    assert.ok(uniform.every((ms) => ms >= 10 && ms < 50))
    const exp = delays('exp:30ms')
    const expBounds = [0.2, 0.4, 0.6, 0.8].map((share) => -30 * Math.log(1 - share))
    assertShares(parts(exp, expBounds), fifths, 'exponential')
    const normal = delays('normal:100ms:20ms')
    const normalBounds = [-0.8416, -0.2533, 0.2533, 0.8416].map((z) => 100 + 20 * z)
    assertShares(parts(normal, normalBounds), fifths, 'normal')
    const lognormal = delays('lognormal:20ms:200ms')
    const sigma = Math.log(10) / 2.3263
    const logBounds = [-0.8416, -0.2533, 0.2533, 0.8416].map((z) => 20 * Math.exp(sigma * z))
    assertShares(parts(lognormal, logBounds), fifths, 'lognormal')
    assert.ok(Math.abs(quantile(lognormal, 0.99) - 200) < 25)
  })

  it('geometric: as often as draws in a row come out', () => {
    const times = delays('geometric:10ms:40%')
    assert.ok(times.every((ms) => ms % 10 === 0))
    assertShares(parts(times, [10, 20, 30, 40]), [0.6, 0.24, 0.096, 0.0384, 0.0256], 'geometric')
  })

  it('are never negative, and add up', () => {
    const wide = delays('normal:10ms:20ms')
    assert.equal(Math.min(...wide), 0)
    assert.ok(mean(wide) > 10)
    const both = judged({ delay: ['rcpt:5ms', 'rcpt,mail:7ms'] }, 'rcpt', 1)
    assert.equal(both.all[0]!.delayMs, 12)
    assert.deepEqual(both.bench.faults(), { delay: 1 })
  })

  it('happen to their share, and to refusals too', () => {
    const { bench, all } = judged({ delay: 'rcpt:20ms:25%', reject: 'rcpt:550' }, 'rcpt')
    const counts = tally(all, ({ delayMs }) => delayMs === 20)
    assertShares(counts, [0.25, 0.75], 'delayed')
    assert.deepEqual(bench.faults(), { reject: MANY, delay: counts[0] })
    assert.equal(judged({ delay: 'rcpt:20ms', reset: 'rcpt' }, 'rcpt', 1).all[0]!.delayMs, 0)
  })

  it('a late greeting is counted apart', () => {
    const { bench, all } = judged({ slowBanner: '2s' }, 'connect', 3)
    assert.ok(all.every(({ delayMs, act }) => delayMs === 2000 && act === 'pass'))
    assert.deepEqual(bench.faults(), { banner: 3 })
  })
})

describe('counts', () => {
  it('recipients beyond the limit get 452 4.5.3', () => {
    const bench = new Bench({ maxRecipients: 2 })
    const caller = bench.open()
    const said = [0, 1, 2, 2].map((recipients) => caller.judge('rcpt', 'TO:<a@b>', recipients).reply)
    assert.deepEqual(said, [null, null, ...Array(2).fill('452 4.5.3 Too many recipients\r\n')])
    assert.deepEqual(bench.faults(), { recipients: 2 })
  })

  it('messages beyond the limit of a session get 421 and the end', () => {
    const bench = new Bench({ maxMessages: 2 })
    const caller = bench.open()
    const other = bench.open()
    for (let i = 0; i < 2; i++) {
      assert.equal(caller.judge('mail').act, 'pass')
      caller.judge('dot')
      bench.model.delivered(caller.state)
    }
    assert.equal(other.judge('mail').act, 'pass')
    assert.deepEqual(caller.judge('mail'), {
      act: 'replyAndClose',
      delayMs: 0,
      reply: '421 4.7.0 Too many messages in one session\r\n',
      cutAfter: 0,
    })
    assert.deepEqual(bench.faults(), { messages: 1 })
  })

  it('another code does not close', () => {
    const bench = new Bench({ maxMessages: '1:452' })
    const caller = bench.open()
    bench.model.delivered(caller.state)
    assert.deepEqual(
      [caller.judge('mail').act, caller.judge('mail').reply],
      ['reply', '452 4.7.0 Too many messages in one session\r\n'],
    )
  })
})

describe('manners', () => {
  it('belong to a share of the connections', () => {
    const bench = new Bench({ drip: '2:5ms:20%', slowRead: '50ms:50%' })
    const all = Array.from({ length: 5000 }, () => bench.open().opened.manner)
    const drips = all.filter((manner) => manner !== null && manner.dripOctets > 0)
    const slow = all.filter((manner) => manner !== null && manner.readPauseMs > 0)
    assertShares([drips.length, all.length - drips.length], [0.2, 0.8], 'drip')
    assertShares([slow.length, all.length - slow.length], [0.5, 0.5], 'slow read')
    assert.deepEqual(bench.faults(), { drip: drips.length, slowRead: slow.length })
    assert.ok(drips.every((manner) => manner?.dripOctets === 2 && manner.dripMs === 5))
    assert.ok(slow.every((manner) => manner?.readPauseMs === 50))
  })
})

describe('tarpit', () => {
  it('grows with the connections of a client, and with all', () => {
    const bench = new Bench({ tarpit: ['client:10ms:1:25ms', 'all:1ms'] })
    const [a, b] = [bench.open('10.0.0.1'), bench.open('10.0.0.2')]
    assert.deepEqual([a.judge('noop').delayMs, b.judge('connect').delayMs], [2, 2])
    const more = [bench.open('10.0.0.1'), bench.open('10.0.0.1')]
    assert.deepEqual([a.judge('mail').delayMs, b.judge('mail').delayMs], [20 + 4, 4])
    more.push(bench.open('10.0.0.1'))
    assert.equal(a.judge('dot').delayMs, 25 + 5)
    for (const caller of more) caller.close()
    assert.deepEqual([a.judge('dot').delayMs, b.judge('quit').delayMs], [2, 2])
    assert.deepEqual(bench.faults(), { tarpit: 7 })
  })

  it('counts connections of other workers', () => {
    const memory = makeModelMemory(65_536)
    const document = { tarpit: 'client:10ms:1' }
    const [one, two] = [new Bench(document, 0, memory), new Bench(document, 1, memory)]
    const caller = one.open()
    const other = two.open()
    assert.equal(caller.judge('noop').delayMs, 10)
    other.close()
    assert.equal(caller.judge('noop').delayMs, 0)
  })
})

describe('another policy', () => {
  it('holds from the next command on, and connections keep their state', () => {
    const bench = new Bench({ maxMessages: 2 })
    const other = new Bench({ maxMessages: 1, reject: 'rcpt:550' })
    const caller = bench.open()
    bench.model.delivered(caller.state)
    assert.equal(caller.judge('mail').act, 'pass')
    assert.equal(caller.judge('rcpt', 'TO:<a@b>').act, 'pass')
    bench.model.change(other.model.policy, bench.model.memory)
    assert.equal(caller.judge('rcpt', 'TO:<a@b>').act, 'reply')
    assert.equal(caller.judge('mail').act, 'replyAndClose')
  })

  it('keeps greylist and buckets with the same memory, and begins anew with another', () => {
    const document = { greylist: '1m', limit: 'client:1/s:1' }
    const bench = new Bench(document)
    const caller = bench.open()
    assert.equal(caller.judge('mail', 'FROM:<a@b>').act, 'pass')
    assert.equal(caller.judge('rcpt', 'TO:<c@d>').act, 'reply')
    bench.nowMs += 60_000
    const tighter = new Bench({ greylist: '1m', limit: 'client:1/s:1', reject: 'noop:500' })
    bench.model.change(tighter.model.policy, bench.model.memory)
    assert.equal(caller.judge('rcpt', 'TO:<c@d>').act, 'pass')
    bench.model.change(tighter.model.policy, tighter.model.memory)
    assert.equal(caller.judge('rcpt', 'TO:<c@d>').act, 'reply')
    // It was counted in the first memory and leaves there.
    caller.close()
    assert.equal(Atomics.load(tighter.model.memory.head, 0), 0)
  })

  it('does nothing to connections that came before the first model', () => {
    const bench = new Bench({ disconnect: 'all' })
    assert.equal(bench.model.judge(null, Stage.mail, Buffer.alloc(0), 0, 0, 0).act, 0)
    bench.model.delivered(null)
    bench.model.closed(null)
    assert.equal(Atomics.load(bench.model.memory.head, 0), 0)
  })
})

describe('profiles', () => {
  for (const name of PROFILE_NAMES) {
    it(`${name} does something, and lets mail through in the end`, () => {
      const bench = new Bench({ profile: name })
      let delivered = 0
      for (let i = 0; i < 500; i++) {
        const caller = bench.open(`10.0.${i >> 7}.1`)
        const stages = ['connect', 'hello', 'mail', 'rcpt', 'data', 'dot'] as const
        const argument = { mail: 'FROM:<a@b>', rcpt: `TO:<c${i % 10}@d>` } as Partial<Record<string, string>>
        if (stages.every((stage) => caller.judge(stage, argument[stage] ?? '').act === 'pass')) delivered++
        caller.close()
        bench.nowMs += 1000
      }
      assert.ok(delivered > 200, `${delivered} of 500`)
      assert.notDeepEqual(bench.faults(), {})
    })
  }
})
