import assert from 'node:assert/strict'
import { lstatSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { openDoorListener } from '#src/net/door-listener.js'
import type { Endpoint } from '#src/net/endpoint.js'
import { libc, SocketOption } from '#src/net/libc.js'
import type { Listeners } from '#src/net/listener.js'

const LOOPBACK: Endpoint = { kind: 'tcp', address: '127.0.0.1', port: 0, family: 4 }
const PLAIN = { backlog: 5, tcpWindow: null }

describe('the listener of the door', () => {
  it('without koffi leaves the socket to the worker, and cannot tune it', () => {
    assert.deepEqual(openDoorListener(LOOPBACK, PLAIN, null).places, [LOOPBACK])
    assert.throws(() => openDoorListener(LOOPBACK, { backlog: 5, tcpWindow: 8192 }, null), {
      name: 'RunError',
      message: /^-T needs socket options.*koffi/,
    })
  })

  const c = libc()
  if (c === null) return
  const descriptor = ({ places }: Listeners): number => {
    const [place] = places
    assert.ok(place?.kind === 'fd' && places.length === 1)
    return place.fd
  }

  it('shares its port, and has the buffers that were asked for', () => {
    const first = openDoorListener(LOOPBACK, { backlog: 5, tcpWindow: 20_000 })
    const second = openDoorListener({ ...LOOPBACK, port: first.port }, PLAIN)
    for (const fd of [descriptor(first), descriptor(second)]) {
      assert.equal(c.port(fd), first.port)
      assert.equal(c.getOption(fd, SocketOption.reusePort), 1)
      assert.equal(c.getOption(fd, SocketOption.reuseAddress), 1)
    }
    // Linux doubles them for its own books.
    assert.equal(c.getOption(descriptor(first), SocketOption.receiveBuffer), 40_000)
    assert.equal(c.getOption(descriptor(first), SocketOption.sendBuffer), 40_000)
    assert.notEqual(c.getOption(descriptor(second), SocketOption.receiveBuffer), 40_000)
    for (const listeners of [first, second]) c.close(descriptor(listeners))
  })

  it('refuses in the words of the original', () => {
    const fd = c.socket(2)
    c.bind(fd, 2, '127.0.0.1', 0)
    c.listen(fd, 1)
    const port = c.port(fd)
    assert.throws(() => openDoorListener({ ...LOOPBACK, port }, PLAIN), {
      name: 'RunError',
      message: `bind 127.0.0.1 port ${port}: Address already in use`,
    })
    c.close(fd)
  })

  it('takes the place of whatever stands at a path, but for a directory', () => {
    const directory = mkdtempSync(join(tmpdir(), 'stampede-listen-'))
    try {
      const path = join(directory, 's')
      writeFileSync(path, 'x')
      const listeners = openDoorListener({ kind: 'unix', path }, PLAIN)
      const found = lstatSync(path)
      assert.deepEqual([found.isSocket(), found.mode & 0o777], [true, 0o666])
      c.close(descriptor(listeners))
      mkdirSync(join(directory, 'd'))
      assert.throws(() => openDoorListener({ kind: 'unix', path: join(directory, 'd') }, PLAIN), {
        message: `remove ${directory}/d: Is a directory`,
      })
    } finally {
      rmSync(directory, { recursive: true, force: true })
    }
  })
})
