import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import { hostname } from 'node:os'
import { after, before, describe, it } from 'node:test'
import { RunError, UsageError } from '#src/base/errors.js'
import { type MetricsEndpoint, parseMetricsAddress, startMetrics } from '#src/serve/endpoint.js'
import { counter } from '#src/serve/families.js'
import { BODY_LIMIT } from '#src/serve/http.js'
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
      assert.deepEqual(endpoint.notes, [])
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
      for (const path of ['/', '/events', '/api/nothing', '/api/constructor', '/metrics/']) {
        const response = await call(path)
        assert.equal(response.status, 404)
        assert.match(((await response.json()) as { error: string }).error, /there is \/metrics, \/api\/state/)
      }
      const wrong = [
        ['/metrics', 'POST', 'GET, HEAD'],
        ['/api/state', 'PUT', 'GET, HEAD'],
        ['/api/policy', 'DELETE', 'GET, HEAD, PUT'],
        ['/api/stop', 'OPTIONS', 'GET, HEAD, POST'],
      ] as const
      for (const [path, method, allowed] of wrong) {
        const response = await call(path, { method, ...(method === 'PUT' && { body: '1' }) })
        assert.deepEqual([response.status, response.headers.get('allow')], [405, allowed])
      }
    })

    it('answers HEAD with the head alone', async () => {
      for (const path of ['/metrics', '/api/state']) {
        const response = await call(path, { method: 'HEAD' })
        assert.equal(response.status, 200)
        assert.ok(Number(response.headers.get('content-length')) > 0)
        assert.equal(await response.text(), '')
      }
    })

    it('says with every answer that it is not to be kept, guessed at or read by pages from elsewhere', async () => {
      for (const path of ['/metrics', '/api/state', '/nothing']) {
        const { headers } = await call(path)
        assert.equal(headers.get('cache-control'), 'no-store')
        assert.equal(headers.get('x-content-type-options'), 'nosniff')
        assert.equal(headers.get('cross-origin-resource-policy'), 'same-origin')
        assert.equal(headers.get('access-control-allow-origin'), null)
      }
    })

    it('is reached by address and as localhost, not by a name that anybody could give it', async () => {
      const { port } = new URL(endpoint.url)
      const status = (path: string, headers: string) => rawStatus(Number(port), `GET ${path} HTTP/1.1\r\n${headers}`)
      for (const host of ['127.0.0.1', `127.0.0.1:${port}`, 'localhost', `LocalHost:${port}`, '[::1]:1', '10.0.0.1'])
        assert.equal(await status('/api/state', `Host: ${host}\r\n`), 200, host)
      for (const host of [
        'evil.example',
        `evil.example:${port}`,
        'localhost.evil.example',
        '127.0.0.1.evil.example',
        'a:b:c',
        '[x]',
      ])
        for (const path of ['/metrics', '/api/state', '/nothing'])
          assert.equal(await status(path, `Host: ${host}\r\n`), 421, host)
      const own = `Host: 127.0.0.1:${port}\r\n`
      assert.equal(await status('/api/state', `${own}Origin: http://127.0.0.1:${port}\r\n`), 200)
      for (const origin of ['http://evil.example', 'null', `http://127.0.0.1:${Number(port) + 1}`])
        assert.equal(await status('/api/state', `${own}Origin: ${origin}\r\n`), 403, origin)
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

/** Sends a head as it is; the status of the answer. */
async function rawStatus(port: number, head: string): Promise<number> {
  const socket = connect(port, '127.0.0.1')
  try {
    socket.write(`${head}\r\n`)
    const [first] = (await once(socket, 'data')) as [Buffer]
    return Number(first.toString('latin1').split(' ')[1])
  } finally {
    socket.destroy()
  }
}

it('on an address that others reach it says so, and is scraped by any name', async () => {
  for (const by of ['any', 'node'] as const) {
    const address = { host: '0.0.0.0', port: 0 }
    const endpoint = await startMetrics({ address, by, families: () => [], resources: { state: { get: () => 1 } } })
    const port = Number(new URL(endpoint.url).port)
    const status = (path: string, host: string) => rawStatus(port, `GET ${path} HTTP/1.1\r\nHost: ${host}\r\n`)
    assert.deepEqual(endpoint.notes, ['the metrics endpoint on 0.0.0.0 can be reached from other machines'])
    assert.equal(await status('/metrics', 'load.example:9090'), 200)
    assert.equal(await status('/api/state', 'load.example:9090'), 421)
    assert.equal(await status('/api/state', hostname()), 200)
    await endpoint.close()
  }
})

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
