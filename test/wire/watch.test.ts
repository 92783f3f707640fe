import assert from 'node:assert/strict'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { after, before, describe, it } from 'node:test'
import type { ResultDocument } from '#src/measure/document.js'
import type { WatchResult } from '#src/report/watch-text.js'
import { ForkingServer } from '../peer/forking-server.js'
import { built, type Program, type Running, run, SOURCE, start } from '../peer/run-program.js'

const skip = process.platform === 'linux' ? false : 'there is no /proc'
const verb = (name: string): Program => ({
  name: `stampede ${name}`,
  command: [process.execPath, built('bin/stampede.js'), name],
})
const timeoutMs = 60_000
const utf8 = (latin1: string) => Buffer.from(latin1, 'latin1').toString()

describe('--watch', { skip }, () => {
  const directory = mkdtempSync(join(tmpdir(), 'stampede-watch-'))
  const at = (name: string) => join(directory, name)
  let server: ForkingServer
  before(async () => {
    server = await ForkingServer.start()
    await server.tell('fork')
  })
  after(async () => {
    await server.kill()
    rmSync(directory, { recursive: true, force: true })
  })

  it('samples the server and its children once a second; the recording gives the same result', async () => {
    const ran = await run(
      SOURCE,
      [
        ...['-s', '4', '--duration', '2s', '--no-progress', '--watch', 'auto', '--seed', 'ab'],
        ...['--out', 'ndjson=run.ndjson', '--out', 'text=run.txt', '--out', 'json=run.json', '--out', 'md=run.md'],
        `127.0.0.1:${server.port}`,
      ],
      { cwd: directory, timeoutMs },
    )
    assert.deepEqual([ran.code, ran.stderr], [0, ''], ran.stdout)
    const result = JSON.parse(readFileSync(at('run.json'), 'utf8')) as ResultDocument
    const { samples, target, about, events, cores } = result.watched!
    assert.deepEqual([target, events, result.happened], ['auto', [], undefined])
    assert.match(about!, new RegExp(`\\(process ${server.pid}\\) and 1 below it, port ${server.port}$`))
    assert.ok(samples.length >= 3, `${samples.length} samples`)
    assert.equal(samples[0]!.atMs, 0)
    for (const sample of samples) assert.equal(sample.server!.processes, 2)
    for (const sample of samples) assert.equal(sample.server!.sockets!.LISTEN, 1)
    assert.ok(samples.at(-1)!.server!.cpuUserMs > samples[0]!.server!.cpuUserMs)
    const { utilisation, saturation } = result.use.server
    assert.ok(utilisation!.cpu > 0 && utilisation!.mostCpu >= utilisation!.cpu)
    assert.equal(utilisation!.cores, cores)
    assert.ok(saturation.acceptWait!.p99Ms >= saturation.acceptWait!.p50Ms)
    assert.match(ran.stdout, /^watched {5}\S.* and 1 below it/m)
    for (const [kind, name] of [
      ['text', 'run.txt'],
      ['json', 'run.json'],
      ['md', 'run.md'],
    ] as const) {
      const again = await run(verb('report'), ['run.ndjson', '--as', kind], { cwd: directory, timeoutMs })
      assert.equal(utf8(again.stdout), readFileSync(at(name), 'utf8'), kind)
    }
    const metrics = await run(verb('report'), ['run.ndjson', '--as', 'openmetrics'], { cwd: directory, timeoutMs })
    const last = samples.at(-1)!.server!
    assert.match(metrics.stdout, new RegExp(`^stampede_target_resident_bytes ${last.rss}$`, 'm'))
    assert.match(metrics.stdout, new RegExp(`^stampede_target_open_fds ${last.descriptors!.total}$`, 'm'))
    assert.match(metrics.stdout, /^stampede_target_sockets\{state="CLOSE_WAIT"\} 0$/m)
    assert.match(metrics.stdout, /^stampede_target_cpu_seconds_total\{mode="user"\} \d/m)
  })

  it('of a recording that was cut off, what is there is told', async () => {
    const lines = readFileSync(at('run.ndjson'), 'utf8').split('\n')
    const watched = lines.flatMap((line, i) => (line.includes('"kind":"watch"') ? [i] : []))
    writeFileSync(at('cut.ndjson'), `${lines.slice(0, watched[1]! + 1).join('\n')}\n`)
    const { stdout } = await run(verb('report'), ['cut.ndjson', '--as', 'json'], { cwd: directory, timeoutMs })
    const result = JSON.parse(utf8(stdout)) as ResultDocument
    assert.equal(result.watched!.samples.length, 2)
    const both = await run(verb('report'), ['cut.ndjson', 'run.ndjson', '--as', 'json'], { cwd: directory, timeoutMs })
    const merged = JSON.parse(utf8(both.stdout)) as ResultDocument
    assert.deepEqual(merged.watched, result.watched)
    assert.ok(
      merged.notes.includes('the server was watched in cut.ndjson, run.ndjson; its figures are those of cut.ndjson'),
    )
  })

  it('shows the server to Prometheus while it goes', async () => {
    const running = start(verb('watch'), [
      '--metrics',
      ':0',
      '--interval',
      '200ms',
      '--no-progress',
      '--json',
      String(server.pid),
    ])
    const lines = createInterface({ input: running.child.stderr! })
    const [line] = (await once(lines, 'line')) as [string]
    const url = /^metrics on (\S+\/metrics),/.exec(line)![1]!
    const text = await (await fetch(url)).text()
    assert.match(text, /^stampede_target_up 1$/m)
    assert.match(text, /^stampede_target_processes 2$/m)
    running.kill('SIGINT')
    const { stdout, code } = await running.done
    assert.equal(code, 130)
    const { watched, role } = JSON.parse(utf8(stdout)) as WatchResult
    assert.deepEqual([role, watched.target, watched.events], ['watch', String(server.pid), []])
  })

  it('refuses whom it cannot find, before anything is sent', async () => {
    for (const [name, args] of [
      ['source', ['--watch', 'no-such-program', `127.0.0.1:${server.port}`]],
      ['stress', ['--watch', 'no-such-program', '--host', '127.0.0.1', '-p', String(server.port)]],
      ['watch', ['no-such-program']],
    ] as const) {
      const { code, stderr, stdout } = await run(verb(name), args, { timeoutMs })
      assert.deepEqual([code, stdout], [2, ''], name)
      assert.match(stderr, /^stampede: (--watch|WHOM) no-such-program: no process is called 'no-such-program'; .*\.\n$/)
    }
  })

  it('tells first of all that the server was killed, and when; the run ends as a failure', async () => {
    await using doomed = await ForkingServer.start()
    const running = start(
      SOURCE,
      [
        ...['-s', '4', '--duration', '30s', '--no-progress', '--watch', String(doomed.pid), '--stop-on-error'],
        ...['--threshold', 'message.p99 < 1000s', '--out', 'json=dead.json', '--out', 'md=dead.md'],
        ...['--out', 'ndjson=dead.ndjson', `127.0.0.1:${doomed.port}`],
      ],
      { cwd: directory, timeoutMs },
    )
    await watchedTwice(at('dead.ndjson'), running)
    await doomed.kill()
    const { stdout, code } = await running.done
    assert.equal(code, 1)
    const first = stdout.split('\n')[0]!
    assert.match(first, new RegExp(`^server: .* \\(process ${doomed.pid}\\) ended at \\d+\\.\\d s$`))
    assert.match(stdout, /^FAIL {2}the server was dead at the end /m)
    assert.match(stdout, /^ {2}server .* 1 died/m)
    const json = readFileSync(at('dead.json'), 'utf8')
    const result = JSON.parse(json) as ResultDocument
    assert.equal(Object.keys(result)[0], 'happened')
    assert.deepEqual(result.happened, [first])
    assert.equal(result.passed, false)
    assert.equal(result.watched!.samples.at(-1)!.server, null)
    const { messages } = result
    assert.ok(messages.accepted > 0)
    assert.equal(
      messages.accepted + messages.deferred + messages.refused + messages.failed + messages.dropped,
      messages.scheduled,
    )
    assert.equal(readFileSync(at('dead.md'), 'utf8').split('\n')[0], `**${first}**  `)
    const again = await run(verb('report'), ['dead.ndjson', '--as', 'json'], { cwd: directory, timeoutMs })
    assert.equal(utf8(again.stdout), json)
  })

  it('stampede watch ends when the server does, with its summary and status 1', async () => {
    await using doomed = await ForkingServer.start()
    const forms = ['text', 'json', 'md', 'html'] as const
    const running = start(
      verb('watch'),
      [
        ...['--interval', '100ms', '--leaks', '--out', 'ndjson=alone.ndjson', `:${doomed.port}`],
        ...forms.flatMap((kind) => ['--out', `${kind}=alone.${kind}`]),
      ],
      { cwd: directory, timeoutMs },
    )
    await watchedTwice(at('alone.ndjson'), running)
    await doomed.kill()
    const { stdout, stderr, code } = await running.done
    assert.equal(code, 1)
    assert.match(stdout, /^server: .* ended at \d+\.\d s\nFAIL {2}.*, watched for /)
    assert.match(stdout, /^ +first +settled +most +last$/m)
    assert.match(stdout, /^ {2}descriptors +\d+ +\d+ +\d+ +\d+$/m)
    assert.match(stderr, /^ +time +procs +cpu +rss/m)
    assert.equal(utf8(stdout), readFileSync(at('alone.text'), 'utf8'))
    for (const kind of forms) {
      const again = await run(verb('report'), ['alone.ndjson', '--as', kind], { cwd: directory, timeoutMs })
      assert.equal(utf8(again.stdout), readFileSync(at(`alone.${kind}`), 'utf8'), kind)
    }
  })

  it('report reads a recording from a pipe, which can be read only once', async () => {
    const { command } = verb('report')
    for (const [name, wanted] of [
      ['run', 'run.md'],
      ['alone', 'alone.md'],
    ] as const) {
      const script = `cat ${name}.ndjson | "$@" /dev/stdin --as md`
      const piped: Program = { name: 'stampede report', command: ['/bin/sh', '-c', script, 'sh', ...command] }
      const { code, stdout, stderr } = await run(piped, [], { cwd: directory, timeoutMs })
      assert.deepEqual([code, utf8(stdout), stderr], [0, readFileSync(at(wanted), 'utf8'), ''])
    }
  })

  it('a recording of stampede watch is shown alone, and compared with nothing', async () => {
    const is = 'stampede: alone.ndjson is of stampede watch, which'
    for (const [name, args, message] of [
      ['report', ['alone.ndjson', 'run.ndjson'], `${is} is not put together with others; give it alone.\n`],
      [
        'report',
        ['alone.ndjson', '--as', 'csv'],
        'stampede: --as: of a watch there is no csv; give text, json, md or html.\n',
      ],
      ['compare', ['alone.ndjson', 'run.ndjson'], `${is} held no run; give one made with --out ndjson of a run.\n`],
    ] as const) {
      const { code, stdout, stderr } = await run(verb(name), args, { cwd: directory, timeoutMs })
      assert.deepEqual([code, stdout, stderr], [2, '', message], name)
    }
  })

  it('stampede watch refuses files that it cannot make, and two recordings', async () => {
    for (const [out, message] of [
      [
        ['csv'],
        "--out: there is no kind 'csv' of a watch; give ndjson, text, json, md or html, as in json=result.json.",
      ],
      [['htm'], "--out: there is no kind 'htm' of a watch; did you mean html?"],
      [['json=x', 'text=x'], "--out: 'x' is given twice; give each its own file."],
      [['ndjson=x', 'ndjson=y'], '--out: one recording is made of a watch; give ndjson once.'],
    ] as const) {
      const args = [...out.flatMap((one) => ['--out', one]), `${server.pid}`]
      const { code, stdout, stderr } = await run(verb('watch'), args, { cwd: directory, timeoutMs })
      assert.deepEqual([code, stdout, stderr], [2, '', `stampede: ${message}\n`])
    }
    assert.ok(!existsSync(at('x')))
  })
})

/** Waits until two samples have been written down. */
async function watchedTwice(path: string, { child, done }: Running): Promise<void> {
  const samples = () => (existsSync(path) ? readFileSync(path, 'utf8').split('"kind":"watch"').length - 1 : 0)
  while (samples() < 2) {
    if (child.exitCode !== null) assert.fail((await done).stderr)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}
