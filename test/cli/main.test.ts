import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { describe, it } from 'node:test'
import { findService } from '#src/cli/machine.js'
import { Progress } from '#src/cli/progress.js'
import { exitStatus } from '#src/cli/source.js'
import { VERBS } from '#src/cli/verbs.js'
import type { SecondSummary } from '#src/measure/timeline.js'
import { built } from '../peer/run-program.js'

const ENV = { PATH: process.env.PATH ?? '', HOME: '/', TZ: 'UTC' }
const PROGRAM = built('bin/stampede.js')
const COMMANDS = VERBS.map(({ name }) => name).join(', ')

function stampede(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [PROGRAM, ...args], {
    encoding: 'utf8',
    env: ENV,
    timeout: 20_000,
  })
  return { status, stdout, stderr }
}

/** Starts `stampede sink` and resolves with its address once it announces it. */
async function startSink(...args: string[]) {
  const child = spawn(process.execPath, [PROGRAM, 'sink', '--ready-fd', '3', ...args], {
    env: ENV,
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
  })
  let stdout = ''
  let stderr = ''
  child.stdout!.setEncoding('utf8').on('data', (text: string) => {
    stdout += text
  })
  child.stderr!.setEncoding('utf8').on('data', (text: string) => {
    stderr += text
  })
  const ended = new Promise<{ status: number | null; stdout: string; stderr: string }>((resolve) =>
    child.once('close', (status) => resolve({ status, stdout, stderr })),
  )
  const address = await new Promise<string>((resolve, reject) => {
    child.stdio[3]!.once('data', (line: Buffer) => resolve(line.toString().trimEnd()))
    void ended.then(() => reject(new Error(stderr)))
  })
  return { child, address, ended }
}

/** Starts `stampede source`, and resolves with its end. */
function startSource(...args: string[]) {
  const child = spawn(process.execPath, [PROGRAM, 'source', ...args], { env: ENV, stdio: ['ignore', 'pipe', 'pipe'] })
  let stdout = ''
  let stderr = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text
  })
  const ended = new Promise<{ status: number | null; stdout: string; stderr: string }>((resolve) =>
    child.once('close', (status) => resolve({ status, stdout, stderr })),
  )
  return { child, ended }
}

describe('the program', () => {
  it('without command, or with an unknown one, ends with 2 and says what there is', () => {
    const none = stampede()
    assert.equal(none.status, 2)
    assert.match(none.stderr, /^Usage: stampede COMMAND/)
    assert.equal(none.stdout, '')
    assert.deepEqual(stampede('sorce'), {
      status: 2,
      stdout: '',
      stderr: "stampede: sorce: unknown command; did you mean 'source'?\n",
    })
    assert.deepEqual(stampede('frobnicate'), {
      status: 2,
      stdout: '',
      stderr: `stampede: frobnicate: unknown command; give one of ${COMMANDS}.
`,
    })
    assert.deepEqual(stampede('--verison'), {
      status: 2,
      stdout: '',
      stderr: "stampede: --verison: unknown option; did you mean '--version'?\n",
    })
    assert.deepEqual(
      stampede('help', 'x').stderr,
      `stampede: help: there is no command 'x'; give one of ${COMMANDS}.
`,
    )
  })

  it('shows help and version on stdout', () => {
    for (const args of [
      ['--help'],
      ['help'],
      ['help', 'source'],
      ['source', '--help'],
      ['sink', '--help'],
      ['stress', '--help'],
      ['help', 'smtp-source'],
      ['help', 'smtp-sink'],
      ['help', 'go-smtp-source'],
      ['help', 'manual'],
    ]) {
      const { status, stdout, stderr } = stampede(...args)
      assert.deepEqual([status, stderr], [0, ''], args.join(' '))
      assert.match(stdout, /^(Usage: )?stampede /)
    }
    for (const args of [['--version'], ['source', '--version'], ['sink', '--version'], ['stress', '--version']])
      assert.match(stampede(...args).stdout, /^stampede \d+\.\d+\.\d+\n$/)
  })

  it('refuses with one line and 2', () => {
    for (const args of [
      ['source'],
      ['source', '-m', '5x', 'h'],
      ['source', '--rat', '5', 'h'],
      ['sink'],
      ['sink', '127.0.0.1'],
      ['sink', '--ready-fd', '99', ':0'],
      ['stress', '127.0.0.1'],
      ['stress', '--host', '192.0.2.1'],
      ['stress', '-o', '/dev/null/x'],
      ['completion'],
      ['manual', 'a', 'b'],
      ['source', '192.0.2.1'],
    ]) {
      const { status, stdout, stderr } = stampede(...args)
      assert.deepEqual([status, stdout], [2, ''], args.join(' '))
      assert.match(stderr, /^stampede: [^\n]+[.?]\n$/)
    }
  })

  it('ends with 1 where nobody listens, and where it cannot listen itself', () => {
    const refused = stampede('source', '--no-progress', '-m', '2', '127.0.0.1:1')
    assert.equal(refused.status, 1)
    assert.match(refused.stdout, /connection refused/)
    assert.equal(refused.stderr, '')
    assert.deepEqual(stampede('source', '--quiet', '127.0.0.1:1'), { status: 1, stdout: '', stderr: '' })
    // Documentation addresses (RFC 5737) are nobody's, so this machine cannot listen there.
    const elsewhere = stampede('sink', '192.0.2.1:0')
    assert.deepEqual([elsewhere.status, elsewhere.stdout], [1, ''])
    assert.match(elsewhere.stderr, /^stampede: [^\n]*192\.0\.2\.1[^\n]*\n$/)
  })

  it('prints the plan and does nothing', () => {
    const { status, stdout, stderr } = stampede('source', '--print-plan', '-F', PROGRAM, '--seed', '1', 'mail.example')
    assert.deepEqual([status, stderr], [0, ''])
    const plan = JSON.parse(stdout)
    assert.deepEqual(plan.target, { kind: 'inet', host: 'mail.example', port: 25, text: 'mail.example' })
    assert.equal(plan.mail.file.name, PROGRAM)
    assert.ok(plan.mail.file.octets > 100)
  })
})

