import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { ErrorKind } from '#src/measure/series.js'
import { type LoadOptions, type LoadResult, runCommand, runLoad } from '../peer/load.js'
import { run, SOURCE } from '../peer/run-program.js'
import { type Record, type Script, ScriptedServer } from '../peer/scripted-server.js'

const ALL = ['PIPELINING', 'CHUNKING']
const WHO = { helo: 'client.example', from: 'a@example.org', to: 'b@example.net' } as const

interface Seen {
  readonly result: LoadResult
  readonly records: readonly Record[]
}

/** One run against a fresh server; what both saw. One session and one worker unless told otherwise. */
async function load(options: Omit<LoadOptions, 'target'>, script: Script = {}): Promise<Seen> {
  await using server = await ScriptedServer.start({ extensions: ALL, ...script })
  const result = await runLoad({ ...WHO, sessions: 1, workers: 1, ...options, target: server.address })
  await server.quiet()
  if (result.unit === 'messages') {
    // A reply may be lost with a connection that was given up; then the message counts as failed.
    const { accepted, failed } = result.messages
    assert.ok(
      accepted <= server.accepted && accepted + failed >= server.accepted,
      `${accepted} accepted, by the server ${server.accepted}`,
    )
  }
  return { result, records: server.records }
}

function verbs(record: Record): string {
  return record.commands.map((line) => line.slice(0, 4)).join(' ')
}

function text(record: Record): string {
  return Buffer.concat(record.reads).toString('latin1')
}

function recipients(records: readonly Record[]): string[] {
  return records.flatMap((r) => r.commands.filter((line) => line.startsWith('RCPT')).map((line) => line.slice(9, -1)))
}

function times(part: RegExp, whole: string): number {
  return [...whole.matchAll(part)].length
}

/** What the client has sent when the first MAIL of its first connection is left without an answer. */
async function unansweredMail(options: Omit<LoadOptions, 'target'>, extensions = ALL): Promise<string> {
  const rules: Script['rules'] = [{ connection: 1, stage: 'mail', nth: 1, do: ['mute'] }]
  const { records } = await load({ messages: 12, timeout: '1s', ...options }, { extensions, rules })
  return text(records[0]!)
}

describe('who sends how much', { concurrency: 8 }, () => {
  it('--messages and --sessions: no more connections than sessions, every message once', async () => {
    const { result, records } = await load({ messages: 30, sessions: 3 })
    assert.equal(result.messages.accepted, 30)
    assert.ok(records.length <= 3)
    assert.deepEqual(
      records.map((r) => r.commands.at(-1)),
      Array(records.length).fill('QUIT'),
    )
  })

  it('--no-reuse: a connection for each message', async () => {
    const { records } = await load({ messages: 5, reuse: false })
    assert.deepEqual(
      records.map((r) => r.messages.length),
      [1, 1, 1, 1, 1],
    )
  })

  for (const mode of [{ pipelining: 'off' }, { pipelining: 'auto' }, { chunking: 'require', depth: 8 }]) {
    it(`--per-session is exact: ${JSON.stringify(mode)}`, async () => {
      const { records } = await load({ messages: 10, perSession: 4, ...mode })
      assert.deepEqual(
        records.map((r) => r.messages.length),
        [4, 4, 2],
      )
      assert.deepEqual(
        records.map((r) => r.commands.at(-1)),
        ['QUIT', 'QUIT', 'QUIT'],
      )
    })
  }

  it('--workers: shares add up', async () => {
    const { result, records } = await load({ messages: 101, sessions: 5, workers: 2, reuse: false })
    assert.equal(result.messages.accepted, 101)
    assert.equal(records.length, 101)
  })

  it('--duration: ends by itself and counts what was answered', async () => {
    const { result } = await load({ duration: '300ms' })
    assert.ok(result.messages.accepted > 0)
    assert.ok(result.elapsedMs >= 300, `${result.elapsedMs} ms`)
  })

  it('--rate: as many intended starts as the rate makes of the duration', async () => {
    const { result } = await load({ rate: '100/s', duration: '500ms', sessions: 10 })
    assert.ok(result.messages.scheduled === 50 || result.messages.scheduled === 51, `${result.messages.scheduled}`)
  })

  it('--rate: is not ahead of its schedule', async () => {
    const { result } = await load({ rate: '100/s', messages: 41, sessions: 10 })
    assert.equal(result.messages.accepted, 41)
    assert.ok(result.elapsedMs >= 399, `${result.elapsedMs} ms`)
  })

  it('--delay: between messages', async () => {
    const { result, records } = await load({ messages: 3, delay: '150ms' })
    assert.equal(records.length, 1)
    assert.ok(result.elapsedMs >= 299, `${result.elapsedMs} ms`)
  })

  it('--random-delay: all are sent', async () => {
    const { result } = await load({ messages: 3, randomDelay: '20ms' })
    assert.equal(result.messages.accepted, 3)
  })
})

