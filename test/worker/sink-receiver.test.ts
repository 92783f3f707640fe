import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import net from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import tls from 'node:tls'
import fc from 'fast-check'
import { Control, Stop } from '#src/measure/board.js'
import { SINK_COUNTERS, SinkCounter } from '#src/measure/series.js'
import { acceptInto, canWrapHandles } from '#src/net/accepted.js'
import { quickCertificate } from '#src/net/quick-certificate.js'
import { ServerTls } from '#src/net/server-tls.js'
import { onRead, type SinkLink } from '#src/worker/sink-link.js'
import { Receiver } from '#src/worker/sink-receiver.js'
import { ScriptedMachine } from './scripted-machine.js'

const READ_BYTES = 64 * 1024
/** A wait that no test sees the end of. */
const LONG = 600_000

/** A client that hands back what it is told, line by line. */
class Client {
  readonly socket: net.Socket
  error = ''
  ended = false
  #text = ''
  #wake = (): void => {}

  constructor(socket: net.Socket) {
    this.socket = socket
    socket.on('data', (chunk: Buffer) => {
      this.#text += chunk.toString('latin1')
      this.#wake()
    })
    socket.on('error', (error: NodeJS.ErrnoException) => {
      this.error = error.code ?? error.message
    })
    for (const event of ['end', 'close']) {
      socket.on(event, () => {
        this.ended = true
        this.#wake()
      })
    }
  }

  /** So many lines, joined by blanks; fewer when the connection ends before. */
  async hear(lines: number): Promise<string> {
    const heard: string[] = []
    while (heard.length < lines) {
      const end = this.#text.indexOf('\n')
      if (end >= 0) {
        heard.push(this.#text.slice(0, end))
        this.#text = this.#text.slice(end + 1)
      } else if (this.ended) {
        break
      } else {
        await this.#more()
      }
    }
    return heard.join(' ')
  }

  async say(text: string, lines: number): Promise<string> {
    this.socket.write(text)
    return this.hear(lines)
  }

  /** Waits for the end; what came before it. */
  async end(): Promise<string> {
    while (!this.ended) await this.#more()
    return this.#text
  }

  #more(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve
    })
  }
}

interface Setting {
  readonly idleTimeoutMs?: number
  readonly seats?: number
  readonly messagesLeft?: number
  readonly unix?: boolean
  readonly wrap?: boolean
  readonly tls?: 'starttls' | 'implicit'
  readonly prepare?: (machine: ScriptedMachine) => void
}

interface Stage {
  readonly machine: ScriptedMachine
  readonly receiver: Receiver
  readonly counters: Float64Array
  readonly control: Int32Array
  /** How TLS handshakes ended. */
  readonly handshakes: string[]
  readonly where: net.NetConnectOpts
  connect(allowHalfOpen?: boolean): Client
  /** Waits for a counter. */
  reached(counter: SinkCounter, value: number): Promise<void>
}

let certificate: Promise<{ cert: string; key: string }> | undefined

async function securityOf(mode: 'starttls' | 'implicit', buffer: Buffer, handshakes: string[]): Promise<ServerTls> {
  certificate ??= quickCertificate('localhost')
  const plan = { mode, identity: null, minVersion: null, maxVersion: null, ciphers: null, clientCa: null }
  const identity = { ...(await certificate), ticketKeys: new Uint8Array(48) }
  const onHandshake = (end: string): void => void handshakes.push(end)
  return new ServerTls({ plan, identity, handshakeTimeoutMs: LONG, buffer, onRead, onHandshake })
}