describe('source and sink together', () => {
  it('count the same, and each prints one JSON document', async () => {
    const sink = await startSink('--json', '-M', '50', '127.0.0.1:0')
    const source = stampede('source', '--json', '-s', '3', '-m', '50', sink.address)
    const received = await sink.ended
    assert.deepEqual([source.status, received.status], [0, 0], source.stderr + received.stderr)
    const result = JSON.parse(source.stdout)
    assert.equal(result.messages.accepted, 50)
    assert.equal(JSON.parse(received.stdout).messages, 50)
    assert.match(result.again, /^stampede source --seed [0-9a-f]{8} -s 3 -m 50 127\.0\.0\.1:\d+$/)
    assert.match(received.stderr, /^listening on 127\.0\.0\.1:\d+\n/)
  })

  it('end by a signal with 128+n, and print what was measured', async () => {
    const sink = await startSink('-c', '127.0.0.1:0')
    const source = startSource('-cv', '--duration', '60s', sink.address)
    // A line of progress tells that mail is under way.
    let seen = ''
    await new Promise<void>((resolve) =>
      source.child.stderr.on('data', (text: string) => {
        seen += text
        if (/^\d\d:\d\d {2}accepted /m.test(seen)) resolve()
      }),
    )
    source.child.kill('SIGINT')
    const sent = await source.ended
    assert.equal(sent.status, 130)
    assert.match(sent.stdout, /^messages /m)
    assert.match(sent.stdout, /^again {2}stampede source --seed /m)
    assert.match(sent.stderr, /^target {5}127\.0\.0\.1:/m)
    sink.child.kill('SIGTERM')
    const received = await sink.ended
    assert.equal(received.status, 143)
    assert.match(received.stdout, /^messages +[\d,]+ received/m)
    assert.match(received.stderr, /sess=\d+ quit=\d+ mesg=\d+\r/)
  })

  it('say nothing when told to', async () => {
    const sink = await startSink('--quiet', '-c', '-M', '2', '127.0.0.1:0')
    assert.deepEqual(stampede('source', '--quiet', '-m', '2', sink.address), { status: 0, stdout: '', stderr: '' })
    assert.deepEqual(await sink.ended, { status: 0, stdout: '', stderr: '' })
  })
})

