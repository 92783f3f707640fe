import assert from 'node:assert/strict'
import { it } from 'node:test'
import { runLoad } from '../peer/load.js'
import { readOpenMetrics } from '../peer/openmetrics.js'
import { sinkWithMetrics } from '../peer/sink-with-metrics.js'

function value(text: string, name: string): number {
  const line = text.split('\n').find((one) => one.startsWith(`${name} `))
  assert.ok(line, `${name} in\n${text}`)
  return Number(line.slice(name.length + 1))
}

async function scrape(url: string): Promise<string> {
  const response = await fetch(`${url}/metrics`, { headers: { accept: 'application/openmetrics-text' } })
  assert.equal(response.status, 200)
  return response.text()
}

it('--metrics: a scrape agrees with what was sent, by verb and code, in time and size', async () => {
  const { running, url, target } = await sinkWithMetrics(['--workers', '2'])
  const sent = await runLoad({ target, sessions: 4, messages: 300, recipients: 2, size: 2000 })
  assert.equal(sent.messages.accepted, 300)
  const text = await scrape(url)
  readOpenMetrics(text)
  assert.equal(value(text, 'stampede_sink_messages_total{outcome="accepted"}'), 300)
  assert.equal(value(text, 'stampede_sink_recipients_total{outcome="accepted"}'), 600)
  assert.equal(value(text, 'stampede_sink_commands_total{verb="rcpt",code="250"}'), 600)
  assert.equal(value(text, 'stampede_sink_commands_total{verb="dot",code="250"}'), 300)
  assert.equal(value(text, 'stampede_sink_received_bytes_total'), sent.bytes.out)
  assert.equal(value(text, 'stampede_sink_command_duration_seconds_count{verb="mail"}'), 300)
  assert.equal(value(text, 'stampede_sink_message_size_bytes_count'), 300)
  assert.equal(value(text, 'stampede_sink_message_size_bytes_bucket{le="1024"}'), 0)
  assert.equal(value(text, 'stampede_sink_message_size_bytes_bucket{le="4096"}'), 300)

  running.kill('SIGTERM')
  const { stdout } = await running.done
  const document = JSON.parse(stdout)
  assert.deepEqual(
    document.replies.find(({ verb }: { verb: string }) => verb === 'data'),
    { verb: 'data', code: 354, count: 300 },
  )
  assert.equal(document.commandUs.dot.count, 300)
  assert.ok(document.messageOctets.p50 >= 2000 && document.messageOctets.max < 2500)
})

it('a delay is part of a command’s duration', async () => {
  const { running, url, target } = await sinkWithMetrics(['--delay', 'mail:30ms', '--seed', '1'])
  await runLoad({ target, sessions: 1, messages: 5, pipelining: 'off' })
  const text = await scrape(url)
  assert.equal(value(text, 'stampede_sink_command_duration_seconds_bucket{verb="mail",le="0.025"}'), 0)
  assert.equal(value(text, 'stampede_sink_command_duration_seconds_count{verb="mail"}'), 5)
  assert.equal(value(text, 'stampede_sink_faults_injected_total{kind="delay"}'), 5)
  running.kill('SIGTERM')
  await running.done
})

it('PUT /api/policy changes the model between two messages, and only with the token', async () => {
  const { running, url, token, target } = await sinkWithMetrics()
  const authorization = `Bearer ${token}`
  const options = { target, sessions: 1, messages: 3, allowReject: true }
  const put = (body: string, headers: Record<string, string> = { authorization }) =>
    fetch(`${url}/api/policy`, { method: 'PUT', headers, body })
  assert.equal(await (await fetch(`${url}/api/policy`)).json(), null)
  assert.equal((await runLoad(options)).messages.accepted, 3)

  const policy = JSON.stringify({ reject: ['rcpt:550:1'] })
  assert.equal((await put(policy, {})).status, 401)
  assert.equal((await runLoad(options)).messages.accepted, 3)
  const changed = await put(policy)
  assert.equal(changed.status, 200)
  assert.equal(((await changed.json()) as { reject: { code: number }[] }).reject[0]!.code, 550)
  assert.equal((await runLoad(options)).messages.refused, 3)

  const bad = await put(JSON.stringify({ reject: ['rcpt:550:2'] }))
  assert.equal(bad.status, 400)
  assert.match(((await bad.json()) as { error: string }).error, /^policy: reject\[0\] 'rcpt:550:2' share/)
  assert.equal((await put('null')).status, 200)
  assert.equal((await runLoad(options)).messages.accepted, 3)
  assert.equal(value(await scrape(url), 'stampede_sink_faults_injected_total{kind="reject"}'), 3)

  const stop = await fetch(`${url}/api/stop`, { method: 'POST', headers: { authorization } })
  assert.deepEqual(await stop.json(), { stopping: true })
  assert.equal((await running.done).code, 0)
})

it('/events tells each second of a sink, and that it is over; a scrape says what it is', async () => {
  const { running, url, target } = await sinkWithMetrics(['--seed', 'abc'])
  assert.match(await scrape(url), /^stampede_run_info\{run="[0-9a-f]+",role="sink",target="smtp"\} 1$/m)
  const events = fetch(`${url}/events`).then((response) => response.text())
  await runLoad({ target, sessions: 2, messages: 40 })
  running.kill('SIGTERM')
  const text = await events
  assert.match(text, /event: bye\ndata: \{\}\n\n$/)
  const seconds = [...text.matchAll(/^event: second\ndata: (.*)$/gm)].map(([, data]) => JSON.parse(data!))
  assert.ok(seconds.length > 0)
  assert.equal(seconds.at(-1).totals.messages, 40)
  await running.done
})