/** Runs `body` with a receiver; at the end all is closed, and every conversation was told so once and left alone afterwards. */
async function withReceiver(setting: Setting, body: (stage: Stage) => Promise<void>): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'stampede-receiver-test-'))
  const machine = new ScriptedMachine()
  setting.prepare?.(machine)
  const control = new Int32Array(new SharedArrayBuffer(64))
  control[Control.seats] = setting.seats ?? 1000
  control[Control.messagesLeft] = setting.messagesLeft ?? 1
  control[Control.quitsLeft] = 1
  const counters = new Float64Array(SINK_COUNTERS.length)
  const buffer = Buffer.allocUnsafeSlow(READ_BYTES)
  const handshakes: string[] = []
  const listener = net.createServer()
  const path = join(directory, 's')
  listener.listen(setting.unix === true ? { path } : { port: 0, host: '127.0.0.1' })
  await once(listener, 'listening')
  const receiver = new Receiver({
    machine,
    control,
    counters,
    idleTimeoutMs: setting.idleTimeoutMs ?? LONG,
    limited: setting.messagesLeft !== undefined,
    unix: setting.unix === true,
    setNoDelay: setting.unix !== true,
    security: setting.tls === undefined ? null : await securityOf(setting.tls, buffer, handshakes),
    implicitTls: setting.tls === 'implicit',
    recorder: null,
    close: () => listener.close(),
  })
  const wrap = setting.wrap ?? (await canWrapHandles())
  acceptInto(listener, buffer, onRead, (socket) => receiver.accept(socket), wrap)
  const where = setting.unix === true ? { path } : { port: (listener.address() as net.AddressInfo).port }
  const clients: Client[] = []
  const stage: Stage = {
    machine,
    receiver,
    counters,
    control,
    handshakes,
    where,
    connect(allowHalfOpen = true) {
      const client = new Client(net.connect({ ...where, allowHalfOpen } as net.NetConnectOpts))
      clients.push(client)
      return client
    },
    async reached(counter, value) {
      for (let tries = 0; tries < 1000 && counters[counter] !== value; tries++) {
        await new Promise((resolve) => setTimeout(resolve, 5))
      }
      assert.equal(counters[counter], value, SINK_COUNTERS[counter])
    },
  }
  try {
    await body(stage)
  } finally {
    Atomics.store(control, Control.stop, Stop.now)
    await receiver.done
    for (const { socket } of clients) socket.destroy()
    rmSync(directory, { recursive: true, force: true })
  }
  assert.deepEqual(
    machine.talks.map(({ gone, disturbed }) => ({ gone, disturbed })),
    machine.talks.map(() => ({ gone: 1, disturbed: false })),
  )
  assert.equal(receiver.waits.size, 0)
  assert.equal(counters[SinkCounter.active], 0)
  assert.equal(counters[SinkCounter.closed], counters[SinkCounter.connections])
  assert.equal(control[Control.seats], setting.seats ?? 1000)
}

/** The one link there is. */
function onlyLink(receiver: Receiver): SinkLink {
  assert.equal(receiver.links.length, 1)
  return receiver.links[0]!
}

