// node --test native-bench/floor.test.mjs: the floor's programs must be right before their figures mean anything.
import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import net from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { after, before, describe, test } from 'node:test'
import { buildFloor, here } from './build.mjs'
import { figures, judge, limitOf, median, pairwise, roundCount, summarise } from './stats.mjs'

const program = (name) => join(here, 'build', name)

buildFloor()

describe('sink', () => {
  let sink
  let lines
  let port

  before(async () => {
    sink = spawn(program('sink'), ['0'], { stdio: ['ignore', 'pipe', 'inherit'] })
    lines = createInterface({ input: sink.stdout })
    port = JSON.parse((await once(lines, 'line'))[0]).port
  })

  after(async () => {
    const closed = once(sink, 'close')
    sink.kill('SIGTERM')
    await closed
  })

  async function counted() {
    const line = once(lines, 'line')
    sink.kill('SIGUSR1')
    return JSON.parse((await line)[0])
  }

  /** Sends the pieces, each after the one before has left, and returns the codes of every reply to the end. */
  async function converse(pieces) {
    const socket = net.connect({ port, host: '127.0.0.1', noDelay: true })
    let text = ''
    socket.setEncoding('latin1').on('data', (data) => {
      text += data
    })
    for (const piece of pieces) {
      await new Promise((sent) => socket.write(piece, 'latin1', sent))
      await new Promise((turn) => setImmediate(turn))
    }
    await once(socket, 'close')
    return text
      .split('\r\n')
      .filter((line) => /^\d{3} /.test(line))
      .map((line) => line.slice(0, 3))
      .join(' ')
  }

  const envelope = 'MAIL FROM:<a@example.com>\r\nRCPT TO:<b@example.com>\r\n'
  const conversation = [
    'EHLO client.example\r\n',
    `${envelope}DATA\r\n.\r\n`, // an empty message
    `${envelope}DATA\r\none.\r\n..\r\n\r.\r\n\n.\r\n.x\r\n.\n\r\r\n\r\n.\r\n`,
    `${envelope}BDAT 6 LAST\r\n.\r\n.\r\n`,
    `mail from:<>\r\nrcpt to:<b>\r\nBDAT 3\r\nabcBDAT 2\r\n\r\nBDAT 0 LAST\r\n`,
    'BDAT 5\r\nQUIT\n', // no transaction: the octets are not commands
    'DATA\r\nRCPT TO:<x>\r\nMAIL FROM:<a>\r\nMAIL FROM:<a>\r\nRSET\r\nNOOP\r\nVRFY x\r\n\r\n',
    `NOOP ${'x'.repeat(3000)}\r\n`,
    'QUIT\r\nNOOP\r\n',
  ].join('')
  const codes =
    '220 250 250 250 354 250 250 250 354 250 250 250 250 250 250 250 250 250 503 503 503 250 503 250 250 500 500 250 221'

  test('answers the conversation in one piece', async () => {
    const first = await counted()
    assert.equal(await converse([conversation]), codes)
    assert.equal((await counted()).messages - first.messages, 4)
  })

  test('answers the same octet by octet', async () => {
    assert.equal(await converse([...conversation.slice(0, conversation.length - 6)]), codes)
  })

  test('answers the same cut in two at every octet', async () => {
    const first = await counted()
    const end = conversation.length - 6
    for (let cut = 1; cut < end; cut++) {
      // The long NOOP is 3,000 equal cuts; a few of them are enough.
      if (/^x+$/.test(conversation.slice(cut - 20, cut + 20)) && cut % 200 !== 0) continue
      const got = await converse([conversation.slice(0, cut), conversation.slice(cut, end)])
      assert.equal(got, codes, `cut at ${cut}: ${JSON.stringify(conversation.slice(cut - 5, cut + 5))}`)
    }
    const { messages, connections } = await counted()
    // Every connection since brought the same four messages.
    assert.equal(messages - first.messages, 4 * (connections - first.connections))
  })

  test('owes replies to a client that does not read, and pays them', async () => {
    const socket = net.connect({ port, host: '127.0.0.1' })
    socket.pause()
    const count = 2_000_000
    const first = await counted()
    socket.write(`${'NOOP\r\n'.repeat(count)}QUIT\r\n`)
    await once(socket, 'connect')
    // Until the sink has stopped taking more: 28 MB of replies fit into no socket.
    let octets = -1
    for (let same = 0; same < 50; ) {
      const now = (await counted()).octets - first.octets
      same = now > 0 && now === octets ? same + 1 : 0
      octets = now
    }
    assert.ok(octets < count * 'NOOP\r\n'.length)
    let length = 0
    socket.on('data', (data) => {
      length += data.length
    })
    socket.resume()
    await once(socket, 'close')
    assert.equal(
      length,
      '220 sink.example ESMTP\r\n'.length + count * '250 2.0.0 Ok\r\n'.length + '221 2.0.0 Bye\r\n'.length,
    )
  })

  for (const mode of [
    'lock-step',
    'pipelined',
    'glued',
    'bdat --depth 16',
    'lock-step --per-message',
    'pipelined --per-message',
  ]) {
    test(`client, ${mode}: what it sent is what arrived`, async () => {
      for (const sessions of [1, 7, 100]) {
        for (const size of [1, 1024, 300_000]) {
          const messages = size > 1024 ? 101 : 1001
          const first = await counted()
          const words = [
            '--port',
            port,
            '--mode',
            ...mode.split(' '),
            '--sessions',
            sessions,
            '--messages',
            messages,
            '--size',
            size,
          ]
          const client = spawn(program('client'), words.map(String), { stdio: ['ignore', 'pipe', 'inherit'] })
          let stdout = ''
          client.stdout.setEncoding('utf8').on('data', (text) => {
            stdout += text
          })
          assert.deepEqual(await once(client, 'close'), [0, null])
          assert.equal(JSON.parse(stdout).messages, messages)
          const last = await counted()
          assert.equal(last.messages - first.messages, messages)
          const connections = last.connections - first.connections
          if (mode.includes('--per-message')) assert.equal(connections, messages)
          else assert.ok(connections <= sessions)
        }
      }
    })
  }
})

