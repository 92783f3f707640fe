import assert from 'node:assert/strict'
import { once } from 'node:events'
import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import net from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { type SinkHandle, type SinkOptions, sink } from '#src/index.js'

const directory = mkdtempSync(join(tmpdir(), 'stampede-sink-test-'))
after(() => rmSync(directory, { recursive: true, force: true }))

/** A client that sends what it is told and hands back replies. */
class Client {
  readonly socket: net.Socket
  #text = ''
  #ended = false
  #wake = (): void => {}

  constructor(where: net.NetConnectOpts) {
    this.socket = net.connect({ ...where, allowHalfOpen: true } as net.NetConnectOpts)
    this.socket.on('data', (chunk: Buffer) => {
      this.#text += chunk.toString('latin1')
      this.#wake()
    })
    this.socket.on('error', () => {})
    for (const event of ['end', 'close']) {
      this.socket.on(event, () => {
        this.#ended = true
        this.#wake()
      })
    }
  }

  /** Sends, and waits for so many final reply lines; their codes. */
  async say(octets: string | Buffer, replies: number): Promise<string> {
    this.socket.write(octets)
    return this.hear(replies)
  }

  async hear(replies: number): Promise<string> {
    const codes: string[] = []
    while (codes.length < replies) {
      const end = this.#text.indexOf('\r\n')
      if (end >= 0) {
        const line = this.#text.slice(0, end)
        this.#text = this.#text.slice(end + 2)
        if (line[3] === ' ') codes.push(line.slice(0, 3))
      } else if (this.#ended) {
        break
      } else {
        await this.#more()
      }
    }
    return codes.join(' ')
  }

  /** Waits for the server to close, and returns what came before. */
  async end(): Promise<string> {
    while (!this.#ended) await this.#more()
    this.socket.destroy()
    return this.#text
  }

  #more(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve
    })
  }
}

async function withSink(
  options: SinkOptions,
  body: (target: SinkHandle, connect: () => Client) => Promise<void>,
): Promise<void> {
  const target = await sink(options)
  const clients: Client[] = []
  try {
    await body(target, () => {
      const client = new Client(where(target))
      clients.push(client)
      return client
    })
  } finally {
    for (const { socket } of clients) socket.destroy()
    await target.stop()
  }
}

function where(target: SinkHandle): net.NetConnectOpts {
  if (target.address.startsWith('unix:')) return { path: target.address.slice(5) }
  return { port: target.port, host: target.address.includes('[::1]') ? '::1' : '127.0.0.1' }
}

