import assert from 'node:assert/strict'
import { test } from 'node:test'
import { run as load, type RunResult, sink } from '#src/index.js'
import { freePort } from '../peer/port.js'
import { run, SOURCE, start } from '../peer/run-program.js'

const SENTENCES = (result: RunResult) => result.thresholds.map(({ text, ok }) => `${ok ? '✓' : '✗'} ${text}`)

test('thresholds on what a delaying receiver does: its delay is what they see', async () => {
  await using target = await sink({ delay: 'dot:120ms' })
  const thresholds = [
    'message.p50 >= 120ms',
    'message.p50 < 100ms',
    'phase{phase=dot}.min >= 120ms',
    'errors.rate == 0',
  ]
  const result = await load({ target: target.address, messages: 20, sessions: 10, pipelining: 'off', thresholds })
  assert.deepEqual(SENTENCES(result), [
    '✓ message.p50 >= 120ms',
    '✗ message.p50 < 100ms',
    '✓ phase{phase=dot}.min >= 120ms',
    '✓ errors.rate == 0',
  ])
  assert.equal(result.passed, false)
  assert.deepEqual(result.toJSON().thresholds, result.thresholds)
  assert.match(result.again, /--threshold 'message\.p50 >= 120ms' --threshold/)
})

test('thresholds decide instead of the usual rule: a run with refusals passes where they are within bounds', async () => {
  await using target = await sink({ reject: 'rcpt:550:100%:5.1.1 nobody' })
  const options = { target: target.address, messages: 30, sessions: 3 }
  const judged = await load({ ...options, thresholds: ['replies{verb=rcpt,code=550}.count == 30', 'failed == 0'] })
  assert.deepEqual([judged.passed, judged.messages.refused], [true, 30])
  const plain = await load(options)
  assert.equal(plain.passed, false)
  const broken = await load({ ...options, thresholds: ['errors.rate < 100%'] })
  assert.deepEqual([broken.passed, broken.thresholds[0]!.value], [false, 1])
})

test('the program: exit 0 where all held, 99 where not, and the summary says which', async () => {
  await using target = await sink({ reject: 'mail:451:50%', seed: 'f' })
  const args = ['-m', '200', '-s', '2', '--threshold', 'messages{outcome=deferred}.rate > 20%', target.address]
  const held = await run(SOURCE, args)
  assert.equal(held.code, 0)
  const summary = Buffer.from(held.stdout, 'latin1').toString()
  assert.match(summary, /^PASS {2}1 of 1 thresholds {4}generator/)
  assert.match(summary, /^ {2}✓ messages\{outcome=deferred\}\.rate > 20% {3}[2-7][\d.]* %$/m)
  const broken = await run(SOURCE, ['--threshold', 'deferred == 0', '--quiet', ...args])
  assert.deepEqual([broken.code, broken.stdout, broken.stderr], [99, '', ''])
})

test('abort ends the run early, with a note, and the mail under way is finished', async () => {
  await using target = await sink({ reject: 'dot:554:100%' })
  const ended = await run(SOURCE, [
    ...['--duration', '60s', '--rate', '100/s', '-s', '4', '--no-progress'],
    ...['--threshold', 'errors.rate < 1% abort', '--threshold', 'failed == 0', target.address],
  ])
  assert.equal(ended.code, 99)
  const summary = Buffer.from(ended.stdout, 'latin1').toString()
  assert.match(summary, /^FAIL {2}1 of 2 thresholds/)
  assert.match(summary, /^ {2}✗ errors\.rate < 1% abort {3}100 % {3}ended the run at \d+\.\d+ s$/m)
  assert.match(summary, /^note {2}ended at (?:\d+ ms|\d+\.\d+ s): errors\.rate < 1% abort did not hold \(100 %\)$/m)
  const refused = Number(/ (\d+) refused \(5xx\) · 0 failed/.exec(summary)![1])
  assert.ok(refused > 0 && refused < 3000, `${refused} refused`)
  assert.equal(target.totals().rejected, refused)
})

test('abort waits for its time, and a threshold without abort ends nothing', async () => {
  await using target = await sink({ reject: 'dot:554:100%' })
  const thresholds = ['errors.rate < 1%', 'errors.rate < 2% after 1500ms abort']
  const options = { target: target.address, duration: '60s', rate: '50/s', sessions: 2, thresholds }
  const result = await load(options)
  assert.ok(result.thresholds[1]!.abortedMs! >= 1500, `${result.thresholds[1]!.abortedMs}`)
  assert.ok(result.messages.scheduled > 0 && result.messages.scheduled < 1500, `${result.messages.scheduled}`)
  assert.equal(result.thresholds[0]!.abortedMs, null)
  assert.equal(result.messages.refused, result.messages.scheduled)
})

test('where nobody answers, thresholds cannot make it a success', async () => {
  const result = await load({ target: `127.0.0.1:${await freePort()}`, messages: 3, thresholds: ['dropped == 0'] })
  assert.deepEqual([result.thresholds[0]!.ok, result.passed], [true, false])
  const program = await run(SOURCE, ['--threshold', 'dropped == 0', '--quiet', `127.0.0.1:${await freePort()}`])
  assert.equal(program.code, 1)
})

test('a threshold that is none stops the program before anything is sent', async () => {
  await using target = await sink()
  const ended = await run(SOURCE, ['--threshold', 'mesage.p99 < 1s', target.address])
  assert.equal(ended.code, 2)
  assert.equal(
    ended.stderr,
    "stampede: --threshold: 'mesage.p99 < 1s': there is no metric mesage; did you mean message?\n",
  )
  assert.equal(target.totals().connections, 0)
})

test('--metrics shows how thresholds stand', async () => {
  await using target = await sink({ reject: 'dot:554:100%' })
  const running = start(SOURCE, [
    ...['--metrics', ':0', '--no-progress', '--duration', '60s', '--rate', '20/s'],
    ...['--threshold', 'errors.rate < 1%', '--threshold', 'failed == 0', target.address],
  ])
  let said = ''
  for await (const chunk of running.child.stderr!) {
    said += String(chunk)
    if (said.includes('\n')) break
  }
  const url = /^metrics on (\S+)\/metrics/.exec(said)![1]!
  let text = ''
  while (!text.includes('stampede_threshold_ok{')) text = await (await fetch(`${url}/metrics`)).text()
  assert.match(text, /^stampede_threshold_ok\{threshold="errors\.rate < 1%"\} 0$/m)
  assert.match(text, /^stampede_threshold_ok\{threshold="failed == 0"\} 1$/m)
  const state = (await (await fetch(`${url}/api/state`)).json()) as { thresholds: { ok: boolean }[] }
  assert.deepEqual(
    state.thresholds.map(({ ok }) => ok),
    [false, true],
  )
  running.kill('SIGINT')
  assert.equal((await running.done).code, 130)
})
