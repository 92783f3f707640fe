import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { ThreadProfile } from '#src/pool/profiling.js'
import { profileDocument } from '#src/profile/document.js'
import { profilePage } from '#src/profile/page.js'
import { profileText } from '#src/profile/summary.js'

const HOSTILE = '</script><img src=x onerror=alert(1)>\u001b[31m'

/** 1 s of a thread that was on a core for `cpuUs` of it; half of its samples are the function's. */
function thread(name: string, tid: number, cpuUs: number, messages: number): ThreadProfile {
  const mark = (atUs: number, part: number) => ({
    atUs,
    tid,
    threads: new Map([
      [1, { name: 'node', cpuUs: 5000 + part * 100_000, waitUs: 0 }],
      [2, { name: 'node', cpuUs: 7000 + part * 800_000, waitUs: 0 }],
      [8, { name: 'v8:ProfEvntProc', cpuUs: part * 30_000, waitUs: 0 }],
      [9, { name: 'node', cpuUs: 1000 + part * 20_000, waitUs: 0 }],
    ]),
    process: { userUs: 50_000 + part * 600_000, systemUs: part * 370_000 },
    messages: 10 + part * messages,
  })
  const frame = { scriptId: '0', url: '', lineNumber: -1, columnNumber: 0 }
  return {
    name,
    profile: {
      nodes: [
        { id: 1, callFrame: { ...frame, functionName: '(root)' }, children: [2, 3] },
        { id: 2, callFrame: { ...frame, functionName: HOSTILE } },
        { id: 3, callFrame: { ...frame, functionName: '(idle)' } },
      ],
      startTime: 0,
      endTime: 1_100_000,
      samples: [3, 2, 3],
      timeDeltas: [0, 100_000, cpuUs / 2],
    },
    from: mark(100_000, 0),
    to: mark(1_100_000, 1),
  }
}

const made = profileDocument({
  version: '1.2.3',
  node: 'v20.0.0',
  command: `stampede source --tag ${HOSTILE}`,
  intervalUs: 1000,
  threads: [thread('main', 1, 100_000, 0), thread('worker 0', 2, 800_000, 4000)],
  home: 'file:///app/',
})

describe('the document of a profile', () => {
  it('adds up: threads, helpers and the sampler are what the process used', () => {
    assert.equal(made.process.userUs + made.process.systemUs, 970_000)
    assert.ok(Math.abs(made.accountedUs - 950_000) < 1e-6)
    assert.ok(Math.abs(made.accountedShare - 950 / 970) < 1e-9)
    const [section] = made.sections
    const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0)
    assert.ok(Math.abs(sum(section!.functions.map(({ selfUs }) => selfUs)) - made.accountedUs) < 1e-6)
    assert.ok(Math.abs(sum(section!.modules.map(({ selfUs }) => selfUs)) - made.accountedUs) < 1e-6)
    assert.ok(Math.abs(section!.flame.value - made.accountedUs) < 1e-6)
  })

  it('adds up where a worker stops before the last: what its stopping took is the sampler’s', () => {
    const early = (): ThreadProfile => {
      const { to, ...one } = thread('worker 0', 2, 800_000, 4000)
      const threads = new Map(to.threads).set(2, { name: 'node', cpuUs: 7000 + 760_000, waitUs: 0 })
      return { ...one, to: { ...to, atUs: to.atUs - 40_000, threads } }
    }
    const last = { ...thread('worker 1', 9, 20_000, 100) }
    const withBoth = [thread('main', 1, 100_000, 0), early(), { ...last, from: { ...last.from, tid: 9 } }]
    const two = profileDocument({ ...made, threads: withBoth, home: '' })
    assert.ok(Math.abs(two.accountedUs - made.accountedUs) < 1e-6, `${two.accountedUs}`)
    assert.ok(Math.abs(two.shares.sampler - (30 + 40) / 950) < 1e-9, `${two.shares.sampler}`)
    assert.equal(two.threads[1]!.cpuUs, 760_000)
  })

  it('adds up where the thread that sampled a worker has ended before the last mark', () => {
    const gone = 11
    const early = (): ThreadProfile => {
      const { to, ...one } = thread('worker 0', 2, 800_000, 4000)
      const threads = new Map(to.threads).set(gone, { name: 'v8:ProfEvntProc', cpuUs: 25_000, waitUs: 0 })
      return { ...one, to: { ...to, atUs: to.atUs - 10_000, threads } }
    }
    const last = { ...thread('worker 1', 9, 20_000, 100) }
    const withBoth = [thread('main', 1, 100_000, 0), early(), { ...last, from: { ...last.from, tid: 9 } }]
    const two = profileDocument({ ...made, threads: withBoth, home: '' })
    assert.ok(Math.abs(two.accountedUs - (made.accountedUs + 25_000)) < 1e-6, `${two.accountedUs}`)
    assert.ok(Math.abs(two.shares.sampler * two.accountedUs - (30_000 + 25_000)) < 1e-6, `${two.shares.sampler}`)
  })

  it('leaves out a thread that ended before all had their sampler', () => {
    const one = thread('main', 1, 100_000, 0)
    const threads = new Map(one.from.threads).set(12, { name: 'node', cpuUs: 40_000, waitUs: 0 })
    const early = { ...one, from: { ...one.from, atUs: one.from.atUs - 10_000, threads } }
    const two = profileDocument({ ...made, threads: [early, thread('worker 0', 2, 800_000, 4000)], home: '' })
    assert.ok(Math.abs(two.accountedUs - made.accountedUs) < 1e-6, `${two.accountedUs}`)
  })

  it('counts messages of exactly the profiled time, and says what one took', () => {
    assert.equal(made.messages, 4000)
    assert.equal(made.process.perMessageUs, 970_000 / 4000)
    assert.equal(made.kernelShare, 370 / 970)
    const near = (a: number, b: number) => assert.ok(Math.abs(a - b) < 1e-9, `${a} and ${b}`)
    near(made.shares.sampler, 30 / 950)
    near(made.shares.helpers, 20 / 950)
    near(made.shares.poll, 450 / 950)
  })

  it('says what it does not know where threads are not accounted for', () => {
    const bare = [thread('main', 1, 100_000, 0), thread('worker 0', 2, 800_000, 4000)].map((one) => ({
      ...one,
      from: { ...one.from, threads: new Map() },
      to: { ...one.to, threads: new Map() },
    }))
    const without = profileDocument({ ...made, threads: bare, home: '' })
    assert.ok(Math.abs(without.accountedUs - 970_000) < 1e-6)
    assert.deepEqual(
      without.threads.map(({ cpuUs }) => cpuUs),
      [null, null],
    )
    assert.match(without.sections[0]!.method.join(' '), /does not account for single threads/)
  })

  it('is shown without doing what a name says', () => {
    const text = profileText(made, ['p/flame.html'])
    assert.match(text, /^profile {5}1\.00 s, 4,000 messages, cpu 970 ms, 243 us a message \(kernel 38%\)$/m)
    assert.ok(!text.includes('\u001b'))
    const page = profilePage(made, 'run()')
    assert.ok(!page.includes(HOSTILE.slice(0, 9 + 6)) && page.split('</script>').length === 3)
    assert.match(page, /default-src 'none'/)
    const data = /<script type="application\/json" id="data">(.*?)<\/script>/s.exec(page)![1]!
    assert.deepEqual(JSON.parse(data), JSON.parse(JSON.stringify(made)))
  })
})
