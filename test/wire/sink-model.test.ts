/** The receiver model over real sockets: every kind of fault as a client sees it, at its share, and a policy that changes while it runs. */
import assert from 'node:assert/strict'
import net from 'node:net'
import { describe, it } from 'node:test'
import { policyFrom, type SinkHandle, type SinkOptions, sink } from '#src/index.js'
import { FAULT_KINDS, faultsOf } from '#src/measure/fault-kinds.js'
import { assertShares } from '../smtp/chi-square.js'

/** Everything the server says from now on, by lines or to its end. */
class Talk {
  readonly socket: net.Socket
  text = ''
  end: 'fin' | 'reset' | null = null
  #wake = (): void => {}

  constructor(port: number) {
    this.socket = net.connect({ port, host: '127.0.0.1' })
    this.socket.on('data', (chunk: Buffer) => {
      this.text += chunk.toString('latin1')
      this.#wake()
    })
    this.socket.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ECONNRESET' || error.code === 'EPIPE') this.end = 'reset'
    })
    this.socket.on('close', () => {
      this.end ??= 'fin'
      this.#wake()
    })
  }

  /** The next line with its end, or what is left when the connection is over. */
  async line(): Promise<string> {
    for (;;) {
      const at = this.text.indexOf('\n')
      if (at >= 0 || this.end !== null) {
        const line = at >= 0 ? this.text.slice(0, at + 1) : this.text
        this.text = this.text.slice(line.length)
        return line
      }
      await this.#more()
    }
  }

  /** The code of the next reply; '' at the end of the connection. */
  async code(): Promise<string> {
    for (;;) {
      const line = await this.line()
      if (line[3] !== '-') return line.slice(0, 3)
    }
  }

  async say(text: string): Promise<string> {
    this.socket.write(text, 'latin1')
    return this.code()
  }

  /** One after the other; the codes. */
  async all(...commands: string[]): Promise<string[]> {
    const codes: string[] = []
    for (const command of commands) codes.push(await this.say(`${command}\r\n`))
    return codes
  }

  async over(): Promise<'fin' | 'reset'> {
    while (this.end === null) await this.#more()
    return this.end
  }

  #more(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve
    })
  }
}

async function withSink(
  options: SinkOptions,
  body: (target: SinkHandle, talk: () => Talk) => Promise<void>,
): Promise<void> {
  const target = await sink({ workers: 1, seed: 'c0ffee', ...options })
  const talks: Talk[] = []
  try {
    await body(target, () => {
      const talk = new Talk(target.port)
      talks.push(talk)
      return talk
    })
  } finally {
    for (const { socket } of talks) socket.destroy()
    await target.stop()
  }
}

/** A session up to what is asked for. */
async function greeted(talk: Talk, ...commands: string[]): Promise<Talk> {
  assert.equal(await talk.code(), '220')
  const codes = await talk.all(...commands)
  assert.ok(
    codes.every((code) => /^[23]/.test(code)),
    codes.join(' '),
  )
  return talk
}

const faults = (target: SinkHandle) => faultsOf(target.totals())
const MAIL = 'MAIL FROM:<a@b>'
const RCPT = 'RCPT TO:<c@d>'

