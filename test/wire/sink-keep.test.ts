import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { RunError, run, type SinkHandle, type SinkOptions, sink } from '#src/index.js'
import type { LedgerLine } from '#src/worker/ledger.js'
import { RawClient, type Where } from '../peer/raw-client.js'

const root = mkdtempSync(join(tmpdir(), 'stampede-wire-keep-'))
after(() => rmSync(root, { recursive: true, force: true }))

let places = 0
/** A path that does not exist yet. */
const place = (): string => join(root, `${places++}`)

const ENVELOPE = 'MAIL FROM:<a@b> SIZE=10\r\nRCPT TO:<c@d>\r\n'

function where(target: SinkHandle): Where {
  if (target.address.startsWith('unix:')) return { path: target.address.slice('unix:'.length) }
  return { port: target.port, host: target.address.includes('[::1]') ? '::1' : '127.0.0.1' }
}

async function withSink(
  options: SinkOptions,
  body: (target: SinkHandle, connect: () => Promise<RawClient>) => Promise<void>,
) {
  const target = await sink(options)
  const clients: RawClient[] = []
  try {
    await body(target, async () => {
      const client = await RawClient.greeted(where(target))
      clients.push(client)
      return client
    })
  } finally {
    for (const client of clients) client.destroy()
    await target.stop()
  }
}

function ledgerLines(path: string): LedgerLine[] {
  return readFileSync(path, 'utf8')
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as LedgerLine)
}

const sha256 = (octets: string): string => createHash('sha256').update(octets, 'latin1').digest('hex')

/** Files in a directory, in the order of their names; none where it does not exist. */
function files(directory: string): string[] {
  try {
    return readdirSync(directory).sort()
  } catch {
    return []
  }
}

/** The header block of a dump, its id and date left out. */
function headerOf(dump: string): string {
  return dump.replace(/ id [0-9a-f]{8};\n\t(Mon|Tue|Wed|Thu|Fri|Sat|Sun), [ \d]\d .*\n/, ' id ID;\n\tDATE\n')
}

describe('the ledger of a sink', () => {
  it('agrees with what was sent, by DATA and by BDAT, cut anywhere, to two workers', async () => {
    const ledger = place()
    const sent = new Map<string, { sha256: string; octets: number; from: string; to: string[] }>()
    await withSink({ ledger, workers: 2 }, async (target, connect) => {
      const clients = await Promise.all(Array.from({ length: 20 }, connect))
      await Promise.all(
        clients.map(async (client, c) => {
          assert.equal(await client.say('EHLO c\r\n', 1), '250')
          for (let m = 0; m < 15; m++) {
            const id = `<${c}.${m}@x>`
            const body = `.line ${m}\r\n..\r\n${'text. \n.\n'.repeat(m * m)}\r\n\r\n.\r\n`
            const content = `Subject: x\r\nMessage-Id:\r\n ${id}\r\n\r\n${body}`
            const to = Array.from({ length: (m % 3) + 1 }, (_, r) => `r${r}@${c}.test`)
            const rcpt = to.map((address) => `RCPT TO:<${address}> NOTIFY=NEVER\r\n`).join('')
            const mail = `MAIL FROM:<s${m}@${c}.test> BODY=8BITMIME\r\n${rcpt}`
            sent.set(id, { sha256: sha256(body), octets: content.length, from: `s${m}@${c}.test`, to })
            const dotted = `DATA\r\n${content.replace(/(^|\r\n)\./g, '$1..')}.\r\n`
            const chunked = `BDAT 7\r\n${content.slice(0, 7)}BDAT ${content.length - 7} LAST\r\n${content.slice(7)}`
            const wire = Buffer.from(mail + (m % 2 === 0 ? dotted : chunked), 'latin1')
            // What was begun and not finished leaves no line.
            await client.say(`${mail}RSET\r\n`, to.length + 2)
            const replies = client.hear(to.length + 3)
            await client.sendCut(wire, 97 + c * m)
            assert.match(await replies, /^(250 )+(354 )?250$/)
          }
          client.send(`${ENVELOPE}DATA\r\nnever`)
        }),
      )
      assert.equal(target.totals().messages, 300)
    })
    const lines = ledgerLines(ledger)
    assert.equal(lines.length, 300)
    for (const { messageId, sha256, octets, from, to, peer, protocol } of lines) {
      assert.deepEqual({ sha256, octets, from, to }, sent.get(messageId!))
      assert.deepEqual([peer, protocol], ['127.0.0.1', 'ESMTP'])
      sent.delete(messageId!)
    }
    assert.equal(sent.size, 0)
  })

  it('has a line for each message of a source, and the same hash whatever carried it', async () => {
    const ledger = place()
    await withSink({ ledger }, async (target) => {
      const common = { target: target.address, sessions: 5, messages: 100, workers: 1, seed: '1' }
      for (const chunking of ['off', 'require']) await run({ ...common, chunking })
    })
    const lines = ledgerLines(ledger)
    assert.equal(lines.length, 200)
    assert.equal(new Set(lines.map(({ octets }) => octets)).size, 1)
    assert.equal(new Set(lines.map(({ sha256 }) => sha256)).size, 1)
    assert.ok(lines.every(({ time }) => Math.abs(Date.parse(time) - Date.now()) < 600_000))
  })

  it('says which message was refused by leaving it out', async () => {
    const ledger = place()
    await withSink({ ledger, maxSize: 100 }, async (_, connect) => {
      const client = await connect()
      const large = `${'x'.repeat(70)}\r\n`.repeat(3)
      assert.equal(await client.say(`HELO c\r\n${ENVELOPE}DATA\r\n${large}.\r\n`, 5), '250 250 250 354 552')
      assert.equal(await client.say(`${ENVELOPE}DATA\r\nsmall\r\n.\r\n`, 4), '250 250 354 250')
    })
    const lines = ledgerLines(ledger)
    assert.deepEqual(
      lines.map(({ octets, protocol, messageId }) => [octets, protocol, messageId]),
      [[7, 'SMTP', null]],
    )
  })

  it('that cannot be written ends the sink', async () => {
    const target = await sink({ ledger: '/dev/full' })
    const client = await RawClient.greeted(target)
    client.send(`${ENVELOPE}DATA\r\n.\r\n`)
    await assert.rejects(target.done, (error) => {
      assert.ok(error instanceof RunError)
      assert.equal(error.message, 'write /dev/full: No space left on device')
      return true
    })
    await client.end()
  })
})

