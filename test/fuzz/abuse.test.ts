import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { eventually } from '../peer/kernel.js'
import { RawClient } from '../peer/raw-client.js'
import { SinkProcess } from '../peer/sink-process.js'
import { healthy } from './player.js'

/** What a process may grow by under any of this: some read buffers, some garbage not yet collected, and nothing for each octet that came. */
const MOST_KIB = 40 * 1024
const MiB = 1 << 20
const ENVELOPE = 'MAIL FROM:<a@b.test>\r\nRCPT TO:<c@d.test>\r\n'

/** The most memory the sink had while `work` went on, in KiB. */
async function peak(sink: SinkProcess, work: Promise<unknown>): Promise<number> {
  let most = sink.rssKiB()
  const look = setInterval(() => {
    most = Math.max(most, sink.rssKiB())
  }, 5)
  try {
    await work
  } finally {
    clearInterval(look)
  }
  return Math.max(most, sink.rssKiB())
}

function greeted(sink: SinkProcess, count: number): Promise<RawClient[]> {
  return Promise.all(Array.from({ length: count }, () => RawClient.greeted(sink)))
}

/** Sends `octets` so many times, as fast as they are taken. */
async function pour(client: RawClient, octets: Buffer, times: number): Promise<void> {
  for (let i = 0; i < times; i++) await client.sendCut(octets, octets.length)
}

