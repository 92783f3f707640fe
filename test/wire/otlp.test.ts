import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { Company } from '#src/cli/company.js'
import { thisMachine } from '#src/cli/machine.js'
import { openOtlp } from '#src/cli/otlp.js'
import { parse } from '#src/cli/parse.js'
import { sourcePlan } from '#src/cli/plan-of.js'
import { ShownSource } from '#src/cli/shown-source.js'
import { sink } from '#src/index.js'
import type { ResultDocument } from '#src/measure/document.js'
import type { ReceivedSpan } from '../peer/otlp-proto.js'
import { OtlpReceiver, point } from '../peer/otlp-receiver.js'
import { freePort } from '../peer/port.js'
import { built, run, SINK, SOURCE, start } from '../peer/run-program.js'
import { ScriptedServer } from '../peer/scripted-server.js'

/** Whole programs take their time to start on a busy machine. */
const PATIENT = { timeoutMs: 60_000 }

/** Every connection followed, and every message of it kept. */
const ALL = ['--otlp-sample', '1', '--otlp-traces', '100k/s']

interface Exported {
  readonly result: ResultDocument
  readonly spans: readonly ReceivedSpan[]
  readonly sessions: readonly ReceivedSpan[]
  readonly messages: readonly ReceivedSpan[]
}

/** A run in this process, as the command line would have it; its result. */
async function runHere(args: readonly string[]): Promise<ResultDocument> {
  const given = parse('source', args, {})
  const plan = sourcePlan(given, thisMachine())
  const never = new AbortController().signal
  const company = new Company()
  try {
    company.add(await openOtlp(given, plan, company.add(new ShownSource(plan)), never))
    return (await company.run(plan, { signal: never, now: never }, { again: '' })).toJSON()
  } finally {
    await company.close()
  }
}

/** A run whose spans and metrics go to the receiver. */
async function exported(collector: OtlpReceiver, args: readonly string[], all = ALL): Promise<Exported> {
  const result = await runHere(['--otlp', collector.url, ...all, ...args])
  collector.check()
  const { spans } = collector
  return {
    result,
    spans,
    sessions: spans.filter(({ parentSpanId }) => parentSpanId === null),
    messages: spans.filter(({ parentSpanId }) => parentSpanId !== null),
  }
}

function names(span: ReceivedSpan): string[] {
  return span.events.map(({ name }) => name)
}

/** Milliseconds from one event to another. */
function between(span: ReceivedSpan, from: string, to: string): number {
  const at = (name: string) => span.events.find((event) => event.name === name)!.at
  return Number(at(to) - at(from)) / 1e6
}

/** Ids, parents and times are as they must be. */
function checkTree({ spans, sessions, messages }: Exported): void {
  assert.equal(new Set(spans.map(({ spanId }) => spanId)).size, spans.length, 'every span has its own id')
  assert.equal(new Set(sessions.map(({ traceId }) => traceId)).size, sessions.length, 'every session has its trace')
  for (const message of messages) {
    const session = sessions.find(({ spanId }) => spanId === message.parentSpanId)
    assert.ok(session, `a session for ${message.spanId}`)
    assert.equal(message.traceId, session.traceId)
    assert.ok(message.end <= session.end, 'it ends within its session')
  }
  for (const span of spans) {
    assert.ok(span.start <= span.end)
    assert.equal(span.kind, 3)
    const times = [span.start, ...span.events.map(({ at }) => at), span.end]
    assert.ok(
      times.every((at, i) => i === 0 || at >= times[i - 1]!),
      `${span.name}: ${times}`,
    )
  }
}

