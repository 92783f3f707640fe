import assert from 'node:assert/strict'
import { once } from 'node:events'
import net from 'node:net'
import { after, describe, it } from 'node:test'
import { Writer } from '#src/net/writer.js'

const servers: net.Server[] = []
after(() => {
  for (const server of servers) server.close()
})

/** A connected pair on loopback; the peer is paused and reads only when told. */
async function pair(): Promise<{ near: net.Socket; far: net.Socket }> {
  const server = net.createServer({ pauseOnConnect: true }).listen(0, '127.0.0.1')
  servers.push(server)
  await once(server, 'listening')
  const near = net.connect((server.address() as net.AddressInfo).port, '127.0.0.1')
  const [[far]] = (await Promise.all([once(server, 'connection'), once(near, 'connect')])) as [[net.Socket], unknown]
  server.close()
  return { near, far }
}

/** Numbered 32-bit words, so that an octet lost, doubled or out of order shows. */
function words(from: number, count: number): Buffer {
  const buffer = Buffer.allocUnsafe(count * 4)
  for (let i = 0; i < count; i++) buffer.writeUInt32BE(from + i, i * 4)
  return buffer
}

async function readAll(socket: net.Socket): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of socket) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks)
}

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

describe('Writer', () => {
  it('writes small buffers at once, the first through the stream and the rest past it', async () => {
    const { near, far } = await pair()
    const writer = new Writer(() => assert.fail('nothing had to wait'))
    const shared = Buffer.allocUnsafe(8)
    for (let i = 0; i < 1000; i++) {
      shared.writeUInt32BE(i, 4)
      assert.equal(writer.write(near, shared.subarray(4, 8)), true)
      if (i === 0) await turn()
    }
    near.end()
    assert.deepEqual(await readAll(far), words(0, 1000))
    assert.equal(near.bytesWritten, 4000)
    near.destroy()
  })

  it('is not used up by a write that had to wait: order and content hold with a peer that does not read', async () => {
    const { near, far } = await pair()
    let drains = 0
    const drained = new Promise<void>((resolve) => {
      let due = 0
      const writer: Writer = new Writer((socket, error) => {
        assert.equal(socket, near)
        assert.equal(error, null)
        drains++
        if (drains === due) resolve()
      })
      let next = 0
      for (const count of [1, 3_000_000, 1, 70_000, 5]) {
        if (!writer.write(near, words(next, count))) due++
        next += count
      }
      assert.ok(due >= 4, `a peer that does not read must make ${due} writes wait`)
    })
    const received = readAll(far)
    await drained
    near.end()
    assert.ok((await received).equals(words(0, 3_070_007)))
    near.destroy()
  })

  it('sends what waits before the end of the connection', async () => {
    const { near, far } = await pair()
    const writer = new Writer(() => {})
    writer.write(near, words(0, 1))
    await turn()
    assert.equal(writer.write(near, words(1, 2_000_000)), false)
    near.end()
    assert.ok((await readAll(far)).equals(words(0, 2_000_001)))
    near.destroy()
  })

  it('keeps the order when the stream itself holds bytes', async () => {
    const { near, far } = await pair()
    const done: string[] = []
    const writer = new Writer(() => done.push('ours'))
    near.write(words(0, 2_000_000), () => done.push('stream'))
    assert.equal(writer.write(near, words(2_000_000, 10)), false)
    const received = readAll(far)
    while (done.length < 2) await turn()
    assert.deepEqual(done, ['stream', 'ours'])
    assert.equal(writer.write(near, words(2_000_010, 10)), true)
    near.end()
    assert.ok((await received).equals(words(0, 2_000_020)))
    near.destroy()
  })

  it('serves a socket that is still connecting', async () => {
    const server = net.createServer().listen(0, '127.0.0.1')
    servers.push(server)
    await once(server, 'listening')
    const drains: (Error | null)[] = []
    const writer = new Writer((_, error) => drains.push(error))
    const near = net.connect((server.address() as net.AddressInfo).port, '127.0.0.1')
    assert.equal(writer.write(near, words(0, 2)), false)
    const [far] = (await once(server, 'connection')) as [net.Socket]
    near.end()
    assert.deepEqual(await readAll(far), words(0, 2))
    assert.deepEqual(drains, [null])
    near.destroy()
    server.close()
  })

  it('ends the socket with the error when the peer has reset the connection', async () => {
    const { near, far } = await pair()
    const writer = new Writer(() => {})
    const errors: NodeJS.ErrnoException[] = []
    near.on('error', (error) => errors.push(error))
    const closed = new Promise((resolve) => near.on('close', resolve))
    far.resetAndDestroy()
    // Bounded by the reset, which the kernel delivers on its own.
    while (!near.destroyed) {
      writer.write(near, words(0, 1))
      await turn()
    }
    await closed
    assert.equal(errors.length, 1)
    assert.match(errors[0]!.code!, /^(EPIPE|ECONNRESET)$/)
    assert.equal(writer.write(near, words(0, 1)), true, 'a socket that is gone owns nothing')
  })

  it('gives the buffer back with the error when the socket is destroyed under a waiting write', async () => {
    const { near, far } = await pair()
    const drains: (Error | null)[] = []
    let tell = (): void => {}
    const told = new Promise<void>((resolve) => {
      tell = resolve
    })
    const writer = new Writer((_, error) => {
      drains.push(error)
      tell()
    })
    assert.equal(writer.write(near, words(0, 4_000_000)), false)
    near.destroy()
    await told
    assert.equal(drains.length, 1)
    assert.ok(drains[0] instanceof Error)
    far.destroy()
  })

  it('reports the reset of a peer to a waiting write', async () => {
    const { near, far } = await pair()
    near.on('error', () => {})
    const writer: Writer = new Writer((_, error) => seen(error))
    let seen: (error: Error | null) => void = () => {}
    const told = new Promise<Error | null>((resolve) => {
      seen = resolve
    })
    assert.equal(writer.write(near, words(0, 4_000_000)), false)
    far.resetAndDestroy()
    assert.match(((await told) as NodeJS.ErrnoException).code!, /^(EPIPE|ECONNRESET|ECANCELED)$/)
    near.destroy()
  })
})
