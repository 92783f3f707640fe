import assert from 'node:assert/strict'
import { execFileSync, fork } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import type { ResultDocument } from '#src/measure/document.js'
import type { WatchedServer } from '#src/measure/watched.js'
import { ServerWatch } from '#src/watch/server-watch.js'
import { parseWatchTarget } from '#src/watch/watch-target.js'
import { missing, need } from '../peer/distribution.js'
import { Postfix } from '../peer/postfix.js'
import { run, SOURCE, start } from '../peer/run-program.js'
import { CountingSink } from '../peer/smtp-sink.js'

const reason = missing('postfix', 'postconf', 'smtp-sink', 'ss')
const said = (program: string, ...args: string[]) => execFileSync(program, args, { encoding: 'latin1' })

/** The process and all below it, as `ps` has them. */
function family(pid: number): Map<number, { rssKib: number; threads: number }> {
  const rows = said('ps', '-eo', 'pid=,ppid=,rss=,nlwp=')
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/ +/).map(Number) as [number, number, number, number])
  const found = new Map<number, { rssKib: number; threads: number }>()
  for (let before = -1; before !== found.size; ) {
    before = found.size
    for (const [own, parent, rssKib, threads] of rows)
      if (own === pid || found.has(parent)) found.set(own, { rssKib, threads })
  }
  return found
}

/** Own ends of TCP sockets on the port by state, as `ss` has them. */
function states(port: number): Record<string, number> {
  const names: Readonly<Record<string, string>> = {
    ESTAB: 'ESTABLISHED',
    'CLOSE-WAIT': 'CLOSE_WAIT',
    'TIME-WAIT': 'TIME_WAIT',
    'FIN-WAIT-2': 'FIN_WAIT2',
  }
  const counts: Record<string, number> = {}
  for (const line of said('ss', '-tanH', `sport = :${port}`).trim().split('\n')) {
    const [word = ''] = line.split(/ +/)
    const state = names[word] ?? word
    counts[state] = (counts[state] ?? 0) + 1
  }
  return counts
}

/** NaN: one of them is gone by now. */
function openDescriptors(pids: readonly number[]): number {
  try {
    return pids.reduce((sum, pid) => sum + said('ls', `/proc/${pid}/fd`).trim().split('\n').length, 0)
  } catch (error) {
    if (!/No such file or directory/.test(String((error as { stderr?: unknown }).stderr))) throw error
    return Number.NaN
  }
}

/** Compares with what the system's own programs say at the same moment: looked at before and after, and nothing moved between. */
function compare(watch: ServerWatch, leader: number, port: number): WatchedServer {
  const look = () => {
    const now = family(leader)
    const pids = [...now.keys()].sort()
    return { now, pids, states: states(port), descriptors: openDescriptors(pids) }
  }
  const still = ({ pids, states: counts, descriptors }: ReturnType<typeof look>) =>
    JSON.stringify([pids, counts, descriptors])
  for (let tries = 0; ; tries++) {
    const before = look()
    const sample = watch.sample(tries)!
    const after = look()
    const moved = Number.isNaN(after.descriptors) || still(before) !== still(after)
    if (tries < 50 && moved) continue
    const { now, pids } = after
    assert.deepEqual([...watch.pids].sort(), pids)
    assert.equal(sample.processes, pids.length)
    assert.deepEqual(sample.sockets, after.states)
    assert.equal(
      sample.threads,
      [...now.values()].reduce((sum, { threads }) => sum + threads, 0),
    )
    assert.equal(sample.descriptors!.total, after.descriptors)
    const rss = [...now.values()].reduce((sum, { rssKib }) => sum + rssKib * 1024, 0)
    // Pages come and go between the looks, a few for each process.
    assert.ok(Math.abs(sample.rss - rss) <= rss * 0.05, `${sample.rss} and ${rss}`)
    return sample
  }
}

async function greeted(port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1').on('error', () => {})
  await new Promise((resolve) => socket.once('data', resolve))
  return socket
}

