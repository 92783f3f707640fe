import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { type Guarded, guard, isLoopback } from '#src/serve/guard.js'
import type { Request } from '#src/serve/http.js'

const REQUEST: Request = {
  method: 'GET',
  path: '/api/state',
  token: null,
  host: '127.0.0.1:9090',
  origin: '',
  accept: '',
  authorization: '',
  lastEventId: '',
  body: '',
}
const LOOPBACK: Guarded = { host: '127.0.0.1', names: [] }

function status(guarded: Guarded, request: Partial<Request>): number | null {
  return guard(guarded, { ...REQUEST, ...request })?.status ?? null
}

describe('the guard', () => {
  it('knows loopback', () => {
    for (const host of ['127.0.0.1', '127.8.9.10', '::1', 'localhost', 'LOCALHOST']) assert.ok(isLoopback(host), host)
    for (const host of ['0.0.0.0', '::', '10.0.0.1', '127.evil.example', 'localhost.example', '127.1'])
      assert.ok(!isLoopback(host), host)
  })

  it('lets in by address, as localhost, by the name that was named, and without a Host', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.ipV4(),
          fc.ipV6().map((ip) => `[${ip}]`),
        ),
        fc.option(fc.nat(65_535)),
        (ip, port) => {
          assert.equal(status(LOOPBACK, { host: port === null ? ip : `${ip}:${port}` }), null)
        },
      ),
    )
    const named = { host: 'load.example', names: ['machine'] }
    for (const host of ['load.example:1', 'LOAD.example', 'machine', 'localhost:80', ''])
      assert.equal(status(named, { host }), null, host)
  })

  it('lets nobody in under any other name', () => {
    fc.assert(
      fc.property(fc.domain(), fc.constantFrom('', ':80', ':9090'), (name, port) => {
        assert.equal(status(LOOPBACK, { host: name + port }), 421)
        assert.equal(status({ host: '0.0.0.0', names: ['machine'] }, { host: name + port }), 421)
        // Figures for Prometheus, where others were meant to reach it.
        assert.equal(status({ host: '0.0.0.0', names: [] }, { host: name + port, path: '/metrics' }), null)
        assert.equal(status(LOOPBACK, { host: name + port, path: '/metrics' }), 421)
      }),
    )
  })

  it('never lets in what is no host', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), (host) => {
        const bare = host.replace(/:\d+$/, '')
        fc.pre(!/^(\d+\.){3}\d+$|^\[.*\]$|^localhost$/i.test(bare))
        assert.equal(status(LOOPBACK, { host }), 421)
      }),
    )
  })

  it('lets in no page but its own', () => {
    assert.equal(status(LOOPBACK, { origin: 'http://127.0.0.1:9090' }), null)
    for (const origin of ['null', 'http://localhost:9090', 'http://127.0.0.1', 'https://evil.example', 'x'])
      assert.equal(status(LOOPBACK, { origin }), 403, origin)
  })
})
