/** What the mail options put on the wire, as our sink and a foreign server received it. */
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { sink } from '#src/index.js'
import { composedPlan } from '#src/run/compose.js'
import { readLedger } from '../peer/ledger.js'
import { LetterServer, type ReceivedLetter } from '../peer/letter-server.js'
import { type LoadOptions, type LoadResult, runLoad } from '../peer/load.js'
import { headAndBody, mimeLeaves } from '../peer/mime.js'
import { planOf } from '../plan/source-plan.js'
import { assertShares } from '../smtp/chi-square.js'

const root = mkdtempSync(join(tmpdir(), 'stampede-wire-mail-'))
after(() => rmSync(root, { recursive: true, force: true }))

let places = 0
const place = (): string => join(root, `${places++}`)

/** A file of its own with this in it. */
function file(text: string | Buffer): string {
  const path = place()
  writeFileSync(path, text)
  return path
}

type Options = Omit<LoadOptions, 'target'>

/** Sends to nodemailer's server, which keeps what it gets. All of it must have been accepted. */
async function delivered(options: Options): Promise<readonly ReceivedLetter[]> {
  await using server = await LetterServer.start({ size: 1_000_000 })
  const result = await runLoad({ workers: 1, seed: 'c0ffee', ...options, target: server.address })
  assert.equal(result.messages.accepted, options.messages)
  assert.deepEqual(result.errors, [])
  assert.equal(server.letters.length, options.messages)
  return server.letters
}

const sha256 = (octets: Buffer | string) => createHash('sha256').update(octets).digest('hex')
const count = <T>(all: readonly T[]): Map<T, number> => {
  const counts = new Map<T, number>()
  for (const one of all) counts.set(one, (counts.get(one) ?? 0) + 1)
  return counts
}

describe('sizes', () => {
  it('a range is drawn evenly', async () => {
    const letters = await delivered({ messages: 800, sessions: 4, size: '1..400' })
    const quarters = [0, 0, 0, 0]
    // The sink is told the payload and one CRLF more.
    for (const { content } of letters) quarters[Math.floor((headAndBody(content).body.length - 3) / 100)]!++
    assertShares(quarters, [0.25, 0.25, 0.25, 0.25], 'quarters of the range')
  })

  it('a histogram is followed, beyond the size that is copied too', async () => {
    const letters = await delivered({ messages: 600, sessions: 2, size: `file:${file('100 5\n2KiB 3\n20KiB 2\n')}` })
    const sizes = count(letters.map(({ content }) => headAndBody(content).body.length - 2))
    assert.deepEqual(
      [...sizes.keys()].sort((a, b) => a - b),
      [100, 2048, 20_480],
    )
    assertShares([sizes.get(100)!, sizes.get(2048)!, sizes.get(20_480)!], [0.5, 0.3, 0.2], 'sizes')
  })

  it('log-normal: half below the median, a tenth above 1.28 sigma', async () => {
    const letters = await delivered({ messages: 600, sessions: 2, size: 'lognormal:1KiB,1' })
    const below = [0, 0, 0]
    for (const { content } of letters) {
      const size = headAndBody(content).body.length - 2
      below[size < 1024 ? 0 : size < 1024 * Math.exp(1.2816) ? 1 : 2]!++
    }
    assertShares(below, [0.5, 0.4, 0.1], 'below the median, to the 90th percentile, above')
  })

  it('lines stay legal, and --declare-size says the size that comes', async () => {
    const letters = await delivered({ messages: 50, size: '1..30000', declareSize: true })
    for (const { content, parameters } of letters) {
      assert.equal(Number(parameters.SIZE), content.length)
      for (const line of content.split('\r\n')) assert.ok(line.length <= 998)
    }
  })
})