describe('a conversation that waits for a time', () => {
  for (const wrap of [true, false]) {
    it(`is answered in order, what was pipelined behind it too (${wrap ? 'wrapped' : "by 'data' events"})`, async () => {
      await withReceiver({ wrap }, async ({ machine, receiver, connect }) => {
        const client = connect()
        assert.equal(await client.hear(1), 'hello')
        const text = 'say a\nwait 20 say b\nsay c\nwait 5 wait 5 say d\nsay e\nsay f\n'
        assert.equal(await client.say(text, 6), 'a b c d e f')
        assert.equal(machine.resumed, 3)
        assert.equal(onlyLink(receiver).apart, 0, 'served in the ordinary way again')
        assert.equal(onlyLink(receiver).rest, null)
        assert.equal(await client.say('say g\n', 1), 'g')
      })
    })
  }

  it('is answered in order when every octet comes alone', async () => {
    await withReceiver({}, async ({ connect }) => {
      const client = connect()
      client.socket.setNoDelay(true)
      for (const octet of 'say a\nwait 15 say b\nsay c\nwait 5 say d\nsay e\n') {
        client.socket.write(octet)
        await new Promise((resolve) => setImmediate(resolve))
      }
      assert.equal(await client.hear(6), 'hello a b c d e')
    })
  })

  it('may be one that was not greeted yet; what came before the greeting is kept', async () => {
    const prepare = (machine: ScriptedMachine): void => {
      machine.greeting = 'wait 50 say hello'
    }
    await withReceiver({ prepare }, async ({ connect }) => {
      assert.equal(await connect().say('say a\nsay b\n', 3), 'hello a b')
    })
  })

  it('may end the connection, by its reply, its greeting or without a word', async () => {
    await withReceiver({}, async ({ machine, connect }) => {
      const first = connect()
      assert.equal(await first.say('say a\nwait 20 bye b\nsay c\n', 3), 'hello a b')
      assert.equal(await first.end(), '')
      const second = connect()
      assert.equal(await second.say('wait 20 silent\nsay c\n', 2), 'hello')
      machine.greeting = 'wait 20 bye sorry'
      const third = connect()
      assert.equal(await third.hear(2), 'sorry')
    })
  })

  it('is one of hundreds that wait at the same time, on one timer', async () => {
    await withReceiver({}, async ({ receiver, connect, reached }) => {
      const clients = Array.from({ length: 200 }, () => connect())
      await reached(SinkCounter.active, 200)
      const answers = clients.map((client) => client.say('wait 40 say a\nwait 1 say b\n'.repeat(5), 11))
      for (const answer of answers) assert.equal(await answer, `hello${' a b'.repeat(5)}`)
      assert.equal(receiver.waits.size, 0)
    })
  })

  it('is given up when its client resets the connection, or closes it', async () => {
    await withReceiver({}, async ({ machine, receiver, connect, reached }) => {
      const resetting = connect()
      assert.equal(await resetting.say(`say a\nwait ${LONG} say b\n`, 2), 'hello a')
      resetting.socket.resetAndDestroy()
      await reached(SinkCounter.closed, 1)
      const behind = connect()
      assert.equal(await behind.say(`say a\nwait ${LONG} say b\nsay c\n`, 2), 'hello a')
      behind.socket.resetAndDestroy()
      await reached(SinkCounter.closed, 2)
      const closing = connect()
      assert.equal(await closing.say(`say a\nwait ${LONG} say b\n`, 2), 'hello a')
      closing.socket.destroy()
      await reached(SinkCounter.closed, 3)
      assert.equal(machine.resumed, 0)
      assert.equal(receiver.waits.size, 0)
    })
  })

  it('gives its answers to a client that has shut down its side, then ends', async () => {
    await withReceiver({}, async ({ connect }) => {
      const client = connect()
      client.socket.end('say a\nwait 30 say b\nsay c\nwait 30 say d\n')
      assert.equal(await client.hear(5), 'hello a b c d')
      assert.equal(await client.end(), '')
    })
  })

  it('keeps no more than it may of a client that goes on sending, and loses nothing of it', async () => {
    await withReceiver({}, async ({ machine, receiver, connect }) => {
      const client = connect()
      await client.hear(1)
      const count = 400_000
      client.socket.write('other say a\n')
      client.socket.write('say b\n'.repeat(count))
      // Reading has stopped when the client can send no more.
      const { socket } = client
      for (let before = -1; before !== socket.bytesWritten - socket.writableLength; ) {
        before = socket.bytesWritten - socket.writableLength
        await new Promise((resolve) => setTimeout(resolve, 50))
      }
      const link = onlyLink(receiver)
      assert.ok(link.rest!.length <= READ_BYTES + 4096, `${link.rest!.length} kept`)
      receiver.go(link)
      assert.equal(await client.hear(1), 'a')
      assert.equal(await client.hear(count), `b${' b'.repeat(count - 1)}`)
      assert.ok(Math.max(...machine.sizes) <= READ_BYTES + 4096)
    })
  })

  it('is not idle, but its client may become so afterwards', async () => {
    await withReceiver({ idleTimeoutMs: 100 }, async ({ machine, counters, connect }) => {
      const client = connect()
      assert.equal(await client.say('wait 900 say a\n', 2), 'hello a')
      assert.equal(counters[SinkCounter.timeouts], 0)
      assert.equal(machine.talks[0]!.timedOut, false)
      assert.equal(await client.end(), '')
      assert.equal(counters[SinkCounter.timeouts], 1)
      assert.equal(machine.talks[0]!.timedOut, true)
    })
  })
})