/** Waits for a figure to be reached; the sink learns of a closed connection after its client. */
async function reached(target: SinkHandle, figure: 'closed' | 'connections' | 'active' | 'timeouts', value: number) {
  for (let tries = 0; tries < 1000 && target.totals()[figure] !== value; tries++) {
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
  assert.equal(target.totals()[figure], value, figure)
}

const MAIL = 'MAIL FROM:<a@b>\r\n'
const RCPT = 'RCPT TO:<c@d>\r\n'
const MESSAGE = `${MAIL}${RCPT}DATA\r\nhi\r\n.\r\n`
const CODES = '250 250 354 250'

describe('a sink', () => {
  it('answers a pipelined burst of two messages in order, and counts exactly', async () => {
    await withSink({}, async (target, connect) => {
      const client = connect()
      assert.equal(await client.hear(1), '220')
      assert.equal(await client.say(`EHLO c\r\n${MESSAGE}${MESSAGE}QUIT\r\nNOOP\r\n`, 10), `250 ${CODES} ${CODES} 221`)
      assert.equal(await client.end(), '')
      await reached(target, 'closed', 1)
      const totals = await target.stop()
      const { connections, active, closed, quits, messages, recipients, commands, rejected, timeouts } = totals
      assert.deepEqual(
        { connections, active, closed, quits, messages, recipients, commands, rejected, timeouts },
        {
          connections: 1,
          active: 0,
          closed: 1,
          quits: 1,
          messages: 2,
          recipients: 2,
          commands: 8,
          rejected: 0,
          timeouts: 0,
        },
      )
      assert.equal(totals.bytesIn, `EHLO c\r\n${MESSAGE}${MESSAGE}QUIT\r\nNOOP\r\n`.length)
      assert.equal(totals.workers.length, 1)
      assert.deepEqual(totals.notes, [])
    })
  })

  it('takes BDAT, and answers its errors', async () => {
    await withSink({ maxSize: '1KiB' }, async (target, connect) => {
      const client = connect()
      await client.hear(1)
      const body = Buffer.alloc(1024, 'x').toString()
      assert.equal(await client.say(`EHLO c\r\n${MAIL}${RCPT}BDAT 1000\r\n${body.slice(24)}`, 4), '250 250 250 250')
      assert.equal(await client.say(`BDAT 24 LAST\r\n${body.slice(1000)}`, 1), '250')
      assert.equal(await client.say(`BDAT 4\r\nQUITBDAT x\r\nNOOP\r\n`, 3), '503 501 250')
      assert.equal(await client.say(`${MAIL}${RCPT}BDAT 1025 LAST\r\nx${body}`, 3), '250 250 552')
      assert.equal(await client.say('MAIL FROM:<a@b> SIZE=1025\r\nQUIT\r\n', 2), '552 221')
      assert.equal((await target.stop()).messages, 1)
    })
  })

  it('speaks LMTP with a reply for each recipient', async () => {
    await withSink({ lmtp: true }, async (target, connect) => {
      const client = connect()
      await client.hear(1)
      assert.equal(
        await client.say(`EHLO c\r\nLHLO c\r\n${MAIL}${RCPT}${RCPT}${RCPT}DATA\r\nhi\r\n.\r\nQUIT\r\n`, 11),
        '500 250 250 250 250 250 354 250 250 250 221',
      )
      const { messages, recipients } = await target.stop()
      assert.deepEqual({ messages, recipients }, { messages: 1, recipients: 3 })
    })
  })

  it('takes large messages whole and in pieces, and long lines', async () => {
    await withSink({}, async (target, connect) => {
      const client = connect()
      await client.hear(1)
      const body = `${'y'.repeat(78)}\r\n`.repeat(20_000)
      assert.equal(await client.say(`${MAIL}${RCPT}DATA\r\n${body}.\r\n${MESSAGE}`, 8), `${CODES} ${CODES}`)
      assert.equal(await client.say(`NOOP ${'x'.repeat(200_000)}\r\nNOOP\r\n`, 2), '500 250')
      assert.equal((await target.stop()).messages, 2)
    })
  })

  it('answers a half-closed client before it closes', async () => {
    await withSink({}, async (target, connect) => {
      const client = connect()
      await client.hear(1)
      client.socket.end('NOOP\r\nVR')
      assert.equal(await client.hear(1), '250')
      assert.equal(await client.end(), '')
      await reached(target, 'closed', 1)
    })
  })

  it('forgets a connection that is reset in the middle of a message', async () => {
    await withSink({}, async (target, connect) => {
      const client = connect()
      await client.hear(1)
      assert.equal(await client.say(`${MAIL}${RCPT}DATA\r\nhalf a mess`, 3), '250 250 354')
      client.socket.resetAndDestroy()
      await reached(target, 'closed', 1)
      const { messages, active, quits } = target.totals()
      assert.deepEqual({ messages, active, quits }, { messages: 0, active: 0, quits: 0 })
    })
  })

  it('serves 500 connections on two workers', async () => {
    await withSink({ workers: 2 }, async (target, connect) => {
      const clients = Array.from({ length: 500 }, connect)
      await Promise.all(
        clients.map(async (client) => {
          await client.hear(1)
          assert.equal(await client.say(`EHLO c\r\n${MESSAGE}`, 5), `250 ${CODES}`)
        }),
      )
      assert.equal(target.totals().active, 500)
      await Promise.all(clients.map((client) => client.say(`${MESSAGE}QUIT\r\n`, 5)))
      await reached(target, 'closed', 500)
      const totals = await target.stop()
      assert.deepEqual([totals.connections, totals.messages, totals.quits, totals.active], [500, 1000, 500, 0])
      assert.equal(totals.workers.length, 2)
      for (const worker of totals.workers) assert.ok(worker.messages > 0, 'both had their part')
    })
  })

  it('does not read from a client that does not read, and answers all when it does', async () => {
    await withSink({}, async (target) => {
      const socket = net.connect(where(target))
      const greeting = ((await once(socket, 'data')) as [Buffer])[0]
      assert.match(greeting.toString(), /^220 [^\r]*\r\n$/)
      socket.write('HELP\r\n')
      const help = ((await once(socket, 'data')) as [Buffer])[0]
      assert.match(help.toString(), /^214 [^\r]*\r\n$/)
      socket.pause()
      const commands = 2_000_000
      socket.end(`${'HELP\r\n'.repeat(commands)}QUIT\r\n`)
      // The replies are longer than all that two socket buffers hold, so that reading has to stop before the end.
      let before = -1
      for (let now = 0; now !== before || now === 0; now = target.totals().commands) {
        before = now
        await new Promise((resolve) => setTimeout(resolve, 100))
      }
      assert.ok(before < commands, `${before} of ${commands} were taken`)
      let octets = 0
      let tail = ''
      socket.on('data', (chunk: Buffer) => {
        octets += chunk.length
        tail = (tail + chunk.toString('latin1')).slice(-15)
      })
      socket.resume()
      await once(socket, 'close')
      assert.equal(octets, commands * help.length + '221 2.0.0 Bye\r\n'.length)
      assert.equal(tail, '221 2.0.0 Bye\r\n')
      assert.equal((await target.stop()).commands, commands + 2)
    })
  })

  it('closes idle connections without a word', async () => {
    await withSink({ timeout: '300ms' }, async (target, connect) => {
      const client = connect()
      await client.hear(1)
      assert.equal(await client.say('NOOP\r\nNO', 1), '250')
      assert.equal(await client.end(), '')
      assert.equal(target.totals().timeouts, 1)
    })
  })

  it('greets no more than maxSessions at once, over all workers, and the next when one leaves', async () => {
    await withSink({ maxSessions: 3, workers: 2 }, async (target, connect) => {
      const clients = Array.from({ length: 5 }, connect)
      const greeted: Client[] = []
      for (const client of clients) void client.hear(1).then((code) => code === '220' && greeted.push(client))
      await reached(target, 'connections', 5)
      await reached(target, 'active', 3)
      // Whoever is greeted leaves; only then can the rest be.
      for (let served = 0; served < 5; served++) {
        while (greeted.length <= served) await new Promise((resolve) => setTimeout(resolve, 5))
        assert.ok(target.totals().active <= 3)
        assert.equal(await greeted[served]!.say('QUIT\r\n', 1), '221')
      }
      await reached(target, 'closed', 5)
    })
  })
})

describe('where it listens', () => {
  it('a unix socket, replacing one left behind, readable by all, on two workers', async () => {
    const path = join(directory, 's')
    const old = net.createServer().listen(path)
    await once(old, 'listening')
    const target = await sink({ listen: `unix:${path}`, workers: 2 })
    assert.equal(target.address, `unix:${path}`)
    assert.equal(statSync(path).mode & 0o777, 0o666)
    const client = new Client({ path })
    await client.hear(1)
    assert.equal(await client.say(`${MESSAGE}QUIT\r\n`, 5), `${CODES} 221`)
    assert.equal((await target.stop()).messages, 1)
    assert.ok(!existsSync(path), 'removed at the end')
    old.close()
  })

  it('not a file that is no socket', async () => {
    const path = join(directory, 'file')
    writeFileSync(path, 'precious')
    await assert.rejects(sink({ listen: `unix:${path}` }), { name: 'RunError', message: /is not a socket/ })
    assert.equal(statSync(path).size, 8)
  })

  it('[::1]', async () => {
    await withSink({ listen: '[::1]:0', workers: 2 }, async (target, connect) => {
      assert.equal(target.address, `inet:[::1]:${target.port}`)
      const client = connect()
      await client.hear(1)
      assert.equal(await client.say(`${MESSAGE}QUIT\r\n`, 5), `${CODES} 221`)
    })
  })

  it('not where another listens, nor where it may not', async () => {
    await withSink({ workers: 2 }, async (target) => {
      const taken = sink({ listen: `127.0.0.1:${target.port}` })
      await assert.rejects(taken, { name: 'RunError', message: /^bind 127\.0\.0\.1 port \d+: Address already in use$/ })
    })
    await assert.rejects(sink({ listen: '192.0.2.1:0' }), { message: /Cannot assign requested address/ })
    await assert.rejects(sink({ listen: 'unix:/nonexistent/s' }), { message: /No such file or directory/ })
    await assert.rejects(sink({ listen: 'no port' }), { name: 'UsageError' })
    await assert.rejects(sink({ workers: 0 }), { name: 'UsageError' })
  })
})

describe('its end', () => {
  it('comes after so many messages over two workers, with every reply delivered', async () => {
    const target = await sink({ workers: 2, quitAfterMessages: 50 })
    const clients = Array.from({ length: 10 }, () => new Client(where(target)))
    const answered = await Promise.all(
      clients.map(async (client) => {
        await client.hear(1)
        let accepted = 0
        while ((await client.say(MESSAGE, 4)) === CODES) accepted++
        client.socket.destroy()
        return accepted
      }),
    )
    const totals = await target.done
    assert.equal(totals.messages, 50)
    assert.equal(
      answered.reduce((sum, one) => sum + one, 0),
      50,
    )
  })

  it('comes after so many QUITs, each answered', async () => {
    const target = await sink({ quitAfterQuits: 2 })
    for (let i = 0; i < 2; i++) {
      const client = new Client(where(target))
      assert.equal(await client.hear(1), '220')
      assert.equal(await client.say('QUIT\r\n', 1), '221')
      assert.equal(await client.end(), '')
    }
    assert.equal((await target.done).quits, 2)
  })

  it('by stop() lets a transaction under way be finished and begins none', async () => {
    const target = await sink()
    const busy = new Client(where(target))
    const idle = new Client(where(target))
    await Promise.all([busy.hear(1), idle.hear(1)])
    assert.equal(await busy.say(`${MAIL}${RCPT}DATA\r\nx`, 3), '250 250 354')
    const stopped = target.stop()
    // An idle client is closed; by then the drain is under way.
    await idle.end()
    assert.equal(await busy.say(`\r\n.\r\n${MAIL}`, 2), '250 421')
    await busy.end()
    const totals = await stopped
    assert.deepEqual([totals.messages, totals.closed, totals.active], [1, 2, 0])
    await assert.rejects(once(net.connect(where(target)), 'connect'), { code: 'ECONNREFUSED' })
  })

  it('is the same when asked for twice, and can be awaited as a resource', async () => {
    const target = await sink()
    const [first, second] = await Promise.all([target.stop(), target.stop()])
    assert.equal(first, second)
    assert.equal(await target.done, first)
    await target[Symbol.asyncDispose]()
  })
})