describe('addresses', () => {
  it('pools of numbers are drawn by their patterns, none twice in a message', async () => {
    const letters = await delivered({
      messages: 400,
      sessions: 3,
      fromPool: 5,
      from: 's@ex.example',
      rcptPool: 10,
      to: 'u%03d%%x@ex.example',
      recipients: '1..4',
    })
    const senders = count(letters.map(({ from }) => from))
    assert.deepEqual(
      [...senders.keys()].sort(),
      [1, 2, 3, 4, 5].map((n) => `s${n}@ex.example`),
    )
    assertShares([...senders.values()], new Array(5).fill(0.2), 'senders')
    const recipients = count(letters.flatMap(({ to }) => to))
    assert.deepEqual(
      [...recipients.keys()].sort(),
      Array.from({ length: 10 }, (_, i) => `u${String(i + 1).padStart(3, '0')}%x@ex.example`),
    )
    const counts = count(letters.map(({ to }) => to.length))
    assertShares(
      [1, 2, 3, 4].map((n) => counts.get(n) ?? 0),
      new Array(4).fill(0.25),
      'recipients a message',
    )
    for (const { from, to, content } of letters) {
      assert.equal(new Set(to).size, to.length)
      const { fields } = headAndBody(content)
      assert.equal(fields.get('from'), `<${from}>`)
      assert.equal(fields.get('to'), `<${to.at(-1)}>`)
    }
  })

  it('files of addresses are gone through in turn', async () => {
    const people = ['ann@ex.example', 'ben@ex.example', 'cleo.longer@ex.example']
    const list = file(people.map((address) => `${address}\r\n`).join(''))
    const letters = await delivered({ messages: 6, fromFile: list, rcptFile: list, poolOrder: 'turn' })
    assert.deepEqual(
      letters.map(({ from }) => from),
      [...people, ...people],
    )
    assert.deepEqual(
      letters.map(({ to }) => to[0]),
      [...people, ...people],
    )
  })
})

describe('headers', () => {
  it('are added, folded and encoded', async () => {
    const long = `word ${'and another '.repeat(20)}end`
    const [letter] = await delivered({
      messages: 1,
      subject: 'Grüße',
      header: ['X-Load: 5', `X-Long: ${long}`, 'X-Who: Jörg'],
    })
    const { fields } = headAndBody(letter!.content)
    assert.equal(fields.get('x-load'), '5')
    assert.equal(fields.get('x-long'), long)
    assert.equal(fields.get('subject'), '=?UTF-8?B?R3LDvMOfZQ==?=')
    assert.equal(fields.get('x-who'), '=?UTF-8?B?SsO2cmc=?=')
    assert.deepEqual(letter!.parameters, {})
    for (const line of letter!.content.split('\r\n')) assert.ok(line.length <= 78)
  })
})

