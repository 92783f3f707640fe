import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { type Record, type Script, ScriptedServer } from '../peer/scripted-server.js'
import { type ProcessTotals, SinkProcess } from '../peer/sink-process.js'
import { type StressDocument, stress, wrongIn } from '../peer/stress.js'

const directory = mkdtempSync(join(tmpdir(), 'stampede-stress-test-'))
after(() => rmSync(directory, { recursive: true, force: true }))
const USERS = join(directory, 'users')
writeFileSync(USERS, 'tester:let me in\n')

/** A server that takes its time leaves the machine some for those who misbehave. */
const UNHURRIED = ['--delay', 'dot:10ms']

interface Totals extends ProcessTotals {
  readonly bytesIn: number
  readonly tlsFull: number
  readonly tlsResumed: number
  readonly authOk: number
  readonly authFailed: number
}

interface Seen {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
  readonly document: StressDocument
  readonly totals: Totals
}

/** One conversation with our own sink; its document has been checked. */
async function conversation(args: readonly string[], policy: readonly string[] = []): Promise<Seen> {
  const sink = await SinkProcess.start(policy)
  const { code, stdout, stderr, document } = await stress(sink.port, args)
  const totals = (await sink.stop()) as Totals
  assert.ok(document !== null, stderr)
  assert.deepEqual(wrongIn(document), [], JSON.stringify(document))
  return { code, stdout, stderr, document, totals }
}

/** One conversation with a server that writes everything down and takes 20 ms for each message. */
async function watched(
  args: readonly string[],
  script: Script = {},
): Promise<Seen['document'] & { records: readonly Record[] }> {
  const rules: Script['rules'] = [{ stage: 'dot', do: [{ wait: 20 }, 'normal'] }]
  await using server = await ScriptedServer.start({ rules, extensions: ['PIPELINING'], ...script })
  const { document, stderr } = await stress(server.port, args)
  await server.quiet()
  assert.ok(document !== null, stderr)
  assert.deepEqual(wrongIn(document), [])
  return { ...document, records: server.records }
}

const text = (record: Record) => Buffer.concat(record.reads).toString('latin1')