describe('servers that are watched', { skip: reason }, () => {
  const directory = mkdtempSync(join(tmpdir(), 'stampede-watch-'))
  before(() => need('postfix', 'postconf', 'smtp-sink', 'ss'))
  after(() => rmSync(directory, { recursive: true, force: true }))

  /** A load with `--watch auto`; its result. */
  async function load(port: number): Promise<ResultDocument> {
    const args = ['-s', '8', '--duration', '3s', '--json', '--no-progress', '--watch', 'auto', `127.0.0.1:${port}`]
    const { code, stdout, stderr } = await run(SOURCE, args, { timeoutMs: 60_000 })
    assert.deepEqual([code, stderr], [0, ''])
    return JSON.parse(Buffer.from(stdout, 'latin1').toString()) as ResultDocument
  }

  it('Postfix: its smtpd are found as they come, all figures are those of ps, ls and ss', {
    timeout: 120_000,
  }, async () => {
    await using postfix = await Postfix.start()
    const master = Number.parseInt(readFileSync(join(postfix.directory, 'queue/pid/master.pid'), 'latin1'), 10)
    const watch = new ServerWatch(parseWatchTarget(`:${postfix.port}`, '--watch'))
    assert.match(watch.about, new RegExp(`^master \\(process ${master}\\)`))
    const before = compare(watch, master, postfix.port)
    assert.deepEqual([before.accept!.limit, before.sockets!.LISTEN], [100, 1])
    const sockets = await Promise.all(Array.from({ length: 5 }, () => greeted(postfix.port)))
    const during = compare(watch, master, postfix.port)
    assert.equal(during.sockets!.ESTABLISHED, 5)
    assert.ok(during.processes >= before.processes + 4, `${before.processes}, then ${during.processes}`)
    for (const socket of sockets) socket.end('QUIT\r\n')

    const result = await load(postfix.port)
    const { samples, events, about } = result.watched!
    assert.deepEqual(events, [])
    assert.match(about!, new RegExp(`^master \\(process ${master}\\).*, port ${postfix.port}$`))
    assert.ok(samples.length >= 3)
    assert.ok(samples.some(({ server }) => server!.sockets!.ESTABLISHED === 8))
    const total = samples.map(({ server }) => server!.cpuUserMs + server!.cpuSystemMs)
    for (let i = 1; i < total.length; i++) assert.ok(total[i]! >= total[i - 1]!, total.join())
    assert.ok(total.at(-1)! > 0)
    assert.ok(result.use.server.utilisation!.cpu > 0)
    const later = compare(watch, master, postfix.port)
    // The other watch, which began earlier, has seen at least as much.
    assert.ok(later.cpuUserMs + later.cpuSystemMs >= total.at(-1)!)
  })

  it("nodemailer's smtp-server: the same", { timeout: 120_000 }, async () => {
    const child = fork(fileURLToPath(new URL('../peer/smtp-server-process.js', import.meta.url)))
    try {
      const port = await new Promise<number>((resolve, reject) => {
        child.once('message', (message) => resolve(message as number))
        child.once('exit', (code) => reject(new Error(`the server ended with ${code}`)))
      })
      const watch = new ServerWatch(parseWatchTarget(`:${port}`, '--watch'))
      compare(watch, child.pid!, port)
      const sockets = await Promise.all(Array.from({ length: 6 }, () => greeted(port)))
      const during = compare(watch, child.pid!, port)
      assert.deepEqual([during.processes, during.sockets!.ESTABLISHED], [1, 6])
      for (const socket of sockets) socket.destroy()
      const result = await load(port)
      const { samples, events } = result.watched!
      assert.deepEqual(events, [])
      assert.ok(samples.every((one) => one.server?.processes === 1))
      assert.ok(result.use.server.utilisation!.cpu > 0)
      const later = compare(watch, child.pid!, port)
      const last = samples.at(-1)!.server!
      assert.ok(later.cpuUserMs + later.cpuSystemMs >= last.cpuUserMs + last.cpuSystemMs)
    } finally {
      child.kill('SIGKILL')
    }
  })

  it('kill -9 in mid-run: told first with its time, nothing hangs, everything adds up, exit status 1', {
    timeout: 60_000,
  }, async () => {
    await using sink = await CountingSink.start()
    const args = [
      '-s',
      '20',
      '-m',
      '100M',
      '--no-progress',
      '--watch',
      String(sink.pid),
      '--out',
      `json=${join(directory, 'dead.json')}`,
    ]
    const running = start(SOURCE, [...args, sink.address], { timeoutMs: 50_000 })
    while (sink.count.messages < 500) await new Promise((resolve) => setTimeout(resolve, 10))
    process.kill(sink.pid, 'SIGKILL')
    const { code, stdout, timedOut } = await running.done
    assert.deepEqual([code, timedOut], [1, false])
    assert.match(
      stdout,
      new RegExp(
        `^server: smtp-sink \\(process ${sink.pid}\\) ended at \\d+\\.\\d s\nFAIL  the server was dead at the end `,
      ),
    )
    const { happened, messages, watched } = JSON.parse(
      readFileSync(join(directory, 'dead.json'), 'utf8'),
    ) as ResultDocument
    assert.equal(happened!.length, 1)
    assert.equal(watched!.samples.at(-1)!.server, null)
    assert.ok(messages.failed >= 1)
    assert.equal(
      messages.accepted + messages.deferred + messages.refused + messages.failed + messages.dropped,
      messages.scheduled,
    )
  })
})
