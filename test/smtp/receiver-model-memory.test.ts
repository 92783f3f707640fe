/** Token buckets, greylist and tables against their definitions, with a clock moved by hand. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Worker } from 'node:worker_threads'
import fc from 'fast-check'
import { returnToken, takeToken } from '#src/smtp/model-buckets.js'
import { KeyMaker, Mailbox } from '#src/smtp/model-keys.js'
import { makeModelMemory } from '#src/smtp/model-memory.js'
import { ModelTable, tableOctets } from '#src/smtp/model-table.js'
import { Bench } from './receiver-model.js'

const newTable = (entries = 64) => new ModelTable(new SharedArrayBuffer(tableOctets(entries)), 0, entries)

describe('token bucket', () => {
  it('gives its burst, then its rate', () => {
    const table = newTable()
    const take = (nowMs: number) => takeToken(table, 1, 2, 10, 3, nowMs)
    assert.deepEqual([take(0), take(0), take(0), take(0)], [true, true, true, false])
    assert.deepEqual([take(99), take(100), take(100)], [false, true, false])
    // Never more than the burst, however long it waits.
    assert.deepEqual([take(60_000), take(60_000), take(60_000), take(60_000)], [true, true, true, false])
  })

  it('agrees with a bucket of exact fractions, whatever the times', () => {
    const steps = fc.array(fc.integer({ min: 0, max: 400 }), { maxLength: 60 })
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: 5 }), steps, (rate, burst, gaps) => {
        const table = newTable()
        // In thousandths of a token: whole milliseconds at a whole rate lose nothing.
        let tokens = burst * 1000
        let now = 0
        for (const gap of gaps) {
          now += gap
          tokens = Math.min(burst * 1000, tokens + gap * rate)
          const due = tokens >= 1000
          if (due) tokens -= 1000
          assert.equal(takeToken(table, 7, 7, rate, burst, now), due)
        }
      }),
      { numRuns: 200 },
    )
  })

  it('takes back what was not used', () => {
    const table = newTable()
    assert.equal(takeToken(table, 1, 1, 1, 1, 0), true)
    returnToken(table, 1, 1, 1)
    assert.equal(takeToken(table, 1, 1, 1, 1, 0), true)
    assert.equal(takeToken(table, 1, 1, 1, 1, 0), false)
    returnToken(table, 9, 9, 1)
  })

  it('is not shaken by a clock that stands behind', () => {
    const table = newTable()
    assert.equal(takeToken(table, 1, 1, 1, 1, 5000), true)
    assert.equal(takeToken(table, 1, 1, 1, 1, 4000), false)
    assert.equal(takeToken(table, 1, 1, 1, 1, 5999), false)
    assert.equal(takeToken(table, 1, 1, 1, 1, 6000), true)
  })
})

describe('limits', () => {
  it('connections of an address: 421 and the end', () => {
    const bench = new Bench({ limit: 'connection:1/s:2' })
    const [a, b, c, d] = ['10.0.0.1', '10.0.0.1', '10.0.0.1', '10.0.0.2'].map((address) => bench.open(address))
    assert.equal(a!.judge('connect').act, 'pass')
    assert.equal(b!.judge('connect').act, 'pass')
    assert.deepEqual(c!.judge('connect'), {
      act: 'replyAndClose',
      delayMs: 0,
      reply: '421 Rate limit exceeded, try again later\r\n',
      cutAfter: 0,
    })
    assert.equal(d!.judge('connect').act, 'pass')
    assert.deepEqual(bench.faults(), { limit: 1 })
  })

  it('messages of an address, over its connections', () => {
    const bench = new Bench({ limit: 'client:1/s:2:451' })
    const [a, b] = [bench.open(), bench.open()]
    assert.deepEqual([a.judge('mail').act, b.judge('mail').act], ['pass', 'pass'])
    assert.deepEqual(
      [a.judge('mail').reply, b.judge('rcpt').act],
      ['451 4.7.0 Rate limit exceeded, try again later\r\n', 'pass'],
    )
    bench.nowMs += 1000
    assert.deepEqual([b.judge('mail').act, a.judge('mail').act], ['pass', 'reply'])
  })

  it('messages of a sender, whatever the letters', () => {
    const bench = new Bench({ limit: 'sender:1/s' })
    const caller = bench.open()
    assert.equal(caller.judge('mail', 'FROM:<joe@a.example> SIZE=5').act, 'pass')
    assert.equal(caller.judge('mail', 'FROM:<sue@a.example>').act, 'pass')
    assert.equal(
      caller.judge('mail', 'FROM:<Joe@A.example>').reply,
      '451 4.7.0 Rate limit exceeded, try again later\r\n',
    )
    assert.equal(bench.open('10.1.1.1').judge('mail', 'from: joe@a.example SIZE=9').act, 'reply')
    assert.equal(caller.judge('mail', 'FROM:<>').act, 'pass')
  })

  it('recipients of a domain', () => {
    const bench = new Bench({ limit: 'domain:2/s' })
    const caller = bench.open()
    const rcpt = (address: string) => caller.judge('rcpt', `TO:<${address}>`).act
    assert.deepEqual(
      [rcpt('a@x'), rcpt('b@X'), rcpt('c@x'), rcpt('"odd@x>"@y'), rcpt('c@y'), rcpt('d@y')],
      ['pass', 'pass', 'reply', 'pass', 'pass', 'reply'],
    )
  })

  it('a refusal by one takes nothing from another', () => {
    const bench = new Bench({ limit: ['client:1/h:3:451', 'sender:1/h:1'] })
    const caller = bench.open()
    const mail = (address: string) => caller.judge('mail', `FROM:<${address}>`).act
    assert.deepEqual(
      [mail('a@b'), mail('a@b'), mail('a@b'), mail('c@d'), mail('e@f'), mail('g@h')],
      ['pass', 'reply', 'reply', 'pass', 'pass', 'reply'],
    )
  })

  it('chance comes first, and takes no token', () => {
    const bench = new Bench({ limit: 'client:1/h:5', reject: 'mail:450:50%' })
    const caller = bench.open()
    const replies = Array.from({ length: 200 }, () => caller.judge('mail').reply?.slice(0, 3) ?? 'pass')
    assert.equal(replies.filter((reply) => reply === 'pass').length, 5)
    assert.ok(replies.indexOf('421') > 4)
  })

  it('are one for all workers', () => {
    const memory = makeModelMemory(65_536)
    const benches = [0, 1].map((worker) => new Bench({ limit: 'client:1/h:4:451' }, worker, memory))
    const acts = Array.from({ length: 6 }, (_, i) => benches[i % 2]!.open().judge('mail').act)
    assert.deepEqual(acts, ['pass', 'pass', 'pass', 'pass', 'reply', 'reply'])
  })
})

describe('greylist', () => {
  const triplet = (bench: Bench, from: string, to: string, address = '10.0.0.1') => {
    const caller = bench.open(address)
    caller.judge('mail', `FROM:<${from}>`)
    return caller.judge('rcpt', `TO:<${to}>`).reply
  }
  const LATER = '451 4.7.1 Greylisted, try again later\r\n'

  it('puts a triplet off until the time has gone since it was seen first', () => {
    const bench = new Bench({ greylist: '5m:1h' })
    assert.equal(triplet(bench, 'a@b', 'c@d'), LATER)
    bench.nowMs += 299_999
    assert.equal(triplet(bench, 'a@b', 'c@d'), LATER)
    bench.nowMs += 1
    assert.equal(triplet(bench, 'a@b', 'c@d'), null)
    assert.equal(triplet(bench, 'A@B', 'C@D'), null)
    assert.deepEqual(bench.faults(), { greylist: 2 })
  })

  it('knows client, sender and recipient apart', () => {
    const bench = new Bench({ greylist: '1s' })
    triplet(bench, 'a@b', 'c@d')
    bench.nowMs += 1000
    assert.equal(triplet(bench, 'x@b', 'c@d'), LATER)
    assert.equal(triplet(bench, 'a@b', 'x@d'), LATER)
    assert.equal(triplet(bench, 'a@b', 'c@d', '10.0.0.2'), LATER)
    assert.equal(triplet(bench, 'a@b', 'c@d'), null)
    assert.equal(triplet(bench, '', 'c@d'), LATER)
  })

  it('forgets what was not seen for its lifetime, and not sooner', () => {
    const bench = new Bench({ greylist: '1m:1h' })
    triplet(bench, 'a@b', 'c@d')
    bench.nowMs += 3_600_000
    assert.equal(triplet(bench, 'a@b', 'c@d'), null)
    bench.nowMs += 3_600_000
    assert.equal(triplet(bench, 'a@b', 'c@d'), null)
    bench.nowMs += 3_600_001
    assert.equal(triplet(bench, 'a@b', 'c@d'), LATER)
  })

  it('agrees with a map of triplets, whatever happens', () => {
    const step = fc.record({ who: fc.integer({ min: 0, max: 3 }), gap: fc.integer({ min: 0, max: 900 }) })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const bench = new Bench({ greylist: '1s:2s' })
        const known = new Map<number, { first: number; last: number }>()
        for (const { who, gap } of steps) {
          bench.nowMs += gap
          const old = known.get(who)
          const first = old && bench.nowMs - old.last <= 2000 ? old.first : bench.nowMs
          known.set(who, { first, last: bench.nowMs })
          assert.equal(triplet(bench, `${who}@b`, 'c@d'), bench.nowMs - first >= 1000 ? null : LATER)
        }
      }),
      { numRuns: 100 },
    )
  })
})

describe('table', () => {
  it('drops what was seen longest ago when a set is full', () => {
    const table = newTable(8)
    const see = (key: number, now: number) => {
      const at = table.take(key, key, true)
      table.numbers[at] = now
      const fresh = table.fresh
      table.release()
      return fresh
    }
    for (let key = 1; key <= 8; key++) assert.equal(see(key, key), true)
    assert.equal(see(1, 9), false)
    assert.equal(see(9, 10), true)
    // 2 was the oldest then.
    for (const key of [1, 3, 4, 5, 6, 7, 8, 9]) assert.equal(see(key, 11), false, String(key))
    assert.equal(see(2, 12), true)
  })

  it('looks without making', () => {
    const table = newTable()
    assert.equal(table.take(5, 6, false), -1)
    table.release()
    table.take(5, 6, true)
    table.release()
    assert.ok(table.take(5, 6, false) >= 0)
    table.release()
    assert.equal(table.take(6, 5, false), -1)
    table.release()
  })

  it('costs the same whatever comes', () => {
    const memory = makeModelMemory(1024)
    const bench = new Bench({ entries: 1024, greylist: '1s', limit: ['sender:1/s', 'domain:1/s'] }, 0, memory)
    assert.ok(memory.byteLength < 34 * 3 * 1024 + 64)
    const caller = bench.open()
    for (let i = 0; i < 20_000; i++) {
      bench.nowMs++
      caller.judge('mail', `FROM:<${i}@${i}.example>`)
      caller.judge('rcpt', `TO:<${i}@${i}.example>`)
    }
    // The last of a flood is still remembered.
    assert.equal(caller.judge('mail', 'FROM:<19999@19999.example>').act, 'reply')
  })

  it('loses nothing between threads', async () => {
    const entries = 64
    const shared = new SharedArrayBuffer(tableOctets(entries))
    const table = import.meta.resolve('#src/smtp/model-table.js')
    const code = `
      import { parentPort, workerData } from 'node:worker_threads'
      const { ModelTable } = await import(workerData.table)
      const table = new ModelTable(workerData.shared, 0, ${entries})
      for (let i = 0; i < 30000; i++) {
        const at = table.take(i % 4, 1, true)
        table.numbers[at + 1]++
        table.release()
      }
    `
    const url = new URL(`data:text/javascript,${encodeURIComponent(code)}`)
    const ends = Array.from({ length: 2 }, () => {
      const worker = new Worker(url, { workerData: { shared, table } })
      return new Promise<void>((resolve, reject) => {
        worker.once('error', reject)
        worker.once('exit', () => resolve())
      })
    })
    await Promise.all(ends)
    const mine = new ModelTable(shared, 0, entries)
    const counts = [0, 1, 2, 3].map((key) => {
      const at = mine.take(key, 1, false)
      const count = mine.numbers[at + 1]!
      mine.release()
      return count
    })
    assert.deepEqual(counts, [15_000, 15_000, 15_000, 15_000])
  })
})

describe('keys', () => {
  const box = (argument: string) => {
    const buffer = Buffer.from(`--${argument}--`, 'latin1')
    const { from, to, domain } = new Mailbox().find(buffer, 2, 2 + argument.length)
    return [buffer.toString('latin1', from, to), buffer.toString('latin1', domain, to)]
  }

  it('finds mailbox and domain', () => {
    assert.deepEqual(box('FROM:<a@b.c> SIZE=1'), ['a@b.c', 'b.c'])
    assert.deepEqual(box('TO: <a@b.c>'), ['a@b.c', 'b.c'])
    assert.deepEqual(box('TO:a@b.c NOTIFY=NEVER'), ['a@b.c', 'b.c'])
    assert.deepEqual(box('FROM:<>'), ['', ''])
    assert.deepEqual(box('TO:<postmaster>'), ['postmaster', ''])
    assert.deepEqual(box('TO:<"a>\\"@x"@b.c>'), ['"a>\\"@x"@b.c', 'b.c'])
    assert.deepEqual(box('TO:<@r1,@r2:u@d>'), ['@r1,@r2:u@d', 'd'])
    assert.deepEqual(box('TO:<a@b'), ['a@b', 'b'])
    assert.deepEqual(box('TO:<"a\\'), ['"a\\', ''])
    assert.deepEqual(box('nothing'), ['nothing', ''])
    assert.deepEqual(box(''), ['', ''])
  })

  it('never looks beyond the argument', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'aT:<>@"\\ ,'), maxLength: 20 }), (text) => {
        const { from, to, domain } = new Mailbox().find(Buffer.from(`@<${text}>@"`), 2, 2 + text.length)
        assert.ok(from >= 2 && from <= to && to <= 2 + text.length && domain >= from && domain <= to)
      }),
      { numRuns: 500 },
    )
  })

  it('are the same of octets as of a text in small letters', () => {
    const octets = Buffer.from('--Some.One@EXAMPLE.org[]\xe9--', 'latin1')
    const { high, low } = new KeyMaker().begin(3).text('some.one@example.org[]\xe9').end()
    const other = new KeyMaker()
      .begin(3)
      .octets(octets, 2, octets.length - 2)
      .end()
    assert.deepEqual([other.high, other.low], [high, low])
  })

  it('are spread, and do not collide', () => {
    const seen = new Set<string>()
    const sets = new Array<number>(64).fill(0)
    const key = new KeyMaker()
    for (let i = 0; i < 20_000; i++) {
      const { high, low } = key
        .begin(i % 2)
        .text(`user${i >> 1}@example`)
        .end()
      seen.add(`${high}/${low}`)
      sets[(low >>> 0) % 64]!++
    }
    assert.equal(seen.size, 20_000)
    assert.ok(Math.max(...sets) < 420 && Math.min(...sets) > 220, `${Math.min(...sets)}..${Math.max(...sets)}`)
  })
})
