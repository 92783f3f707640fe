/** `stampede doctor` as it is called: the ceiling, a server that is there, and ones that are not. */
import assert from 'node:assert/strict'
import { createServer } from 'node:net'
import { test } from 'node:test'
import { sink } from '#src/index.js'
import type { DoctorReport } from '#src/report/doctor.js'
import { built, type Program, run } from '../peer/run-program.js'
import { ScriptedServer } from '../peer/scripted-server.js'

const DOCTOR: Program = { name: 'stampede doctor', command: [process.execPath, built('bin/stampede.js'), 'doctor'] }

type Document = DoctorReport & { readonly healthy: boolean }

async function doctor(
  ...args: readonly string[]
): Promise<{ readonly code: number | null; readonly report: Document }> {
  const { code, stdout, stderr } = await run(DOCTOR, ['--json', ...args], { timeoutMs: 60_000 })
  assert.equal(stderr, '')
  return { code, report: JSON.parse(stdout) as Document }
}

/** What was found of the target. */
function target(report: Document): Record<string, string> {
  const own = report.findings.filter(({ group }) => group === 'target')
  return Object.fromEntries(own.map(({ name, level, value }) => [name, `${level} ${value}`]))
}

test('the ceiling: every way of sending has a figure', async () => {
  const { code, report } = await doctor('--seconds', '300ms', '-s', '4')
  assert.equal(code, 0)
  assert.deepEqual(
    report.ceilings!.map(({ mode }) => mode),
    ['lock-step', 'pipelined', 'chunked, 16 in flight', 'pipelined in TLS', 'connection per message'],
  )
  for (const { mode, perSecond, trouble } of report.ceilings!)
    assert.ok(perSecond > 0 && trouble === null, `${mode}: ${trouble}`)
  assert.deepEqual([report.healthy, report.seconds, report.target], [true, 0.3, null])
  const names = report.findings.map(({ name }) => name)
  for (const name of ['cores', 'memory', 'Node.js', 'uWebSockets.js', 'koffi', 'port 25'])
    assert.ok(names.includes(name), name)
  if (process.platform === 'linux')
    for (const name of ['open files', 'local ports', 'TIME_WAIT reuse', 'listen queue', 'queue overflows'])
      assert.ok(names.includes(name), name)
})

test('a server: what it says, in clear and in TLS, without any mail', async () => {
  await using peer = await sink({ tls: 'starttls', hostname: 'mx.example' })
  const { code, report } = await doctor('--no-load', `localhost:${peer.port}`)
  assert.equal(code, 0)
  assert.equal(report.ceilings, null)
  const found = target(report)
  assert.match(found.name!, /^ok 127\.0\.0\.1 in /)
  assert.match(found.connect!, /^ok 127\.0\.0\.1 port \d+ in /)
  assert.match(found.greeting!, /^ok 220 mx\.example/)
  assert.match(found.EHLO!, /^ok .*PIPELINING.*STARTTLS/)
  assert.match(found.TLS!, /^ok TLSv1\.3 /)
  assert.match(found.certificate!, /^note the certificate is self-signed/)
  assert.match(found.pipelined!, /^ok yes/)
  assert.match(found.chunked!, /^ok yes/)
  assert.equal(peer.totals().messages, 0)
  const text = await run(DOCTOR, ['--no-load', `localhost:${peer.port}`])
  assert.match(text.stdout, /^target localhost:\d+$/m)
  assert.match(text.stdout, /^can run {2}/m)
  assert.doesNotMatch(text.stdout, /\x1b/)
})

test('one that offers little, one over a socket, and TLS from the first octet', async () => {
  await using bare = await ScriptedServer.start({ extensions: [] })
  const little = target((await doctor('--no-load', bare.address)).report)
  assert.match(little.EHLO!, /^ok no extensions/)
  assert.match(little.pipelined!, /^note no/)
  assert.match(little.STARTTLS!, /^note not offered/)
  await using encrypted = await sink({ tls: 'implicit' })
  const found = target((await doctor('--no-load', `smtps://127.0.0.1:${encrypted.port}`)).report)
  assert.match(found.TLS!, /^ok TLSv1\.3/)
  assert.equal(found.STARTTLS, undefined)
})

test('nobody there, nobody who speaks SMTP, and a name that is none: runs cannot be done', async () => {
  const refused = await doctor('--no-load', '127.0.0.1:1')
  assert.deepEqual([refused.code, target(refused.report).connect], [1, 'fail Connection refused'])
  const mute = createServer((socket) => void socket.end('HTTP/1.1 400 Bad Request\r\n\r\n').on('error', () => {}))
  await new Promise<void>((resolve) => mute.listen(0, '127.0.0.1', resolve))
  try {
    const { port } = mute.address() as { port: number }
    const other = await doctor('--no-load', `127.0.0.1:${port}`)
    assert.deepEqual([other.code, target(other.report).greeting], [1, 'fail what it says is not SMTP'])
  } finally {
    mute.close()
  }
})

test('a public target needs a word, and options have to be right', async () => {
  const stranger = await run(DOCTOR, ['--no-load', '192.0.2.1'])
  assert.equal(stranger.code, 2)
  assert.match(stranger.stderr, /public address 192\.0\.2\.1; load only servers that are yours/)
  const odd = await run(DOCTOR, ['--second', '1'])
  assert.deepEqual([odd.code, /--seconds/.test(odd.stderr)], [2, true])
})
