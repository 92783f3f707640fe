import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { clientsOf, eventually } from '../peer/kernel.js'
import { type LoadOptions, runLoad, words } from '../peer/load.js'
import { SOURCE, start } from '../peer/run-program.js'
import { type Script, ScriptedServer } from '../peer/scripted-server.js'
import { Unanswering } from '../peer/unanswering.js'

const LINUX = process.platform === 'linux' ? false : 'looks into /proc/net/tcp'
const ESTABLISHED = 1
const SYN_SENT = 2

async function addressesSeen(options: Omit<LoadOptions, 'target'>, script: Script = {}): Promise<string[]> {
  await using server = await ScriptedServer.start(script)
  const load = { sessions: 1, workers: 1, messages: 8, reuse: false, ...options, target: server.address }
  const result = await runLoad(load)
  assert.equal(result.messages.accepted, 8)
  return server.records.map((record) => record.remoteAddress)
}

describe('--source-ip', { concurrency: 4 }, () => {
  it('a range, taken in turn', async () => {
    const four = ['127.0.0.2', '127.0.0.3', '127.0.0.4', '127.0.0.5']
    assert.deepEqual(await addressesSeen({ sourceIp: '127.0.0.2-127.0.0.5' }), [...four, ...four])
  })

  it('a list', async () => {
    const seen = await addressesSeen({ sourceIp: '127.0.0.9,127.0.0.7' })
    assert.deepEqual([...seen].sort(), [...Array(4).fill('127.0.0.7'), ...Array(4).fill('127.0.0.9')])
  })

  it('over workers, each address as often', async () => {
    const seen = await addressesSeen({ sourceIp: '127.0.0.2-127.0.0.3', sessions: 2, workers: 2 })
    assert.deepEqual(new Set(seen), new Set(['127.0.0.2', '127.0.0.3']))
  })

  it('IPv6', async () => {
    assert.deepEqual(await addressesSeen({ sourceIp: '::1' }, { listen: 'inet6' }), Array(8).fill('::1'))
  })
})

describe('the target', { concurrency: 4 }, () => {
  for (const listen of ['inet', 'inet6', 'unix'] as const) {
    it(`by ${listen}, left by reset on TCP and by end of file on a unix socket`, async () => {
      await using server = await ScriptedServer.start({ listen })
      const result = await runLoad({ target: server.address, sessions: 2, messages: 6, perSession: 2 })
      await server.quiet()
      assert.deepEqual([result.messages.accepted, server.accepted], [6, 6])
      const endings = new Set(server.records.map((record) => record.ending))
      assert.deepEqual([...endings], [listen === 'unix' ? 'fin' : 'reset'])
    })
  }
})

describe('--tcp-window', { skip: LINUX }, () => {
  /** Octets that the kernel holds back for a server that has stopped reading. */
  async function heldBack(options: Omit<LoadOptions, 'target'>): Promise<number> {
    await using server = await ScriptedServer.start({ rules: [{ stage: 'body', do: ['stall'] }], keep: 0 })
    const work = runLoad({
      target: server.address,
      sessions: 1,
      workers: 1,
      messages: 1,
      size: 16 << 20,
      timeout: '30s',
      ...options,
    })
    const look = () => clientsOf(server.port).find((socket) => socket.state === ESTABLISHED)?.unsent ?? 0
    let last = 0
    let steady = 0
    await eventually('the client has filled its buffer', () => {
      const now = look()
      steady = now === last && now > 0 ? steady + 1 : 0
      last = now
      return steady >= 40
    })
    server.resume()
    const result = await work
    assert.equal(result.messages.accepted, 1, JSON.stringify([result.messages, result.errors]))
    return last
  }

  it('bounds what the kernel takes from us ahead of the server', async () => {
    const small = await heldBack({ tcpWindow: 8192 })
    // The kernel doubles the figure for its own books, and lets a write that begins below the limit pass whole segments.
    assert.ok(small <= 128 * 1024, `${small} octets with a window of 8192`)
    const usual = await heldBack({})
    assert.ok(usual > 4 * small, `${usual} octets without, ${small} with`)
  })
})

describe('--connect-burst', { skip: LINUX }, () => {
  for (const burst of [1, 5]) {
    it(`${burst}: so many handshakes outstanding`, async () => {
      await using deaf = await Unanswering.start()
      const load = { target: `127.0.0.1:${deaf.port}`, sessions: 20, workers: 1, messages: 20, connectBurst: burst }
      const source = start(SOURCE, words(load))
      try {
        const outstanding = () => clientsOf(deaf.port).filter((socket) => socket.state === SYN_SENT).length
        let looks = 0
        let most = 0
        await eventually('the handshakes are out', () => {
          most = Math.max(most, outstanding())
          if (most >= burst) looks++
          // It would have had the time for more.
          return looks >= 60
        })
        assert.equal(most, burst)
      } finally {
        source.kill()
        await source.done
      }
    })
  }
})
