/** Runs against sinks that answer at different speed, compared; and a run held against an earlier one. */
import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { compare, run as load, sink } from '#src/index.js'
import type { ComparedFigure } from '#src/measure/compare.js'
import { built, type Program, run, SOURCE } from '../peer/run-program.js'
import { played } from '../report/recorded.js'

const program = (verb: string): Program => ({
  name: `stampede ${verb}`,
  command: [process.execPath, built('bin/stampede.js'), verb],
})
const COMPARE = program('compare')
const DIRECTORY = mkdtempSync(join(tmpdir(), 'stampede-compare-'))
const utf8 = (latin1: string) => Buffer.from(latin1, 'latin1').toString()
// Ten seconds, and whatever a busy machine needs more.
const inPlace = { cwd: DIRECTORY, timeoutMs: 90_000 }

after(() => rmSync(DIRECTORY, { recursive: true, force: true }))

const THRESHOLDS = ['message.p50 < baseline + 10%', 'errors.rate <= baseline', 'accepted.perSecond > baseline - 50%']
let summary = ''

/** All runs at once, so that they take no longer than one: two to be compared, and one with a baseline, which was played by hand. */
before(async () => {
  writeFileSync(join(DIRECTORY, 'base.ndjson'), played({ seconds: 12, each: 20 }).text)
  await using fast = await sink({ delay: 'dot:20ms' })
  await using slow = await sink({ delay: 'dot:200ms' })
  const judged = [
    ...['--baseline', 'base.ndjson', ...THRESHOLDS.flatMap((one) => ['--threshold', one])],
    ...['ndjson', 'json', 'html', 'junit'].flatMap((kind) => ['--out', `${kind}=c.${kind}`]),
  ]
  const load = ['--duration', '9500ms', '--rate', '60/s', '--live', 'off']
  const [a, b, c] = await Promise.all([
    run(SOURCE, [...load, '-s', '4', '--seed', 'a', '--out', 'ndjson=a.ndjson', fast.address], inPlace),
    run(SOURCE, [...load, '-s', '30', '--seed', 'b', '--out', 'ndjson=b.ndjson', slow.address], inPlace),
    run(SOURCE, [...load, '-s', '30', '--seed', 'c', ...judged, slow.address], inPlace),
  ])
  assert.deepEqual(
    [a, b, c].map(({ code, stderr }) => [code, stderr]),
    [
      [0, ''],
      [0, ''],
      [99, ''],
    ],
  )
  summary = utf8(c.stdout)
})

/** On a machine so busy that seconds are hardly seen there may be too few of them; then it has to say just that. */
const worse = ({ verdict, why }: ComparedFigure) => verdict === 'worse' || why === 'not enough seconds to tell'
const named = (figures: readonly ComparedFigure[], name: string) => figures.find((one) => one.name === name)!

test('a receiver that answers ten times as late is worse, and how much is told', async () => {
  const { code, stdout, stderr } = await run(COMPARE, ['a.ndjson', 'b.ndjson'], inPlace)
  assert.deepEqual([code, stderr], [0, ''])
  const text = utf8(stdout)
  assert.match(text, /^A {2}a\.ndjson .* \d+ seconds .* generator: /m)
  assert.match(text, /^the runs differ in target \(.*\) and sessions \(4, 30\)$/m)
  assert.match(text, /^ {2}dot p50 +[\d.]+ ms +[\d.]+ ms +\+[\d,.]+% .*(worse|not enough seconds to tell)$/m)
  const json = await run(COMPARE, ['a.ndjson', 'b.ndjson', '--as', 'json', '--strict'], inPlace)
  const { figures, verdicts, a, b } = JSON.parse(json.stdout)
  const dot = named(figures, 'dot p50')
  assert.ok(dot.a! >= 20 && dot.b! >= 200 && worse(dot), JSON.stringify(dot))
  const saturated = [a, b].some(({ generator }) => generator.state === 'saturated')
  assert.equal(json.code, saturated ? 98 : verdicts.worse > 0 ? 99 : 0)
})

