import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { afterEach, beforeEach, describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { type MetricsEndpoint, startMetrics } from '#src/serve/endpoint.js'
import { LiveFeed } from '#src/serve/feed.js'

const PAGE = '<!doctype html><script type="application/json">{}</script><script>console.log("é")</script>'

interface Heard {
  id?: string
  event?: string
  data?: string
}

/** Reads a stream of events from a fetch, one after the other; null at its end. */
function reader(response: Response) {
  const body = response.body!.getReader()
  const decoder = new TextDecoder()
  let text = ''
  return {
    /** Everything between two empty lines, comments and `retry:` as they are. */
    async block(): Promise<string | null> {
      for (;;) {
        const end = text.indexOf('\n\n')
        if (end >= 0) {
          const block = text.slice(0, end)
          text = text.slice(end + 2)
          return block
        }
        const { done, value } = await body.read()
        if (done) return null
        text += decoder.decode(value, { stream: true })
      }
    },
    async event(): Promise<Heard | null> {
      for (;;) {
        const block = await this.block()
        if (block === null) return null
        if (block.startsWith(':') || block.startsWith('retry:')) continue
        return Object.fromEntries(block.split('\n').map((line) => /^(\w+): (.*)$/.exec(line)!.slice(1)))
      }
    },
    cancel: () => body.cancel(),
  }
}

async function until(met: () => boolean): Promise<void> {
  while (!met()) await sleep(5)
}

for (const by of ['any', 'node'] as const) {
  describe(`/events, ${by === 'any' ? 'on uWebSockets.js' : 'on node:http'}`, { timeout: 20_000 }, () => {
    let endpoint: MetricsEndpoint
    let feed: LiveFeed
    const limits = { clients: 3, stallMs: 60_000, heartbeatMs: 40, graceMs: 100 }
    const idle: Socket[] = []

    const open = async (more: { stallMs?: number } = {}) => {
      endpoint = await startMetrics({
        address: { host: '127.0.0.1', port: 0 },
        by,
        families: () => [],
        resources: {},
        feed,
        page: () => PAGE,
        limits: { ...limits, ...more },
      })
    }
    /** With another patience for those who do not read: short where they are to be dropped, and nobody else reads under the same limit. */
    const reopen = async (stallMs: number) => {
      await endpoint.close()
      await open({ stallMs })
    }

    beforeEach(async () => {
      feed = new LiveFeed({ events: 1000, characters: 1e9 })
      await open()
    })
    afterEach(async () => {
      await endpoint.close()
      for (const socket of idle.splice(0)) socket.destroy()
    })

    const follow = async (headers: Record<string, string> = {}) => {
      const response = await fetch(`${endpoint.url}/events`, { headers })
      assert.equal(response.status, 200)
      assert.match(response.headers.get('content-type')!, /^text\/event-stream/)
      return reader(response)
    }

    /** A client that asks and then reads nothing. */
    const deaf = async (request = 'GET /events HTTP/1.1\r\nHost: localhost\r\n\r\n') => {
      const socket = connect(Number(new URL(endpoint.url).port), '127.0.0.1')
      idle.push(socket)
      socket.on('error', () => {})
      await once(socket, 'connect')
      socket.pause()
      socket.write(request)
      return socket
    }

    it('tells what went before, then what happens, and says farewell at the end', async () => {
      feed.push('head', { role: 'source' })
      feed.push('second', { n: 1 })
      const one = await follow()
      assert.equal(await one.block(), 'retry: 1000')
      const head = await one.event()
      assert.equal(head!.event, 'head')
      assert.equal(head!.data, '{"role":"source"}')
      assert.equal((await one.event())!.data, '{"n":1}')
      feed.push('second', { n: 2 })
      assert.equal((await one.event())!.data, '{"n":2}')
      feed.push('end', {})
      assert.equal((await one.event())!.event, 'end')
      const closed = endpoint.close()
      assert.deepEqual(await one.event(), { event: 'bye', data: '{}' })
      assert.equal(await one.event(), null)
      await closed
    })

    it('goes on behind the last event that a client had, and from the beginning where that was of another run', async () => {
      for (let n = 1; n <= 5; n++) feed.push('second', { n })
      const first = await follow()
      let id = ''
      for (let n = 1; n <= 3; n++) id = (await first.event())!.id!
      await first.cancel()
      const again = await follow({ 'last-event-id': id })
      assert.equal((await again.event())!.data, '{"n":4}')
      await again.cancel()
      for (const other of ['3', 'deadbeef.3', `${id}x`, `${id.split('.')[0]}.-1`, 'nonsense']) {
        const fresh = await follow({ 'last-event-id': other })
        assert.equal((await fresh.event())!.data, '{"n":1}', other)
        await fresh.cancel()
      }
      await until(() => endpoint.followers === 0)
    })

    it('replays a long past whole', async () => {
      for (let n = 0; n < 900; n++) feed.push('second', { n, more: 'x'.repeat(10_000) })
      const one = await follow()
      for (let n = 0; n < 900; n++) assert.equal(JSON.parse((await one.event())!.data!).n, n)
      feed.push('second', { n: 900 })
      assert.equal(JSON.parse((await one.event())!.data!).n, 900)
      await one.cancel()
    })

    it('keeps a silent connection in use', async () => {
      const one = await follow()
      assert.equal(await one.block(), 'retry: 1000')
      assert.equal(await one.block(), ':')
      assert.equal(await one.block(), ':')
      await one.cancel()
    })

    it('takes so many clients and no more', async () => {
      const clients = [await follow(), await follow(), await follow()]
      assert.equal(endpoint.followers, 3)
      const refused = await fetch(`${endpoint.url}/events`)
      assert.equal(refused.status, 503)
      assert.ok(Number(refused.headers.get('retry-after')) > 0)
      await refused.text()
      await clients[0]!.cancel()
      await until(() => endpoint.followers === 2)
      await (await follow()).cancel()
      for (const one of clients.slice(1)) await one.cancel()
      await until(() => endpoint.followers === 0)
    })

    it('drops who does not read, and goes on with the others', async () => {
      await reopen(2000)
      for (let n = 0; n < 10; n++) feed.push('second', 'x'.repeat(1_000_000))
      await deaf()
      const response = await fetch(`${endpoint.url}/events`)
      const body = response.body!.getReader()
      await until(() => endpoint.followers === 2)
      for (let octets = 0; octets < 10_000_000; ) octets += (await body.read()).value!.length
      await until(() => endpoint.followers === 1)
      feed.push('second', 'still here')
      let text = ''
      while (!text.includes('"still here"')) text += Buffer.from((await body.read()).value!).toString()
      await body.cancel()
    })

    it('drops who stops reading later, though each event is small', async () => {
      await reopen(200)
      const socket = await deaf()
      await until(() => endpoint.followers === 1)
      const piece = 'x'.repeat(3000)
      let pushed = 0
      while (endpoint.followers > 0) {
        for (let i = 0; i < 200; i++) feed.push('second', piece)
        pushed += 200 * piece.length
        assert.ok(pushed < 500_000_000, 'it is kept for ever')
        await sleep(5)
      }
      socket.destroy()
    })

    it('waits a moment and no longer for those who still have something to read at the end', async () => {
      for (let n = 0; n < 10; n++) feed.push('second', 'x'.repeat(1_000_000))
      await deaf()
      await until(() => endpoint.followers === 1)
      await endpoint.close()
      await assert.rejects(fetch(`${endpoint.url}/metrics`))
    })

    it('answers HEAD, and nothing that would change something', async () => {
      const head = await fetch(`${endpoint.url}/events`, { method: 'HEAD' })
      assert.match(head.headers.get('content-type')!, /^text\/event-stream/)
      assert.equal(await head.text(), '')
      assert.equal(endpoint.followers, 0)
      assert.equal((await fetch(`${endpoint.url}/events`, { method: 'POST' })).status, 405)
    })

    it('gives the live page, with leave to run its own script and no other', async () => {
      const response = await fetch(endpoint.url)
      assert.equal(response.headers.get('content-type'), 'text/html; charset=utf-8')
      assert.equal(await response.text(), PAGE)
      const policy = response.headers.get('content-security-policy')!
      // printf 'console.log("é")' | openssl dgst -sha256 -binary | base64
      assert.match(policy, /script-src 'sha256-VTYzPTDQuNPoWL\/7G5e\/rIEDQUCBzo6SN59iNx2PWNw='(;|$)/)
      assert.match(policy, /connect-src 'self'/)
      assert.match(policy, /default-src 'none'/)
      assert.equal((await fetch(endpoint.url, { method: 'HEAD' })).headers.get('content-security-policy'), policy)
    })
  })
}
