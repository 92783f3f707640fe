import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { after, before, describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { queriesOf, readDashboard } from '../peer/dashboard.js'
import { missing, need } from '../peer/distribution.js'
import { readOpenMetrics } from '../peer/openmetrics.js'
import { freePort } from '../peer/port.js'
import { Prometheus, promtoolComplaints } from '../peer/prometheus.js'
import { type Running, SINK, SOURCE, start } from '../peer/run-program.js'

const reason = missing('prometheus', 'promtool')
/** STAMPEDE_LONG=1 makes the run that Prometheus watches half a minute long. */
const LONG = process.env.STAMPEDE_LONG === '1'
const SECONDS = LONG ? 30 : 16
const RATE = 500

/** Series that an uneventful run does not have. */
const UNEVENTFUL = /stampede_(errors_total|replies_total|sink_faults_injected_total|target_\w+|host_\w+)\{/

async function get(url: string, accept: string): Promise<string> {
  const response = await fetch(url, { headers: { accept } })
  assert.equal(response.status, 200)
  return response.text()
}

describe('Prometheus', { skip: reason }, () => {
  const port = { source: 0, sink: 0 }
  const running: Running[] = []
  let prometheus: Prometheus
  let target = ''

  before(async () => {
    need('prometheus', 'promtool')
    port.source = await freePort()
    port.sink = await freePort()
    const sink = start(SINK, ['--metrics', `:${port.sink}`, '--workers', '1', '127.0.0.1:0'], { timeoutMs: 120_000 })
    running.push(sink)
    for await (const line of createInterface({ input: sink.child.stderr! })) {
      target = /^listening on (\S+)$/.exec(line)?.[1] ?? ''
      if (target !== '') break
    }
    prometheus = await Prometheus.start({ source: `127.0.0.1:${port.source}`, sink: `127.0.0.1:${port.sink}` })
  })
  after(async () => {
    for (const one of running) one.kill('SIGTERM')
    await Promise.all(running.map((one) => one.done))
    await prometheus?.stop()
  })

  it('scrapes a run: its rate is the summary’s, what the sink had is what was sent, and every query of the dashboard is one', async () => {
    const words = ['--metrics', `:${port.source}`, '--json', '--no-progress', '--workers', '1', '-s', '5']
    const load = ['--rate', `${RATE}/s`, '--duration', `${SECONDS}s`, '--threshold', 'errors.rate < 1%', target]
    const source = start(SOURCE, [...words, ...load], { timeoutMs: 60_000 })
    running.push(source)
    await once(source.child.stderr!, 'data')

    await sleep((SECONDS - 2) * 1000)
    // promtool is content with both, and so is a strict reader of the other format.
    for (const at of [port.source, port.sink]) {
      const url = `http://127.0.0.1:${at}/metrics`
      assert.equal(promtoolComplaints(await get(url, 'text/plain')), '')
      assert.ok(readOpenMetrics(await get(url, 'application/openmetrics-text')).size > 100)
    }
    const now = Date.now() / 1000
    for (const { panel, expr } of queriesOf(readDashboard())) {
      const series = await prometheus.query(expr, now)
      assert.ok(series.length > 0 || UNEVENTFUL.test(expr), `${panel} has nothing to show: ${expr}`)
    }
    assert.equal(await prometheus.number('max(stampede_threshold_ok)', now), 1)
    assert.equal(await prometheus.number('sum(stampede_generator_state)', now), 1)

    const { stdout, code } = await source.done
    const { messages } = JSON.parse(stdout)
    assert.equal(code, 0)
    assert.ok(messages.accepted > (RATE * SECONDS) / 2)
    const accepted = 'stampede_messages_total{outcome="accepted"}'
    // The median of what it shows from second to second, of the time in which the run was the whole of what it looks back on.
    const seen = await prometheus.number(`quantile_over_time(0.5, rate(${accepted}[5s])[${SECONDS - 12}s:1s])`, now)
    near(seen, messages.perSecond)
    // A window that reaches back before the first scrape would be filled up by guesswork.
    if (LONG) near(await prometheus.number(`rate(${accepted}[${SECONDS - 10}s])`, now), messages.perSecond)

    let had = Number.NaN
    for (let tries = 0; tries < 50 && had !== messages.accepted; tries++) {
      had = await prometheus.number('stampede_sink_messages_total{outcome="accepted"}')
      await sleep(200)
    }
    assert.equal(had, messages.accepted)
  })
})

/** Within one in a hundred. */
function near(value: number, wanted: number): void {
  assert.ok(Math.abs(value - wanted) <= wanted / 100, `${value} is not ${wanted}`)
}