describe('flags of stress at a receiver', { concurrency: 3 }, () => {
  it('--min-connections, --max-connections, --ramp-up: one by one, in a straight line', async () => {
    const seen = await watched([
      '-d',
      '1.5',
      '--min-connections',
      '1',
      '-c',
      '5',
      '--ramp-up',
      '1',
      '--messages-per-connection',
      '1000',
    ])
    const began = Date.parse(seen.start_time) - performance.timeOrigin
    const opened = seen.records.map((r) => r.openedAt - began)
    assert.equal(opened.length, 5)
    // Never early; by two clocks, and one of them has whole milliseconds.
    for (const [i, ms] of opened.entries()) assert.ok(ms >= i * 250 - 10, `connection ${i} after ${ms} ms`)
  })

  it('--burst-mode: all of them in bursts, the fewest between', async () => {
    const seen = await watched([
      ...['-d', '4.2', '--min-connections', '1', '-c', '6', '--ramp-up', '0', '--messages-per-connection', '1000'],
      ...['--burst-mode', '--burst-interval', '1.5', '--burst-duration', '1'],
    ])
    assert.equal(seen.records.length, 1 + 3 * 5)
    // Nobody has sent as much as a connection is good for: the five came three times, and left three times.
    const [steady, ...others] = seen.records
    assert.ok(others.every((r) => r.messages.length < steady!.messages.length))
    assert.ok(others.every((r) => r.commands.at(-1) === 'QUIT'))
  })

  it('--messages-per-connection: exactly so many; --no-connection-reuse: one', async () => {
    const few = ['-d', '0.5', '-c', '2', '--min-connections', '2']
    const kept = await watched([...few, '--messages-per-connection', '4'])
    // The last ones were cut short by the end of the run.
    const whole = kept.records.slice(0, -2)
    assert.ok(whole.length > 0)
    assert.deepEqual(new Set(whole.map((r) => r.messages.length)), new Set([4]))
    const single = await watched([...few, '--no-connection-reuse'])
    assert.deepEqual(new Set(single.records.map((r) => r.messages.length)), new Set([1]))
    assert.equal(single.config.connection_reuse, false)
  })

  it('--duration and --message-size', async () => {
    const seen = await watched(['-d', '700ms', '-c', '1', '--message-size', '2000'])
    assert.ok(seen.total_duration >= 0.7 && seen.config.duration === 0.7)
    const content = seen.records[0]!.messages[0]!.octets.toString('latin1')
    const body = content.slice(content.indexOf('\r\n\r\n') + 4).replace(/\.\r\n$/, '')
    assert.ok(Math.abs(body.length - 2000) <= 2 * body.split('\r\n').length, `${body.length}`)
    assert.equal(seen.total_emails_sent, seen.records.flatMap((r) => r.messages).length)
  })

  it('--pipelining: the envelope at once; without, one command at a time', async () => {
    const gone: Script = { rules: [{ connection: 1, stage: 'mail', nth: 1, do: ['close'] }] }
    const few = ['-d', '0.5', '-c', '1']
    const grouped = await watched([...few, '--pipelining'], gone)
    assert.match(text(grouped.records[0]!), /MAIL FROM:.*\r\nRCPT TO:.*\r\nDATA\r\n$/)
    const single = await watched(few, gone)
    assert.match(text(single.records[0]!), /MAIL FROM:.*\r\n$/)
  })

  it('--slow-client and --slow-delay: content in pieces, apart', async () => {
    const seen = await watched([
      '-d',
      '3',
      '-c',
      '4',
      '--min-connections',
      '4',
      '--slow-client',
      '--slow-delay',
      '0.05',
      '--message-size',
      '1KiB',
    ])
    // Pieces of 128 octets: more than eight reads for a content that others send in one.
    const slow = seen.records.filter((r) => r.reads.filter((read) => read.length === 128).length >= 8)
    assert.ok(slow.length >= 1, `${seen.records.length} connections, none of them slow`)
    assert.ok(slow.length < seen.records.length)
  })

  it('--malformed: what is no SMTP, beside what is', async () => {
    const seen = await watched(['-d', '3', '-c', '4', '--min-connections', '4', '--malformed', '--seed', '1'])
    const commands = seen.records.flatMap((r) => r.commands)
    const strange = commands.filter((line) => !/^(EHLO \S+|MAIL FROM:<\S+>|RCPT TO:<\S+>|DATA|RSET|QUIT)$/.test(line))
    assert.ok(strange.length > 0, `none of ${commands.length} commands`)
    assert.deepEqual([seen.failed_emails, seen.success_rate], [0, 100])
  })

  it('--no-monitor: nothing is said of the machine', async () => {
    const few = ['-d', '1.2', '-c', '1']
    const quiet = await conversation([...few, '--no-monitor'])
    assert.deepEqual(quiet.document.system_metrics, [])
    assert.doesNotMatch(quiet.stdout, /^host/m)
    const told = await conversation(few)
    assert.ok(told.document.system_metrics.length > 0)
    assert.match(told.stdout, /^host +cpu \d/m)
  })

  it('ended by a signal: what was measured is printed and written', async () => {
    await using server = await ScriptedServer.start()
    const interrupt = server.until(() => server.accepted > 0)
    const { code, stdout, document } = await stress(server.port, ['-d', '60', '-c', '2'], { interrupt })
    assert.equal(code, 130)
    assert.match(stdout, /^messages +[\d,]+ of [\d,]+ accepted/m)
    assert.ok(document !== null && document.successful_emails > 0 && document.total_duration < 30)
    assert.deepEqual(wrongIn(document), [])
  })

  it('--seed: the same ids again', async () => {
    const ids = async () => {
      const { records } = await watched(['-d', '0.3', '-c', '1', '--seed', '5eed'])
      return /^Message-Id: (.*)\r$/im.exec(text(records[0]!))![1]
    }
    assert.equal(await ids(), await ids())
  })
})