describe('--otlp: traces', () => {
  for (const [way, options, phases] of [
    ['lock-step', ['--pipelining', 'off'], ['start', 'mail', 'rcpt', 'rcpt', 'data', 'dot']],
    ['pipelined', [], ['start', 'mail', 'rcpt', 'rcpt', 'data', 'dot']],
    ['BDAT', ['--chunking', 'require'], ['start', 'mail', 'rcpt', 'rcpt', 'bdat']],
  ] as const) {
    it(`${way}: a span for each session and message, an event for each reply`, async () => {
      await using target = await sink({ workers: 1 })
      await using collector = await OtlpReceiver.start()
      const args = ['-s', '4', '--per-session', '5', '-m', '40', '-r', '2', '--workers', '2', '--seed', 'abc1']
      const all = await exported(collector, [...args, ...options, '--tag', 'build=7', target.address])
      const { sessions, messages, result } = all
      checkTree(all)
      assert.equal(messages.length, 40)
      assert.equal(sessions.length, result.sessions.connected)
      for (const span of messages) {
        assert.deepEqual(names(span), phases)
        assert.equal(span.status, 0)
        const { attributes } = span
        assert.equal(attributes['smtp.outcome'], 'accepted')
        assert.equal(attributes['smtp.code'], 250)
        assert.equal(attributes['smtp.enhanced_code'], '2.0.0')
        assert.equal(attributes['smtp.recipients'], 2)
        assert.match(String(attributes['messaging.message.id']), /^abc1\.0{5}[0-3]\.[0-9a-f]{8}$/)
        for (const { name, attributes: said } of span.events.slice(1)) {
          assert.equal(said['smtp.phase'], name)
          assert.equal(said['smtp.code'], name === 'data' ? 354 : 250)
          assert.ok(Number(said['smtp.duration_us']) >= 0)
        }
      }
      for (const span of sessions) {
        assert.deepEqual(names(span), ['connect', 'greeting', 'ehlo', 'quit'])
        assert.ok(Number(span.attributes['stampede.messages']) <= 5)
        assert.equal(span.attributes['network.transport'], 'tcp')
        assert.equal(span.attributes['server.address'], '127.0.0.1')
        assert.equal(span.attributes['network.peer.port'], target.port)
        assert.ok(Number(span.attributes['network.local.port']) > 0)
        const { resource } = span
        assert.equal(resource['service.name'], 'stampede')
        assert.equal(resource['stampede.seed'], 'abc1')
        assert.equal(resource['stampede.tag.build'], '7')
      }
      const ended = sessions.map(({ attributes }) => Number(attributes['stampede.messages']))
      assert.equal(
        ended.reduce((sum, count) => sum + count, 0),
        40,
      )
      assert.equal(result.otlp?.spans.sent, all.spans.length)
      assert.deepEqual(result.notes, [])
    })
  }

  it('a trace shows which phase was slow', async () => {
    await using target = await sink({ delay: 'dot:150ms', workers: 1 })
    await using collector = await OtlpReceiver.start()
    const { messages } = await exported(collector, ['-m', '3', '--pipelining', 'off', target.address])
    assert.equal(messages.length, 3)
    for (const span of messages) {
      // The sink counts from the read of the command, this side from its write.
      assert.ok(between(span, 'data', 'dot') >= 149, `${between(span, 'data', 'dot')} ms`)
      assert.ok(Number(span.attributes['stampede.slowest_phase_us']) >= 149_000)
    }
    // The first one waited for its connection too; by then that is over.
    assert.equal(messages.at(-1)!.attributes['stampede.slowest_phase'], 'dot')
  })

  it('open loop: a message that had to wait begins with its intended start, and says for how long', async () => {
    await using target = await sink({ delay: 'dot:60ms', workers: 1 })
    await using collector = await OtlpReceiver.start()
    const all = await exported(collector, ['--rate', '100/s', '-m', '8', '-s', '1', target.address])
    checkTree({ ...all, sessions: all.sessions })
    const bySerial = [...all.messages].sort(
      (a, b) => Number(a.attributes['stampede.serial']) - Number(b.attributes['stampede.serial']),
    )
    assert.equal(bySerial.length, 8)
    for (const span of bySerial) {
      const lag = Number(span.attributes['stampede.start_lag_us'])
      assert.equal(lag, Math.round(Number(span.events[0]!.at - span.start) / 1000))
    }
    // Due every 10 ms, done every 60: the eighth waits for seven before it.
    assert.ok(Number(bySerial[7]!.attributes['stampede.start_lag_us']) > 200_000)
    assert.equal(bySerial[7]!.attributes['stampede.slowest_phase'], 'start')
    const starts = bySerial.map(({ start: at }) => Number(at - bySerial[0]!.start) / 1e6)
    starts.forEach((ms, i) => {
      assert.ok(Math.abs(ms - i * 10) < 0.01, `${ms} ms`)
    })
  })

  it('TLS: the handshake is an event of its own, and the session says whether it was resumed', async () => {
    await using target = await sink({ tls: 'starttls', workers: 1 })
    await using collector = await OtlpReceiver.start()
    const tls = ['--tls', 'starttls', '--insecure', '--tls-resume', '1', '--no-reuse', '-m', '3']
    const { sessions, result } = await exported(collector, [...tls, target.address])
    assert.equal(sessions.length, 3)
    for (const span of sessions) {
      assert.deepEqual(names(span), ['connect', 'greeting', 'ehlo', 'starttls', 'tls', 'ehlo', 'quit'])
      assert.equal(span.attributes['tls.established'], true)
    }
    const resumed = sessions.filter(({ attributes }) => attributes['tls.resumed'] === true)
    assert.equal(resumed.length, result.tls?.resumed)
  })

  it('a refusal and a deferral carry the reply that decided', async () => {
    await using target = await sink({
      reject: ['rcpt:550:0.5:5.1.1 nobody', 'dot:451:0.5:4.3.0 later'],
      seed: '5',
      workers: 1,
    })
    await using collector = await OtlpReceiver.start()
    const { messages, result } = await exported(collector, ['-m', '40', '-A', '-s', '2', target.address])
    assert.equal(messages.length, 40)
    for (const [outcome, code, enhanced, phase] of [
      ['refused', 550, '5.1.1', 'rcpt'],
      ['deferred', 451, '4.3.0', 'dot'],
    ] as const) {
      const some = messages.filter(({ attributes }) => attributes['smtp.outcome'] === outcome)
      assert.ok(some.length > 0, outcome)
      assert.equal(some.length, result.messages[outcome])
      for (const span of some) {
        assert.equal(span.status, 2)
        assert.equal(span.statusMessage, `${code} ${enhanced} (${phase})`)
        assert.equal(span.attributes['error.type'], String(code))
        assert.equal(span.attributes['smtp.code'], code)
        assert.equal(span.attributes['smtp.enhanced_code'], enhanced)
        assert.equal(span.attributes['smtp.phase'], phase)
      }
    }
  })

  it('a connection that breaks: message and session fail by its kind, at its phase', async () => {
    await using server = await ScriptedServer.start({
      rules: [{ connection: 1, stage: 'dot', nth: 1, do: [{ wait: 20 }, 'reset'] }],
    })
    await using collector = await OtlpReceiver.start()
    const args = ['-m', '2', '--pipelining', 'off', '--chunking', 'off', '-s', '1', server.address]
    const all = await exported(collector, args)
    checkTree(all)
    assert.equal(all.messages.length, 2)
    const broken = [...all.sessions, ...all.messages].filter(({ status }) => status === 2)
    assert.deepEqual(broken.map(({ name }) => name).sort(), ['smtp message', 'smtp session'])
    for (const span of broken) {
      assert.equal(span.statusMessage, 'connection reset (dot)')
      assert.equal(span.attributes['error.type'], 'connection reset')
    }
    const message = broken.find(({ name }) => name === 'smtp message')!
    assert.deepEqual(names(message), ['start', 'mail', 'rcpt', 'data'])
    const waited = (message.attributes['stampede.slowest_phase_us'] as number) / 1000
    assert.ok(waited >= 19, `${waited} ms before the reset, at least`)
  })

  it('nobody listens: that is a failed session with its message', async () => {
    await using collector = await OtlpReceiver.start()
    const all = await exported(collector, ['-m', '1', `127.0.0.1:${await freePort()}`])
    checkTree(all)
    assert.deepEqual([all.sessions.length, all.messages.length], [1, 1])
    const [session] = all.sessions
    assert.equal(session!.statusMessage, 'connection refused (connect)')
    assert.equal(session!.attributes['stampede.connected'], false)
    assert.deepEqual(names(all.messages[0]!), [])
    assert.equal(all.messages[0]!.attributes['stampede.start_lag_us'], undefined)
  })

  it('one seed follows the same sessions', async () => {
    await using target = await sink({ workers: 1 })
    const followed = async () => {
      await using collector = await OtlpReceiver.start()
      const sample = ['--otlp-sample', '0.3', '--otlp-traces', '100k/s']
      const args = ['-s', '60', '-m', '60', '--workers', '2', '--seed', '11', target.address]
      const { sessions } = await exported(collector, args, sample)
      return sessions.map(({ attributes, traceId }) => [attributes['stampede.session'], traceId.slice(8)].join()).sort()
    }
    const first = await followed()
    assert.ok(first.length > 5 && first.length < 40, `${first.length} of 60`)
    assert.deepEqual(await followed(), first)
  })

  it('no more messages than asked for are kept, but failures and the slowest on top', async () => {
    await using target = await sink({ workers: 1 })
    await using collector = await OtlpReceiver.start()
    const few = ['--otlp-traces', '2/s']
    const all = await exported(collector, ['-m', '3000', '-s', '2', target.address], few)
    checkTree(all)
    const why = (reason: string) => all.messages.filter(({ attributes }) => attributes['stampede.sampled'] === reason)
    const most = 2 + 2 * Math.ceil(all.result.elapsedMs / 1000)
    assert.ok(why('turn').length >= 2 && why('turn').length <= most, `${why('turn').length} by turn`)
    assert.ok(why('slowest').length >= 1 && why('slowest').length <= most)
    const slowest = Math.max(...all.messages.map((span) => Number(span.end - span.start) / 1e6))
    assert.ok(Math.abs(slowest - all.result.latency[0]!.maxMs) < 0.1 + slowest / 500, `${slowest} ms`)
  })
})