test('client ends with 1 at a wrong reply', async () => {
  const server = net.createServer((socket) => socket.on('error', () => {}).end('554 no\r\n'))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const client = spawn(program('client'), ['--port', String(server.address().port)], {
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let errors = ''
  client.stderr.setEncoding('utf8').on('data', (text) => {
    errors += text
  })
  const [code] = await once(client, 'close')
  assert.equal(code, 1)
  assert.match(errors, /reply begins with '5'/)
  server.close()
})

describe('rusage', () => {
  const folder = mkdtempSync(join(tmpdir(), 'bench-'))
  const out = join(folder, 'out.json')
  after(() => rmSync(folder, { recursive: true }))
  const run = (...words) => {
    const done = spawnSync(program('rusage'), words, { encoding: 'utf8' })
    return { ...done, result: existsSync(out) ? JSON.parse(readFileSync(out, 'utf8')) : null }
  }

  test('tells exit status, CPU and memory of the command', () => {
    const { result } = run(out, 'sh', '-c', 'i=0; while [ $i -lt 100000 ]; do i=$((i+1)); done; exit 3')
    assert.equal(result.exit, 3)
    assert.equal(result.signal, 0)
    assert.ok(result.userSeconds > 0 && result.wallSeconds > 0)
    // A shell, not the Node that started all this.
    assert.ok(result.maxRssKiB > 100 && result.maxRssKiB < 20_000)
  })

  test('ends a command that has no end', () => {
    const { result } = run('-t', '1', out, 'sleep', '60')
    assert.equal(result.signal, 15)
    assert.ok(result.wallSeconds < 30)
  })

  test('says what it could not start', () => {
    const { result, stderr } = run(out, 'no-such-program')
    assert.equal(result.exit, 127)
    assert.match(stderr, /no-such-program/)
  })

  test('takes the command with it', async () => {
    const parent = spawn(program('rusage'), [out, 'sh', '-c', 'echo $$; exec sleep 60'], {
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    const [pid] = await once(createInterface({ input: parent.stdout }), 'line')
    const closed = once(parent, 'close') // its output closes when the command is gone too
    parent.kill('SIGKILL')
    await closed
    // Its output closes a moment before the kernel is done with it; then it is gone, or dead and not yet collected.
    const stat = `/proc/${pid}/stat`
    const alive = () => existsSync(stat) && !/ [ZX] /.test(readFileSync(stat, 'utf8'))
    const deadline = Date.now() + 10_000
    while (alive() && Date.now() < deadline) await new Promise((turn) => setImmediate(turn))
    assert.ok(!alive())
  })
})

describe('statistics', () => {
  test('median of odd, even, none', () => {
    assert.equal(median([3, 1, 2]), 2)
    assert.equal(median([4, 1, 3, 2]), 2.5)
    assert.ok(Number.isNaN(median([])))
  })

  test('ratios are taken pair by pair', () => {
    assert.deepEqual(pairwise([1, 20, 3], [2, 10, 3]), { median: 1, min: 0.5, max: 2 })
  })

  test('counts have two digits', () => {
    assert.deepEqual([0, 1, 7.4, 99, 101, 1234, 987_654].map(roundCount), [1, 1, 7, 99, 100, 1200, 990_000])
  })

  test('start-up is subtracted from CPU, time and messages', () => {
    const run = {
      wallSeconds: 2.1,
      userSeconds: 0.6,
      systemSeconds: 0.6,
      maxRssKiB: 1,
      messages: 1001,
      receiverSeconds: 1,
    }
    const got = figures(run, { wallSeconds: 0.1, cpuSeconds: 0.2, messages: 1 })
    assert.ok(Math.abs(got.cpuUs - 1.2e6 / 1001) < 1e-6)
    assert.ok(Math.abs(got.sendingCpuUs - 1000) < 1e-6)
    assert.ok(Math.abs(got.sendingPerSecond - 500) < 1e-6)
    assert.ok(Math.abs(got.receiverShare - 0.5) < 1e-9)
    assert.ok(Math.abs(got.clientShare - 0.5) < 1e-9)
  })

  test('the limit is whoever has no more of a core to give', () => {
    assert.equal(limitOf(0.5, 0.95), 'receiver')
    assert.equal(limitOf(0.95, 0.5), 'client')
    assert.equal(limitOf(0.95, 0.95), 'receiver and client')
    assert.equal(limitOf(1.2, 0.2, 2), 'neither')
  })

  test('targets are held against the medians', () => {
    const run = (cpu, rss) => ({
      wallSeconds: 1,
      userSeconds: cpu,
      systemSeconds: 0,
      maxRssKiB: rss,
      messages: 1000,
      receiverSeconds: 0.95,
    })
    const side = (cpu, rss, sessions) => ({ runs: [run(cpu, rss), run(cpu, rss)], startup: null, threads: 1, sessions })
    const summary = summarise(side(0.2, 9000, 1100), side(0.8, 1000, 100))
    const checks = judge(
      [
        { figure: 'cpuRatio', atMost: 0.25 },
        { figure: 'throughputRatio', atLeast: 4 },
        { figure: 'limit', is: 'receiver' },
        { figure: 'rssKiBPerSession', atMost: 8 },
        { figure: 'perSecond', atLeast: 1001 },
      ],
      summary,
    )
    assert.deepEqual(
      checks.map((check) => check.reached),
      [true, false, true, true, false],
    )
  })
})
