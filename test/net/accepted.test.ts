import assert from 'node:assert/strict'
import { once } from 'node:events'
import net from 'node:net'
import { describe, it } from 'node:test'
import { acceptInto, canWrapHandles } from '#src/net/accepted.js'

interface Seen {
  readonly socket: net.Socket
  readonly octets: Buffer
  readonly buffer: Buffer
}

/** A server that takes connections in one of the two ways, and a client connected to it. */
async function accept(wrap: boolean, size: number, more: (seen: Seen) => boolean) {
  const buffer = Buffer.alloc(size)
  const server = net.createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const sockets: net.Socket[] = []
  function onRead(this: net.Socket, length: number, read: Buffer): boolean {
    return more({ socket: this, octets: Buffer.from(read.subarray(0, length)), buffer: read })
  }
  const taken = new Promise<net.Socket>((resolve) => {
    acceptInto(
      server,
      buffer,
      onRead,
      (socket) => {
        sockets.push(socket)
        socket.on('error', () => {})
        resolve(socket)
      },
      wrap,
    )
  })
  const client = net.connect((server.address() as net.AddressInfo).port, '127.0.0.1')
  await once(client, 'connect')
  const close = async (): Promise<void> => {
    client.destroy()
    for (const socket of sockets) socket.destroy()
    server.close()
    await once(server, 'close')
  }
  return { buffer, client, server, socket: await taken, close }
}

describe('accepted connections', () => {
  it('can be wrapped on this Node', async () => {
    assert.equal(await canWrapHandles(), true)
  })

  for (const wrap of [true, false]) {
    describe(wrap ? 'wrapped' : "by 'data' events", () => {
      it('read into the one buffer, with the socket as this, and end', async () => {
        const chunks: Buffer[] = []
        const { buffer, client, socket, close } = await accept(wrap, 1024, (seen) => {
          assert.equal(seen.socket, socket)
          assert.equal(seen.buffer, buffer)
          chunks.push(seen.octets)
          return true
        })
        const ended = once(socket, 'end')
        client.end('x'.repeat(3000))
        await ended
        assert.equal(Buffer.concat(chunks).toString(), 'x'.repeat(3000))
        await close()
      })

      it('stop reading on false and go on after resume()', async () => {
        let reads = 0
        let total = 0
        let read = (): void => {}
        const first = new Promise<void>((resolve) => {
          read = resolve
        })
        const { client, socket, close } = await accept(wrap, 512, (seen) => {
          reads++
          total += seen.octets.length
          read()
          return total > 512 * 20
        })
        client.write(Buffer.alloc(1))
        await first
        client.end(Buffer.alloc(512 * 40 - 1))
        // Nothing may come while it is paused, however often the loop turns.
        for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve))
        assert.equal(total, 1)
        const ended = once(socket, 'end')
        while (!socket.readableEnded && total < 512 * 40) {
          socket.resume()
          await new Promise((resolve) => setImmediate(resolve))
        }
        socket.resume()
        await ended
        assert.equal(total, 512 * 40)
        assert.ok(reads > 1)
        await close()
      })

      it('report a reset', async () => {
        const { client, socket, close } = await accept(wrap, 512, () => true)
        const closed = new Promise((resolve) => socket.on('close', resolve))
        const error = new Promise<NodeJS.ErrnoException>((resolve) => socket.on('error', resolve))
        client.resetAndDestroy()
        assert.equal((await error).code, 'ECONNRESET')
        await closed
        await close()
      })
    })
  }
})