describe('a conversation that waits for something else', () => {
  it('goes on when it has happened', async () => {
    await withReceiver({}, async ({ machine, receiver, connect }) => {
      const client = connect()
      assert.equal(await client.say('say a\nother say b\nsay c\nother say d\n', 2), 'hello a')
      receiver.go(onlyLink(receiver))
      assert.equal(await client.hear(2), 'b c')
      receiver.goOn(machine.talks[0]!)
      assert.equal(await client.hear(1), 'd')
      receiver.go(onlyLink(receiver))
      assert.equal(machine.resumed, 2)
    })
  })

  it('is left alone once its client has gone', async () => {
    await withReceiver({}, async ({ machine, receiver, connect, reached }) => {
      const client = connect()
      assert.equal(await client.say('say a\nother say b\n', 2), 'hello a')
      const link = onlyLink(receiver)
      client.socket.resetAndDestroy()
      await reached(SinkCounter.closed, 1)
      receiver.go(link)
      receiver.goOn(machine.talks[0]!)
      assert.equal(machine.resumed, 0)
    })
  })

  it('answers a client that has shut down its side', async () => {
    await withReceiver({}, async ({ receiver, connect }) => {
      const client = connect()
      client.socket.end('say a\nother say b\n')
      assert.equal(await client.hear(2), 'hello a')
      const link = onlyLink(receiver)
      await once(link.socket, 'end')
      receiver.go(link)
      assert.equal(await client.hear(1), 'b')
      assert.equal(await client.end(), '')
    })
  })
})

describe('an end', () => {
  it('without a word takes the replies along that were not written yet', async () => {
    await withReceiver({}, async ({ connect }) => {
      const client = connect()
      await client.hear(1)
      client.socket.write('say a\nsilent\nsay b\n')
      assert.equal(await client.end(), '')
      assert.equal(client.error, '')
    })
  })

  it('by reset is one', async () => {
    await withReceiver({}, async ({ connect }) => {
      const client = connect()
      assert.equal(await client.say('say a\n', 2), 'hello a')
      client.socket.write('reset\n')
      await client.end()
      assert.equal(client.error, 'ECONNRESET')
    })
  })

  it('by reset is a close where there are none', async () => {
    await withReceiver({ unix: true }, async ({ connect }) => {
      const client = connect()
      await client.hear(1)
      client.socket.write('reset\n')
      assert.equal(await client.end(), '')
    })
  })

  it('with a last reply delivers it whole, however much the client has sent behind it', async () => {
    await withReceiver({}, async ({ connect }) => {
      const client = connect()
      await client.hear(1)
      client.socket.write(`wait 20 bye so long\n${'say x\n'.repeat(100_000)}`)
      assert.equal(await client.hear(1), 'so long')
      assert.equal(await client.end(), '')
      assert.equal(client.error, '')
    })
  })
})

