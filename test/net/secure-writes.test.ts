import assert from 'node:assert/strict'
import { once } from 'node:events'
import net from 'node:net'
import { before, describe, it } from 'node:test'
import tls from 'node:tls'
import { quickCertificate } from '#src/net/quick-certificate.js'
import { SecureOutput } from '#src/net/secure-writes.js'
import { Writer } from '#src/net/writer.js'

let identity: { cert: string; key: string }

before(async () => {
  identity = await quickCertificate('localhost')
  await learn()
})

/** A Writer learns what requests are from an ordinary socket's first write. */
async function learn(): Promise<void> {
  const server = net.createServer((socket) => socket.resume()).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const near = net.connect((server.address() as net.AddressInfo).port, '127.0.0.1')
  await once(near, 'connect')
  new Writer(() => {}).write(near, words(0, 1))
  near.end()
  await Promise.all([once(near, 'close'), once(server.close(), 'close')])
}

/** The near end's way out, and what has drained; the far end reads only when told. */
async function pair(maxVersion: tls.SecureVersion) {
  const server = tls.createServer({ ...identity, maxVersion }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as net.AddressInfo
  const near = tls.connect({ port, host: '127.0.0.1', rejectUnauthorized: false })
  const [[far], [farBelow]] = (await Promise.all([
    once(server, 'secureConnection'),
    once(server, 'connection'),
    once(near, 'secureConnect'),
  ])) as [[tls.TLSSocket], [net.Socket], unknown]
  server.close()
  const drained: (Error | null)[] = []
  const output = new SecureOutput(new Writer((_, error) => drained.push(error)), near)
  return { near, far, farBelow, output, drained }
}

/** Numbered 32-bit words, so that an octet lost, doubled or out of order shows. */
function words(from: number, count: number): Buffer {
  const buffer = Buffer.allocUnsafe(count * 4)
  for (let i = 0; i < count; i++) buffer.writeUInt32BE(from + i, i * 4)
  return buffer
}

async function receive(socket: net.Socket, octets: number): Promise<Buffer> {
  const chunks: Buffer[] = []
  for (let left = octets; left > 0; ) {
    const [chunk] = (await once(socket, 'data')) as [Buffer]
    chunks.push(chunk)
    left -= chunk.length
  }
  return Buffer.concat(chunks)
}

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
  describe(`writes past the stream, ${version}`, () => {
    it('need one request for all, and the buffer is free at once', async () => {
      const { near, far, output, drained } = await pair(version)
      const received = receive(far, 4000)
      const { request } = output
      const shared = Buffer.allocUnsafe(4)
      for (let i = 0; i < 1000; i++) {
        shared.writeUInt32BE(i)
        assert.equal(output.write(shared), true)
        shared.fill(0xff)
        await turn()
      }
      assert.equal(output.request, request)
      assert.deepEqual(drained, [])
      assert.deepEqual(await received, words(0, 1000))
      near.destroy()
      far.destroy()
    })

    it('wait for one another, and each that waited is told of once', async () => {
      const { near, far, output, drained } = await pair(version)
      const received = receive(far, 4 * 1007)
      assert.equal(output.write(words(0, 1)), true)
      assert.equal(output.write(words(1, 1)), false)
      assert.equal(output.write([words(2, 3), words(5, 1), words(6, 1)]), false)
      while (drained.length < 2) await turn()
      assert.equal(output.write([words(7, 500), words(507, 500)]), false)
      while (drained.length < 3) await turn()
      assert.deepEqual(await received, words(0, 1007))
      await turn()
      assert.deepEqual(drained, [null, null, null])
      near.destroy()
      far.destroy()
    })

    it('may be made when others have drained', async () => {
      const { near, far, output } = await pair(version)
      const received = receive(far, 400)
      let next = 2
      output.owner.onDrain = () => {
        if (next < 100) output.write(words(next++, 1))
        if (next < 100) output.write(words(next++, 1))
      }
      output.write(words(0, 1))
      output.write(words(1, 1))
      assert.deepEqual(await received, words(0, 100))
      near.destroy()
      far.destroy()
    })

    it('wait for a peer that does not read', async () => {
      const { near, far, output, drained } = await pair(version)
      assert.equal(output.write(words(0, 2_000_000)), false)
      assert.equal(output.write(words(2_000_000, 10)), false)
      await turn()
      assert.deepEqual(drained, [])
      const received = await receive(far, 4 * 2_000_010)
      while (drained.length < 2) await turn()
      assert.ok(received.equals(words(0, 2_000_010)))
      await turn()
      assert.equal(output.write(words(0, 1)), true)
      near.destroy()
      far.destroy()
    })

    it('are over with the socket', async () => {
      const { near, far, output, drained } = await pair(version)
      assert.equal(output.write(words(0, 2_000_000)), false)
      assert.equal(output.write(words(0, 1)), false)
      near.destroy()
      assert.equal(output.write(words(0, 1)), true)
      await once(near, 'close')
      await turn()
      assert.deepEqual(drained, [])
      far.destroy()
    })

    it('end the socket with the error when the peer has reset the connection', async () => {
      const { near, farBelow, output } = await pair(version)
      const errors: NodeJS.ErrnoException[] = []
      near.on('error', (error) => errors.push(error))
      const closed = new Promise((resolve) => near.on('close', resolve))
      farBelow.resetAndDestroy()
      // Bounded by the reset, which the kernel delivers on its own.
      while (!near.destroyed) {
        output.write(words(0, 1))
        await turn()
      }
      await closed
      assert.equal(errors.length, 1)
      assert.match(errors[0]!.code!, /^(EPIPE|ECONNRESET)$/)
    })
  })
}