describe('--otlp: metrics', () => {
  it('are those of the summary, cumulative, every interval and at the end', async () => {
    await using target = await sink({ workers: 1 })
    await using collector = await OtlpReceiver.start()
    const args = ['--otlp-interval', '150ms', '--rate', '500/s', '-m', '400', '-s', '5', target.address]
    const { result } = await exported(collector, args)
    assert.ok(collector.exports.length >= 4, `${collector.exports.length} exports`)
    const accepted = collector.exports.map((points) =>
      point(points, 'stampede_messages_total', { outcome: 'accepted' }),
    )
    assert.equal(accepted.at(-1)!.value, result.messages.accepted)
    assert.equal(result.messages.accepted, 400)
    assert.equal(new Set(accepted.map(({ start: at }) => at)).size, 1)
    accepted.forEach((one, i) => {
      assert.equal(one.kind, 'sum')
      assert.ok(i === 0 || (one.value >= accepted[i - 1]!.value && one.at > accepted[i - 1]!.at))
    })
    const latency = point(collector.last, 'stampede_message_duration_seconds', { outcome: 'accepted' })
    const row = result.latency.find(({ name, outcome }) => name === 'response' && outcome === 'accepted')!
    assert.equal(latency.value, row.count)
    assert.equal(latency.unit, 's')
    assert.ok(Math.abs(latency.sum - (row.count * row.meanMs) / 1000) <= latency.sum / 500)
    for (const { name, count } of result.latency.filter(({ outcome }) => outcome === 'accepted')) {
      if (name === 'response' || name === 'service') continue
      assert.equal(point(collector.last, 'stampede_phase_duration_seconds', { phase: name }).value, count, name)
    }
    assert.equal(collector.value('stampede_sent_bytes_total'), result.bytes.out)
    assert.equal(collector.value('stampede_messages_scheduled_total'), result.messages.scheduled)
    assert.equal(collector.value('stampede_otlp_spans_total', { outcome: 'sent' }), result.otlp!.spans.sent)
    assert.equal(result.otlp!.exports.sent, collector.exports.length)
  })

  it('of a sink, and of a stress run', async () => {
    await using ofSink = await OtlpReceiver.start()
    await using ofStress = await OtlpReceiver.start()
    const receiving = start(
      SINK,
      ['--otlp', ofSink.url, '--json', '--ready-fd', '1', '--workers', '1', '127.0.0.1:0'],
      PATIENT,
    )
    const [line] = (await new Promise<string>((resolve) => {
      receiving.child.stdout!.once('data', (chunk: Buffer) => resolve(chunk.toString()))
    }).then((text) => text.split('\n'))) as [string]
    const port = line.split(':').at(-1)!
    const program = { name: 'stress', command: [process.execPath, built('bin/stampede.js'), 'stress'] } as const
    const asked = ['--host', '127.0.0.1', '-p', port, '-d', '1', '-c', '2', '--ramp-up', '0', '--no-monitor']
    const stressed = await run(program, [...asked, '--otlp', ofStress.url], PATIENT)
    assert.equal(stressed.code, 0, stressed.stderr)
    receiving.kill('SIGINT')
    const { stdout } = await receiving.done
    ofSink.check()
    ofStress.check()
    const totals = JSON.parse(stdout.slice(stdout.indexOf('{')))
    assert.ok(totals.messages > 0)
    assert.equal(ofSink.value('stampede_sink_messages_total', { outcome: 'accepted' }), totals.messages)
    assert.equal(ofSink.last[0]!.resource['stampede.role'], 'sink')
    assert.ok(ofStress.value('stampede_messages_total', { outcome: 'accepted' }) > 0)
    assert.ok(ofStress.spans.length > 0)
  })
})

