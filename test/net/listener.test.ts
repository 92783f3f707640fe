import assert from 'node:assert/strict'
import net from 'node:net'
import { describe, it } from 'node:test'
import { libc, SocketOption } from '#src/net/libc.js'
import { endpointText, listenOn, openListeners } from '#src/net/listener.js'
import { parseListen } from '#src/plan/target.js'

describe('openListeners', () => {
  it('without koffi has one place, which Node itself listens on, and says so', async () => {
    const { places, note } = await openListeners(parseListen('127.0.0.1:0'), 0, 3, null)
    assert.equal(places.length, 1)
    assert.match(note!, /^one worker listens instead of 3: .*koffi/)
    const server = net.createServer()
    await listenOn(server, places[0]!, 5)
    assert.ok((server.address() as net.AddressInfo).port > 0)
    server.close()
    assert.equal((await openListeners(parseListen('127.0.0.1:0'), 0, 1, null)).note, null)
  })

  it('takes an empty host for every address of a family', async () => {
    for (const [family, address] of [
      [0, '0.0.0.0'],
      [4, '0.0.0.0'],
      [6, '::'],
    ] as const) {
      const { endpoint } = await openListeners(parseListen(':0'), family, 1, null)
      assert.deepEqual(endpoint, { kind: 'tcp', address, port: 0, family: family === 6 ? 6 : 4 })
    }
    await assert.rejects(openListeners(parseListen('127.0.0.1:0'), 6, 1, null), { name: 'RunError' })
  })

  it('writes endpoints as targets', () => {
    assert.equal(endpointText({ kind: 'tcp', address: '::1', port: 25, family: 6 }), 'inet:[::1]:25')
    assert.equal(endpointText({ kind: 'tcp', address: '127.0.0.1', port: 25, family: 4 }), 'inet:127.0.0.1:25')
    assert.equal(endpointText({ kind: 'unix', path: '/s' }), 'unix:/s')
  })

  const c = libc()
  if (c === null) return
  it('binds every place to the port that the first was given, IPv6 for itself alone', async () => {
    const { places, port, endpoint } = await openListeners(parseListen(':0'), 6, 3)
    assert.equal(endpointText(endpoint), `inet:[::]:${port}`)
    const fds = places.map((place) => (place.kind === 'fd' ? place.fd : -1))
    for (const fd of fds) {
      assert.equal(c.port(fd), port)
      assert.equal(c.getOption(fd, SocketOption.v6Only), 1)
      assert.equal(c.getOption(fd, SocketOption.noDelay), 1)
    }
    // So the same port is free for IPv4.
    const four = await openListeners(parseListen(`:${port}`), 4, 1)
    for (const place of [...places, ...four.places]) if (place.kind === 'fd') c.close(place.fd)
  })
})