describe('a corpus', () => {
  const dotted = 'Subject: dots\n\n.\n..two\n.. \nend'
  const box = 'From a@b Sun\nSubject: one\n\nbody\n\nFrom a@b Sun\nSubject: two\n\n>From here\n.\n'

  it('comes from directories, mboxes and files by weight, whole', async () => {
    const folder = place()
    mkdirSync(folder)
    writeFileSync(join(folder, 'a.eml'), 'Subject: a\n\nA\n')
    writeFileSync(join(folder, 'b.EML'), dotted)
    writeFileSync(join(folder, 'notes.txt'), 'no message')
    const letters = await delivered({
      messages: 600,
      sessions: 2,
      corpus: [`${folder}=3`, `${file(box)}=2`, `${file('Subject: c\r\n\r\nC\r\n')}=1`],
    })
    const expected = [
      'Subject: a\r\n\r\nA\r\n',
      'Subject: dots\r\n\r\n.\r\n..two\r\n.. \r\nend\r\n',
      'Subject: one\r\n\r\nbody\r\n',
      'Subject: two\r\n\r\nFrom here\r\n.\r\n',
      'Subject: c\r\n\r\nC\r\n',
    ]
    const counts = count(letters.map(({ content }) => content))
    assert.deepEqual([...counts.keys()].sort(), [...expected].sort())
    assertShares(
      expected.map((content) => counts.get(content)!),
      [3 / 12, 3 / 12, 2 / 12, 2 / 12, 2 / 12],
      'messages',
    )
  })

  it('8-bit text is announced where that is offered, and stays unsent where it is not', async () => {
    const corpus = [file(Buffer.from('Subject: a\n\nna\xefve\n', 'latin1')), file('Subject: b\n\nplain\n')]
    for (const { parameters, content } of await delivered({ messages: 40, corpus })) {
      assert.deepEqual(parameters, content.includes('\xef') ? { BODY: '8BITMIME' } : {})
    }
    for (const chunking of ['off', 'auto']) {
      const ledger = place()
      const target = await sink({ 'no-8bitmime': true, ledger, workers: 1 })
      const result = await runLoad({ messages: 40, seed: '1', corpus, chunking, target: `127.0.0.1:${target.port}` })
      await target.stop()
      const lines = readLedger(ledger)
      const { accepted, failed, scheduled } = result.messages
      assert.equal(scheduled, 40)
      assert.equal(accepted + failed, 40)
      assert.ok(accepted > 8 && failed > 8, `${accepted} ${failed}`)
      assert.equal(lines.length, accepted)
      assert.deepEqual([...new Set(lines.map(({ sha256: body }) => body))], [sha256('plain\r\n')])
      assert.deepEqual(
        result.errors.map(({ error, after: stage, count: times }) => [error, stage, times]),
        [['not offered', 'mail', failed]],
      )
    }
  })

  it('a message file of 8-bit text is announced as well', async () => {
    const [letter] = await delivered({ messages: 1, messageFile: file('Subject: a\n\nnaïve\n') })
    assert.deepEqual(letter!.parameters, { BODY: '8BITMIME' })
    assert.equal(Buffer.from(letter!.content, 'latin1').toString('utf8'), 'Subject: a\r\n\r\nnaïve\r\n\r\n')
  })

  it('nothing but hello is said where no message could be sent', async () => {
    await using server = await LetterServer.start({ hideSMTPUTF8: true })
    const result = await runLoad({ messages: 3, workers: 1, to: 'jörg@ex.example', target: server.address })
    assert.deepEqual([result.messages.accepted, result.messages.failed, server.mails], [0, 3, 0])
    assert.deepEqual([...new Set(result.errors.map(({ error }) => error))], ['not offered'])
  })

  it('what cannot be sent ends a run with --stop-on-error', async () => {
    await using server = await LetterServer.start({ hideSMTPUTF8: true })
    const result = await runLoad({
      messages: 50,
      workers: 1,
      rcptFile: file('ann@ex.example\njörg@ex.example\n'),
      poolOrder: 'turn',
      stopOnError: true,
      pipelining: 'off',
      target: server.address,
    })
    assert.equal(result.messages.failed, 1)
    assert.ok(result.messages.accepted <= 2, `${result.messages.accepted}`)
  })

  it('a run of which no message can be sent comes to its end by its clock', async () => {
    await using server = await LetterServer.start({ hideSMTPUTF8: true })
    // Sender and recipient take turns, so that one of them is always UTF-8 though neither always is.
    const result = await runLoad({
      duration: '300ms',
      workers: 1,
      fromFile: file('ann@ex.example\njörg@ex.example\n'),
      rcptFile: file('jörg@ex.example\nann@ex.example\n'),
      poolOrder: 'turn',
      target: server.address,
    })
    assert.equal(result.messages.accepted, 0)
    assert.ok(result.messages.failed > 1000 && result.elapsedMs >= 300, `${result.messages.failed} ${result.elapsedMs}`)
    assert.equal(server.mails, 0)
  })

  it('UTF-8 addresses go out with SMTPUTF8', async () => {
    const people = file('ann@ex.example\njörg@ex.example\n')
    const letters = await delivered({ messages: 30, rcptFile: people })
    for (const { to, parameters } of letters) {
      const utf8 = to[0] !== 'ann@ex.example'
      assert.deepEqual(parameters, utf8 ? { BODY: '8BITMIME', SMTPUTF8: true } : {})
    }
    assert.deepEqual([...new Set(letters.flatMap(({ to }) => to))].sort(), ['ann@ex.example', 'jörg@ex.example'])
  })
})

