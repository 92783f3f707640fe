import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import type { ContentTap, Envelope, MessageTap } from '#src/smtp/content-tap.js'
import { Ledger, type LedgerLine } from '#src/worker/ledger.js'
import { joinTaps, keep } from '#src/worker/taps.js'

const root = mkdtempSync(join(tmpdir(), 'stampede-ledger-'))
after(() => rmSync(root, { recursive: true, force: true }))

const ENVELOPE: Envelope = { mail: '<a@b> SIZE=9', rcpt: ['<c@d>'], helo: 'x', protocol: 'ESMTP', peer: '::1' }
const WHEN = '2026-11-22T13:14:45.678Z'

function lines(path: string): LedgerLine[] {
  return readFileSync(path, 'utf8')
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as LedgerLine)
}

const sha256 = (text: string): string => createHash('sha256').update(text, 'latin1').digest('hex')

/** What is written for messages that `give` puts into the ledger. */
function written(name: string, give: (tap: ContentTap) => void): LedgerLine[] {
  const path = join(root, name)
  const failures: string[] = []
  const ledger = new Ledger({ path, lenient: false, now: () => Date.parse(WHEN), fatal: (text) => failures.push(text) })
  give(ledger)
  ledger.close()
  assert.deepEqual(failures, [])
  return lines(path)
}

function deliver(tap: ContentTap, text: string, dotted = true, envelope = ENVELOPE, cut = text.length): void {
  const message = tap.begin(envelope)
  const octets = Buffer.from(text, 'latin1')
  message.content(octets, 0, cut, dotted)
  message.content(octets, cut, octets.length, dotted)
  message.end(dotted, true)
}

describe('the ledger', () => {
  it('has a line for each accepted message and for no other', () => {
    const found = written('few', (tap) => {
      deliver(tap, 'Message-Id: <1@x>\r\n\r\n..dot\r\nend\r\n.\r\n')
      tap.begin(ENVELOPE).abort()
      const refused = tap.begin(ENVELOPE)
      refused.content(Buffer.from('x\r\n.\r\n'), 0, 6, true)
      refused.end(true, false)
      deliver(tap, '.\r\n', true, { ...ENVELOPE, mail: '<>', rcpt: ['<c@d> NOTIFY=NEVER', ' <e@f>'], protocol: 'LMTP' })
      tap.begin({ ...ENVELOPE, peer: 'local' }).end(false, true)
    })
    const line: LedgerLine = {
      time: WHEN,
      messageId: '<1@x>',
      sha256: sha256('.dot\r\nend\r\n'),
      octets: 'Message-Id: <1@x>\r\n\r\n.dot\r\nend\r\n'.length,
      from: 'a@b',
      to: ['c@d'],
      peer: '::1',
      protocol: 'ESMTP',
    }
    const empty = { ...line, messageId: null, sha256: sha256(''), octets: 0 }
    assert.deepEqual(found, [
      line,
      { ...empty, from: '', to: ['c@d', 'e@f'], protocol: 'LMTP' },
      { ...empty, peer: 'local' },
    ])
  })

  it('says the same of content cut anywhere, by DATA and by BDAT', () => {
    const content = 'X: y\r\nmessage-id:\r\n <2@x>\r\n\r\n.\r\n..a\r\nbare\n.\ncr\r\r\n'
    const dotted = `${content.replace(/(^|\r\n)\./g, '$1..')}.\r\n`
    const found = written('cuts', (tap) => {
      for (let cut = 0; cut <= dotted.length; cut++) deliver(tap, dotted, true, ENVELOPE, cut)
      for (let cut = 0; cut <= content.length; cut++) deliver(tap, content, false, ENVELOPE, cut)
    })
    assert.equal(found.length, dotted.length + content.length + 2)
    for (const line of found) {
      assert.deepEqual(
        [line.messageId, line.sha256, line.octets],
        ['<2@x>', sha256('.\r\n..a\r\nbare\n.\ncr\r\r\n'), content.length],
      )
    }
  })

  it('keeps what is UTF-8 readable, and any other octets apart', () => {
    const utf8 = Buffer.from('<j\u00f6@x>').toString('latin1')
    const [first, second] = written('utf8', (tap) => {
      deliver(tap, `Message-Id: ${utf8}\r\n\r\n.\r\n`, true, { ...ENVELOPE, mail: utf8 })
      deliver(tap, 'Message-Id: <\xff"\\>\r\n\r\n.\r\n', true, { ...ENVELOPE, rcpt: ['<\xe4@x>'] })
    })
    assert.deepEqual([first!.messageId, first!.from], ['<j\u00f6@x>', 'j\u00f6@x'])
    assert.deepEqual([second!.messageId, second!.to], ['<\xff"\\>', ['\xe4@x']])
  })

  it('hashes large messages, many at a time', () => {
    const bodies = Array.from({ length: 200 }, (_, i) => `${i}.\r\n`.repeat(i * 10))
    const found = written('large', (tap) => {
      const messages = bodies.map((): MessageTap => tap.begin(ENVELOPE))
      const wires = bodies.map((body, i) => Buffer.from(`Message-Id: <${i}@x>\r\n\r\n${body}.\r\n`))
      for (let at = 0; at < 200_000; at += 1000) {
        messages.forEach((message, i) => {
          const wire = wires[i]!
          if (at < wire.length) message.content(wire, at, Math.min(at + 1000, wire.length), true)
        })
      }
      for (const message of messages) message.end(true, true)
    })
    assert.deepEqual(
      found.map(({ messageId, sha256 }) => [messageId, sha256]),
      bodies.map((body, i) => [`<${i}@x>`, sha256(body)]),
    )
  })

  it('appends, and is shared by several workers', () => {
    const path = join(root, 'shared')
    writeFileSync(path, '{"from":"before"}\n')
    const open = (): Ledger => new Ledger({ path, lenient: false, now: () => 0, fatal: assert.fail })
    const ledgers = [open(), open(), open()]
    for (let i = 0; i < 3000; i++) deliver(ledgers[i % 3]!, `Message-Id: <${i}@x>\r\n\r\n.\r\n`)
    for (const ledger of ledgers) ledger.close()
    const found = lines(path)
    assert.equal(found[0]!.from, 'before')
    const ids = new Set(found.slice(1).map(({ messageId }) => messageId))
    assert.equal(found.length, 3001)
    assert.equal(ids.size, 3000)
  })

  it('tells once that it cannot be written', () => {
    for (const [path, sentence] of [
      ['/dev/full', 'write /dev/full: No space left on device'],
      [join(root, 'none/ledger'), `open ${join(root, 'none/ledger')}: No such file or directory`],
    ] as const) {
      const failures: string[] = []
      const ledger = new Ledger({ path, lenient: false, now: () => 0, fatal: (text) => failures.push(text) })
      deliver(ledger, '.\r\n')
      ledger.flush()
      deliver(ledger, '.\r\n')
      ledger.flush()
      ledger.close()
      assert.deepEqual(failures, [sentence])
    }
  })
})