test('every form, and the library, say the same', async () => {
  const json = await run(COMPARE, ['a.ndjson', 'b.ndjson', '--as', 'json'], inPlace)
  const { figures } = JSON.parse(json.stdout)
  const library = compare(join(DIRECTORY, 'a.ndjson'), [join(DIRECTORY, 'b.ndjson')])
  assert.deepEqual(JSON.parse(JSON.stringify(library.figures)), figures)
  const md = await run(COMPARE, ['a.ndjson', 'b.ndjson', '--as', 'md'], inPlace)
  assert.match(utf8(md.stdout), /\| dot p50 \| [\d.]+ ms \| [\d.]+ ms \| \+[\d,.]+% \| .* \|/)
  const html = await run(COMPARE, ['a.ndjson', 'b.ndjson', '--as', 'html', '-o', 'compared.html'], inPlace)
  assert.deepEqual([html.code, html.stdout], [0, ''])
  const page = readFileSync(join(DIRECTORY, 'compared.html'), 'utf8')
  assert.match(page, /"comparison":\{"title":"B against A: /)
  assert.match(page, /"other":\{"label":"A","own":"B"/)
})

test('a run with a baseline: bounds, the block of the summary, and the same from its recording', async () => {
  assert.match(summary, /^ {2}✗ message\.p50 < baseline \+ 10% +[\d.,]+ ms {3}bound 1\.1\d* ms$/m)
  assert.match(summary, /^ {2}✓ errors\.rate <= baseline +0 % {3}bound 0 %$/m)
  assert.match(summary, /^ {2}✓ accepted\.perSecond > baseline - 50% +[\d.]+\/s {3}bound 20\/s$/m)
  assert.match(summary, /^baseline {4}base\.ndjson \(.*Z\), \d+ seconds against 12 of it; .*the runs differ in /m)
  assert.match(summary, /^ {2}response p50 +[\d.]+ ms +[\d.,]+ ms .*(worse|no difference|not enough seconds to tell)$/m)
  assert.match(summary, /^again .* --baseline base\.ndjson --threshold 'message\.p50 < baseline \+ 10%'/m)
  const report = async (kind: string) =>
    utf8((await run(program('report'), ['c.ndjson', '--as', kind], inPlace)).stdout)
  assert.equal(await report('text'), summary.replace(/^wrote.*\n/m, ''))
  const written = readFileSync(join(DIRECTORY, 'c.json'), 'utf8')
  assert.equal(await report('json'), written)
  const { baseline, thresholds } = JSON.parse(written)
  assert.deepEqual([baseline.file, baseline.seconds], ['base.ndjson', 12])
  assert.ok(worse(named(baseline.figures, 'dot p50')), JSON.stringify(named(baseline.figures, 'dot p50')))
  assert.ok(thresholds[0].bound > 1 && thresholds[0].value > 200, JSON.stringify(thresholds[0]))
  assert.match(readFileSync(join(DIRECTORY, 'c.html'), 'utf8'), /"name":"baseline response"/)
  assert.match(readFileSync(join(DIRECTORY, 'c.junit'), 'utf8'), /measured [\d.,]+ ms, bound 1\.1\d* ms/)
})

test('stress is held against an earlier run as well', async () => {
  await using slow = await sink({ delay: 'dot:100ms' })
  const port = slow.address.split(':').at(-1)!
  const load = ['--host', '127.0.0.1', '-p', port, '-d', '2', '-c', '4', '--min-connections', '4', '--ramp-up', '0']
  const { code, stdout, stderr } = await run(
    program('stress'),
    [...load, '--live', 'off', '--baseline', 'base.ndjson', '--out', 'json=stress.json'],
    inPlace,
  )
  const text = utf8(stdout)
  assert.deepEqual([code, stderr], [0, ''], text)
  assert.match(text, /^baseline {4}base\.ndjson \(.*Z\), \d+ seconds against 12 of it; .*the runs differ in /m)
  assert.match(text, /^ {2}response p50 +1\.0\d ms +[\d.,]+ ms .*(worse|not enough seconds to tell)$/m)
  assert.match(text, /^again .* --baseline base\.ndjson/m)
  const { baseline } = JSON.parse(readFileSync(join(DIRECTORY, 'stress.json'), 'utf8'))
  assert.equal(baseline.file, 'base.ndjson')
  assert.ok(worse(named(baseline.figures, 'dot p50')))
})

test('what cannot be compared is refused in one sentence, and nothing is sent', async () => {
  await using target = await sink()
  writeFileSync(join(DIRECTORY, 'no.txt'), 'hello\n')
  for (const [args, sentence] of [
    [
      [],
      'A and B are missing; give two recordings made with --out ndjson, several runs of one side with commas between.',
    ],
    [
      ['a.ndjson'],
      'B is missing; give two recordings made with --out ndjson, several runs of one side with commas between.',
    ],
    [
      ['a.ndjson', 'b.ndjson', 'c'],
      "'c' is one operand too many; give A and B, several runs of one side with commas between.",
    ],
    [['a.ndjson,a.ndjson', 'b.ndjson'], "'a.ndjson' is given twice on one side; it would be counted twice."],
    [['a.ndjson,', 'b.ndjson'], "'a.ndjson,' has an empty name between its commas; leave it out."],
    [['no.txt', 'b.ndjson'], 'no.txt is not a recording; give one made with --out ndjson.'],
    [
      ['a.ndjson', 'b.ndjson', '--as', 'jsn'],
      "--as: 'jsn' is not known; give text, md, json or html (did you mean json?).",
    ],
    [
      ['a.ndjson', 'b.ndjson', '--confidence', '100%'],
      '--confidence: 100% cannot be told; give 50% to 99.9%, such as 95%.',
    ],
    [
      ['a.ndjson', 'b.ndjson', '-o', '/no/such'],
      "-o: cannot write '/no/such' (no such file or directory); give a file that can be written.",
    ],
  ] as const) {
    const { code, stdout, stderr } = await run(COMPARE, args, inPlace)
    assert.deepEqual([code, stdout, stderr], [2, '', `stampede: ${sentence}\n`])
  }
  for (const [args, sentence] of [
    [['--baseline', 'no.txt'], '--baseline: no.txt is not a recording; give one made with --out ndjson.'],
    [
      ['--baseline', 'a.ndjson', '--until', 'ehlo'],
      "--baseline: 'a.ndjson' counts messages, this run handshakes; give the recording of a run of the same kind.",
    ],
    [
      ['--threshold', 'message.p99 < baseline'],
      "--threshold: 'message.p99 < baseline': there is no baseline; give the recording of an earlier run with --baseline.",
    ],
  ] as const) {
    const { code, stderr } = await run(SOURCE, [...args, target.address], inPlace)
    assert.deepEqual([code, stderr], [2, `stampede: ${sentence}\n`])
  }
  assert.equal(target.totals().connections, 0)
  assert.ok(!existsSync(join(DIRECTORY, 'jsn')))
  assert.throws(
    () => load({ target: target.address, baseline: join(DIRECTORY, 'no.txt') }),
    /^UsageError: --baseline: /,
  )
})