describe('chance on the wire', () => {
  it('rejects, answers wrongly and malforms their shares of a pipelined burst', async () => {
    const rules = {
      reject: ['noop:450:10%:4.0.0 No', 'noop:550:20%'],
      wrong: 'noop:354:5%',
      malformed: ['noop:no-code:8%', 'noop:nul:7%'],
    }
    await withSink(rules, async (target, talk) => {
      const client = await greeted(talk(), 'EHLO x')
      const times = 4000
      client.socket.write('NOOP\r\n'.repeat(times))
      const lines: string[] = []
      while (lines.length < times) lines.push(await client.line())
      const kinds = [
        '450 4.0.0 No\r\n',
        '550 5.7.1 Refused\r\n',
        '354 Ok\r\n',
        '2.0.0 Ok\r\n',
        '250 2.0.0 Ok\0\r\n',
        '250 2.0.0 Ok\r\n',
      ]
      const counts = kinds.map((kind) => lines.filter((line) => line === kind).length)
      assert.equal(
        counts.reduce((sum, count) => sum + count, 0),
        times,
      )
      assertShares(counts, [0.1, 0.2, 0.05, 0.08, 0.07, 0.5], 'replies to NOOP')
      const [soft, hard, wrong, bare, nul] = counts as [number, number, number, number, number]
      assert.deepEqual(faults(target), { reject: soft + hard, wrong, malformed: bare + nul })
    })
  })

  it('closes, resets and rejects their shares of the connections', async () => {
    await withSink(
      { disconnect: 'connect:20%', resetAt: 'hello:25%', reject: 'connect:421:10%' },
      async (target, talk) => {
        const ends: string[] = []
        for (let i = 0; i < 400; i++) {
          const client = talk()
          const greeting = await client.code()
          if (greeting === '220') {
            const hello = await client.say('EHLO x\r\n')
            ends.push(hello === '' ? await client.over() : hello)
            client.socket.destroy()
          } else {
            await client.over()
            ends.push(greeting === '' ? 'close' : greeting)
          }
        }
        const counts = ['close', '421', 'reset', '250'].map((end) => ends.filter((one) => one === end).length)
        assertShares(counts, [0.2, 0.1, 0.175, 0.525], ends.slice(0, 20).join(' '))
        const [close, reject, reset] = counts as [number, number, number]
        assert.deepEqual(faults(target), { close, reject, reset })
      },
    )
  })

  it('is the same again with the same seed', async () => {
    const seen: string[] = []
    for (const seed of ['1', '1', '2']) {
      await withSink({ reject: 'noop:450:50%', seed }, async (_, talk) => {
        const client = await greeted(talk(), 'EHLO x')
        seen.push((await client.all(...Array<string>(40).fill('NOOP'))).join(' '))
      })
    }
    assert.equal(seen[0], seen[1])
    assert.notEqual(seen[0], seen[2])
  })
})

describe('a message that is cut', () => {
  it('behind DATA, in the middle of the content', async () => {
    await withSink({ cut: '1000' }, async (target, talk) => {
      const client = await greeted(talk(), 'EHLO x', MAIL, RCPT, 'DATA')
      client.socket.write('x'.repeat(900))
      client.socket.write(`${'y'.repeat(200)}\r\n.\r\n`)
      assert.equal(await client.over(), 'reset')
      assert.equal(target.totals().messages, 0)
      assert.deepEqual(faults(target), { cut: 1 })
    })
  })

  it('behind BDAT, and not when it ends before', async () => {
    await withSink({ cut: '1000' }, async (target, talk) => {
      const short = await greeted(talk(), 'EHLO x', MAIL, RCPT)
      assert.equal(await short.say(`BDAT 100 LAST\r\n${'x'.repeat(100)}`), '250')
      const client = await greeted(talk(), 'EHLO x', MAIL, RCPT)
      client.socket.write(`BDAT 5000 LAST\r\n${'x'.repeat(2000)}`)
      assert.equal(await client.over(), 'reset')
      assert.equal(target.totals().messages, 1)
    })
  })
})

describe('fixed rules on the wire', () => {
  it('recipients and messages of a session', async () => {
    await withSink({ maxRecipients: '2', maxMessages: '1' }, async (target, talk) => {
      const client = await greeted(talk(), 'EHLO x', MAIL, RCPT, RCPT)
      assert.deepEqual(await client.all(RCPT, 'DATA', '.', MAIL), ['452', '354', '250', '421'])
      assert.equal(await client.over(), 'fin')
      assert.deepEqual(faults(target), { recipients: 1, messages: 1 })
      assert.equal(target.totals().recipients, 2)
    })
  })

  it('greylist, then another try', async () => {
    await withSink({ greylist: '50ms:1h' }, async (target, talk) => {
      const client = await greeted(talk(), 'EHLO x', MAIL)
      assert.deepEqual(await client.all(RCPT), ['451'])
      let tries = 1
      // As a client that queues would: again until it passes. The number of tries depends on time, that it passes does not.
      while ((await client.say(`${RCPT}\r\n`)) === '451') tries++
      assert.deepEqual(await client.all('DATA', '.'), ['354', '250'])
      assert.deepEqual(faults(target), { greylist: tries })
    })
  })

  it('token buckets are one for all workers', async () => {
    await withSink({ workers: 2, limit: 'client:1/h:10:451' }, async (target, talk) => {
      const codes: string[] = []
      for (let i = 0; i < 20; i++) {
        const client = await greeted(talk(), 'EHLO x')
        codes.push(...(await client.all(MAIL)))
        client.socket.destroy()
      }
      assert.deepEqual(codes, [...Array(10).fill('250'), ...Array(10).fill('451')])
      assert.deepEqual(faults(target), { limit: 10 })
    })
  })
})