describe('a slow manner', () => {
  const dripping = (machine: ScriptedMachine): void => {
    machine.manner = { dripOctets: 3, dripMs: 4, readPauseMs: 0 }
  }

  it('has replies leave in pieces and in order, and the end waits for them', async () => {
    await withReceiver({ prepare: dripping }, async ({ receiver, counters, connect }) => {
      const pieces: number[] = []
      const { writer } = receiver.out
      const write = writer.write.bind(writer)
      writer.write = (socket, buffer) => {
        pieces.push(buffer.length)
        return write(socket, buffer)
      }
      const client = connect()
      assert.equal(await client.say('say one\nsay two\nwait 1 say three\nbye four\n', 5), 'hello one two three four')
      assert.equal(await client.end(), '')
      const octets = 'hello\none\ntwo\nthree\nfour\n'.length
      assert.equal(
        pieces.reduce((sum, piece) => sum + piece, 0),
        octets,
      )
      assert.ok(pieces.length >= octets / 3 && Math.max(...pieces) <= 3, String(pieces))
      assert.equal(counters[SinkCounter.bytesOut], octets)
    })
  })

  it('goes on after the client has shut down its side', async () => {
    await withReceiver({ prepare: dripping }, async ({ connect }) => {
      const client = connect()
      client.socket.end('say one\nsay two\n')
      assert.equal(await client.hear(3), 'hello one two')
      assert.equal(await client.end(), '')
    })
  })

  it('does not make its client idle', async () => {
    const prepare = (machine: ScriptedMachine): void => {
      machine.manner = { dripOctets: 1, dripMs: 120, readPauseMs: 0 }
    }
    await withReceiver({ prepare, idleTimeoutMs: 50 }, async ({ counters, connect }) => {
      const client = connect()
      assert.equal(await client.hear(1), 'hello')
      assert.equal(counters[SinkCounter.timeouts], 0)
      assert.equal(await client.end(), '')
      assert.equal(counters[SinkCounter.timeouts], 1)
    })
  })

  it('is dropped by a reset', async () => {
    await withReceiver({ prepare: dripping }, async ({ connect }) => {
      const client = connect()
      await client.hear(1)
      client.socket.write(`say ${'x'.repeat(50_000)}\nreset\n`)
      await client.end()
      assert.equal(client.error, 'ECONNRESET')
    })
  })

  it('reads, then pauses', async () => {
    const prepare = (machine: ScriptedMachine): void => {
      machine.manner = { dripOctets: 0, dripMs: 0, readPauseMs: 20 }
    }
    await withReceiver({ prepare }, async ({ machine, connect }) => {
      const client = connect()
      assert.equal(await client.say('say b\n'.repeat(50_000), 50_001), `hello${' b'.repeat(50_000)}`)
      assert.ok(machine.times.length >= 4, 'more than a read is read')
      for (let i = 1; i < machine.times.length; i++) {
        // A timer does not ring early, so this is no matter of speed.
        assert.ok(machine.times[i]! - machine.times[i - 1]! >= 20, 'a pause between two reads')
      }
      assert.equal(await client.say('wait 5 say c\nsay d\nbye e\n', 3), 'c d e')
      assert.equal(await client.end(), '')
    })
  })
})

describe('whatever it is made to wait for', () => {
  const step = fc.oneof(
    { weight: 3, arbitrary: fc.constant('say') },
    fc.nat(3).map((ms) => `wait ${ms} say`),
    fc.nat(2).map((ms) => `wait 1 wait ${ms} say`),
    fc.constant('other say'),
  )
  const manner = fc.option(
    fc.record({ dripOctets: fc.nat(40), dripMs: fc.integer({ min: 1, max: 2 }), readPauseMs: fc.nat(2) }),
  )
  const script = fc.record({
    steps: fc.array(step, { minLength: 1, maxLength: 25 }),
    cuts: fc.array(fc.nat(400), { maxLength: 6 }),
    half: fc.boolean(),
    manner,
  })

  it('says everything, in order, and then ends', async () => {
    await fc.assert(
      fc.asyncProperty(script, async ({ steps, cuts, half, manner }) => {
        const prepare = (machine: ScriptedMachine): void => {
          machine.manner = manner
        }
        await withReceiver({ prepare }, async ({ machine, receiver, connect }) => {
          const text = `${steps.map((words, i) => `${words} ${i}\n`).join('')}${half ? '' : 'bye now\n'}`
          const client = connect()
          client.socket.setNoDelay(true)
          // Whoever waits for something else gets it soon.
          const helper = setInterval(() => {
            for (const talk of machine.talks) receiver.goOn(talk)
          }, 1)
          client.socket.once('close', () => clearInterval(helper))
          const heard = client.hear(steps.length + 2)
          let from = 0
          for (const cut of [...cuts.filter((at) => at < text.length).sort((a, b) => a - b), text.length]) {
            client.socket.write(text.slice(from, cut))
            from = cut
            await new Promise((resolve) => setImmediate(resolve))
          }
          if (half) client.socket.end()
          assert.equal(await heard, ['hello', ...steps.keys(), ...(half ? [] : ['now'])].join(' '))
          assert.equal(await client.end(), '')
          assert.equal(client.error, '')
        })
      }),
      { numRuns: 40 },
    )
  })
})

