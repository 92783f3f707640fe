import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { Ajv } from 'ajv'
import { parse } from 'yaml'
import { definePlan, runPlan, sink, UsageError } from '#src/index.js'
import { built, type Ran, type RunOptions, run } from '../peer/run-program.js'
import { golden } from '../report/golden.js'

const STAMPEDE = { name: 'stampede', command: [process.execPath, built('bin/stampede.js')] } as const
const DIRECTORY = mkdtempSync(join(tmpdir(), 'stampede-run-plan-'))
after(() => rmSync(DIRECTORY, { recursive: true, force: true }))

function written(name: string, text: string): string {
  writeFileSync(join(DIRECTORY, name), text)
  return name
}

/** The program's verb, in the directory of the plans. */
async function planned(args: readonly string[], options: RunOptions = {}): Promise<Ran> {
  const ran = await run(STAMPEDE, ['run', ...args], { cwd: DIRECTORY, ...options })
  return { ...ran, stdout: utf8(ran.stdout), stderr: utf8(ran.stderr) }
}

/** The runner keeps octets apart. */
function utf8(octets: string): string {
  return Buffer.from(octets, 'latin1').toString()
}

test('stages, a mix, faults and thresholds, as the receiver sees them', async () => {
  await using target = await sink()
  mkdirSync(join(DIRECTORY, 'samples'), { recursive: true })
  written('samples/one.eml', 'Subject: one\r\n\r\nHello.\r\n')
  const plan = written(
    'mix.yaml',
    `
target: ${target.address}
mix:
  - { weight: 3, size: 2KiB..20KiB, recipients: 1 }
  - { weight: 1, corpus: ./samples, recipients: 3 }
  - { weight: 1, fault: abort, stage: rcpt }
load:
  - { rate: 0..200/s, for: 1s }
  - { rate: 200/s,    for: 1s }
  - { rate: 0,        for: 2s }
sessions: { max: 10, messagesEach: 5 }
workers: 2
faultAfter: 0s
seed: c0de
thresholds: [ "accepted.count == 300", "errors.rate < 1%", "dropped == 0" ]
tags: { build: 7 }
out: [ json=mix.json, text ]
`,
  )
  const ran = await planned([plan, '--no-progress'])
  assert.equal(ran.stderr, '')
  assert.equal(ran.code, 0)
  assert.match(ran.stdout, /^PASS {2}3 of 3 thresholds/)
  assert.match(
    ran.stdout,
    /^tags {3}build=7\nwrote {2}mix\.json · run-c0de\.txt\nagain {2}stampede run mix\.yaml --seed c0de$/m,
  )
  const result = JSON.parse(readFileSync(join(DIRECTORY, 'mix.json'), 'utf8'))
  assert.deepEqual(result.tags, { build: '7' })
  assert.deepEqual(
    result.thresholds.map((one: { ok: boolean }) => one.ok),
    [true, true, true],
  )
  assert.match(readFileSync(join(DIRECTORY, 'run-c0de.txt'), 'utf8'), /^PASS {2}3 of 3 thresholds/)
  const totals = target.totals()
  assert.equal(totals.messages, result.messages.accepted)
  // A quarter of the mail is for three; the rest for one.
  const more = (totals.recipients - totals.messages) / 2 / totals.messages
  assert.ok(more > 0.15 && more < 0.35, `${more} of the mail was for three`)
  assert.equal(result.recipients.accepted, totals.recipients)
  // Five messages on each connection, besides those that broke off.
  const { connects } = result.sessions
  assert.ok(connects >= result.messages.accepted / 5 && connects <= result.messages.accepted / 5 + 10, `${connects}`)
  assert.ok(totals.connections > connects, 'somebody broke off')
})

test('the line that repeats it does, flags included', async () => {
  await using target = await sink()
  const plan = written(
    'again.json',
    JSON.stringify({ target: '127.0.0.1:1', messages: 5, thresholds: ['failed == 0'] }),
  )
  const first = await planned([plan, target.address, '-m', '7', '--size', '100', '--no-progress'])
  assert.equal(first.code, 0)
  const [, line] = /^again {2}stampede (.*)$/m.exec(first.stdout)!
  assert.match(
    line!,
    new RegExp(
      `^run again\\.json ${target.address.replaceAll('.', '\\.')} --seed [0-9a-f]{8} --messages=7 --size=100$`,
    ),
  )
  const again = await run(STAMPEDE, line!.split(' '), { cwd: DIRECTORY })
  assert.equal(again.code, 0)
  assert.match(utf8(again.stdout), /messages {4}7 of 7 accepted/)
  assert.equal(target.totals().messages, 14)
})