describe('how the conversation is held', { concurrency: 8 }, () => {
  it('--pipelining off: one command at a time', async () => {
    assert.match(await unansweredMail({ pipelining: 'off' }), /MAIL FROM:<a@example\.org>\r\n$/)
  })

  it('--pipelining auto: the envelope at once when offered', async () => {
    assert.match(
      await unansweredMail({ pipelining: 'auto' }),
      /MAIL FROM:<a@example\.org>\r\nRCPT TO:<b@example\.net>\r\nDATA\r\n$/,
    )
  })

  it('--pipelining auto: one command at a time when not offered', async () => {
    assert.match(await unansweredMail({ pipelining: 'auto' }, ['8BITMIME']), /MAIL FROM:<a@example\.org>\r\n$/)
  })

  it('--pipelining auto: the end of a message travels with the next envelope', async () => {
    const rules: Script['rules'] = [{ connection: 1, stage: 'dot', nth: 1, do: ['mute'] }]
    const { records } = await load({ messages: 4, timeout: '1s' }, { rules })
    assert.match(text(records[0]!), /\r\n\.\r\nMAIL FROM:.*\r\nRCPT TO:.*\r\nDATA\r\n$/)
  })

  for (const [extension, option] of [
    ['PIPELINING', 'pipelining'],
    ['CHUNKING', 'chunking'],
  ] as const) {
    it(`--${option} require: fails when not offered, and sends nothing`, async () => {
      const script = { extensions: ALL.filter((e) => e !== extension) }
      const { result, records } = await load({ messages: 3, [option]: 'require' }, script)
      assert.deepEqual([result.messages.accepted, result.messages.failed], [0, 3])
      assert.deepEqual([...new Set(result.errors.map((row) => row.error))], [ErrorKind.notOffered])
      assert.equal(records.flatMap((r) => r.commands).filter((line) => line.startsWith('MAIL')).length, 0)
    })

    it(`--${option} require: goes on when offered`, async () => {
      const { result } = await load({ messages: 3, [option]: 'require' })
      assert.equal(result.messages.accepted, 3)
    })
  }

  it('--chunking auto: BDAT when offered, DATA when not', async () => {
    const offered = await load({ messages: 2, chunking: 'auto' })
    assert.deepEqual(
      [/BDAT/, /DATA/].map((verb) => verb.test(verbs(offered.records[0]!))),
      [true, false],
    )
    const not = await load({ messages: 2, chunking: 'auto' }, { extensions: ['PIPELINING'] })
    assert.deepEqual(
      [/BDAT/, /DATA/].map((verb) => verb.test(verbs(not.records[0]!))),
      [false, true],
    )
  })

  it('--chunking off: DATA although BDAT is offered', async () => {
    const { records } = await load({ messages: 2, chunking: 'off' })
    assert.doesNotMatch(verbs(records[0]!), /BDAT/)
  })

  for (const depth of [1, 4]) {
    it(`--depth ${depth}: as many transactions before the first answer`, async () => {
      const sent = await unansweredMail({ chunking: 'require', depth })
      assert.equal(times(/^MAIL FROM:/gm, sent), depth)
      assert.equal(times(/^BDAT \d+ LAST\r$/gm, sent), depth)
    })
  }

  const stages = { connect: '', greeting: '', ehlo: 'EHLO', mail: 'EHLO MAIL', rcpt: 'EHLO MAIL RCPT' }
  for (const [until, said] of Object.entries(stages)) {
    it(`--until ${until}: that far and no further, handshakes counted`, async () => {
      const { result, records } = await load({ messages: 3, until })
      assert.deepEqual([result.unit, result.messages.accepted, records.length], ['handshakes', 3, 3])
      for (const record of records) assert.equal(verbs(record).replace(/ ?(RSET ?)?(QUIT)?$/, ''), said)
    })
  }

  it('--hold: all sessions idle there together', async () => {
    await using server = await ScriptedServer.start()
    const result = await runLoad({
      ...WHO,
      target: server.address,
      workers: 1,
      sessions: 5,
      messages: 5,
      until: 'rcpt',
      hold: '1s',
    })
    assert.deepEqual([result.messages.accepted, server.peak], [5, 5])
  })

  it('--lmtp: LHLO, and an answer for each recipient', async () => {
    const { result, records } = await load({ messages: 2, lmtp: true, recipients: 3 }, { protocol: 'lmtp' })
    assert.equal(records[0]!.commands[0], 'LHLO client.example')
    assert.deepEqual([result.messages.accepted, result.recipients.accepted], [2, 6])
  })

  it('--old: neither hello nor headers', async () => {
    const { records } = await load({ messages: 1, old: true, size: 5 })
    assert.equal(verbs(records[0]!), 'MAIL RCPT DATA QUIT')
    assert.equal(records[0]!.messages[0]!.octets.toString('latin1'), `${'X'.repeat(5)}\r\n.\r\n`)
  })

  it('EHLO refused: HELO', async () => {
    const rules: Script['rules'] = [{ stage: 'hello', nth: 1, do: [{ reply: '502 5.5.1 no' }] }]
    const { result, records } = await load({ messages: 2 }, { rules })
    assert.deepEqual(records[0]!.commands.slice(0, 2), ['EHLO client.example', 'HELO client.example'])
    assert.equal(result.messages.accepted, 2)
  })
})