describe('MIME', () => {
  it('parts arrive as they were composed, and the same seed composes the same', async () => {
    const recipe = 'text:2KiB,html:4KiB,pdf:100KiB,image:30KiB,zip:1000,binary:1'
    const parts = recipe.split(',').map((word) => word.split(':')[0]!)
    const letters = [
      ...(await delivered({ messages: 2, mime: recipe })),
      ...(await delivered({ messages: 1, mime: recipe, pipelining: 'off' })),
    ]
    const leaves = letters.map(({ content }) => mimeLeaves(content))
    assert.deepEqual(leaves[1], leaves[0])
    assert.deepEqual(leaves[2], leaves[0])
    assert.deepEqual(
      leaves[0]!.map(({ type, fileName }) => [type, fileName]),
      [
        ['text/plain', null],
        ['text/html', null],
        ['application/pdf', 'pdf-3.pdf'],
        ['image/png', 'image-4.png'],
        ['application/zip', 'zip-5.zip'],
        ['application/octet-stream', 'binary-6.bin'],
      ],
    )
    const size = { text: 2048, html: 4096, pdf: 102_400, image: 30_720, zip: 1000, binary: 1 } as const
    for (const [i, { content }] of leaves[0]!.entries()) {
      // Text ends with a line end, which a receiver can't tell from one that was there.
      const slack = i < 2 ? content.length - size[parts[i] as keyof typeof size] : 0
      assert.ok(
        i < 2 ? Math.abs(slack) <= 120 : content.length === size[parts[i] as keyof typeof size],
        `${parts[i]}: ${content.length}`,
      )
    }
    assert.equal(leaves[0]![2]!.content.toString('latin1', 0, 5), '%PDF-')
    assert.equal(leaves[0]![3]!.content.toString('latin1', 1, 4), 'PNG')
    const { fields } = headAndBody(letters[0]!.content)
    assert.match(fields.get('message-id')!, /^<c0ffee\.000000\.00000000@/)
    for (const line of letters[0]!.content.split('\r\n')) assert.ok(line.length <= 998)
  })

  it('is composed from the seed alone', async () => {
    const compose = async (seed: string) => {
      const plan = planOf({
        mail: { mime: { text: 'pdf:1KiB', parts: [{ kind: 'pdf', size: 1024 }], composed: null } },
      })
      const { composed } = (await composedPlan({ ...plan, seed })).mail.mime!
      assert.ok(composed!.body.buffer instanceof SharedArrayBuffer)
      return sha256(Buffer.from(composed!.body))
    }
    assert.equal(await compose('a'), await compose('a'))
    assert.notEqual(await compose('a'), await compose('b'))
  })
})

describe('all ways to send', () => {
  const WAYS: readonly Options[] = [
    { pipelining: 'off' },
    { pipelining: 'auto' },
    { chunking: 'auto', depth: 1 },
    { chunking: 'auto', depth: 16 },
    { lmtp: true },
    { tls: 'starttls', insecure: true },
  ]

  /** Every file of a dump, without the lines in which the sink says what it knows. */
  function dumped(directory: string): string[] {
    return readdirSync(directory)
      .map((name) => readFileSync(join(directory, name), 'latin1'))
      .map((text) =>
        text
          .replace(/^X-(?:Client|Helo)-\S+: .*\n/gm, '')
          .replace(/^Received:.*\n(?:[ \t].*\n)*/m, '')
          .replace(/^Date: .*\n/m, ''),
      )
      .sort()
  }

  it('deliver the same messages, drawn by one seed', async () => {
    const seen: string[][] = []
    for (const way of WAYS) {
      const directory = place()
      mkdirSync(directory)
      const tls = way.tls === undefined ? 'off' : 'starttls'
      const target = await sink({ dumpEach: join(directory, 'm'), workers: 1, lmtp: way.lmtp === true, tls })
      const result: LoadResult = await runLoad({
        messages: 60,
        sessions: 1,
        workers: 1,
        seed: 'abc',
        size: '1..40000',
        recipients: '1..3',
        rcptPool: 50,
        fromPool: 3,
        header: 'X-Load: 1',
        ...way,
        target: `127.0.0.1:${target.port}`,
      })
      await target.stop()
      assert.equal(result.messages.accepted, 60, JSON.stringify(way))
      seen.push(dumped(directory))
    }
    assert.equal(new Set(seen[0]).size, 60)
    for (const [i, one] of seen.entries()) {
      assert.deepEqual(one, seen[0], JSON.stringify(WAYS[i]))
    }
  })

  it('several workers share a corpus and a pool', async () => {
    const ledger = place()
    const target = await sink({ ledger, workers: 1 })
    const result = await runLoad({
      messages: 200,
      sessions: 4,
      workers: 2,
      seed: '5',
      rcptPool: 20,
      poolOrder: 'turn',
      recipients: 2,
      corpus: file('Subject: s\n\nshared\n'),
      target: `127.0.0.1:${target.port}`,
    })
    await target.stop()
    assert.equal(result.messages.accepted, 200)
    const lines = readLedger(ledger)
    assert.ok(lines.every(({ sha256: body }) => body === sha256('shared\r\n')))
    assert.ok(lines.every(({ to }) => new Set(to).size === 2))
    const counts = [...count(lines.flatMap(({ to }) => to)).values()]
    assert.equal(counts.length, 20)
    assert.ok(
      counts.every((times) => times >= 18 && times <= 22),
      `${counts}`,
    )
  })
})