describe('waiting on the wire', () => {
  it('banner, delay and tarpit come late and in order', async () => {
    const rules = { slowBanner: '20ms', delay: 'noop:5ms..10ms', tarpit: 'client:2ms:1' }
    await withSink(rules, async (target, talk) => {
      const client = await greeted(talk())
      const other = await greeted(talk())
      client.socket.write('NOOP\r\nRSET\r\nNOOP\r\nVRFY x\r\n')
      const codes = [await client.code(), await client.code(), await client.code(), await client.code()]
      assert.deepEqual(codes, ['250', '250', '250', '252'])
      other.socket.destroy()
      // Four replies while there were two connections, and the greeting of the second.
      assert.deepEqual(faults(target), { banner: 2, delay: 2, tarpit: 5 })
    })
  })

  it('replies in pieces and slow reading lose nothing', async () => {
    await withSink({ drip: '3:1ms', slowRead: '1ms' }, async (target, talk) => {
      const client = await greeted(talk(), 'EHLO x', MAIL, RCPT, 'DATA')
      assert.equal(await client.say(`${'line\r\n'.repeat(5000)}.\r\n`), '250')
      assert.deepEqual(await client.all('QUIT'), ['221'])
      assert.equal(await client.over(), 'fin')
      assert.equal(target.totals().messages, 1)
      assert.deepEqual(faults(target), { drip: 1, slowRead: 1 })
    })
  })
})

describe('a policy that changes while it runs', () => {
  it('holds from the next command on, for every worker, and goes again', async () => {
    await withSink({ workers: 2 }, async (target, talk) => {
      const early = await greeted(talk(), 'EHLO x')
      assert.equal(target.policy, null)
      const policy = policyFrom('policy', { reject: 'noop:450', maxMessages: 1 }, '7')
      await target.setPolicy(policy)
      assert.equal(target.policy, policy)
      const late = await Promise.all(Array.from({ length: 8 }, () => greeted(talk(), 'EHLO x')))
      for (const client of late) assert.deepEqual(await client.all('NOOP'), ['450'])
      // A connection from before the first model has no state in one.
      assert.deepEqual(await early.all('NOOP'), ['250'])
      await target.setPolicy(policyFrom('policy', { reject: 'noop:550' }, '7'))
      for (const client of late) assert.deepEqual(await client.all('NOOP', MAIL), ['550', '250'])
      await target.setPolicy(null)
      for (const client of late) assert.deepEqual(await client.all('NOOP'), ['250'])
      assert.deepEqual(faults(target), { reject: 16 })
    })
  })

  it('keeps what a session has counted', async () => {
    await withSink({ maxMessages: '5' }, async (target, talk) => {
      const client = await greeted(talk(), 'EHLO x', MAIL, RCPT, 'DATA', '.')
      await target.setPolicy(policyFrom('policy', { maxMessages: 1 }, '7'))
      assert.deepEqual(await client.all(MAIL), ['421'])
    })
  })

  it('is refused when it contradicts itself, and resolves when the sink has ended', async () => {
    const target = await sink({ workers: 1 })
    const policy = policyFrom('policy', { reject: 'noop:450' }, '7')
    await assert.rejects(target.setPolicy({ ...policy, entries: 3 }), /^UsageError: entries: 3 is out of range/)
    await target.stop()
    await target.setPolicy(policy)
  })
})

describe('totals', () => {
  it('have a figure for each kind', async () => {
    await withSink({ profile: 'flaky' }, async (target) => {
      assert.equal(target.policy?.cut.length, 1)
      assert.deepEqual(faults(target), {})
      assert.equal(FAULT_KINDS.length, 15)
    })
  })
})