describe('what is sent', { concurrency: 8 }, () => {
  it('--from, --to, --helo, --subject, --size', async () => {
    const { records } = await load({ messages: 1, subject: 'Load test', size: 81 })
    const [record] = records
    assert.deepEqual(record!.commands.slice(0, 3), [
      'EHLO client.example',
      'MAIL FROM:<a@example.org>',
      'RCPT TO:<b@example.net>',
    ])
    const octets = record!.messages[0]!.octets.toString('latin1')
    assert.match(octets, /^From: <a@example\.org>\r\nTo: <b@example\.net>\r\nDate: /)
    assert.ok(octets.endsWith(`\r\nSubject: Load test\r\n\r\n1${'X'.repeat(77)}\r\nX\r\n.\r\n`))
  })

  it('an empty --from', async () => {
    const { records } = await load({ messages: 1, from: '' })
    assert.equal(records[0]!.commands[1], 'MAIL FROM:<>')
  })

  it('--message-file, by DATA with dots doubled and by BDAT without', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'stampede-flags-'))
    try {
      const messageFile = join(directory, 'm')
      writeFileSync(messageFile, 'Subject: hi\n\n.dot\nlast')
      const data = await load({ messages: 1, messageFile })
      assert.equal(
        data.records[0]!.messages[0]!.octets.toString('latin1'),
        'Subject: hi\r\n\r\n..dot\r\nlast\r\n\r\n.\r\n',
      )
      const bdat = await load({ messages: 1, messageFile, chunking: 'require' })
      assert.equal(bdat.records[0]!.messages[0]!.octets.toString('latin1'), 'Subject: hi\r\n\r\n.dot\r\nlast\r\n\r\n')
    } finally {
      rmSync(directory, { recursive: true, force: true })
    }
  })

  it('--numbering and --recipients', async () => {
    const newest = await load({ messages: 2, recipients: 2, numbering: 'newest' })
    assert.deepEqual(recipients(newest.records), [
      'b0@example.net',
      'b1@example.net',
      'b2@example.net',
      'b3@example.net',
    ])
    const classic = await load({ messages: 2, recipients: 2, numbering: 'classic' })
    assert.deepEqual(recipients(classic.records), [
      '2b@example.net',
      'b@example.net',
      '2b@example.net',
      'b@example.net',
    ])
  })

  it('--number-rcpt: every number once, over sessions and workers', async () => {
    const { records } = await load({ messages: 40, sessions: 4, workers: 2, recipients: 3, numberRcpt: true })
    assert.equal(new Set(recipients(records)).size, 120)
  })

  it('--number-rcpt: one after another from one worker', async () => {
    const { records } = await load({ messages: 3, numberRcpt: true, numbering: 'classic' })
    assert.deepEqual(recipients(records), ['1b@example.net', '2b@example.net', '3b@example.net'])
  })

  it('Message-Ids differ over sessions and workers', async () => {
    const { records } = await load({ messages: 200, sessions: 6, workers: 2 })
    const ids = records.flatMap((r) =>
      r.messages.map((m) => /^Message-Id: (<.+>)\r$/im.exec(m.octets.toString('latin1'))?.[1]),
    )
    assert.equal(ids.includes(undefined), false)
    assert.equal(new Set(ids).size, 200)
  })

  it('--seed: the same octets twice, and others for another seed', async () => {
    const sent = async (seed: string) => {
      const { records } = await load({ messages: 5, perSession: 2, seed, recipients: 2 })
      return records.map((r) => text(r).replace(/^Date: .*$/gm, 'Date: D'))
    }
    const [one, again, other] = [await sent('7f3a'), await sent('7f3a'), await sent('7f3b')]
    assert.deepEqual(one, again)
    assert.notDeepEqual(one, other)
  })
})