test('a plan whose threshold is broken for good ends early, with 99', async () => {
  await using target = await sink({ reject: 'rcpt:550:100%' })
  const plan = written(
    'abort.yaml',
    `target: ${target.address}\nsessions: 2\nload: [ { rate: 50/s, for: 1m } ]\nthresholds: errors.rate < 5% abort\n`,
  )
  const ran = await planned([plan, '--no-progress'])
  assert.equal(ran.code, 99)
  assert.match(ran.stdout, /^note {2}ended at (?:\d+ ms|\d+\.\d+ s): errors\.rate < 5% abort did not hold \(100 %\)$/m)
  const rejected = target.totals().rejected
  assert.ok(rejected > 0 && rejected < 1500, `${rejected}`)
})

test('environment over plan, flags over environment, at the receiver', async () => {
  await using target = await sink()
  const plan = written('order.yaml', `target: ${target.address}\nmessages: 3\n`)
  const sent = async (args: readonly string[], env: Readonly<Record<string, string>>) => {
    const before = target.totals().messages
    assert.equal((await planned([plan, '--quiet', ...args], { env })).code, 0)
    return target.totals().messages - before
  }
  assert.equal(await sent([], {}), 3)
  assert.equal(await sent([], { STAMPEDE_MESSAGES: '5' }), 5)
  assert.equal(await sent(['-m', '8'], { STAMPEDE_MESSAGES: '5' }), 8)
})

test('stages of sessions come and go at the receiver', async () => {
  await using target = await sink()
  const plan = written(
    'ramp.yaml',
    `target: ${target.address}\nload:\n  - { sessions: 1..6, for: 600ms }\n  - { sessions: 6, for: 400ms }\ndelay: 20ms\n`,
  )
  const ran = await planned([plan, '--json', '--no-progress'])
  const result = JSON.parse(ran.stdout)
  assert.equal(result.sessions.connected, 6)
  assert.equal(target.totals().connections, 6)
  assert.ok(result.elapsedMs >= 990 && result.elapsedMs < 3000, `${result.elapsedMs}`)
})

test('--print-plan shows the resolved plan, and no secret', async () => {
  const plan = written(
    'print.yaml',
    `
target: 127.0.0.1:2525
auth: plain:someone:hush
helo: client.example
workers: 2
seed: c0de
sessions: 20
mix:
  - { weight: 80, size: 2KiB..20KiB }
  - { weight: 15, mime: 'text:1KiB,pdf:20KiB', recipients: 1..25 }
  - { weight: 5, fault: slow-client, delay: 200ms }
load:
  - { rate: 0..2k/s, for: 30s }
  - { rate: 2k/s,    for: 5m }
thresholds: [ "message.p99 < 200ms after 10s abort", "errors{kind=reset}.rate < 0.1%" ]
tags: { build: 7 }
`,
  )
  const ran = await planned([plan, '--print-plan'])
  assert.deepEqual([ran.code, ran.stderr], [0, ''])
  assert.doesNotMatch(ran.stdout, /hush/)
  golden('print-plan.json', ran.stdout)
})

test('--print-schema is a schema that holds for good plans and for no others', async () => {
  const ran = await planned(['--print-schema'])
  assert.equal(ran.code, 0)
  const schema = JSON.parse(ran.stdout)
  assert.equal(schema.$schema, 'http://json-schema.org/draft-07/schema#')
  const ajv = new Ajv({ allErrors: true, allowUnionTypes: true, strictTypes: false })
  assert.equal(ajv.validateSchema(schema), true)
  const validate = ajv.compile(schema)
  const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8')
  const good = { ...parse(/```yaml\n(.*?)```/s.exec(readme)![1]!), tls: 'starttls' }
  assert.equal(validate(good), true, JSON.stringify(validate.errors))
  const bad: readonly (readonly [change: object, where: string])[] = [
    [{ tls: 'maybe' }, '/tls'],
    [{ sesions: 3 }, ''],
    [{ sessions: { max: 0 } }, '/sessions/max'],
    [{ load: [{ rate: '2k/s', for: '5' }] }, '/load/0/for'],
    [{ load: [{ rate: '2k/s' }] }, '/load/0'],
    [{ mix: [{ weight: 0 }] }, '/mix/0/weight'],
    [{ mix: [{ fault: 'late' }] }, '/mix/0/fault'],
    [{ thresholds: 5 }, '/thresholds'],
    [{ messages: '5x' }, '/messages'],
    [{ duration: 30 }, '/duration'],
  ]
  for (const [change, where] of bad) {
    assert.equal(validate({ ...good, ...change }), false, JSON.stringify(change))
    assert.deepEqual([...new Set(validate.errors!.map(({ instancePath }) => instancePath))], [where])
  }
})