describe('clients that mean no good cost bounded memory, and others are served meanwhile', { timeout: 120_000 }, () => {
  let sink: SinkProcess
  let usualKiB = 0
  before(async () => {
    sink = await SinkProcess.start(['--workers', '1'], 110_000)
    // Code is compiled and pools are made before anything is measured: the same kinds of work, and nothing held.
    for (let round = 0; round < 10; round++) {
      const clients = await greeted(sink, 100)
      await Promise.all(clients.map((client) => pour(client, Buffer.from('NOOP\r\nVRFY x\r\n'.repeat(1000)), 2)))
      await Promise.all(clients.map((client) => client.say('QUIT\r\n', 4001)))
      for (const client of clients) client.destroy()
    }
    usualKiB = sink.rssKiB()
  })
  after(() => sink.stop())

  /** Runs it with a healthy client beside, and holds its memory to the bound. */
  async function bounded(clients: readonly RawClient[], work: () => Promise<unknown>): Promise<void> {
    try {
      const grown = (await peak(sink, Promise.all([work(), healthy(sink.port)]))) - usualKiB
      assert.ok(grown < MOST_KIB, `${grown} KiB more than before`)
      await healthy(sink.port)
    } finally {
      for (const client of clients) client.destroy()
    }
  }

  it('endless lines: 8 of 32 MiB', async () => {
    const clients = await greeted(sink, 8)
    const part = Buffer.alloc(MiB, 'x')
    await bounded(clients, () =>
      Promise.all(
        clients.map(async (client) => {
          await pour(client, part, 32)
          assert.equal(await client.say('\r\nNOOP\r\n', 2), '500 250')
        }),
      ),
    )
  })

  it('endless content, by DATA and by BDAT: 4 of 64 MiB each', async () => {
    const clients = await greeted(sink, 8)
    const part = Buffer.alloc(MiB, 'x')
    await bounded(clients, () =>
      Promise.all(
        clients.map(async (client, i) => {
          const data = i % 2 === 0
          assert.equal(
            await client.say(`${ENVELOPE}${data ? 'DATA' : `BDAT ${64 * MiB} LAST`}\r\n`, data ? 3 : 2),
            data ? '250 250 354' : '250 250',
          )
          await pour(client, part, 64)
          assert.equal(await client.say(data ? '\r\n.\r\n' : '', 1), '250')
        }),
      ),
    )
  })

  it('floods of commands, their answers read: 8 of 200,000', async () => {
    const clients = await greeted(sink, 8)
    const part = Buffer.from('NOOP\r\nVRFY a\r\n'.repeat(10_000))
    await bounded(clients, () =>
      Promise.all(
        clients.map(async (client) => {
          const [codes] = await Promise.all([client.hear(200_000), pour(client, part, 10)])
          assert.equal(codes.length, 200_000 * 4 - 1)
          assert.equal(codes.replaceAll('250 252', '').trim(), '')
          assert.equal(await client.say('NOOP\r\n', 1), '250')
        }),
      ),
    )
  })

  it('floods of unknown commands: 50 of 10,000, which are not put up with for long', async () => {
    const clients = await greeted(sink, 50)
    const part = Buffer.from('XYZZY\r\n'.repeat(10_000))
    await bounded(clients, () =>
      Promise.all(
        clients.map(async (client) => {
          const codes = await client.say(part, 10_000)
          assert.match(codes, /^(500 )+421$/)
          assert.ok(codes.length < 4000, `${codes.length / 4} of them were answered`)
          assert.equal(await client.end(), '')
        }),
      ),
    )
  })

  it('floods of commands from 20 clients that never read an answer', async () => {
    const clients = await greeted(sink, 20)
    const part = Buffer.from('HELP\r\n'.repeat(100_000))
    await bounded(clients, async () => {
      for (const { socket } of clients) {
        socket.pause()
        for (let i = 0; i < 20; i++) socket.write(part)
      }
      // They hang with their writes; what they wrote is theirs to hold. The sink takes no more from anyone whose answers it can't get rid of.
      let last = -1
      await eventually('nothing more is taken', () => {
        const now = clients.reduce((sum, { socket }) => sum + socket.writableLength, 0)
        const still = now === last && now > 0
        last = now
        return still
      })
    })
  })

  it('300 clients that send a message an octet at a time', async () => {
    const clients = await greeted(sink, 300)
    const slowly = Buffer.from(`EHLO c.test\r\n${ENVELOPE}DATA\r\nhello\r\n.\r\nQUIT\r\n`)
    await bounded(clients, async () => {
      for (let at = 0; at < slowly.length; at++) {
        await Promise.all(clients.map((client) => client.sendCut(slowly.subarray(at, at + 1), 1)))
        if (at % 20 === 0) await healthy(sink.port)
      }
      const codes = await Promise.all(clients.map((client) => client.hear(6)))
      assert.deepEqual(new Set(codes), new Set(['250 250 250 354 250 221']))
    })
  })

  it('1,000 clients that stop in the middle of a line of 2,000 octets, of a chunk of 900 TB, of content', async () => {
    const clients = await greeted(sink, 1000)
    const openings = [`NOOP ${'x'.repeat(1995)}`, `${ENVELOPE}BDAT 999999999999999\r\nx`, `${ENVELOPE}DATA\r\nx\r\n.`]
    await bounded(clients, async () => {
      await Promise.all(clients.map((client, i) => client.say(openings[i % 3]!, [0, 2, 3][i % 3]!)))
    })
  })

  it('connections that come and go without a word: 2,000', async () => {
    await bounded([], async () => {
      for (let round = 0; round < 20; round++) {
        const clients = await greeted(sink, 100)
        for (const [i, { socket }] of clients.entries()) i % 2 === 0 ? socket.destroy() : socket.resetAndDestroy()
      }
    })
  })
})

describe('clients that stand still', () => {
  it('are closed when their time is up, whatever they were in the middle of', { timeout: 60_000 }, async () => {
    await using sink = await SinkProcess.start(['--workers', '1', '--timeout', '1s'], 50_000)
    const clients = await greeted(sink, 60)
    for (const [i, client] of clients.entries()) {
      client.send(['', 'NO', `${ENVELOPE}DATA\r\nhel`, `${ENVELOPE}BDAT 10\r\nhel`][i % 4]!)
    }
    const ends = await Promise.all(clients.map((client) => client.end()))
    assert.equal(ends.length, 60)
    await healthy(sink.port)
    const { timeouts, messages } = await sink.stop()
    assert.deepEqual({ timeouts, messages }, { timeouts: 60, messages: 2 })
  })
})
