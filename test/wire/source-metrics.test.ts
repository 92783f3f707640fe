import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { it } from 'node:test'
import { sink } from '#src/index.js'
import { readOpenMetrics } from '../peer/openmetrics.js'
import { type Running, run, SOURCE, STRESS, start } from '../peer/run-program.js'

/** The program with its verb `source`, started with `--metrics :0`; where it says that it can be asked, and with what. */
async function started(args: readonly string[]) {
  return of(start(SOURCE, ['--metrics', ':0', '--no-progress', '--json', ...args]))
}

/** Where a started program says that it can be asked. */
async function of(running: Running) {
  const lines = createInterface({ input: running.child.stderr! })
  const [line] = (await once(lines, 'line')) as [string]
  const found = /^metrics on (http:\/\/127\.0\.0\.1:\d+)\/metrics, live page on \S+\/#token=([0-9a-f]+)$/.exec(line)
  assert.ok(found, line)
  return { running, url: found[1]!, token: found[2]! }
}

function value(text: string, name: string): number {
  const line = text.split('\n').find((one) => one.startsWith(`${name} `))
  assert.ok(line, `${name} in\n${text}`)
  return Number(line.slice(name.length + 1))
}

it('--metrics: what a scrape says agrees with the run, and /api/stop ends it', async () => {
  await using target = await sink()
  const { running, url, token } = await started(['--duration', '60s', '-s', '3', '--workers', '2', target.address])
  const accepted = 'stampede_messages_total{outcome="accepted"}'
  let text = ''
  do {
    const response = await fetch(`${url}/metrics`, { headers: { accept: 'application/openmetrics-text' } })
    text = await response.text()
  } while (!text.includes(accepted) || value(text, accepted) < 500)
  assert.ok(value(text, accepted) <= target.totals().messages)
  assert.equal(value(text, 'stampede_sessions_active'), 3)
  assert.equal(value(text, 'stampede_messages_total{outcome="failed"}'), 0)
  assert.ok(value(text, 'stampede_message_duration_seconds_count{outcome="accepted"}') >= 500)
  assert.ok(value(text, 'stampede_phase_duration_seconds_count{phase="mail"}') >= 500)
  assert.match(text, /^stampede_worker_cpu_seconds_total\{worker="1"\} /m)
  readOpenMetrics(text)

  const state = (await (await fetch(`${url}/api/state`)).json()) as { counters: { accepted: number } }
  assert.ok(state.counters.accepted >= value(text, accepted))
  assert.equal((await fetch(`${url}/api/stop`, { method: 'POST' })).status, 401)
  const stop = await fetch(`${url}/api/stop`, { method: 'POST', headers: { authorization: `Bearer ${token}` } })
  assert.deepEqual(await stop.json(), { stopping: true })

  const { stdout, code } = await running.done
  assert.equal(code, 0)
  const result = JSON.parse(stdout)
  assert.equal(result.messages.accepted, target.totals().messages)
  assert.ok(result.messages.accepted >= state.counters.accepted)
  await assert.rejects(fetch(`${url}/metrics`))
})

it('--metrics: AUTH exchanges, those with a wrong secret on purpose by themselves', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'stampede-metrics-'))
  try {
    const users = join(directory, 'users')
    writeFileSync(users, 'ann:x\n')
    await using target = await sink({ auth: 'plain', authUsers: users, authRequired: true })
    const options = ['--auth-file', users, '--auth-failure-rate', '0.5', '-w', '10ms', '--no-reuse', '-s', '3']
    const { running, url } = await started([...options, '--duration', '60s', target.address])
    const auth = (text: string, outcome: string) => value(text, `stampede_auth_total{outcome="${outcome}"}`)
    let text = ''
    // Before the run has been set up there is nothing to show.
    do text = await (await fetch(`${url}/metrics`)).text()
    while (!text.includes('stampede_auth_total{') || auth(text, 'accepted') < 100)
    const wrong = auth(text, 'wrong_refused')
    assert.ok(wrong >= 20 && wrong <= target.totals().authFailed, `${wrong} wrong`)
    assert.deepEqual([auth(text, 'refused'), auth(text, 'wrong_accepted')], [0, 0])
    assert.doesNotMatch(text, /ann/)
    running.kill('SIGINT')
    const result = JSON.parse((await running.done).stdout)
    const { messages, authOk, authFailed } = await target.stop()
    assert.deepEqual(result.auth, { accepted: authOk, refused: 0, wrong: authFailed, wrongAccepted: 0 })
    assert.equal(result.messages.accepted, messages)
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
})

