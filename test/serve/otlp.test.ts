import assert from 'node:assert/strict'
import type { ServerResponse } from 'node:http'
import { describe, it } from 'node:test'
import { otlpNote } from '#src/report/otlp.js'
import { counter, type Family } from '#src/serve/families.js'
import { Otlp, wallNow, wallOf } from '#src/serve/otlp.js'
import type { Span } from '#src/serve/otlp-spans.js'
import { hrTime, loadOtlpModules, OtlpWire } from '#src/serve/otlp-wire.js'
import { OtlpReceiver } from '../peer/otlp-receiver.js'
import { freePort } from '../peer/port.js'

const MODULES = await loadOtlpModules()
const ORIGIN = 1_795_000_000_123_456_000n

function spans(count: number): Span[] {
  return Array.from({ length: count }, (_, i) => ({
    traceId: (i + 1).toString(16).padStart(32, '0'),
    spanId: (i + 1).toString(16).padStart(16, '0'),
    parentSpanId: null,
    name: 'smtp session',
    startMs: i,
    endMs: i + 0.5,
    failure: i === 0 ? 'connection reset (dot)' : null,
    attributes: { whole: 1, text: 'x', yes: true },
    events: [{ name: 'connect', atMs: i + 0.25, attributes: { 'smtp.phase': 'connect' } }],
    droppedEvents: i,
  }))
}

function exporting(base: string, room?: number): Otlp {
  const collector = { tracesUrl: `${base}/v1/traces`, metricsUrl: `${base}/v1/metrics`, headers: {} }
  const wire = new OtlpWire(MODULES, collector, { version: '1.2.3', resource: { 'service.name': 'stampede' } })
  const families = () => [counter('a_total', 'A.', 5)]
  const all = (): readonly Family[] => [...families(), ...otlp.families()]
  const otlp = new Otlp({
    wire,
    url: base,
    intervalMs: 3_600_000,
    families: all,
    ...(room !== undefined && { room }),
  })
  return otlp
}

/** Hands over so many spans and ends. */
async function finished(otlp: Otlp, count: number): Promise<string> {
  otlp.start()
  otlp.spans(spans(count), ORIGIN)
  await otlp.finish()
  return otlpNote(otlp.totals) ?? ''
}

describe('exporting', () => {
  it('spans arrive as they were, with times exact to the nanosecond', async () => {
    await using collector = await OtlpReceiver.start()
    const note = await finished(exporting(collector.url), 3)
    collector.check()
    assert.equal(note, '')
    const [first, second, third] = collector.spans
    assert.equal(collector.spans.length, 3)
    assert.deepEqual([first!.status, first!.statusMessage], [2, 'connection reset (dot)'])
    assert.deepEqual([second!.status, second!.statusMessage], [0, ''])
    assert.equal(second!.start, ORIGIN + 1_000_000n)
    assert.equal(second!.end, ORIGIN + 1_500_000n)
    assert.deepEqual(second!.attributes, { whole: 1, text: 'x', yes: true })
    assert.deepEqual(second!.events, [
      { name: 'connect', at: ORIGIN + 1_250_000n, attributes: { 'smtp.phase': 'connect' } },
    ])
    assert.equal(third!.droppedEvents, 2)
    assert.equal(collector.value('a_total'), 5)
    assert.equal(collector.value('stampede_otlp_spans_total', { outcome: 'sent' }), 3)
  })

  it('a full queue drops, and the figures say so, there too', async () => {
    await using collector = await OtlpReceiver.start()
    const otlp = exporting(collector.url, 4)
    otlp.unrecorded(2)
    const note = await finished(otlp, 10)
    assert.equal(
      note,
      `otlp: 8 of 12 spans were lost (6 dropped from a full queue, 2 not recorded for lack of room), at ${collector.url}`,
    )
    assert.equal(collector.spans.length, 4)
    assert.equal(collector.value('stampede_otlp_spans_total', { outcome: 'dropped' }), 6)
    assert.equal(collector.value('stampede_otlp_spans_total', { outcome: 'unrecorded' }), 2)
  })

  it('refused', async () => {
    await using collector = await OtlpReceiver.start((_, __, response) => response.writeHead(401).end('no token'))
    const note = await finished(exporting(collector.url), 3)
    assert.equal(
      note,
      `otlp: 3 of 3 spans were lost (3 not delivered); 1 of 1 exports of metrics did not arrive, at ${collector.url}: HTTP 401 Unauthorized`,
    )
  })

  it('taken in part: what was rejected is counted', async () => {
    await using collector = await OtlpReceiver.start((path, _, response) => {
      const partialSuccess = path.endsWith('traces')
        ? { rejectedSpans: '2', errorMessage: 'too old' }
        : { rejectedDataPoints: 3 }
      response.setHeader('content-type', 'application/json').end(JSON.stringify({ partialSuccess }))
    })
    const otlp = exporting(collector.url)
    const note = await finished(otlp, 3)
    assert.equal(note, `otlp: 2 of 3 spans were lost (2 rejected); 3 data points were rejected, at ${collector.url}`)
    assert.deepEqual([otlp.totals.spans.rejected, otlp.totals.exports.rejectedPoints], [2, 3])
  })

  it('an answer that is no JSON is an answer', async () => {
    await using collector = await OtlpReceiver.start((_, __, response) => response.end('<html>'))
    assert.equal(await finished(exporting(collector.url), 3), '')
  })
})

// They wait for nothing but time, and so do it together.
describe('exporting to who does not take it', { concurrency: true }, () => {
  it('nobody there', async () => {
    const base = `http://127.0.0.1:${await freePort()}`
    assert.match(await finished(exporting(base), 3), /^otlp: 3 of 3 spans were lost .*: ECONNREFUSED$/)
  })

  it('asked to come again: it does', async () => {
    await using collector = await OtlpReceiver.start((_, nth, response) => {
      response.writeHead(nth === 1 ? 503 : 200, { 'content-type': 'application/json' }).end('{}')
    })
    const otlp = exporting(collector.url)
    assert.equal(await finished(otlp, 3), '')
    assert.equal(otlp.totals.spans.sent, 3)
    // The receiver has seen both attempts.
    assert.equal(collector.spans.length, 6)
  })

  it('asked to come again and again: it gives up', async () => {
    await using collector = await OtlpReceiver.start((_, __, response) => response.writeHead(429).end())
    assert.match(await finished(exporting(collector.url), 3), /3 not delivered.* asked for patience \(HTTP 429, 502/)
  })

  it('no answer: the end does not wait for one', async () => {
    const held: ServerResponse[] = []
    await using collector = await OtlpReceiver.start((_, __, response) => void held.push(response))
    const otlp = exporting(collector.url)
    assert.match(await finished(otlp, 3), /3 of 3 spans were lost .*: no answer in time$/)
    assert.equal(otlp.totals.exports.failed, 1)
    assert.equal(held.length, 2)
  })

  it('a connection that dies under a request', async () => {
    await using collector = await OtlpReceiver.start((_, __, response) => response.socket!.destroy())
    assert.match(await finished(exporting(collector.url), 3), /3 of 3 spans were lost .*: ECONNRESET$/)
  })
})

it('moments of a run on the clock of the world', () => {
  assert.deepEqual(hrTime(1_000_000_000n, 1.000001), [1, 1_000_001])
  assert.deepEqual(hrTime(1_999_999_999n, 0.000001), [2, 0])
  const [seconds, nanos] = process.hrtime()
  const began = wallOf(seconds * 1000 + nanos / 1e6)
  assert.ok(began <= wallNow())
  assert.ok(Math.abs(Number(began / 1_000_000n) - Date.now()) < 60_000)
})