describe('the doors by their names', () => {
  for (const [name, option, complaint] of [
    ['smtp-source', '-m0', 'bad message count: 0'],
    ['smtp-sink', '-t0', 'bad timeout: 0'],
  ] as const) {
    it(`${name} is the verb, the program, and whatever a link of that name leads to`, () => {
      const directory = mkdtempSync(join(tmpdir(), 'stampede-door-'))
      try {
        const link = join(directory, name)
        symlinkSync(PROGRAM, link)
        const run = (command: string, ...args: string[]) => {
          const { status, stdout, stderr } = spawnSync(command, args, {
            encoding: 'utf8',
            cwd: directory,
            env: { ...ENV, PATH: [directory, ENV.PATH].join(delimiter) },
          })
          return { status, stdout, stderr }
        }
        const said = (program: string) => ({ status: 1, stdout: '', stderr: `${program}: fatal: ${complaint}\n` })
        const node = process.execPath
        assert.deepEqual(run(node, PROGRAM, name, option), said(name))
        assert.deepEqual(run(node, link, option), said(name), 'as a shell finds it in PATH')
        assert.deepEqual(run(node, `./${name}`, option), said(`./${name}`))
        assert.deepEqual(run(node, built(`bin/${name}.js`), option), said(built(`bin/${name}.js`)))
      } finally {
        rmSync(directory, { recursive: true, force: true })
      }
    })
  }
})

describe('the exit status of a run', () => {
  const of = (passed: boolean, { strict = false, state = 'clear', accepted = 5, judged = false } = {}) => {
    const messages = { accepted, deferred: 0, refused: 0 }
    const result = { passed, generator: { state }, messages, thresholds: judged ? [{ ok: passed }] : [] }
    return exitStatus(result as unknown as Parameters<typeof exitStatus>[0], strict)
  }

  it('says what came of it', () => {
    assert.equal(of(true), 0)
    assert.equal(of(false), 1)
    assert.equal(of(true, { state: 'saturated' }), 0)
    assert.equal(of(true, { state: 'stretched', strict: true }), 0)
    assert.equal(of(true, { state: 'saturated', strict: true }), 98)
    assert.equal(of(false, { state: 'saturated', strict: true }), 98)
  })

  it('is for thresholds to say, unless nothing was answered or the figures are not to be trusted', () => {
    assert.equal(of(true, { judged: true }), 0)
    assert.equal(of(false, { judged: true }), 99)
    assert.equal(of(false, { judged: true, accepted: 0 }), 1)
    assert.equal(of(false, { judged: true, state: 'saturated' }), 99)
    assert.equal(of(false, { judged: true, state: 'saturated', strict: true }), 98)
    assert.equal(of(false, { judged: true, state: 'saturated', strict: true, accepted: 0 }), 1)
  })
})

describe('progress', () => {
  const second = (number: number): SecondSummary => ({
    second: number,
    durationMs: 1000,
    accepted: 10,
    deferred: 0,
    refused: 0,
    failed: 0,
    dropped: 0,
    scheduled: 10,
    connects: 0,
    active: 1,
    bytesOut: 0,
    bytesIn: 0,
    message: { p50: 1, p99: 2, max: 3 },
    utilisation: [0.5],
  })
  function written(isTTY: boolean, eager: boolean, seconds: number): string[] {
    const lines: string[] = []
    const progress = new Progress({ isTTY, columns: 60, write: (text) => lines.push(text) }, 'messages', eager)
    for (let i = 0; i < seconds; i++) progress.second(second(i))
    progress.close()
    return lines
  }

  it('is one line on a terminal, cleared at the end', () => {
    const lines = written(true, false, 3)
    assert.equal(lines.length, 4)
    assert.ok(lines.every((line) => line.startsWith('\r\x1b[K') && !line.includes('\n') && line.length < 60 + 4))
    assert.match(lines[2]!, /00:03 {2}accepted 30 {2}10\/s/)
    assert.equal(lines[3], '\r\x1b[K')
  })

  it('is a line every five seconds elsewhere, or every second when asked', () => {
    assert.equal(written(false, false, 4).length, 0)
    assert.deepEqual(
      written(false, false, 11).map((line) => line.slice(0, 22)),
      ['00:05  accepted 50  10', '00:10  accepted 100  1'],
    )
    assert.equal(written(false, true, 3).length, 3)
  })
})

describe('services', () => {
  it('are found by name or alias, for TCP only', () => {
    const text = '# comment\nsmtp\t\t25/tcp\t\tmail\nsubmission 587/tcp\t# x smtpx\ntftp 69/udp\n\nbroken\n'
    assert.deepEqual(
      ['smtp', 'mail', 'submission', 'smtpx', 'tftp', 'broken', '', '#'].map((name) => findService(text, name)),
      [25, 25, 587, null, null, null, null, null],
    )
  })
})