it('--metrics: an address that will not do is one sentence, and nothing is sent', async () => {
  await using target = await sink()
  const bad = await run(SOURCE, ['--metrics', 'nowhere', target.address])
  assert.equal(bad.code, 2)
  assert.match(bad.stderr, /^stampede: --metrics 'nowhere' is no address to listen on; give HOST:PORT/)
  const { hostname, port } = new URL(`tcp://${target.address.slice('inet:'.length)}`)
  const taken = await run(SOURCE, ['--metrics', `${hostname}:${port}`, target.address])
  assert.equal(taken.code, 1)
  assert.match(taken.stderr, /^stampede: --metrics: listen /)
  assert.equal(target.totals().messages, 0)
})

/** The events of a run, to its end. */
async function follow(url: string): Promise<{ name: string; data: Record<string, unknown> }[]> {
  const text = await (await fetch(`${url}/events`)).text()
  return text.split('\n\n').flatMap((block) => {
    const [, name, data] = /^event: (.*)\ndata: (.*)$/m.exec(block) ?? []
    return name === undefined ? [] : [{ name, data: JSON.parse(data!) }]
  })
}

it('/events tells every second of a run, to those who come late too, and that it is over', async () => {
  await using target = await sink()
  const { running, url } = await started(['--duration', '2s', '-s', '2', '-w', '5ms', target.address])
  const early = follow(url)
  await new Promise((resolve) => setTimeout(resolve, 1500))
  const late = await follow(url)
  const all = await early
  assert.deepEqual(late, all)
  assert.deepEqual(all.at(-1), { name: 'bye', data: {} })
  const seconds = all.filter(({ name }) => name === 'second')
  assert.ok(seconds.length >= 2)
  const result = JSON.parse((await running.done).stdout)
  assert.deepEqual([all[0]!.name, all.at(-2)!.name], ['head', 'end'])
  for (const { data } of [seconds.at(-1)!, all.at(-2)!])
    assert.equal((data.totals as Record<string, number>).accepted, result.messages.accepted)
})

it('/api/rate shows what an open loop is asked for and takes another; a closed loop says why not', async () => {
  await using target = await sink()
  const put = async (url: string, token: string, body: unknown) => {
    const headers = { authorization: `Bearer ${token}` }
    const response = await fetch(`${url}/api/rate`, { method: 'PUT', headers, body: JSON.stringify(body) })
    return { status: response.status, body: (await response.json()) as Record<string, unknown> }
  }
  const open = await started(['--duration', '60s', '-s', '2', '--rate', '50/s', target.address])
  const get = async () => (await fetch(`${open.url}/api/rate`)).json()
  assert.deepEqual(await get(), { asked: 50, scale: 1, perSecond: 50 })
  assert.match(await (await fetch(open.url)).text(), /^<!doctype html>/i)
  let changed = await put(open.url, open.token, { scale: 1.5 })
  while (changed.status === 400) changed = await put(open.url, open.token, { scale: 1.5 })
  assert.deepEqual(changed.body, { asked: 50, scale: 1.5, perSecond: 75 })
  assert.deepEqual((await put(open.url, open.token, { rate: '100/s' })).body, { asked: 50, scale: 2, perSecond: 100 })
  assert.deepEqual(await get(), { asked: 50, scale: 2, perSecond: 100 })
  assert.equal((await put(open.url, 'wrong', { scale: 1 })).status, 401)
  const bad = await put(open.url, open.token, { scale: 1000 })
  assert.deepEqual(
    [bad.status, bad.body],
    [400, { error: "rate: scale is a factor of the plan's rate; give a number from 0.01 to 100." }],
  )
  open.running.kill('SIGINT')
  await open.running.done

  const closed = await started(['--duration', '60s', '-s', '2', '-w', '10ms', target.address])
  const refused = await put(closed.url, closed.token, { scale: 2 })
  assert.equal(refused.status, 400)
  assert.match(String(refused.body.error), /^This run is a closed loop: .* With --rate/)
  closed.running.kill('SIGINT')
  await closed.running.done
})

it('stress --metrics: the same figures', async () => {
  await using target = await sink()
  const words = [
    '--metrics',
    ':0',
    '-p',
    String(target.port),
    '--host',
    '127.0.0.1',
    '-d',
    '60',
    '-c',
    '3',
    '--min-connections',
    '3',
  ]
  const { running, url, token } = await of(start(STRESS, words))
  const accepted = 'stampede_messages_total{outcome="accepted"}'
  let text = ''
  do text = await (await fetch(`${url}/metrics`)).text()
  while (!text.includes(accepted) || value(text, accepted) < 50)
  const stop = await fetch(`${url}/api/stop`, { method: 'POST', headers: { authorization: `Bearer ${token}` } })
  assert.equal(stop.status, 200)
  assert.equal((await running.done).code, 0)
})
