import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, watch, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { HistogramLogReader } from 'hdr-histogram-js'
import { runPlan, sink } from '#src/index.js'
import { built, type Program, run, SOURCE, start } from '../peer/run-program.js'

const REPORT: Program = { name: 'stampede report', command: [process.execPath, built('bin/stampede.js'), 'report'] }
const DIRECTORY = mkdtempSync(join(tmpdir(), 'stampede-recording-'))
const at = (name: string) => join(DIRECTORY, name)
const text = (name: string) => readFileSync(at(name), 'utf8')
const utf8 = (latin1: string) => Buffer.from(latin1, 'latin1').toString()

after(() => rmSync(DIRECTORY, { recursive: true, force: true }))

/** What `stampede report` prints. */
async function report(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await run(REPORT, args, { cwd: DIRECTORY })
  assert.deepEqual([code, stderr], [0, ''])
  return utf8(stdout)
}

test('what a run wrote and what its recording gives are the same, in every form', async () => {
  await using target = await sink({ reject: 'rcpt:451:20%', seed: 'ab' })
  const kinds = {
    text: 'txt',
    json: 'json',
    md: 'md',
    csv: 'csv',
    html: 'html',
    hgrm: 'hgrm',
    hlog: 'hlog',
    junit: 'junit.xml',
  }
  const { code, stdout } = await run(
    SOURCE,
    [
      ...['-A', '-s', '3', '--rate', '200/s', '--duration', '2500ms', '--seed', 'ab', '--threshold', 'accepted > 1'],
      ...['--out', 'ndjson', ...Object.keys(kinds).flatMap((kind) => ['--out', kind]), '--no-progress', target.address],
    ],
    { cwd: DIRECTORY },
  )
  assert.equal(code, 0)
  const wrote = ['ndjson', ...Object.values(kinds)].map((ending) => `run-ab.${ending}`)
  assert.match(utf8(stdout), new RegExp(`^wrote  ${wrote.join(' · ')}$`, 'm'))
  for (const [kind, ending] of Object.entries(kinds)) {
    assert.ok(text(`run-ab.${ending}`).length > 300, kind)
    assert.equal(await report('run-ab.ndjson', '--as', kind), text(`run-ab.${ending}`), kind)
  }
  assert.equal(await report('run-ab.ndjson'), text('run-ab.txt'))
  const result = JSON.parse(text('run-ab.json'))
  assert.deepEqual([result.messages.scheduled, target.totals().messages], [500, result.messages.accepted])
  const reader = new HistogramLogReader(text('run-ab.hlog'))
  const tags = new Map<string, number>()
  for (let next = reader.nextIntervalHistogram(); next !== null; next = reader.nextIntervalHistogram()) {
    const { tag, totalCount } = next as unknown as { tag: string; totalCount: number }
    tags.set(tag, (tags.get(tag) ?? 0) + totalCount)
  }
  assert.equal(tags.get('response.accepted'), result.messages.accepted)
  assert.equal(tags.get('rcpt.deferred'), result.messages.deferred)
  const rows = text('run-ab.csv').trimEnd().split('\r\n').slice(1)
  assert.equal(
    rows.reduce((sum, row) => sum + Number(row.split(',')[3]), 0),
    result.messages.accepted,
  )
})

