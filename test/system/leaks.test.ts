import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { type SinkOptions, sink } from '#src/index.js'
import type { LeakFinding, LeakWord } from '#src/measure/leaks.js'
import { FAULTS, type FaultName, type PlantedFault } from '../peer/leaky-faults.js'
import { LeakyProcess } from '../peer/leaky-process.js'
import { judgeFault } from '../peer/leaky-trial.js'
import { built, type Program, run, SOURCE, STRESS, start } from '../peer/run-program.js'

const WATCH: Program = { name: 'stampede watch', command: [process.execPath, built('bin/stampede.js'), 'watch'] }
/** Few cycles, for a machine that does other things too. */
const SHORT = ['-m', '3000', '--leak-cycles', '8', '--leak-time', '90s', '--leak-rest', '1s']
/** Descriptors and sockets are counted, and no collector of garbage blurs them: a few cycles are enough for certain. */
const EXACT: readonly FaultName[] = ['abort']

/** Those that tell the most of it within a minute: one that leaks what is counted, and one that leaks nothing. */
const SOME: readonly FaultName[] = ['abort', 'clean']

/**
 * Once each, and shortly: what may be said then is the truth, or that it is not known yet. All of them, twenty times each, in full and with slopes
 * within 15 %, by native-bench/leak-verdicts.mjs.
 */
describe('servers with planted faults', { concurrency: 2 }, () => {
  for (const kind of SOME) {
    const { leaks, word }: PlantedFault = FAULTS[kind]
    it(`${kind}: ${word}`, async () => {
      const { right, why, words, finding } = await judgeFault(kind, 1, SHORT)
      assert.notEqual(finding, null, why)
      if (EXACT.includes(kind)) return assert.ok(right, `${why} (${words})`)
      const said = finding!.verdicts.find(({ resource }) => resource === (leaks?.resource ?? 'memory'))!.word
      const wrong: readonly LeakWord[] = leaks === null ? ['leaking'] : ['flat']
      assert.ok(!wrong.includes(said), words)
    })
  }
})

/** One turn of each load of the plans, with 40 messages or handshakes each: nothing to judge, but what is asked of the server is what the plan says. */
const BRIEF_LIMITS = ['--leak-cycles', '6', '--leak-time', '1s', '--leak-rest', '500ms']
const BRIEF = ['-m', '40', '-s', '4', ...BRIEF_LIMITS]

/** What the loads of each plan came to. */
async function counted(plans: string, target: string, ...more: string[]) {
  const args = ['--leaks', plans, ...BRIEF, ...more, '--json', '--no-progress', target]
  const ran = await run(SOURCE, args, { timeoutMs: 120_000 })
  assert.deepEqual([ran.code, ran.stderr], [1, ''], 'so few cycles are not enough evidence')
  const { leaks } = JSON.parse(ran.stdout) as { leaks: LeakFinding[] }
  return leaks.map(({ plan, word, cycles, notes }) => {
    assert.equal(word, 'not enough evidence', plan)
    const of = (name: string) => cycles.find(({ load }) => load === name)!.counts
    return { plan, of, notes: notes.join('; ') }
  })
}