describe('mail that is refused', { concurrency: 8 }, () => {
  const first: Script = { rules: [{ stage: 'rcpt', nth: 1, do: [{ reply: '451 4.3.0 later' }] }] }
  const some = { messages: 3, pipelining: 'off', numberRcpt: true }

  it('--retry off: counted, and that is all', async () => {
    const { result, records } = await load(some, first)
    assert.deepEqual([result.messages.accepted, result.messages.deferred, result.messages.retried], [2, 1, 0])
    assert.equal(recipients(records).length, 3)
  })

  it('--retry later: once more at the end', async () => {
    const { result, records } = await load({ ...some, retry: 'later' }, first)
    assert.deepEqual([result.messages.accepted, result.messages.deferred, result.messages.retried], [3, 0, 1])
    assert.deepEqual(recipients(records).slice(0, 3), ['b0@example.net', 'b1@example.net', 'b2@example.net'])
    assert.equal(recipients(records).length, 4)
  })

  it('--retry later: refused twice is refused once', async () => {
    const rules = [1, 4].map((nth) => ({ stage: 'rcpt' as const, nth, do: [{ reply: '451 4.3.0 later' }] }))
    const { result } = await load({ ...some, retry: 'later' }, { rules })
    assert.deepEqual([result.messages.accepted, result.messages.deferred, result.messages.retried], [2, 1, 1])
  })

  it('one recipient of three refused: the message is accepted, the recipients are told apart', async () => {
    const rules: Script['rules'] = [{ stage: 'rcpt', nth: 2, do: [{ reply: '550 5.1.1 no' }] }]
    for (const mode of [{ pipelining: 'off' }, { pipelining: 'auto' }, { chunking: 'require' }]) {
      const { result } = await load({ messages: 2, recipients: 3, ...mode }, { rules })
      assert.deepEqual([result.messages.accepted, result.recipients.accepted, result.recipients.refused], [2, 5, 1])
    }
  })

  it('--stop-on-error: nothing new after it', async () => {
    const rules: Script['rules'] = [{ stage: 'rcpt', nth: 3, do: [{ reply: '550 5.1.1 no' }] }]
    const { result } = await load({ messages: 50, pipelining: 'off', stopOnError: true }, { rules })
    assert.deepEqual([result.messages.accepted, result.messages.refused], [2, 1])
  })

  it('--allow-reject: decides about the exit status', async () => {
    await using server = await ScriptedServer.start({
      rules: [{ stage: 'rcpt', nth: 1, do: [{ reply: '550 5.1.1 no' }] }],
    })
    const options = { target: server.address, messages: 2, sessions: 1 }
    assert.equal((await runCommand(options)).code, 1)
    assert.equal((await runCommand({ ...options, allowReject: true })).code, 0)
  })
})

describe('what is not sent', { concurrency: 4 }, () => {
  it('--print-plan: one JSON document and no connection', async () => {
    await using server = await ScriptedServer.start()
    const ran = await run(SOURCE, ['--print-plan', '-s', '3', '-m', '9', server.address])
    assert.equal(ran.code, 0)
    assert.equal(typeof JSON.parse(ran.stdout), 'object')
    assert.equal(server.records.length, 0)
  })

  it('a public target without --i-own-this-server: one sentence, status 2', async () => {
    const ran = await run(SOURCE, ['-m', '1', '--connect-timeout', '1s', '203.0.113.1:25'], { timeoutMs: 10_000 })
    assert.deepEqual([ran.code, ran.stdout], [2, ''])
    assert.match(ran.stderr, /^[^\n]*--i-own-this-server[^\n]*\n$/)
  })
})
