import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import type { ProfileDocument } from '#src/profile/shape.js'
import { built, type Program, run, start } from '../peer/run-program.js'
import { SinkProcess } from '../peer/sink-process.js'

const STAMPEDE: Program = { name: 'stampede', command: [process.execPath, built('bin/stampede.js')] }
const LIFE = { timeoutMs: 60_000 }

describe('stampede profile', { timeout: 120_000 }, () => {
  let sink: SinkProcess
  let folder: string
  const target = () => `127.0.0.1:${sink.port}`
  const profile = (...args: string[]) => run(STAMPEDE, ['profile', ...args], { ...LIFE, cwd: folder })
  const documentIn = (name: string) =>
    JSON.parse(readFileSync(join(folder, name, 'profile.json'), 'utf8')) as ProfileDocument

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'stampede-profile-test-'))
    sink = await SinkProcess.start()
  })
  after(async () => {
    await sink?.[Symbol.asyncDispose]()
    rmSync(folder, { recursive: true, force: true })
  })

  it('writes what each thread did, of the measured part, and it adds up to the CPU of the process', async () => {
    const load = [
      'source',
      '--workers',
      '2',
      '-s',
      '10',
      '--warmup',
      '1s',
      '--duration',
      '2500ms',
      '--seed',
      '0badcafe',
    ]
    const ran = await profile('--', ...load, target())
    assert.equal(ran.code, 0, ran.stderr)
    assert.match(ran.stdout, /^PASS[\s\S]*^profile {5}.* messages, cpu .* us a message/m)
    assert.match(ran.stdout, /profile-0badcafe\/flame\.html/)
    const files = readdirSync(join(folder, 'profile-0badcafe')).sort()
    assert.deepEqual(files, [
      'flame.html',
      'main.cpuprofile',
      'profile.json',
      'worker-0.cpuprofile',
      'worker-1.cpuprofile',
    ])
    const made = documentIn('profile-0badcafe')
    assert.ok(made.messages > 0)
    assert.deepEqual(
      made.threads.map(({ name }) => name),
      ['main', 'worker 0', 'worker 1'],
    )
    const used = made.process.userUs + made.process.systemUs
    // Within 5 %, or on a machine that leaves it next to no CPU, within what it costs to look.
    assert.ok(Math.abs(made.accountedUs - used) < Math.max(0.05 * used, 20_000), `${made.accountedUs} of ${used}`)
    const names = made.sections[0]!.functions.map(({ name }) => name)
    assert.ok(names.includes('writeBuffer'), names.join(' '))
    // Programs are bundled; what the reader sees are the sources.
    const ours = made.sections[0]!.functions.filter(({ kind }) => kind === 'ours')
    assert.ok(
      ours.some(({ place }) => /^(worker|net|smtp)\/[\w-]+\.ts:\d+$/.test(place)),
      ours.map(({ place }) => place).join(' '),
    )
    assert.ok(ours.every(({ place, module }) => !/chunk/.test(`${place} ${module}`)))
    const own = JSON.parse(readFileSync(join(folder, 'profile-0badcafe', 'worker-1.cpuprofile'), 'utf8'))
    assert.ok(own.nodes.length > 1 && own.samples.length === own.timeDeltas.length && own.endTime > own.startTime)
    assert.ok(own.endTime - own.startTime < 2_200_000, 'the warm-up is not in it')
  })

  it('passes the exit status on, and prints one document with --json', async () => {
    const load = [
      'source',
      '-s',
      '2',
      '--duration',
      '600ms',
      '--threshold',
      'message.p99 < 1ms',
      '--threshold',
      'messages.count < 1',
    ]
    const ran = await profile('--json', '--after', '0', '--interval', '20000', '--out-dir', 'judged', ...load, target())
    assert.equal(ran.code, 99, ran.stderr)
    const made = JSON.parse(ran.stdout) as ProfileDocument
    assert.equal(made.schemaVersion, 1)
    assert.deepEqual(made, documentIn('judged'))
    // A tenth of what it would be without --interval.
    for (const { name, samples, spanUs } of made.threads)
      assert.ok(samples > 0 && samples < spanUs / 10_000, `${name}: ${samples} samples in ${spanUs} us`)
  })

  it('is written when the run is interrupted', async () => {
    const running = start(
      STAMPEDE,
      ['profile', '--after', '100ms', '--out-dir', 'cut', 'source', '-s', '5', '--duration', '60s', target()],
      {
        ...LIFE,
        cwd: folder,
      },
    )
    const received = () => existsSync(join(folder, 'cut'))
    while (!received()) await new Promise((resolve) => setTimeout(resolve, 20))
    await new Promise((resolve) => setTimeout(resolve, 1500))
    running.child.kill('SIGINT')
    const ran = await running.done
    assert.equal(ran.code, 130, ran.stderr)
    assert.ok(documentIn('cut').messages > 0)
    assert.ok(existsSync(join(folder, 'cut', 'flame.html')))
  })

  it('takes a sink too, from its first connection to its end', async () => {
    const listening = ['sink', '--workers', '1', '--ready-fd', '2', '-M', '30000', '127.0.0.1:0']
    const running = start(STAMPEDE, ['profile', '--after', '0', '--out-dir', 'sunk', ...listening], {
      ...LIFE,
      cwd: folder,
    })
    const port = await new Promise<string>((resolve) => {
      let said = ''
      running.child.stderr!.on('data', (text: Buffer) => {
        said += String(text)
        const found = /127\.0\.0\.1:(\d+)\n/.exec(said)?.[1]
        if (found !== undefined) resolve(found)
      })
    })
    await run(STAMPEDE, ['source', '--quiet', '-s', '5', '-m', '30000', `127.0.0.1:${port}`], LIFE)
    const ran = await running.done
    assert.equal(ran.code, 0, ran.stderr)
    const made = documentIn('sunk')
    assert.ok(made.messages > 0 && made.messages <= 30_000, `${made.messages}`)
    assert.ok(made.sections[0]!.modules.some(({ module }) => module === 'stampede smtp'))
  })

  it('says what is wrong before anything is sent', async () => {
    const cases: [string[], RegExp][] = [
      [[], /VERB is missing; give run, sink, source or stress|VERB is missing; give source, run, stress or sink/],
      [['sauce', 'x'], /'sauce' is nothing that can be profiled; did you mean source\?/],
      [['--intervall', '5', 'source', 'x'], /--intervall: unknown option; did you mean --interval\?/],
      [['--interval', '5', 'source', 'x'], /--interval: 5 is too small; give at least 50/],
      [['--interval', '2M', 'source', 'x'], /--interval: 2000000 is too large/],
      [['--json', 'source', '--json', target()], /--json: given to profile and to source/],
      [['--out-dir', '/proc/nowhere', 'source', '-m', '1', target()], /--out-dir: cannot write to '\/proc\/nowhere'/],
      [['source', '--duration', '5x', target()], /--duration: '5x' is not a time/],
    ]
    for (const [args, sentence] of cases) {
      const ran = await profile(...args)
      assert.equal(ran.code, 2, `${args.join(' ')}: ${ran.stdout}`)
      assert.match(ran.stderr, sentence)
      assert.equal(ran.stdout, '')
    }
  })

  it('does not pretend where the run was over too soon', async () => {
    const ran = await profile('--after', '30s', '--out-dir', 'early', 'source', '-m', '5', target())
    assert.equal(ran.code, 1)
    assert.match(ran.stderr, /the run was over before its profile began; give it longer, or an earlier beginning/)
    assert.ok(!existsSync(join(folder, 'early')))
  })

  it('leaves help and plans of the verb alone', async () => {
    const ran = await profile('source', '--help')
    assert.equal(ran.code, 0)
    assert.match(ran.stdout, /^Usage: stampede source|stampede source \[OPTION\]/)
    assert.ok(!ran.stdout.includes('profile  '))
  })
})
