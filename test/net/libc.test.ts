import assert from 'node:assert/strict'
import { once } from 'node:events'
import net from 'node:net'
import { describe, it } from 'node:test'
import { AF_INET, AF_INET6, type Libc, libc, raiseDescriptorLimit, SocketOption } from '#src/net/libc.js'

const c = libc()

describe('libc', () => {
  it('is there on Linux when koffi is installed', () => {
    assert.equal(c !== null, process.platform === 'linux' && ['x64', 'arm64'].includes(process.arch))
  })

  if (c !== null) describe('calls', () => calls(c))
})

function calls(c: Libc): void {
  it('binds two sockets to one port and tells the port', () => {
    for (const [family, address] of [
      [AF_INET, '127.0.0.1'],
      [AF_INET6, '::1'],
    ] as const) {
      const fds = [c.socket(family), c.socket(family)]
      for (const fd of fds) c.setOption(fd, SocketOption.reusePort, 1)
      c.bind(fds[0]!, family, address, 0)
      const port = c.port(fds[0]!)
      assert.ok(port > 0)
      c.bind(fds[1]!, family, address, port)
      assert.equal(c.port(fds[1]!), port)
      for (const fd of fds) c.close(fd)
    }
  })

  it('throws the errno of a call that fails, by name', () => {
    const fd = c.socket(AF_INET)
    assert.throws(() => c.bind(fd, AF_INET, '192.0.2.1', 0), { code: 'EADDRNOTAVAIL', syscall: 'bind' })
    assert.throws(() => c.bind(fd, AF_INET, 'no address', 0), { code: 'EINVAL', syscall: 'inet_pton' })
    c.close(fd)
    assert.throws(() => c.close(fd), { code: 'EBADF' })
    assert.throws(() => c.getOption(fd, SocketOption.noDelay), { code: 'EBADF' })
  })

  it('sets and reads socket options', () => {
    const fd = c.socket(AF_INET6)
    for (const option of [SocketOption.noDelay, SocketOption.v6Only, SocketOption.reuseAddress]) {
      c.setOption(fd, option, 1)
      assert.equal(c.getOption(fd, option), 1)
    }
    c.setOption(fd, SocketOption.receiveBuffer, 8192)
    assert.equal(c.getOption(fd, SocketOption.receiveBuffer), 16384, 'Linux doubles it for its own books')
    c.close(fd)
  })

  it('makes descriptors that Node listens on, and that outlive a copy', async () => {
    const fd = c.socket(AF_INET)
    c.setOption(fd, SocketOption.noDelay, 1)
    c.bind(fd, AF_INET, '127.0.0.1', 0)
    const port = c.port(fd)
    c.close(c.dup(fd))
    const server = net.createServer().listen({ fd })
    await once(server, 'listening')
    const client = net.connect(port, '127.0.0.1')
    const [socket] = (await once(server, 'connection')) as [net.Socket]
    const accepted = (socket as unknown as { _handle: { fd: number } })._handle.fd
    assert.equal(c.getOption(accepted, SocketOption.noDelay), 1, 'accepted sockets inherit it')
    client.destroy()
    socket.destroy()
    server.close()
    await once(server, 'close')
  })

  it('raises the descriptor limit, never lowers it, and reports what is in force', () => {
    const before = c.descriptorLimit()
    assert.deepEqual(raiseDescriptorLimit(1), before)
    const lower = Math.min(before.soft, before.hard) - 1
    c.setDescriptorLimit(lower, before.hard)
    assert.deepEqual(raiseDescriptorLimit(lower + 1), { soft: lower + 1, hard: before.hard })
    const most = raiseDescriptorLimit(2 ** 40)!
    assert.ok(most.soft >= lower + 1 && most.hard >= before.hard)
  })
}