describe('TLS', () => {
  it('begins where the conversation asks for it, and what came in the clear behind that is forgotten', async () => {
    await withReceiver({ tls: 'starttls' }, async ({ machine, counters, handshakes, receiver, connect }) => {
      const client = connect()
      assert.equal(await client.say('say a\ntls go\nsay injected\n', 3), 'hello a go')
      const secure = new Client(tls.connect({ socket: client.socket, rejectUnauthorized: false }))
      assert.equal(await secure.say('say b\nwait 10 say c\nsay d\n', 3), 'b c d')
      assert.equal(machine.talks[0]!.secured, true)
      assert.equal(onlyLink(receiver).apart, 0)
      assert.deepEqual(handshakes, ['full'])
      const large = 'x'.repeat(200_000)
      assert.equal(await secure.say(`say ${large}\n`.repeat(3), 3), `${large} ${large} ${large}`)
      assert.equal(await secure.say('bye e\n', 1), 'e')
      assert.equal(await secure.end(), '')
      assert.ok(counters[SinkCounter.bytesOut]! > 600_000)
    })
  })

  it('begins when the last of a dripping reply has left', async () => {
    const prepare = (machine: ScriptedMachine): void => {
      machine.manner = { dripOctets: 2, dripMs: 3, readPauseMs: 0 }
    }
    await withReceiver({ tls: 'starttls', wrap: false, prepare }, async ({ connect }) => {
      const client = connect()
      assert.equal(await client.say('tls a long way to go\n', 2), 'hello a long way to go')
      const secure = new Client(tls.connect({ socket: client.socket, rejectUnauthorized: false }))
      assert.equal(await secure.say('say b\nbye c\n', 2), 'b c')
      assert.equal(await secure.end(), '')
    })
  })

  it('can come first, and then the greeting', async () => {
    await withReceiver({ tls: 'implicit', seats: 1 }, async ({ machine, where, handshakes, reached }) => {
      const options = { ...where, rejectUnauthorized: false } as tls.ConnectionOptions
      const first = new Client(tls.connect(options))
      assert.equal(await first.say('say a\n', 2), 'hello a')
      const second = new Client(tls.connect(options))
      await reached(SinkCounter.connections, 2)
      assert.equal(machine.talks.length, 1)
      assert.equal(await first.say('bye b\n', 1), 'b')
      await first.end()
      assert.equal(await second.say('wait 10 say c\nreset\n', 2), 'hello c')
      await second.end()
      assert.deepEqual(handshakes, ['full', 'full'])
    })
  })

  for (const mode of ['starttls', 'implicit'] as const) {
    it(`that fails closes the connection (${mode})`, async () => {
      await withReceiver({ tls: mode }, async ({ machine, handshakes, connect, reached }) => {
        const client = connect()
        if (mode === 'starttls') assert.equal(await client.say('tls go\n', 2), 'hello go')
        client.socket.write('this is no handshake\n')
        await client.end()
        await reached(SinkCounter.closed, 1)
        assert.deepEqual(handshakes, ['failed'])
        assert.equal(machine.talks[0]!.secured, false)
        const leaving = connect()
        if (mode === 'starttls') assert.equal(await leaving.say('tls go\n', 2), 'hello go')
        else await reached(SinkCounter.active, 1)
        leaving.socket.resetAndDestroy()
        await reached(SinkCounter.closed, 2)
        assert.deepEqual(handshakes, ['failed', 'failed'])
      })
    })
  }

  it('that nobody begins is ended by the idle timeout', async () => {
    await withReceiver({ tls: 'starttls', idleTimeoutMs: 50 }, async ({ counters, connect }) => {
      const client = connect()
      assert.equal(await client.say('tls go\n', 2), 'hello go')
      assert.equal(await client.end(), '')
      assert.equal(counters[SinkCounter.timeouts], 1)
    })
  })

  it('closes where there is none', async () => {
    await withReceiver({}, async ({ connect }) => {
      const client = connect()
      assert.equal(await client.say('tls go\n', 2), 'hello go')
      assert.equal(await client.end(), '')
    })
  })
})