describe('the dumps of a sink', () => {
  it('-d: are there from MAIL on, and gone when the transaction is', async () => {
    const at = place()
    await withSink({ dumpEach: `${at}/%Y/m.`, lmtp: false }, async (_, connect) => {
      const client = await connect()
      const year = join(at, String(new Date().getFullYear()))
      for (const end of ['RSET', 'EHLO c', 'HELO c']) {
        assert.equal(await client.say('MAIL FROM:<a>\r\nRCPT TO:<b>\r\n', 2), '250 250')
        assert.equal(files(year).length, 1)
        assert.match(files(year)[0]!, /^m\.[0-9a-f]{8}$/)
        assert.equal(readFileSync(join(year, files(year)[0]!), 'latin1'), '')
        assert.equal(await client.say(`${end}\r\n`, 1), '250')
        assert.deepEqual(files(year), [])
      }
      assert.equal(await client.say(`${ENVELOPE}DATA\r\n.\r\n`, 4), '250 250 354 250')
      assert.equal(await client.say('MAIL FROM:<a>\r\nRCPT TO:<b>\r\nDATA\r\n', 3), '250 250 354')
      assert.equal(files(year).length, 2)
      client.send('x'.repeat(200_000))
      client.destroy()
    })
    assert.equal(files(join(at, String(new Date().getFullYear()))).length, 1)
  })

  it('-d: have the header and the content of smtp-sink', async () => {
    const at = place()
    await withSink({ dumpEach: `${at}/m`, dumpStart: 'SEP\\n', hostname: 'mx.example' }, async (_, connect) => {
      const client = await connect()
      const envelope = 'EHLO c.example\r\nMAIL FROM:<a@b> SIZE=10\r\nRCPT TO:<c@d>\r\nRCPT TO:<e@f> NOTIFY=NEVER\r\n'
      const content = 'Subject: x\r\n\r\nline1\r\n..dots\r\n.x\r\nbare\ncr\rin\r\n.\r\n'
      assert.equal(await client.say(`${envelope}DATA\r\n${content}`, 6), '250 250 250 250 354 250')
    })
    const [name] = files(at)
    const dump = readFileSync(join(at, name!), 'latin1')
    assert.ok(dump.includes(` id ${name!.slice(1)};\n`))
    assert.equal(
      headerOf(dump),
      `SEP
X-Client-Addr: 127.0.0.1
X-Client-Proto: ESMTP
X-Helo-Args: c.example
X-Mail-Args: <a@b> SIZE=10
X-Rcpt-Args: <c@d>
X-Rcpt-Args: <e@f> NOTIFY=NEVER
Received: from c.example ([127.0.0.1])
\tby mx.example (smtp-sink) with ESMTP id ID;
\tDATE
Subject: x

line1
.dots
x
bare
crin

`,
    )
  })

  for (const [listen, address, proto] of [
    ['[::1]:0', 'ipv6:::1', 'SMTP'],
    [`unix:${join(root, 'socket')}`, 'local', 'LMTP'],
  ] as const) {
    it(`-D: name a client on ${listen.split(':')[0]}`, async () => {
      const at = place()
      await withSink({ listen, dumpAll: at, lmtp: proto === 'LMTP' }, async (_, connect) => {
        const client = await connect()
        if (proto === 'LMTP') assert.equal(await client.say('LHLO c\r\n', 1), '250')
        assert.equal(await client.say(`${ENVELOPE}DATA\r\nhi\r\n.\r\n`, 4), '250 250 354 250')
      })
      const from = proto === 'LMTP' ? `c ([${address}])` : `[${address}] ([${address}])`
      assert.equal(
        headerOf(readFileSync(at, 'latin1')),
        `X-Client-Addr: ${address}
X-Client-Proto: ${proto}
${proto === 'LMTP' ? 'X-Helo-Args: c\n' : ''}X-Mail-Args: <a@b> SIZE=10
X-Rcpt-Args: <c@d>
Received: from ${from}
\tby smtp-sink (smtp-sink) with ${proto} id ID;
\tDATE
hi

`,
      )
    })
  }

  for (const kind of ['dumpEach', 'dumpAll'] as const) {
    it(`${kind === 'dumpEach' ? '-d' : '-D'}: are whole with 200 transactions at a time on two workers`, async () => {
      const at = place()
      await withSink({ [kind]: `${at}/m`, workers: 2 }, async (_, connect) => {
        const clients = await Promise.all(Array.from({ length: 200 }, connect))
        const all = (octets: (c: number) => string, replies: number): Promise<string[]> =>
          Promise.all(clients.map((client, c) => client.say(octets(c), replies)))
        await all(() => `HELO c\r\n${ENVELOPE}DATA\r\n`, 4)
        // Sizes on both sides of what is held in memory; every tenth goes away in the middle.
        const begun = clients.map((client, c) =>
          client.sendCut(Buffer.from(`${c}:${`${c % 10}`.repeat(c * 700)}`), 10_000),
        )
        await Promise.all(begun)
        const codes = await Promise.all(
          clients.map(async (client, c) => {
            if (c % 10 !== 3) return client.say('\r\n.\r\n', 1)
            client.destroy()
            return '250'
          }),
        )
        assert.ok(codes.every((code) => code === '250'))
      })
      const text = files(at).map((name) => readFileSync(join(at, name), 'latin1'))
      if (kind === 'dumpEach') assert.equal(text.length, 180)
      else assert.deepEqual(files(at), ['m'])
      const messages = text
        .join('')
        .split(/^X-Client-Addr: /m)
        .slice(1)
      const seen = messages.map((message) => {
        const [, c, digits] = /^127\.0\.0\.1\n(?:\S.*\n){5}(?:\t.*\n){2}(\d+):(\d*)\n\n$/.exec(message) ?? []
        assert.ok(digits === `${Number(c) % 10}`.repeat(Number(c) * 700), `message ${c}`)
        return Number(c)
      })
      assert.deepEqual(
        seen.sort((a, b) => a - b),
        Array.from({ length: 200 }, (_, c) => c).filter((c) => c % 10 !== 3),
      )
    })
  }

  it('that cannot be written end the sink', async () => {
    const at = place()
    symlinkSync('/dev/full', at)
    const target = await sink({ dumpAll: at })
    const client = await RawClient.greeted(target)
    client.send(`${ENVELOPE}DATA\r\n.\r\n`)
    await assert.rejects(target.done, { message: `write ${at}: No space left on device` })
    await client.end()
  })
})
