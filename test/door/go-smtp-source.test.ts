import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { parseGoSource } from '#src/cli/go-smtp-source-args.js'
import { goSourcePlan } from '#src/cli/go-smtp-source-plan.js'
import { MACHINE } from '../cli/machine.js'
import { built, type Program, type Ran, run } from '../peer/run-program.js'
import { type Record, type Script, ScriptedServer } from '../peer/scripted-server.js'
import { type ProcessTotals, SinkProcess } from '../peer/sink-process.js'
import { deafPort } from './subject.js'

const DOOR: Program = {
  name: 'the door go-smtp-source',
  command: [process.execPath, built('bin/stampede.js'), 'go-smtp-source'],
}

interface Seen extends Ran {
  readonly records: readonly Record[]
  readonly peak: number
}

/** One run of the door against a fresh server; the target comes last. */
async function call(args: readonly string[], script: Script = {}): Promise<Seen> {
  await using server = await ScriptedServer.start(script)
  const ran = await run(DOOR, [...args, server.address])
  await server.quiet()
  return { ...ran, records: server.records, peak: server.peak }
}

const silent = { stdout: '', stderr: '', code: 0 }
const said = ({ stdout, stderr, code }: Ran) => ({ stdout, stderr, code })
const contents = (seen: Seen) => seen.records.flatMap((r) => r.messages.map((m) => m.octets.toString('latin1')))
const lines = (seen: Seen, verb: string) => seen.records.flatMap((r) => r.commands.filter((c) => c.startsWith(verb)))
const planFrom = (...args: string[]) => goSourcePlan(parseGoSource([...args, 'h:25']), MACHINE)

describe('go-smtp-source', { concurrency: 4 }, () => {
  it('without flags sends one message, one command at a time, and says nothing', async () => {
    const seen = await call([], { extensions: ['PIPELINING', '8BITMIME'] })
    assert.deepEqual(said(seen), silent)
    assert.deepEqual(
      seen.records.map((r) => r.commands),
      [['EHLO localhost', 'MAIL FROM:<from@example.com>', 'RCPT TO:<to@example.com>', 'DATA', 'QUIT']],
    )
    assert.match(seen.records[0]!.reads[1]!.toString('latin1'), /^MAIL FROM:.*\r\n$/)
    assert.match(
      contents(seen)[0]!,
      /^From: <from@example\.com>\r\nTo: <to@example\.com>\r\nDate: .*\r\nMessage-Id: <.*@localhost>\r\nSubject: from go-smtp-source\r\n\r\n(La de da de da \d\.\r\n){4}/,
    )
  })

  it('-s and -m: so many messages, a connection for each, so many at a time', async () => {
    const seen = await call(['-s', '3', '-m=12'], { barrier: 3 })
    assert.deepEqual(said(seen), silent)
    assert.equal(seen.records.length, 12)
    // A server may see the next connection before it has seen the end of the last one; the original opens twice as many.
    assert.ok(seen.peak >= 3 && seen.peak < 6, `${seen.peak} at a time`)
    const ids = contents(seen).map((content) => /^Message-Id: (.*)\r$/im.exec(content)![1])
    assert.equal(new Set(ids).size, 12)
  })

  it('-d keeps connections, and -d=false does not', async () => {
    assert.equal((await call(['-d', '-m', '5'])).records.length, 1)
    assert.equal((await call(['-d=false', '-m', '5'])).records.length, 5)
  })

  it('-f, -t, -r and -S: who and what, as they are', async () => {
    const seen = await call(['--f', 'a@b', '-t=c@d', '-r', '3', '-S', '100% %d of it'])
    assert.deepEqual(lines(seen, 'MAIL'), ['MAIL FROM:<a@b>'])
    assert.deepEqual(lines(seen, 'RCPT'), ['RCPT TO:<3c@d>', 'RCPT TO:<2c@d>', 'RCPT TO:<c@d>'])
    assert.match(contents(seen)[0]!, /\r\nSubject: 100% %d of it\r\n/)
  })

  it('-l: a body of exactly so many octets', async () => {
    for (const [args, size] of [
      [['-l', '200'], 200],
      [['-l', '0x51'], 81],
    ] as const) {
      const [content] = contents(await call(args))
      const body = content!.slice(content!.indexOf('\r\n\r\n') + 4).replace(/\.\r\n$/, '')
      assert.equal(body.replaceAll('\r\n', '').length + 2 * (body.split('\r\n').length - 2), size, body)
    }
  })

  it('-F: a file as headers and body', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'stampede-go-'))
    try {
      writeFileSync(join(directory, 'm'), 'Subject: mine\n\nbody\n')
      const seen = await call(['-F', join(directory, 'm')])
      assert.match(contents(seen)[0]!, /^Subject: mine\r\n\r\nbody\r\n/)
      const both = await run(DOOR, ['-l', '5', '-F', join(directory, 'm'), 'h:25'])
      assert.deepEqual(
        [both.code, both.stderr],
        [2, 'go-smtp-source: -l and -F exclude each other; the file has its own size.\n'],
      )
      const missing = await run(DOOR, ['-F', join(directory, 'none'), 'h:25'])
      assert.equal(missing.code, 2)
      assert.match(missing.stderr, /^go-smtp-source: -F: cannot read '.*none' \(no such file or directory\)/)
    } finally {
      rmSync(directory, { recursive: true, force: true })
    }
  })

  it('-q: no more than so many a second', async () => {
    const seen = await call(['-q', '20', '-m', '9', '-s', '4'])
    assert.deepEqual(said(seen), silent)
    assert.ok(seen.elapsedMs >= 399, `${seen.elapsedMs} ms for nine messages at 20/s`)
    assert.equal(planFrom('-q', '0').load.arrivals, null)
  })

  it('-resolve-once: looked up once; without, for each connection', async () => {
    assert.deepEqual([planFrom('-resolve-once').wire.resolveEach, planFrom().wire.resolveEach], [false, true])
    await using server = await ScriptedServer.start()
    const target = server.address.replace('127.0.0.1', 'localhost')
    for (const args of [['-resolve-once'], []]) {
      assert.deepEqual(said(await run(DOOR, [...args, '-m', '3', target])), silent)
    }
    assert.equal(server.records.length, 6)
  })

  it('takes IPv6 addresses', async () => {
    assert.deepEqual(said(await call(['-m', '2'], { listen: 'inet6' })), silent)
  })

  it('-tls: encrypted, whatever the certificate, every session anew', async () => {
    const sink = await SinkProcess.start(['--tls', 'starttls'])
    const ran = await run(DOOR, ['-tls', '-m', '4', '-s', '2', `127.0.0.1:${sink.port}`])
    const totals = (await sink.stop()) as ProcessTotals & { tlsFull: number; tlsResumed: number }
    assert.deepEqual(said(ran), silent)
    assert.deepEqual([totals.messages, totals.tlsFull, totals.tlsResumed], [4, 4, 0])
  })

  it('-v: what will be done on stderr, a summary on stdout', async () => {
    const seen = await call(['-v', '-m', '2'])
    assert.equal(seen.code, 0)
    assert.match(seen.stderr, /^target {5}127\.0\.0\.1:\d+ by SMTP\n/)
    assert.match(seen.stderr, /^00:00 {2}accepted 2 /m)
    assert.match(seen.stdout, /^messages +2 of 2 accepted /m)
  })
})