describe('a worker of connections', () => {
  it('tells the machine who is there, when it wants to know', async () => {
    const prepare = (machine: ScriptedMachine): void => {
      machine.wantsPeer = true
    }
    for (const [unix, peer] of [
      [false, { address: '127.0.0.1', family: 4 }],
      [true, { address: 'local', family: 0 }],
    ] as const) {
      await withReceiver({ prepare, unix }, async ({ machine, connect }) => {
        await connect().hear(1)
        assert.deepEqual(machine.talks[0]!.peer, peer)
      })
    }
    await withReceiver({}, async ({ machine, connect }) => {
      await connect().hear(1)
      assert.equal(machine.talks[0]!.peer, null)
    })
  })

  it('gives the seat of one that left during a wait to the next, and opens no conversation before', async () => {
    await withReceiver({ seats: 1 }, async ({ machine, connect, reached }) => {
      const first = connect()
      assert.equal(await first.say(`wait ${LONG} say a\n`, 1), 'hello')
      const second = connect()
      second.socket.write('wait 10 say b\nsay c\n')
      await reached(SinkCounter.connections, 2)
      assert.equal(machine.talks.length, 1)
      first.socket.destroy()
      assert.equal(await second.hear(3), 'hello b c')
    })
  })

  it('lets short waits come to their end when it is stopped, and ends long ones', async () => {
    await withReceiver({}, async ({ machine, control, receiver, connect }) => {
      const [idle, short, long] = [connect(false), connect(false), connect(false)]
      await idle.hear(1)
      assert.equal(await short.say('say a\nwait 400 say b\n', 2), 'hello a')
      assert.equal(await long.say(`say a\nwait ${LONG} say b\n`, 2), 'hello a')
      Atomics.store(control, Control.stop, Stop.drain)
      assert.equal(await idle.end(), '')
      assert.equal(machine.draining, true)
      assert.equal(await short.hear(1), 'b')
      assert.equal(await short.end(), '')
      await receiver.done
      assert.equal(await long.end(), '')
    })
  })

  it('gives the replies that it owes when it has had all that it was to have, and not when it is then stopped', async () => {
    await withReceiver({}, async ({ control, receiver, connect }) => {
      const [owed, idle] = [connect(false), connect(false)]
      await idle.hear(1)
      assert.equal(await owed.say('say a\nwait 1500 say b\n', 2), 'hello a')
      Atomics.store(control, Control.stop, Stop.finish)
      assert.equal(await idle.end(), '')
      assert.equal(await owed.hear(1), 'b')
      assert.equal(await owed.end(), '')
      await receiver.done
    })
    await withReceiver({}, async ({ control, receiver, connect }) => {
      const owed = connect(false)
      assert.equal(await owed.say(`say a\nwait ${LONG} say b\n`, 2), 'hello a')
      Atomics.store(control, Control.stop, Stop.finish)
      Atomics.store(control, Control.stop, Stop.drain)
      await receiver.done
      assert.equal(await owed.end(), '')
    })
  })

  it('stops when the last message was taken behind a wait', async () => {
    await withReceiver({ messagesLeft: 1 }, async ({ machine, control, receiver, connect }) => {
      const client = connect(false)
      await client.hear(1)
      machine.onConsume = () => {
        if (machine.sizes.length === 2) Atomics.store(control, Control.messagesLeft, 0)
      }
      assert.equal(await client.say('wait 20 say a\nsay b\n', 2), 'a b')
      assert.equal(await client.end(), '')
      await receiver.done
      assert.equal(Atomics.load(control, Control.stop), Stop.finish)
    })
  })
})
