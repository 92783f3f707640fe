import assert from 'node:assert/strict'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { RunError, type RunResult, run, type SecondSummary, type SourceOptions, sink, UsageError } from '#src/index.js'
import { freePort } from '../peer/port.js'
import { ScriptedServer } from '../peer/scripted-server.js'
import { addsUp } from './adds-up.js'

test('a run is awaited for its result', async () => {
  await using target = await sink()
  const result = await run({ target: target.address, sessions: 4, messages: 500, workers: 2, seed: 'c0de' })
  addsUp(result)
  assert.equal(result.passed, true)
  assert.equal(result.seed, 'c0de')
  assert.equal(result.workers, 2)
  assert.equal(result.messages.asked, 500)
  assert.equal(result.messages.accepted, 500)
  assert.equal(result.message.count, 500)
  assert.ok(result.message.percentile(50) <= result.message.percentile(99))
  assert.match(result.again, /^stampede source .*--seed[ =]c0de/)
  assert.equal(result.toJSON().messages.accepted, 500)
  const totals = await target.stop()
  assert.equal(totals.messages, 500)
  assert.equal(totals.active, 0)
  assert.equal(totals.bytesIn, result.bytes.out)
  assert.equal(totals.bytesOut, result.bytes.in)
})

test('over a unix socket, LMTP, with several recipients', async () => {
  const path = join(tmpdir(), `stampede-run-${process.pid}.sock`)
  await using target = await sink({ listen: `unix:${path}`, lmtp: true })
  assert.equal(target.port, 0)
  const result = await run({ target: target.address, lmtp: true, messages: 30, recipients: 3, sessions: 2 })
  addsUp(result)
  assert.equal(result.messages.accepted, 30)
  assert.equal(result.recipients.accepted, 90)
  assert.equal(target.totals().recipients, 90)
})

test('a run is iterated for its seconds, and they sum up to the result', async () => {
  await using target = await sink()
  const job = run({ target: target.address, sessions: 2, duration: '1200ms' })
  // A last part of a second that was given before comes again, whole.
  const seconds = new Map<number, SecondSummary>()
  for await (const second of job) seconds.set(second.second, second)
  const result = await job
  addsUp(result)
  assert.ok(seconds.size >= 2)
  assert.deepEqual(
    [...seconds.keys()],
    [...seconds.keys()].sort((a, b) => a - b),
  )
  const sum = (of: (second: SecondSummary) => number) => [...seconds.values()].reduce((all, one) => all + of(one), 0)
  assert.equal(
    sum((second) => second.accepted),
    result.messages.accepted,
  )
  assert.equal(
    sum((second) => second.scheduled),
    result.messages.scheduled,
  )
  assert.equal(
    sum((second) => second.bytesOut),
    result.bytes.out,
  )
})

test('iterating may begin when the run is over', async () => {
  await using target = await sink()
  const job = run({ target: target.address, messages: 10 })
  const result = await job
  let accepted = 0
  for await (const second of job) accepted += second.accepted
  assert.equal(accepted, result.messages.accepted)
  for await (const _ of job) assert.fail('a second was given twice')
})

test('then, catch and finally', async () => {
  await using target = await sink()
  let done = 0
  const accepted = await run({ target: target.address }).then((result) => result.messages.accepted)
  assert.equal(accepted, 1)
  await run({ target: target.address }).finally(() => done++)
  assert.equal(done, 1)
  const caught = await run({ target: '203.0.113.1:25' }).catch((error: unknown) => error)
  assert.ok(caught instanceof UsageError)
})

test('two runs at once, each with its own figures', async () => {
  await using first = await sink()
  await using second = await sink({ 'no-chunking': true })
  const results: RunResult[] = await Promise.all([
    run({ target: first.address, messages: 400, sessions: 3, workers: 2 }),
    run({ target: second.address, messages: 300, sessions: 2, chunking: 'auto', size: 2000 }),
  ])
  assert.deepEqual(
    results.map((result) => result.messages.accepted),
    [400, 300],
  )
  for (const result of results) addsUp(result)
  assert.deepEqual([first.totals().messages, second.totals().messages], [400, 300])
  assert.notEqual(results[0]!.seed, results[1]!.seed)
})

