import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { connect, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { UsageError } from '#src/base/errors.js'
import { ProcWatch } from '#src/watch/proc-watch.js'
import { ServerWatch } from '#src/watch/server-watch.js'
import { parseWatchTarget } from '#src/watch/watch-target.js'
import { ForkingServer } from '../peer/forking-server.js'

const skip = process.platform === 'linux' ? false : 'there is no /proc'
const watchOf = (text: string, port: number | null = null) =>
  new ServerWatch(parseWatchTarget(text, '--watch'), { port })

async function opened(port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1').on('error', () => {})
  await new Promise((resolve) => socket.once('data', resolve))
  return socket
}

/** A worker uses at least so much CPU. */
const LEAST_MS = 10

/** What /proc says of the process itself, and of those that it has waited for. */
function userTicks(pid: number): [own: number, waited: number] {
  const fields = readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ')[1]!.split(' ')
  return [Number(fields[11]), Number(fields[13])]
}

function stateOf(pid: number): string {
  return readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ')[1]![0]!
}

/** Until it holds; the test's own limit ends it otherwise. */
async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 20))
}

describe('a server that is watched', { skip }, () => {
  let server: ForkingServer
  before(async () => {
    server = await ForkingServer.start()
  })
  after(() => server.kill())

  it('is found by its number, its port and its address; its children belong to it', async () => {
    const child = await server.tell('fork')
    for (const text of [String(server.pid), `:${server.port}`, `127.0.0.1:${server.port}`]) {
      const watch = watchOf(text)
      assert.deepEqual(watch.pids, [server.pid, child], text)
      assert.match(watch.about, new RegExp(`\\(process ${server.pid}\\) and 1 below it, port ${server.port}$`))
      assert.equal(watch.sample(0)!.processes, 2)
      assert.ok(watch.cores > 0)
    }
    await server.tell('end')
  })

  it('is found by the name of its script', async () => {
    const watch = watchOf('forking-server')
    assert.ok(watch.pids.includes(server.pid))
    assert.ok(!watch.pids.includes(process.pid))
  })

  it('is found by the path of its socket', async () => {
    const path = join(tmpdir(), `stampede-watch-${process.pid}.sock`)
    const server = createServer().listen(path)
    await new Promise((resolve) => server.once('listening', resolve))
    try {
      const watch = watchOf(`unix:${path}`)
      assert.equal(watch.pids[0], process.pid)
      assert.equal(watch.sample(0)!.accept, null)
    } finally {
      server.close()
    }
  })

  it('may have children that come later and end: CPU only grows, and what ended stays counted', async () => {
    const watch = watchOf(`:${server.port}`)
    const samples = [watch.sample(0)!]
    for (let i = 0; i < 3; i++) {
      await server.tell('fork')
      samples.push(watch.sample(i)!)
    }
    assert.equal(samples.at(-1)!.processes, 4)
    for (let i = 0; i < 3; i++) {
      await server.tell('end')
      samples.push(watch.sample(3 + i)!)
    }
    const total = samples.map(({ cpuUserMs, cpuSystemMs }) => cpuUserMs + cpuSystemMs)
    for (let i = 1; i < total.length; i++) assert.ok(total[i]! >= total[i - 1]!, total.join())
    assert.equal(samples.at(-1)!.processes, 1)
    assert.ok(total.at(-1)! - total[0]! >= 3 * LEAST_MS, total.join())
    assert.deepEqual(watch.events, [])
  })

  it('has children that live and end between two samples: their CPU is counted once', async () => {
    const own = () => userTicks(server.pid)
    const watch = watchOf(`:${server.port}`)
    const [before, waitedBefore] = own()
    await server.tell('fork')
    await server.tell('end')
    const { cpuUserMs, processes } = watch.sample(0)!
    const [after, waitedAfter] = own()
    assert.equal(processes, 1)
    const waited = waitedAfter - waitedBefore
    assert.ok(waited * 10 >= LEAST_MS, `${waited} ticks`)
    // The server itself may have gone on between the looks.
    assert.ok(cpuUserMs >= waited * 10 && cpuUserMs <= (waited + after - before + 2) * 10, `${cpuUserMs} ms`)
  })

  it('has as many descriptors as it opened', async () => {
    const watch = watchOf(`:${server.port}`)
    const before = watch.sample(0)!.descriptors!
    assert.equal(before.total, before.sockets + before.pipes + before.files + before.other)
    await server.tell('open 37')
    const after = watch.sample(1)!.descriptors!
    assert.equal(after.files - before.files, 37)
    assert.equal(after.total, readdirSync(`/proc/${server.pid}/fd`).length)
    await server.tell('close')
    assert.deepEqual(watch.sample(2)!.descriptors, before)
  })

  it('keeps connections that their clients left: CLOSE_WAIT', async () => {
    const watch = watchOf(String(server.pid), server.port)
    const sockets = await Promise.all([opened(server.port), opened(server.port), opened(server.port)])
    await server.tell('leave')
    assert.equal(watch.sample(0)!.sockets!.ESTABLISHED, 3)
    assert.equal(watch.sample(0)!.sockets!.LISTEN, 1)
    sockets[0]!.end()
    sockets[1]!.end()
    await until(() => watch.sample(1)!.sockets!.CLOSE_WAIT === 2)
    assert.equal(watch.sample(1)!.sockets!.ESTABLISHED, 1)
    for (const socket of sockets) socket.destroy()
  })

  it('may keep connections waiting: the accept queue and its limit', async () => {
    const server = createServer()
    server.listen({ port: 0, host: '127.0.0.1', backlog: 7 })
    await new Promise((resolve) => server.once('listening', resolve))
    const { port } = server.address() as { port: number }
    const watch = watchOf(String(process.pid), port)
    // Nobody accepts while this thread does not turn.
    const { Worker } = await import('node:worker_threads')
    const flag = new Int32Array(new SharedArrayBuffer(4))
    const client = new Worker(
      `const { workerData } = require('node:worker_threads'); const net = require('node:net'); let n = 0;
       for (let i = 0; i < 3; i++) net.connect(workerData.port, '127.0.0.1', () => { if (++n === 3) { Atomics.store(workerData.flag, 0, 1); Atomics.notify(workerData.flag, 0) } }).on('error', () => {})`,
      { eval: true, workerData: { port, flag } },
    )
    await new Promise((resolve) => client.once('online', resolve))
    Atomics.wait(flag, 0, 0, 20_000)
    const accept = watch.sample(0)!.accept!
    await client.terminate()
    server.close()
    assert.equal(accept.waiting, 3)
    assert.ok(accept.limit === 7 || accept.limit >= 128, `${accept.limit}`)
    assert.equal(accept.overflows, 0)
  })

  it('ends: noticed between samples, with its time; nobody is left', async () => {
    await using server = await ForkingServer.start()
    const watch = watchOf(`:${server.port}`)
    watch.check(10)
    assert.deepEqual(watch.events, [])
    await server.kill()
    watch.check(1234)
    watch.check(1334)
    assert.equal(watch.events.length, 1)
    const [{ atMs, kind, pid, text }] = watch.events as [(typeof watch.events)[number]]
    assert.deepEqual({ atMs, kind, pid }, { atMs: 1234, kind: 'died', pid: server.pid })
    assert.match(text, new RegExp(`\\(process ${server.pid}\\) ended$`))
    assert.equal(watch.sample(2000), null)
  })

  for (const waited of [false, true]) {
    it(`ends after it was looked for and before it is read, and was ${waited ? '' : 'not '}waited for: said in time`, async () => {
      // The shell waits for its child; this process, within one turn, does not.
      const command = waited ? 'sleep 60 & echo $!; wait' : 'echo $$; exec sleep 60'
      const child = spawn('/bin/sh', ['-c', command], { stdio: ['ignore', 'pipe', 'ignore'] })
      const [line] = await once(child.stdout, 'data')
      const pid = Number(line)
      const watch = new ProcWatch(parseWatchTarget(String(pid), '--watch'))
      const check = watch.check.bind(watch)
      watch.check = (atMs) => {
        watch.check = check
        check(atMs)
        process.kill(pid, 'SIGKILL')
        const over = () => (waited ? !existsSync(`/proc/${pid}`) : stateOf(pid) === 'Z')
        while (!over()) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1)
      }
      assert.equal(watch.sample(1234), null)
      assert.deepEqual(
        watch.events.map(({ kind, pid, atMs }) => [kind, pid, atMs]),
        [['died', pid, 1234]],
      )
      assert.equal(watch.sample(1300), null)
      assert.equal(watch.events.length, 1)
      child.kill('SIGKILL')
    })
  }

  for (const by of ['port', 'number'] as const) {
    it(`is followed by another that takes its place, watched by its ${by}`, async () => {
      await using first = await ForkingServer.start()
      const watch = watchOf(by === 'port' ? `:${first.port}` : String(first.pid))
      const before = watch.sample(0)!
      await first.kill()
      assert.equal(watch.sample(1000), null)
      await using second = await ForkingServer.start(first.port)
      const after = watch.sample(2000)!
      assert.deepEqual(
        watch.events.map(({ kind, pid, atMs }) => [kind, pid, atMs]),
        [
          ['died', first.pid, 1000],
          ['restarted', second.pid, 2000],
        ],
      )
      assert.deepEqual(watch.pids, [second.pid])
      assert.equal(after.processes, 1)
      assert.ok(after.cpuUserMs + after.cpuSystemMs >= before.cpuUserMs + before.cpuSystemMs)
    })
  }

  it('that is not there is a mistake with what would be right', async () => {
    const cases: readonly [string, RegExp][] = [
      ['2147483646', /^--watch: there is no process 2147483646; give a process number/],
      [':1', /^--watch: nobody on this machine listens on port 1; give a process number/],
      ['unix:/nowhere', /^--watch: nobody on this machine listens on \/nowhere; give /],
      ['no-such-program', /^--watch: no process is called 'no-such-program'; /],
    ]
    for (const [text, sentence] of cases) {
      assert.throws(
        () => watchOf(text),
        (error: unknown) => error instanceof UsageError && sentence.test(error.message),
        text,
      )
    }
  })

  it('uses CPU, memory, threads and switches, and is in a control group', async () => {
    const watch = watchOf(String(server.pid))
    const before = watch.sample(0)!
    await server.tell('burn 200')
    const after = watch.sample(1)!
    assert.ok(after.cpuUserMs - before.cpuUserMs >= 150, `${after.cpuUserMs} - ${before.cpuUserMs}`)
    assert.ok(after.switches!.voluntary > before.switches!.voluntary)
    assert.equal(after.threads, readdirSync(`/proc/${server.pid}/task`).length)
    assert.ok(after.pss! > 1e6 && after.pss! <= after.rss, `${after.pss} of ${after.rss}`)
    assert.ok(after.vsz >= after.rss)
    assert.ok(after.disk!.read >= 0 && after.disk!.written >= 0)
    assert.ok(after.cgroup !== null)
  })
})