test('what is wrong is one sentence on stderr, with 2, and nothing is sent', async () => {
  await using target = await sink()
  const said = async (args: readonly string[]) => {
    const { code, stdout, stderr } = await planned(args)
    assert.deepEqual([code, stdout], [2, ''])
    return stderr
  }
  const bad = (name: string, text: string) => said([written(name, text)])
  const head = `target: ${target.address}\n`
  assert.equal(
    await bad('b.yaml', `${head}mesages: 3\n`),
    'stampede: b.yaml:2:1: mesages is unknown; did you mean messages?\n',
  )
  assert.match(
    await bad('b.yaml', `${head}out: [ jsno=x ]\n`),
    /^stampede: b\.yaml:2:8: out\[0\]: there is no kind 'jsno' of a run; did you mean json\?\n$/,
  )
  assert.equal(
    await bad('b.yaml', `${head}out: json=/nowhere/x.json\n`),
    "stampede: b.yaml:2:1: out: cannot write '/nowhere/x.json' (no such file or directory); give a file that can be written.\n",
  )
  assert.equal(await said([]), 'stampede: PLAN is missing; give a file named .json, .yaml, .yml, .mjs or .js.\n')
  assert.equal(await said(['b.yaml', '--rtae', '5']), 'stampede: --rtae: unknown option; did you mean --rate?\n')
  assert.equal(target.totals().connections, 0)
})

test('--out writes what source did, too', async () => {
  await using target = await sink()
  const ran = await run(
    { ...STAMPEDE, name: 'source' },
    ['source', '--out', 'json', '--seed', 'ab', '--quiet', target.address],
    { cwd: DIRECTORY },
  )
  assert.deepEqual([ran.code, ran.stdout], [0, ''])
  assert.equal(JSON.parse(readFileSync(join(DIRECTORY, 'run-ab.json'), 'utf8')).messages.accepted, 1)
})

test('the library runs plans: files, objects and functions', async () => {
  await using target = await sink()
  const plan = definePlan({
    target: target.address,
    mix: [{ size: '1KiB' }, { weight: 2, subject: 'x' }],
    messages: 30,
    sessions: { max: 3 },
    thresholds: ['accepted == 30'],
    out: `json=${join(DIRECTORY, 'library.json')}`,
  })
  const job = runPlan(plan)
  let accepted = 0
  for await (const second of job) accepted = Math.max(accepted, second.accepted)
  const result = await job
  assert.deepEqual([result.passed, result.messages.accepted, result.again], [true, 30, ''])
  assert.ok(accepted > 0)
  assert.equal(JSON.parse(readFileSync(join(DIRECTORY, 'library.json'), 'utf8')).passed, true)
  assert.equal((await runPlan(async () => ({ ...plan, messages: 5 }))).passed, false)
  written('lib.mjs', `export default () => ({ target: '${target.address}', messages: 4, seed: 'c0de' })`)
  const file = join(DIRECTORY, 'lib.mjs')
  const fromFile = await runPlan(file)
  assert.deepEqual([fromFile.messages.accepted, fromFile.again], [4, `stampede run ${file} --seed c0de`])
  assert.equal(target.totals().messages, 39)
})

test('a plan that is wrong fails the job, and one that is stopped ends', async () => {
  await using target = await sink()
  const wrong = runPlan({ target: target.address, mesages: 3 })
  for await (const _ of wrong) assert.fail('nothing ran')
  await assert.rejects(
    async () => wrong,
    (error: unknown) => {
      assert.ok(error instanceof UsageError)
      assert.equal(error.message, 'plan: mesages is unknown; did you mean messages?')
      return true
    },
  )
  assert.equal(target.totals().connections, 0)
  const job = runPlan({ target: target.address, duration: '60s', rate: '20/s' })
  for await (const _ of job) job.stop()
  const result = await job
  assert.ok(result.elapsedMs < 20_000)
  assert.ok(result.messages.accepted > 0)
})
