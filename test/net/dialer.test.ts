import assert from 'node:assert/strict'
import net from 'node:net'
import { describe, it } from 'node:test'
import { type Caller, type CallerSocket, Dialer } from '#src/net/dialer.js'
import type { Endpoint } from '#src/net/endpoint.js'

/** Connects once; the address that was reached. */
async function reached(endpoint: Endpoint): Promise<string> {
  const dialer = new Dialer({ endpoint, sourceIps: [], burst: 1, noDelay: true, makeSocket: null })
  return new Promise((resolve, reject) => {
    const caller: Caller = {
      socket: null as CallerSocket | null,
      dialing: () => {},
      connected: () => {
        resolve(caller.socket!.remoteAddress!)
        caller.socket!.destroy()
      },
      read: () => {},
      ended: () => {},
      broken: reject,
      closed: () => {},
    }
    dialer.dial(caller)
  })
}

describe('a dialer', () => {
  it('goes to the address, and where there is a name to what that means now', async () => {
    const server = net.createServer((socket) => socket.resume().on('error', () => {}))
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as net.AddressInfo
    try {
      assert.equal(await reached({ kind: 'tcp', address: '127.0.0.1', port, family: 4 }), '127.0.0.1')
      // Documentation addresses (RFC 5737) are nobody's.
      const named: Endpoint = { kind: 'tcp', address: '192.0.2.1', port, family: 4, name: 'localhost' }
      assert.equal(await reached(named), '127.0.0.1')
      await assert.rejects(reached({ ...named, name: 'nobody.invalid' }), /ENOTFOUND|EAI_AGAIN/)
    } finally {
      server.close()
    }
  })
})