describe('what goes wrong with go-smtp-source', { concurrency: 4 }, () => {
  it('refused mail: told once with how often, and exit status 1', async () => {
    const rules: Script['rules'] = [{ stage: 'rcpt', nth: 1, do: [{ reply: '550 5.1.1 nobody' }] }]
    assert.deepEqual(said(await call(['-m', '3'], { rules })), {
      stdout: '',
      stderr: 'go-smtp-source: unable to send a mail: 550 5.1.1 nobody after rcpt (3 times)\n',
      code: 1,
    })
  })

  it('a server that leaves in the midst of it: told, and exit status 1', async () => {
    const rules: Script['rules'] = [{ connection: 2, stage: 'data', do: ['close'] }]
    const seen = await call(['-m', '3'], { rules })
    assert.deepEqual([seen.stdout, seen.code], ['', 1])
    assert.match(seen.stderr, /^go-smtp-source: unable to send a mail: connection (closed|reset) after data[^\n]*\n$/)
  })

  it('nobody there: told, and exit status 1', async () => {
    const ran = await run(DOOR, ['-m', '1', `127.0.0.1:${await deafPort()}`])
    assert.deepEqual(said(ran), {
      stdout: '',
      stderr: 'go-smtp-source: unable to connect to the server: connection refused after connect: ECONNREFUSED\n',
      code: 1,
    })
  })

  it('-tls where it is not offered: nothing is sent in the clear', async () => {
    const seen = await call(['-tls', '-m', '2'])
    assert.deepEqual([seen.stdout, seen.code], ['', 1])
    assert.match(seen.stderr, /not offered/)
    assert.deepEqual(lines(seen, 'MAIL'), [])
  })

  it('wrong flags: the words of their package, usage, and exit status 2; help is no fault', async () => {
    for (const [args, first] of [
      [['-x', 'h'], 'flag provided but not defined: -x'],
      [['-m'], 'flag needs an argument: -m'],
      [['-m', 'many', 'h'], 'invalid value "many" for flag -m: parse error'],
      [['-m', '0', 'h'], 'invalid value "0" for flag -m: give at least 1'],
      [['-s', '-1', 'h'], 'invalid value "-1" for flag -s: give at least 1'],
      [['-q', 'NaN', 'h'], 'invalid value "NaN" for flag -q: give from 0 to 1000000000'],
    ] as const) {
      const ran = await run(DOOR, args)
      assert.deepEqual([ran.code, ran.stdout], [2, ''], args.join(' '))
      assert.match(ran.stderr, new RegExp(`^${first}\\nUsage of go-smtp-source:\\n  -F string\\n    \\t`))
    }
    const help = await run(DOOR, ['-h'])
    assert.equal(help.code, 0)
    assert.match(help.stderr, /^Usage of go-smtp-source:\n/)
    for (const [args, sentence] of [
      [[], 'host is missing'],
      [['h', '-m', '2'], "'-m' is one operand too many; options stand before the host"],
    ] as const)
      assert.deepEqual(said(await run(DOOR, args)), { stdout: '', stderr: `go-smtp-source: ${sentence}\n`, code: 1 })
  })

  it('is what the program is when a link of that name leads to it', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'stampede-go-'))
    try {
      const link = join(directory, 'go-smtp-source')
      symlinkSync(built('bin/stampede.js'), link)
      const ran = await run({ name: 'a link', command: [process.execPath, link] }, ['-x'])
      assert.equal(ran.code, 2)
      assert.match(ran.stderr, new RegExp(`\\nUsage of ${link}:\\n`))
    } finally {
      rmSync(directory, { recursive: true, force: true })
    }
  })
})