describe('conversations of stress with our sink', { concurrency: 3 }, () => {
  it('simple', async () => {
    const { code, document, totals, stdout } = await conversation([
      '-d',
      '2.2',
      '-c',
      '5',
      '--min-connections',
      '1',
      '--ramp-up',
      '1',
    ])
    assert.equal(code, 0)
    assert.deepEqual([document.failed_emails, document.success_rate, document.error_counts], [0, 100, {}])
    assert.equal(document.successful_emails, totals.messages)
    assert.ok(totals.connections >= totals.messages / 10)
    assert.ok(Math.abs(document.system_metrics.length - document.total_duration) < 1.5)
    assert.match(
      stdout,
      /^again {2}stampede stress --seed [0-9a-f]{8} --host 127\.0\.0\.1 -p \d+ -d 2\.2 -c 5 --min-connections 1 --ramp-up 1 -o /m,
    )
  })

  it('high intensity', async () => {
    const { code, document, totals } = await conversation([
      '-d',
      '2.2',
      '-c',
      '60',
      '--min-connections',
      '60',
      '--messages-per-connection',
      '1000',
      '--pipelining',
    ])
    assert.equal(code, 0)
    assert.equal(document.successful_emails, totals.messages)
    assert.ok(document.system_metrics.some((row) => row.open_connections === 60))
    assert.ok(totals.messages > 60)
  })

  it('reuse', async () => {
    const kept = await conversation(['-d', '1', '-c', '4', '--messages-per-connection', '25'])
    assert.ok(kept.totals.connections >= kept.totals.messages / 25)
    assert.ok(kept.totals.connections <= kept.totals.messages / 25 + 4)
    const single = await conversation(['-d', '1', '-c', '4', '--no-connection-reuse'])
    assert.equal(single.totals.connections, single.totals.messages)
    assert.deepEqual([kept.code, single.code], [0, 0])
  })

  it('slow clients', async () => {
    const args = ['-d', '3.2', '-c', '10', '--min-connections', '10', '--slow-client', '--slow-delay', '0.02']
    const { code, document, totals } = await conversation(args, UNHURRIED)
    assert.equal(code, 0)
    assert.equal(document.success_rate, 100)
    // What the slow ones sent the sink has, and no figure of the healthy ones.
    assert.ok(totals.messages > document.successful_emails, `${totals.messages} against ${document.successful_emails}`)
  })

  it('malformed', async () => {
    // The seed says where in the catalogue they begin.
    const args = ['-d', '4', '-c', '10', '--min-connections', '10', '--malformed', '--seed', '1']
    const { code, document, totals, stdout } = await conversation(args, UNHURRIED)
    assert.equal(code, 0)
    assert.deepEqual([document.success_rate, document.error_counts], [100, {}])
    assert.ok(totals.rejected > 0)
    assert.match(stdout, /^ {2}malformed +\d/m)
  })

  it('pipelining', async () => {
    const args = ['-d', '1.2', '-c', '4', '--min-connections', '4', '--messages-per-connection', '100']
    const grouped = await conversation([...args, '--pipelining'])
    assert.deepEqual([grouped.code, grouped.document.successful_emails], [0, grouped.totals.messages])
    assert.equal(grouped.document.config.pipelining, true)
    // A server that does not offer it is spoken to one command at a time.
    const refused = await conversation([...args, '--pipelining'], ['--no-pipelining'])
    assert.deepEqual([refused.code, refused.document.successful_emails], [0, refused.totals.messages])
  })

  it('rate limiting', async () => {
    const { code, document, totals, stdout } = await conversation(
      ['-d', '2', '-c', '4', '--min-connections', '4'],
      ['--limit', 'sender:30/s:10'],
    )
    assert.equal(code, 1)
    assert.ok(document.success_rate < 95)
    assert.equal(document.successful_emails, totals.messages)
    assert.ok(
      document.successful_emails >= 10 && document.successful_emails <= 10 + 30 * (document.total_duration + 0.1),
    )
    const [[reason, times], ...others] = Object.entries(document.error_counts) as [[string, number]]
    assert.deepEqual(others, [])
    assert.match(reason, /^451 .*\(mail\)$/)
    assert.equal(times, document.failed_emails)
    assert.match(stdout, /^FAIL /)
  })

  it('TLS and AUTH', async () => {
    const secrets = ['--username', 'tester', '--password', 'let me in']
    const { code, document, totals, stdout, stderr } = await conversation(
      ['-d', '2', '-c', '4', '--min-connections', '4', '--use-tls', ...secrets, '--auth-failure-rate', '1'],
      ['--tls', 'starttls', '--auth', 'all', '--auth-users', USERS, '--auth-required'],
    )
    assert.equal(code, 0, stdout)
    assert.equal(document.successful_emails, totals.messages)
    assert.equal(totals.tlsFull + totals.tlsResumed, totals.connections)
    assert.equal(totals.authOk, totals.connections)
    // Everyone tries a wrong secret first.
    assert.equal(totals.authFailed, totals.connections)
    assert.equal(document.config.password, '***')
    assert.doesNotMatch(stdout + stderr + JSON.stringify(document), /let me in/)
  })

  it('TLS with a server that nobody vouches for: on loopback, and elsewhere only --insecure', async () => {
    const few = ['-d', '0.5', '-c', '2', '--use-tls']
    const offered = ['--tls', 'starttls']
    // Connections to the unspecified address reach this machine, but it is not loopback by name.
    const strange = await conversation([...few, '--host', '0.0.0.0'], offered)
    assert.deepEqual([strange.code, strange.document.successful_emails, strange.totals.messages], [1, 0, 0])
    assert.ok(Object.keys(strange.document.error_counts).some((reason) => reason.startsWith('certificate not trusted')))
    const taken = await conversation([...few, '--host', '0.0.0.0', '--insecure'], offered)
    assert.deepEqual([taken.code, taken.document.successful_emails], [0, taken.totals.messages])
    const none = await conversation(few)
    assert.deepEqual([none.code, none.totals.messages], [1, 0])
    assert.ok(Object.keys(none.document.error_counts).some((reason) => reason.startsWith('not offered')))
  })

  it('everything at once', async () => {
    const { code, document, totals, stdout } = await conversation(
      [
        ...['-d', '4.2', '-c', '20', '--min-connections', '4', '--ramp-up', '1', '--message-size', '3000'],
        ...['--burst-mode', '--burst-interval', '2', '--burst-duration', '1', '--messages-per-connection', '7'],
        ...['--use-tls', '--username', 'tester', '--password', 'let me in', '--auth-failure-rate', '0.1'],
        ...['--pipelining', '--slow-client', '--slow-delay', '0.02', '--malformed'],
      ],
      [
        ...['--tls', 'starttls', '--auth', 'plain', '--auth-users', USERS],
        ...['--reject', 'rcpt:550:0.01', '--seed', '1', ...UNHURRIED],
      ],
    )
    assert.equal(code, 0, stdout)
    assert.ok(document.success_rate >= 95 && document.success_rate < 100, `${document.success_rate} %`)
    assert.equal(Object.keys(document.error_counts).filter((reason) => /^550 .*\(rcpt\)$/.test(reason)).length, 1)
    assert.ok(totals.messages > document.successful_emails)
    assert.ok(
      totals.tlsFull + totals.tlsResumed > 0 && totals.authOk > 0 && totals.authFailed > 0 && totals.rejected > 0,
    )
    assert.match(stdout, /^PASS .* refused, as allowed /)
    assert.match(stdout, /^ {2}slow data +\d/m)
    assert.match(stdout, /^ {2}malformed +\d/m)
    assert.ok(Math.abs(document.system_metrics.length - document.total_duration) < 1.5)
  })
})