test('refused mail is tried again at the end, in the closed and in the open loop', async () => {
  for (const rate of [undefined, '200/s']) {
    const rules = [{ connection: 1, stage: 'dot', nth: 3, do: [{ reply: '451 4.3.0 later' }] }] as const
    await using target = await ScriptedServer.start({ extensions: ['PIPELINING'], rules })
    const job = run({ target: target.address, messages: 3, retry: 'later', ...(rate === undefined ? {} : { rate }) })
    const result = await job
    addsUp(result)
    assert.equal(result.messages.retried, 1)
    assert.equal(result.messages.accepted, 3, `rate ${rate}`)
    assert.equal(target.accepted, 3)
  }
})

test('a run after a run in the same process', async () => {
  await using target = await sink()
  for (let i = 1; i <= 3; i++) {
    addsUp(await run({ target: target.address, messages: 20 }))
    assert.equal(target.totals().messages, 20 * i)
  }
})

test('what is wrong with options is said in one sentence, at once', () => {
  const target = '127.0.0.1:1'
  const cases: readonly (readonly [SourceOptions, string])[] = [
    [{ target: 5 } as unknown as SourceOptions, 'target is missing; give a host and port, or unix:/path.'],
    [
      { target: '' },
      "TARGET '': missing host information; give host, host:port, [IPv6]:port, unix:/path or smtp://host:port.",
    ],
    [{ target, sessions: 0 }, '--sessions: 0 is too small; give at least 1.'],
    [{ target, messages: 1.5 }, "--messages: '1.5' is not a count; give a whole number such as 5, 10k or 2M."],
    [{ target, sesions: 3 }, '--sesions: unknown option; did you mean --sessions?'],
    [{ target, size: '1x' }, "--size: '1x' is not a size; give octets such as 1024, 64k, 5MB or 10KiB."],
    [{ target, pipelining: 'maybe' }, "--pipelining: 'maybe' is not known; give auto, off or require."],
    [{ target, duration: '1h1' }, "--duration: '1h1' is not a time; give one such as 500ms, 30s, 2m or 1h."],
    [{ target, seed: 'xyz' }, "--seed: 'xyz' is no seed; give 1 to 16 hexadecimal digits."],
    [{ target, lmtp: 'x' }, '--lmtp: takes no value; give --lmtp alone.'],
    [{ target, rate: '10/s' }, '--rate needs an end; give --duration or --messages with it.'],
    [{ target, depth: 4 }, '--depth above 1 needs transactions back to back; give --chunking auto or require with it.'],
  ]
  for (const [options, message] of cases) {
    assert.throws(
      () => run(options),
      (error: unknown) => {
        assert.ok(error instanceof UsageError, String(error))
        assert.equal(error.message, message)
        assert.equal(error.code, 'ERR_STAMPEDE_USAGE')
        assert.equal(error.exitStatus, 2)
        return true
      },
    )
  }
})

test('options of the sink, too', async () => {
  for (const [options, message] of [
    [{ workers: 0 }, '--workers: 0 is too small; give at least 1.'],
    [{ zzyzx: 1 }, "--zzyzx: unknown option; 'stampede sink --help' lists them."],
  ] as const) {
    await assert.rejects(sink(options), { name: 'UsageError', message })
  }
})

test('camel case, flags that are off, and what is undefined', async () => {
  await using target = await sink({ maxSessions: 10 })
  const result = await run({
    target: target.address,
    messages: 6,
    perSession: 2,
    connectBurst: 2,
    reuse: true,
    lmtp: false,
    subject: undefined,
  })
  assert.equal(result.messages.accepted, 6)
  assert.equal(result.sessions.connected, 3)
  const single = await run({ target: target.address, messages: 3, reuse: false })
  assert.equal(single.sessions.connected, 3)
})

test('a public address is refused before anything is sent', async () => {
  await assert.rejects(async () => run({ target: '203.0.113.1:25' }), {
    name: 'UsageError',
    message: /^TARGET '203\.0\.113\.1:25' is the public address 203\.0\.113\.1; .*--i-own-this-server\.$/,
  })
})

test('nobody there: a result that says so', async () => {
  const target = `127.0.0.1:${await freePort()}`
  const result = await run({ target, messages: 3 })
  addsUp(result)
  assert.equal(result.passed, false)
  assert.equal(result.messages.accepted, 0)
  assert.deepEqual(result.notes, [`no connection to ${target}: connection refused`])
  assert.equal(result.errors[0]!.error, 'connection refused')
})

test('an address that is taken: RunError', async () => {
  await using taken = await sink()
  await assert.rejects(sink({ listen: taken.address }), (error: unknown) => {
    assert.ok(error instanceof RunError, String(error))
    return true
  })
})