test('openmetrics has the figures of the end, and a series has its own distribution', async () => {
  const result = JSON.parse(text('run-ab.json'))
  const metrics = await report('run-ab.ndjson', '--as', 'openmetrics')
  assert.match(
    metrics,
    new RegExp(`^stampede_messages_total\\{outcome="accepted"\\} ${result.messages.accepted}$`, 'm'),
  )
  assert.match(
    metrics,
    new RegExp(`^stampede_message_duration_seconds_count\\{outcome="deferred"\\} ${result.messages.deferred}$`, 'm'),
  )
  assert.match(metrics, /^stampede_run_info\{run="ab",role="source",target="smtp"\} 1$/m)
  assert.match(metrics, /^stampede_threshold_ok\{threshold="accepted > 1"\} 1$/m)
  assert.match(metrics, /\n# EOF\n$/)
  assert.equal(await report('run-ab.ndjson', '--as', 'openmetrics', '-o', 'metrics.txt'), '')
  assert.equal(text('metrics.txt'), metrics)
  const deferred = await report('run-ab.ndjson', '--as', 'hgrm', '--series', 'rcpt deferred')
  assert.match(deferred, new RegExp(`Total count *= *${result.messages.deferred}\\]`))
})

test('two generators at one target: together they sent what it received', async () => {
  await using target = await sink()
  const one = (seed: string, messages: number) =>
    run(SOURCE, ['-s', '2', '-m', String(messages), '--seed', seed, '--out', 'ndjson', '--quiet', target.address], {
      cwd: DIRECTORY,
    })
  const ran = await Promise.all([one('c0', 300), one('c1', 150)])
  assert.deepEqual(
    ran.map(({ code }) => code),
    [0, 0],
  )
  const { messages, sessions, bytes, notes, replies } = JSON.parse(
    await report('run-c0.ndjson', 'run-c1.ndjson', '--as', 'json'),
  )
  const totals = target.totals()
  assert.deepEqual([messages.asked, messages.accepted, messages.scheduled, totals.messages], [450, 450, 450, 450])
  assert.deepEqual([sessions.asked, sessions.connects, bytes.out], [4, totals.connections, totals.bytesIn])
  assert.equal(replies.find(({ verb }: { verb: string }) => verb === 'rcpt').count, 450)
  assert.deepEqual(notes, ['2 recordings merged; they differ in seed (c0, c1)'])
})

test('warm-up, misbehaving clients and AUTH come back as they were, and no secret is written down', async () => {
  writeFileSync(at('users'), 'u:Geheimnis\n')
  await using target = await sink({ auth: 'plain', authUsers: at('users') })
  const { code } = await run(
    SOURCE,
    [
      ...[
        '-s',
        '10',
        '--duration',
        '2s',
        '--warmup',
        '600ms',
        '--malformed',
        '10%:vrfy,unknown-verb',
        '--fault-after',
        '1s',
      ],
      ...['--auth', 'plain:u:Geheimnis', '--tag', 'a=b', '-w', '5ms', '--seed', 'dd'],
      ...['--out', 'ndjson', '--out', 'json', '--quiet', target.address],
    ],
    { cwd: DIRECTORY },
  )
  assert.equal(code, 0)
  assert.equal(await report('run-dd.ndjson', '--as', 'json'), text('run-dd.json'))
  const result = JSON.parse(text('run-dd.json'))
  assert.ok(result.mischief.cases.length > 0 && result.mischief.cost !== null && result.auth.accepted === 0)
  assert.ok(!text('run-dd.ndjson').includes('Geheimnis'))
})

test('moments from a file come back, too', async () => {
  await using target = await sink()
  writeFileSync(at('moments'), '1ms\n2ms\n40ms\n')
  const args = ['--rate', 'file:moments', '--seed', 'ee', '--out', 'ndjson', '--out', 'json', '--quiet', target.address]
  assert.equal((await run(SOURCE, args, { cwd: DIRECTORY })).code, 0)
  assert.equal(await report('run-ee.ndjson', '--as', 'json'), text('run-ee.json'))
})

test('killed in the middle: what was written until then is read', async () => {
  await using target = await sink()
  const path = at('killed.ndjson')
  const watcher = watch(DIRECTORY)
  const running = start(SOURCE, [
    ...['--rate', '100/s', '-s', '2', '--duration', '60s', '--quiet', '--out', `ndjson=${path}`, target.address],
  ])
  const seconds = () => (existsSync(path) ? readFileSync(path, 'utf8').split('"kind":"interval"').length - 1 : 0)
  await new Promise<void>((resolve) => watcher.on('change', () => seconds() >= 2 && resolve()))
  watcher.close()
  running.kill('SIGKILL')
  await running.done
  const { messages, notes } = JSON.parse(await report('killed.ndjson', '--as', 'json'))
  assert.ok(messages.accepted >= 100 && messages.accepted <= target.totals().messages, `${messages.accepted}`)
  assert.match(notes[0], /^the recording was cut off at \d+\.\d s: what came after that is not known$/)
})

test('a disk that is full ends the recording and not the run', async () => {
  await using target = await sink()
  const args = [
    '-m',
    '50',
    '--out',
    'ndjson=/dev/full',
    '--out',
    `json=${at('full.json')}`,
    '--out',
    `csv=${at('full.csv')}`,
    '--no-progress',
    target.address,
  ]
  const { code, stdout, stderr } = await run(SOURCE, args)
  assert.equal(code, 1)
  assert.match(stderr, /^stampede: the recording '\/dev\/full' is not whole \(ENOSPC: .*\)\.\n$/)
  assert.match(stdout, /^PASS/)
  assert.equal(JSON.parse(text('full.json')).messages.accepted, 50)
  assert.equal(existsSync(at('full.csv')), false)
  assert.equal(target.totals().messages, 50)
})

test('forms that need the seconds leave no recording behind where none was asked for', async () => {
  await using target = await sink()
  const temporary = mkdtempSync(join(DIRECTORY, 'tmp-'))
  const args = ['-m', '20', '--out', `csv=${at('alone.csv')}`, '--quiet', target.address]
  assert.equal((await run(SOURCE, args, { env: { TMPDIR: temporary } })).code, 0)
  assert.equal(text('alone.csv').split('\r\n')[1]!.split(',')[3], '20')
  assert.deepEqual(readdirSync(temporary), [])
})

test('a plan of the library is recorded as well', async () => {
  await using target = await sink()
  const result = await runPlan({ target: target.address, messages: 30, out: [`ndjson=${at('plan.ndjson')}`] })
  assert.equal(await report('plan.ndjson', '--as', 'json'), `${JSON.stringify(result, null, 2)}\n`)
})

test('a target that cannot be reached for good leaves a recorded file alone', async () => {
  writeFileSync(at('old.ndjson'), 'old')
  const { code } = await run(SOURCE, ['--out', `ndjson=${at('old.ndjson')}`, '192.0.2.1:25'])
  assert.equal(code, 2)
  assert.equal(text('old.ndjson'), 'old')
})

test('report and --out refuse what they cannot do, in one sentence', async () => {
  const refused = async (...args: string[]) => {
    const { code, stdout, stderr } = await run(REPORT, args, { cwd: DIRECTORY })
    assert.deepEqual([code, stdout], [2, ''])
    return utf8(stderr)
  }
  const out = async (...args: string[]) => {
    const { code, stderr } = await run(SOURCE, [...args, '127.0.0.1:1'], { cwd: DIRECTORY })
    assert.equal(code, 2)
    return utf8(stderr)
  }
  assert.equal(await refused(), 'stampede: FILE is missing; give one recording or more, made with --out ndjson.\n')
  assert.equal(
    await refused('nowhere.ndjson'),
    "stampede: cannot read 'nowhere.ndjson' (no such file or directory); give a recording made with --out ndjson.\n",
  )
  assert.equal(
    await refused('.'),
    "stampede: cannot read '.' (illegal operation on a directory); give a recording made with --out ndjson.\n",
  )
  assert.equal(
    await refused('run-ab.json'),
    'stampede: run-ab.json is not a recording; give one made with --out ndjson.\n',
  )
  assert.equal(
    await refused('plan.ndjson', 'plan.ndjson'),
    "stampede: 'plan.ndjson' is given twice; it would be counted twice.\n",
  )
  assert.match(await refused('plan.ndjson', '--as', 'xml'), /^stampede: --as: 'xml' is not known; give text, json, /)
  assert.equal(
    await refused('plan.ndjson', '--as', 'hgrm', '--series', 'dto'),
    "stampede: --series: there is no series 'dto' here; did you mean dot?\n",
  )
  assert.equal(await refused('plan.ndjson', '--series', 'dot'), 'stampede: --series is for --as hgrm; leave it out.\n')
  assert.equal(
    await refused('plan.ndjson', '-o', '/nowhere/x'),
    "stampede: -o: cannot write '/nowhere/x' (no such file or directory); give a file that can be written.\n",
  )
  assert.equal(
    await out('--out', 'xlsx'),
    "stampede: --out: there is no kind 'xlsx' of a run; give ndjson, text, json, md, csv, html, hgrm, hlog or junit, as in json=result.json.\n",
  )
  assert.equal(
    await out('--out', 'njson'),
    "stampede: --out: there is no kind 'njson' of a run; did you mean ndjson?\n",
  )
  assert.equal(
    await out('--out', 'md=x', '--out', 'json=./x'),
    "stampede: --out: './x' is given twice; give each its own file.\n",
  )
  assert.equal(
    await out('--out', 'ndjson=x', '--out', 'ndjson=y'),
    'stampede: --out: one recording is made of a run; give ndjson once.\n',
  )
})

test('stress is recorded, too, and passes or fails by its own rule', async () => {
  await using target = await sink({ reject: 'dot:451:3%', seed: '1' })
  const port = /\d+$/.exec(target.address)![0]
  const { code, stdout } = await run(
    { name: 'stampede stress', command: [process.execPath, built('bin/stampede.js'), 'stress'] },
    [
      ...[
        '--host',
        '127.0.0.1',
        '-p',
        port,
        '-d',
        '2',
        '-c',
        '4',
        '--min-connections',
        '4',
        '--ramp-up',
        '0',
        '--seed',
        'ff',
      ],
      ...['--no-monitor', '--out', 'ndjson', '--out', 'text'],
    ],
    { cwd: DIRECTORY },
  )
  assert.equal(code, 0)
  const shown = await report('run-ff.ndjson')
  assert.equal(shown, text('run-ff.txt'))
  assert.match(shown, /^PASS {2}[\d,]+ deferred, as allowed/)
  assert.equal(utf8(stdout).replace(/^wrote .*\n/m, ''), shown)
})