it('--otlp: a collector that is not there costs the run nothing but a note', async () => {
  await using target = await sink({ workers: 1 })
  const url = `http://127.0.0.1:${await freePort()}`
  const result = await runHere(['--otlp', url, ...ALL, '-m', '20', target.address])
  assert.equal(result.messages.accepted, 20)
  assert.equal(result.passed, true)
  assert.deepEqual(result.notes, [
    `otlp: 21 of 21 spans were lost (21 not delivered); 1 of 1 exports of metrics did not arrive, at ${url}: ECONNREFUSED`,
  ])
  assert.deepEqual(result.otlp!.spans, { sent: 0, dropped: 0, failed: 21, rejected: 0, unrecorded: 0 })
})

describe('--otlp: the command line', () => {
  it('a header reaches the collector and is shown nowhere', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'stampede-otlp-'))
    try {
      await using target = await sink({ workers: 1 })
      await using collector = await OtlpReceiver.start()
      const recording = join(directory, 'run.ndjson')
      const url = collector.url.replace('//', '//ann:s3cret@')
      const file = join(directory, 'plan.json')
      const secret = { otlp: `${url}/base/`, otlpHeader: ['X-Token: s3cret', 'X-Other:  1'] }
      writeFileSync(file, JSON.stringify({ target: target.address, ...secret, out: [`ndjson=${recording}`] }))
      const program = { name: 'run', command: [process.execPath, built('bin/stampede.js'), 'run'] } as const
      const planned = await run(program, ['--json', '-v', file], PATIENT)
      assert.equal(planned.code, 0, planned.stderr)
      const header = secret.otlpHeader.flatMap((text) => ['--otlp-header', text])
      const env = {
        STAMPEDE_OTLP: secret.otlp,
        OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment.name=lab',
        OTEL_EXPORTER_OTLP_HEADERS: 'x-from=environment',
      }
      const typed = await run(SOURCE, [...header, target.address], { env, ...PATIENT })
      assert.equal(typed.code, 0, typed.stderr)
      collector.check()
      assert.deepEqual([...new Set(collector.paths)].sort(), ['/base/v1/metrics', '/base/v1/traces'])
      for (const headers of collector.headers) {
        assert.equal(headers['x-token'], 's3cret')
        assert.equal(headers['x-other'], '1')
        assert.match(headers.authorization!, /^Basic /)
      }
      const shown = [planned, typed].map(({ stdout, stderr }) => stdout + stderr)
      for (const text of [...shown, readFileSync(recording, 'utf8')]) assert.doesNotMatch(text, /s3cret/)
      // What OpenTelemetry's own variables say is heeded too.
      assert.equal(collector.headers.at(-1)!['x-from'], 'environment')
      assert.equal(collector.spans.at(-1)!.resource['deployment.environment.name'], 'lab')
      assert.equal(collector.spans.at(-1)!.resource['service.name'], 'stampede')
      assert.equal(JSON.parse(planned.stdout).otlp.url, `${collector.url.replace('//', '//ann:***@')}/base`)
    } finally {
      rmSync(directory, { recursive: true, force: true })
    }
  })

  it('without the exporters it says what to install, and sends nothing', async () => {
    await using target = await sink({ workers: 1 })
    // A loader that knows no package of that name, as where optional ones were left out.
    const hook = `export async function resolve(name, context, next) {
      if (name.startsWith('@opentelemetry/')) throw Object.assign(new Error('no'), { code: 'ERR_MODULE_NOT_FOUND' })
      return next(name, context)
    }`
    const asUrl = (code: string) => `data:text/javascript,${encodeURIComponent(code)}`
    const register = `import { register } from 'node:module'; register(${JSON.stringify(asUrl(hook))})`
    const [node, ...words] = SOURCE.command
    const program = { name: 'without', command: [node, '--import', asUrl(register), ...words] } as const
    const ran = await run(program, ['--otlp', 'http://127.0.0.1:4318', target.address], PATIENT)
    assert.equal(ran.code, 2)
    assert.match(
      ran.stderr,
      /^stampede: --otlp needs OpenTelemetry's exporters, which are not installed; npm install @opentelemetry\/\S+( @opentelemetry\/\S+)+\n$/,
    )
    assert.equal((await run(program, ['-m', '1', '--quiet', target.address], PATIENT)).code, 0)
    assert.equal((await target.stop()).messages, 1)
  })
})
