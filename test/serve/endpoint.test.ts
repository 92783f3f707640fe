import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import { after, before, describe, it } from 'node:test'
import { RunError, UsageError } from '#src/base/errors.js'
import { type MetricsEndpoint, parseMetricsAddress, startMetrics } from '#src/serve/endpoint.js'
import { counter } from '#src/serve/families.js'
import { BODY_LIMIT } from '#src/serve/routes.js'
import { loadUws } from '#src/serve/uws.js'

const LOOPBACK = { host: '127.0.0.1', port: 0 }

describe('the endpoint', () => {
  it('has uWebSockets.js on this Node', async () => assert.notEqual(await loadUws(), null))
})

for (const by of ['any', 'node'] as const) {
  describe(`the endpoint, ${by === 'any' ? 'on uWebSockets.js' : 'on node:http'}`, () => {
    let endpoint: MetricsEndpoint
    let scrapes = 0
    let value: unknown = { a: 1 }
    let stopped = 0
    const bearer = () => ({ authorization: `Bearer ${endpoint.token}` })

    before(async () => {
      endpoint = await startMetrics({
        address: LOOPBACK,
        by,
        families: () => [counter('scrapes_total', 'Scrapes.', ++scrapes)],
        resources: {
          state: { get: () => value },
          policy: {
            get: () => value,
            put(body) {
              if (typeof body !== 'object') throw new Error('policy: give an object.')
              value = body
              return value
            },
          },
          stop: { get: () => stopped, post: () => ++stopped },
        },
      })
    })
    after(() => endpoint.close())

    const call = (path: string, init: RequestInit = {}) => fetch(endpoint.url + path, { ...init, keepalive: false })

    it('says who carries it', () => {
      assert.equal(endpoint.by, by === 'any' ? 'uWebSockets.js' : 'node:http')
      assert.equal(endpoint.note, null)
      assert.match(endpoint.url, /^http:\/\/127\.0\.0\.1:[1-9]\d*$/)
    })

    it('is filled at scrape time, in the format that was asked for', async () => {
      const open = await call('/metrics', { headers: { accept: 'application/openmetrics-text' } })
      assert.equal(open.status, 200)
      assert.match(open.headers.get('content-type')!, /^application\/openmetrics-text/)
      const first = Number(/^scrapes_total (\d+)$/m.exec(await open.text())?.[1])
      const plain = await call('/metrics')
      assert.match(plain.headers.get('content-type')!, /^text\/plain/)
      assert.match(await plain.text(), new RegExp(`^scrapes_total ${first + 1}$`, 'm'))
    })

    it('gives what may be read to everyone', async () => {
      const response = await call('/api/state')
      assert.equal(response.status, 200)
      assert.deepEqual(await response.json(), value)
    })

    it('changes nothing without the token', async () => {
      for (const headers of [{}, { authorization: 'Bearer wrong' }, { authorization: endpoint.token }]) {
        const response = await call('/api/policy', { method: 'PUT', headers, body: '{"b":2}' })
        assert.equal(response.status, 401)
      }
      assert.equal((await call('/api/stop', { method: 'POST' })).status, 401)
      assert.deepEqual(value, { a: 1 })
      assert.equal(stopped, 0)
    })

    it('changes with the token, in the header or in the query', async () => {
      const put = await call('/api/policy', { method: 'PUT', headers: bearer(), body: '{"b":2}' })
      assert.equal(put.status, 200)
      assert.deepEqual(value, { b: 2 })
      assert.equal((await call(`/api/stop?token=${endpoint.token}`, { method: 'POST' })).status, 200)
      assert.equal(stopped, 1)
    })

    it('refuses what will not do, in one sentence', async () => {
      const bad = await call('/api/policy', { method: 'PUT', headers: bearer(), body: '{' })
      assert.deepEqual([bad.status, await bad.json()], [400, { error: 'The body is no JSON.' }])
      const worse = await call('/api/policy', { method: 'PUT', headers: bearer(), body: '5' })
      assert.deepEqual([worse.status, await worse.json()], [400, { error: 'policy: give an object.' }])
      const large = await call('/api/policy', { method: 'PUT', headers: bearer(), body: 'x'.repeat(BODY_LIMIT + 1) })
      assert.equal(large.status, 413)
    })

    it('names what is there where something is not', async () => {
      for (const path of ['/', '/api/nothing', '/api/constructor', '/metrics/']) {
        const response = await call(path)
        assert.equal(response.status, 404)
        assert.match(((await response.json()) as { error: string }).error, /there is \/metrics, \/api\/state/)
      }
      assert.equal((await call('/metrics', { method: 'POST' })).status, 405)
      assert.equal((await call('/api/state', { method: 'PUT', body: '1' })).status, 405)
    })

    it('lives on when a client leaves in the middle', async () => {
      const { port } = new URL(endpoint.url)
      const socket = connect(Number(port), '127.0.0.1')
      await once(socket, 'connect')
      socket.write('PUT /api/policy HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{')
      socket.resetAndDestroy()
      assert.equal((await call('/metrics')).status, 200)
    })
  })

  it(`says that an address can't be had (${by})`, async () => {
    const taken = createServer().listen(0, '127.0.0.1')
    await once(taken, 'listening')
    const { port } = taken.address() as { port: number }
    const start = startMetrics({ address: { ...LOOPBACK, port }, families: () => [], resources: {}, by })
    await assert.rejects(start, (error) => error instanceof RunError && /^--metrics: listen/.test(error.message))
    taken.close()
  })
}

it('an address to listen on', () => {
  assert.deepEqual(parseMetricsAddress('9090', '--metrics'), { host: '127.0.0.1', port: 9090 })
  assert.deepEqual(parseMetricsAddress(':0', '--metrics'), { host: '127.0.0.1', port: 0 })
  assert.deepEqual(parseMetricsAddress('0.0.0.0:9090', '--metrics'), { host: '0.0.0.0', port: 9090 })
  assert.deepEqual(parseMetricsAddress('[::1]:9090', '--metrics'), { host: '::1', port: 9090 })
  for (const text of ['', 'x', '127.0.0.1', '::1:9', '1:70000', 'a b:1', '-1']) {
    assert.throws(
      () => parseMetricsAddress(text, '--metrics'),
      (error) => error instanceof UsageError && /^--metrics /.test(error.message),
    )
  }
})