describe('what a plan keeps', () => {
  const plan = { hostname: 'mx.example', lenientEod: false }

  it('is nothing by default', () => {
    const keeping = keep({ ...plan, keep: { ledger: null, dump: null } }, assert.fail)
    assert.equal(keeping.tap, null)
    keeping.close()
    assert.equal(joinTaps([]), null)
  })

  it('is all that was asked for', () => {
    const ledger = join(root, 'both')
    const dump = { kind: 'all', template: join(root, 'dump'), prefix: Buffer.from('P\n') } as const
    const keeping = keep({ ...plan, keep: { ledger, dump } }, assert.fail)
    deliver(keeping.tap!, 'Message-Id: <1@x>\r\n\r\nhi\r\n.\r\n')
    keeping.tap!.begin(ENVELOPE).abort()
    keeping.close()
    assert.deepEqual(
      lines(ledger).map(({ messageId }) => messageId),
      ['<1@x>'],
    )
    assert.match(
      readFileSync(dump.template, 'latin1'),
      /^P\nX-Client-Addr: ipv6:::1\n(?:.*\n){5}.*by mx\.example .* id [0-9a-f]{8};\n\t.*\nMessage-Id: <1@x>\n\nhi\n\n$/,
    )
  })

  it('cannot be kept where files cannot be made, and that is told', () => {
    const failures: string[] = []
    const dump = { kind: 'each', template: join(root, 'both/x'), prefix: new Uint8Array(0) } as const
    const keeping = keep({ ...plan, keep: { ledger: join(root, 'no/ledger'), dump } }, (text) => failures.push(text))
    deliver(keeping.tap!, '.\r\n')
    keeping.close()
    assert.equal(failures.length, 2)
    assert.equal(failures[0], `open ${join(root, 'no/ledger')}: No such file or directory`)
    assert.match(failures[1]!, /^open .*both\/x[0-9a-f]{8}: Not a directory$/)
  })
})