describe('what the plans send', () => {
  const folder = mkdtempSync(join(tmpdir(), 'stampede-leaks-'))
  after(() => rmSync(folder, { recursive: true, force: true }))

  it('refused, handshakes, own: seen by the server, too', async () => {
    await using server = await LeakyProcess.start('clean', 1, 0)
    const path = (name: string) => join(folder, name)
    const out = ['html', 'md', 'json', 'text'].flatMap((kind) => ['--out', `${kind}=${path(`leaks.${kind}`)}`])
    const [refused, handshakes, own] = await counted('refused,handshakes,own', `127.0.0.1:${server.port}`, ...out)
    const written = (name: string) => readFileSync(path(name), 'utf8')
    assert.match(written('leaks.html'), /^<!doctype html>[\s\S]*UNSURE {2}refused: not enough evidence/)
    assert.match(written('leaks.md'), /^### refused: not enough evidence/)
    assert.match(written('leaks.text'), /^UNSURE {2}refused: not enough evidence/)
    const { leaks } = JSON.parse(written('leaks.json')) as { leaks: LeakFinding[] }
    assert.deepEqual(
      leaks.map(({ plan }) => plan),
      ['refused', 'handshakes', 'own'],
    )
    assert.equal(refused!.of('refused')['failed message'], 40)
    assert.equal(refused!.of('taken').message, 40)
    assert.doesNotMatch(refused!.notes, /there was no/)
    assert.deepEqual([handshakes!.of('handshakes').connection, handshakes!.of('handshakes').message], [40, undefined])
    assert.deepEqual([own!.of('own').connection, own!.of('own').message], [4, 40])
    const { refused: seen, messages } = await server.stop()
    assert.ok(seen >= 40 && seen % 40 === 0, `${seen} refused`)
    assert.ok(messages >= 80 && messages % 40 === 0, `${messages} messages`)
  })

  it('large mails, TLS handshakes; and a server that refuses nothing is said to', async () => {
    const options: SinkOptions = { listen: '127.0.0.1:0', tls: 'starttls' }
    await using server = await sink(options)
    const [large, tls, refused] = await counted(
      'large-mails,tls-handshakes,refused',
      server.address,
      '--watch',
      `${process.pid}`,
    )
    assert.ok(large!.of('5 MB mails').MB! >= 200, `${large!.of('5 MB mails').MB} MB`)
    assert.ok(large!.of('small mails').MB! < 1)
    assert.deepEqual([tls!.of('TLS')['TLS handshake'], tls!.of('plain')['TLS handshake']], [40, 0])
    assert.match(refused!.notes, /there was no failed message, so nothing is known of what goes with one/)
    assert.equal(server.totals().messages % 40, 0)
  })

  it('stress searches as source does, at its own host and port', async () => {
    await using server = await LeakyProcess.start('clean', 1, 0)
    const load = ['--host', '127.0.0.1', '-p', `${server.port}`, '-c', '16']
    const out = ['--out', `json=${folder}/s.json`]
    const ran = await run(STRESS, [...load, '--leaks', 'handshakes', ...BRIEF_LIMITS, ...out], { timeoutMs: 120_000 })
    assert.equal(ran.code, 1, ran.stderr)
    const text = Buffer.from(ran.stdout, 'latin1').toString()
    assert.match(text, /^UNSURE {2}handshakes: not enough evidence/)
    assert.match(text, /^again {4}stampede stress .*--host 127\.0\.0\.1 .*--leaks=handshakes --leak-cycles=6 /m)
    assert.match(ran.stderr, /^handshakes: connect, EHLO[^\n]*\n {2}handshakes +warm-up/)
    const { leaks } = JSON.parse(readFileSync(join(folder, 's.json'), 'utf8')) as { leaks: LeakFinding[] }
    const made = leaks[0]!.cycles.reduce((sum, { counts }) => sum + counts.connection!, 0)
    assert.ok(made >= 10_000, `${made} connections`)
    assert.equal((await server.stop()).connections, made)
  })

  it('watch judges a server that somebody else loads, by time', async () => {
    await using server = await LeakyProcess.start('close-wait', 1, 0)
    // Ten sessions at once, nine of them closed behind MAIL: the sockets of one in twenty stay, a hundred or more of them.
    const load = start(
      SOURCE,
      [
        ...['-s', '10', '--duration', '20s', '--rate', '20/s', '--abort', '0.9:mail:close', '--live', 'off'],
        `127.0.0.1:${server.port}`,
      ],
      { timeoutMs: 60_000 },
    )
    await new Promise((resolve) => setTimeout(resolve, 2000))
    const watching = start(
      WATCH,
      [
        ...['--leaks', '--duration', '14s', '--interval', '200ms', '--no-progress'],
        ...['--out', `json=${folder}/watch.json`, '--out', `text=${folder}/watch.txt`, `${server.pid}`],
      ],
      { timeoutMs: 60_000 },
    )
    const { code, stdout, stderr } = await watching.done
    load.kill('SIGINT')
    assert.equal((await load.done).code, 130)
    const text = Buffer.from(stdout, 'latin1').toString()
    assert.deepEqual([code, stderr], [99, ''], text)
    assert.match(text, /^LEAK {2}watched: .*descriptors leaking \(≈ [\d,.]+ per minute\)/m)
    assert.match(text, /^ {2}whatever loads the server meanwhile$/m)
    assert.equal(readFileSync(join(folder, 'watch.txt'), 'utf8'), text)
    const { leaks } = JSON.parse(readFileSync(join(folder, 'watch.json'), 'utf8')) as { leaks: LeakFinding[] }
    assert.equal(leaks[0]!.word, 'leaking')
    const { sockets } = await server.stop()
    const of = (name: string) => leaks[0]!.verdicts.find(({ resource }) => resource === name)!
    const perMinute = of('descriptors').slopes[0]!.perUnit
    assert.ok(perMinute > 2 * sockets && perMinute < 6 * sockets, `${perMinute} a minute, ${sockets} in all`)
    // Sockets are not read at each sample where that is dear: then it may not be known yet.
    assert.notEqual(of('sockets CLOSE_WAIT').word, 'flat')
  })

  it('a server that dies ends the search at once, with what happened and status 1', async () => {
    await using server = await LeakyProcess.start('message', 1)
    const running = start(SOURCE, ['--leaks', 'short-sessions', '--no-progress', `127.0.0.1:${server.port}`], {
      timeoutMs: 60_000,
    })
    setTimeout(() => process.kill(server.pid, 'SIGKILL'), 4000)
    const { code, stdout, stderr, timedOut } = await running.done
    assert.deepEqual([code, timedOut], [1, false])
    assert.match(stdout + stderr, new RegExp(`process ${server.pid}\\) (ended|died|was)`))
  })
})
