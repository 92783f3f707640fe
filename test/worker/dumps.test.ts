import assert from 'node:assert/strict'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import type { ContentTap, MessageTap } from '#src/smtp/content-tap.js'
import { type DumpOptions, Dumps } from '#src/worker/dumps.js'

const root = mkdtempSync(join(tmpdir(), 'stampede-dumps-'))
after(() => rmSync(root, { recursive: true, force: true }))

let directories = 0
function directory(): string {
  const path = join(root, `${directories++}`)
  mkdirSync(path)
  return path
}

const WHEN = new Date(2026, 10, 1, 13, 14, 45)
const HEADER = [
  'X-Client-Addr: 127.0.0.1',
  'X-Client-Proto: ESMTP',
  'X-Helo-Args: c.example',
  'X-Mail-Args: <a@b>',
  'X-Rcpt-Args: <c@d>',
  'Received: from c.example ([127.0.0.1])',
]

/** The header block of the message `mail` with this id. */
function header(id: string, mail = '<a@b>'): string {
  const lines = HEADER.map((line) => line.replace('<a@b>', mail))
  return `${lines.join('\n')}\n\tby mx.example (smtp-sink) with ESMTP id ${id};\n\tSun,  1 Nov 2026 13:14:45 ${OFFSET} (ZONE)\n`
}
const minutes = -WHEN.getTimezoneOffset()
const away = Math.abs(minutes)
const OFFSET = `${minutes < 0 ? '-' : '+'}${String(Math.floor(away / 60) * 100 + (away % 60)).padStart(4, '0')}`

/** Ids that count up from 0 in steps that every 31-bit number can show exactly. */
function counting(): () => number {
  let id = 0
  return () => id++ / 0x8000_0000
}

function dumps(
  kind: 'each' | 'all',
  template: string,
  more: Partial<DumpOptions> = {},
): { tap: ContentTap; fatal: string[] } {
  const fatal: string[] = []
  const tap = new Dumps({
    kind,
    template,
    prefix: new Uint8Array(0),
    hostname: 'mx.example',
    lenient: false,
    now: () => WHEN.getTime(),
    random: counting(),
    zoneName: () => 'ZONE',
    fatal: (text) => fatal.push(text),
    ...more,
  })
  return { tap, fatal }
}

function begin(tap: ContentTap, mail = '<a@b>'): MessageTap {
  return tap.begin({ mail, rcpt: ['<c@d>'], helo: 'c.example', protocol: 'ESMTP', peer: '127.0.0.1' })
}

function give(message: MessageTap, octets: string | Buffer, dotted = true): void {
  const buffer = Buffer.from(octets as string, 'latin1')
  // In pieces of a size that has nothing to do with anything.
  for (let at = 0; at < buffer.length; at += 40_009)
    message.content(buffer, at, Math.min(at + 40_009, buffer.length), dotted)
}

function deliver(tap: ContentTap, octets: string, mail?: string): void {
  const message = begin(tap, mail)
  give(message, octets)
  message.end(true, true)
}

const text = (path: string): string => readFileSync(path, 'latin1')

describe('a file for each message (-d)', () => {
  it('has the header and the content, and is there from MAIL on', () => {
    const at = directory()
    const { tap, fatal } = dumps('each', join(at, 'msg.'))
    const message = begin(tap)
    assert.deepEqual(readdirSync(at), ['msg.00000000'])
    assert.equal(statSync(join(at, 'msg.00000000')).size, 0)
    give(message, 'Subject: x\r\n\r\nline1\r\n..dots\r\n.x\r\nbare\ncr\rin\r\n.\r\n')
    message.end(true, true)
    assert.equal(text(join(at, 'msg.00000000')), `${header('00000000')}Subject: x\n\nline1\n.dots\nx\nbare\ncrin\n\n`)
    assert.equal(statSync(join(at, 'msg.00000000')).mode & 0o777, 0o644 & ~process.umask())
    assert.deepEqual(fatal, [])
  })

  it('is gone when the transaction is not finished, and stays when the message was refused', () => {
    const at = directory()
    const { tap } = dumps('each', join(at, 'msg.'))
    begin(tap).abort()
    const reset = begin(tap)
    give(reset, 'x'.repeat(300_000))
    reset.abort()
    reset.abort()
    assert.deepEqual(readdirSync(at), [])
    const refused = begin(tap)
    give(refused, '.\r\n')
    refused.end(true, false)
    assert.deepEqual(readdirSync(at), ['msg.00000002'])
    assert.equal(text(join(at, 'msg.00000002')), `${header('00000002')}\n`)
  })

  it('begins with what was asked for, whatever octets that are', () => {
    const at = directory()
    const { tap } = dumps('each', join(at, 'm'), { prefix: Buffer.from('From x\n\tTAB\\ Aq\xff', 'latin1') })
    deliver(tap, 'hi\r\n.\r\n')
    assert.equal(text(join(at, 'm00000000')), `From x\n\tTAB\\ Aq\xff${header('00000000')}hi\n\n`)
  })

  it('is 8-bit clean, and the same whether it came by DATA or BDAT', () => {
    const at = directory()
    const { tap } = dumps('each', join(at, 'm'))
    const octets = Buffer.from(Array.from({ length: 256 }, (_, i) => i).filter((i) => i !== 13)).toString('latin1')
    deliver(tap, `${octets}\r\n..\r\n.\r\n`)
    const chunked = begin(tap)
    give(chunked, `${octets}\r\n`, false)
    give(chunked, '.\r\n', false)
    chunked.end(false, true)
    begin(tap).end(false, true)
    assert.equal(text(join(at, 'm00000000')), `${header('00000000')}${octets}\n.\n\n`)
    assert.equal(text(join(at, 'm00000001')), `${header('00000001')}${octets}\n.\n\n`)
    assert.equal(text(join(at, 'm00000002')), `${header('00000002')}\n`)
  })

  it('takes another id where there is a file, and gives up after a hundred', () => {
    const at = directory()
    for (let id = 0; id < 99; id++) writeFileSync(join(at, `m${id.toString(16).padStart(8, '0')}`), 'old')
    const { tap, fatal } = dumps('each', join(at, 'm'))
    deliver(tap, '.\r\n')
    assert.equal(text(join(at, 'm00000063')), `${header('00000063')}\n`)
    const stuck = dumps('each', join(at, 'm'), { random: () => 0 })
    deliver(stuck.tap, '.\r\n')
    assert.deepEqual(stuck.fatal, [`open ${join(at, 'm')}: File exists`])
    assert.equal(text(join(at, 'm00000000')), 'old')
    assert.deepEqual(fatal, [])
  })

  it('makes directories by the time of MAIL', () => {
    const at = directory()
    let now = WHEN.getTime()
    const { tap } = dumps('each', join(at, '%Y/%m/%d%%/%H%M%S.'), { now: () => now })
    deliver(tap, '.\r\n')
    now += 1000
    deliver(tap, '.\r\n')
    assert.deepEqual(readdirSync(join(at, '2026/11/01%')).sort(), ['131445.00000000', '131446.00000001'])
    assert.match(text(join(at, '2026/11/01%/131446.00000001')), /\tSun, {2}1 Nov 2026 13:14:46 /)
    assert.equal(statSync(join(at, '2026/11')).mode & 0o777, 0o755 & ~process.umask())
  })
})

describe('one file for all messages (-D)', () => {
  it('has every complete message and nothing else', () => {
    const at = directory()
    const { tap, fatal } = dumps('all', join(at, 'new/all'), { prefix: Buffer.from('SEP\n') })
    deliver(tap, 'one\r\n.\r\n')
    assert.deepEqual(readdirSync(join(at, 'new')), ['all'])
    deliver(tap, '.\r\n', '<b>')
    const cut = begin(tap, '<c>')
    give(cut, 'never\r\n')
    cut.abort()
    assert.equal(text(join(at, 'new/all')), `SEP\n${header('00000000')}one\n\nSEP\n${header('00000001', '<b>')}\n`)
    assert.equal(statSync(join(at, 'new/all')).mode & 0o777, 0o644 & ~process.umask())
    assert.deepEqual(fatal, [])
  })

  it('shows nothing at MAIL, and appends to what is there', () => {
    const at = directory()
    writeFileSync(join(at, 'all'), 'before\n')
    const { tap } = dumps('all', join(at, 'all'))
    const message = begin(tap)
    give(message, `${'x'.repeat(2_000_000)}\r\n`)
    assert.deepEqual(readdirSync(at), ['all'])
    assert.equal(text(join(at, 'all')), 'before\n')
    give(message, '.\r\n')
    message.end(true, true)
    assert.equal(text(join(at, 'all')), `before\n${header('00000000')}${'x'.repeat(2_000_000)}\n\n`)
  })

  it('follows the time of MAIL', () => {
    const at = directory()
    let now = WHEN.getTime()
    const { tap } = dumps('all', join(at, '%H'), { now: () => now })
    const message = begin(tap)
    now += 3_600_000
    deliver(tap, '.\r\n')
    give(message, '.\r\n')
    message.end(true, true)
    assert.deepEqual(readdirSync(at).sort(), ['13', '14'])
    assert.equal(text(join(at, '13')), `${header('00000000')}\n`)
  })
})

describe('dumps that cannot be written', () => {
  const CASES: readonly (readonly [name: string, kind: 'each' | 'all', make: (at: string) => [string, string]])[] = [
    [
      'below a file',
      'each',
      (at) => {
        writeFileSync(join(at, 'file'), '')
        return [join(at, 'file/m'), `open ${join(at, 'file/m00000000')}: Not a directory`]
      },
    ],
    [
      'below a file, all in one',
      'all',
      (at) => {
        writeFileSync(join(at, 'file'), '')
        return [join(at, 'file/m'), `open ${join(at, 'file/m00000000')}: Not a directory`]
      },
    ],
    [
      'where no directory can be made',
      'each',
      () => ['/proc/self/x/y', 'mkdir /proc/self/x: No such file or directory'],
    ],
    [
      'onto a directory',
      'all',
      (at) => {
        mkdirSync(join(at, 'all'))
        return [join(at, 'all'), `open ${join(at, 'all')}: Is a directory`]
      },
    ],
    [
      'onto a full disk',
      'all',
      (at) => {
        symlinkSync('/dev/full', join(at, 'all'))
        return [join(at, 'all'), `write ${join(at, 'all')}: No space left on device`]
      },
    ],
  ]
  for (const [name, kind, make] of CASES) {
    it(`${name} is told once, and what follows is forgotten`, () => {
      const at = directory()
      const [template, sentence] = make(at)
      const { tap, fatal } = dumps(kind, template)
      const open = [begin(tap), begin(tap)]
      for (const message of open) {
        give(message, `${'x'.repeat(200_000)}\r\n.\r\n`)
        message.end(true, true)
      }
      deliver(tap, '.\r\n')
      begin(tap).abort()
      assert.deepEqual(fatal, [sentence])
    })
  }
})

describe('a thousand transactions at a time', () => {
  const COUNT = 1000
  for (const kind of ['each', 'all'] as const) {
    it(`${kind === 'each' ? 'each have their file' : 'lie behind each other in one file'}, whole`, () => {
      const at = directory()
      const { tap, fatal } = dumps(kind, join(at, 'm'))
      const messages = Array.from({ length: COUNT }, (_, i) => begin(tap, `<s${i}>`))
      // Every tenth is larger than what is held in memory, every seventh is cut off.
      const bodies = messages.map((_, i) => `${i} `.repeat(i % 10 === 0 ? 20_000 : 10))
      const pieces = 4
      for (let piece = 0; piece < pieces; piece++) {
        messages.forEach((message, i) => {
          const body = bodies[i]!
          const size = Math.ceil(body.length / pieces)
          const octets = Buffer.from(body.slice(piece * size, (piece + 1) * size))
          message.content(octets, 0, octets.length, true)
        })
      }
      const END = Buffer.from('\r\n.\r\n')
      messages.forEach((message, i) => {
        if (i % 7 === 0) {
          message.abort()
          return
        }
        message.content(END, 0, END.length, true)
        message.end(true, true)
      })
      assert.deepEqual(fatal, [])
      const id = (i: number): string => i.toString(16).padStart(8, '0')
      const kept = messages.map((_, i) => i).filter((i) => i % 7 !== 0)
      const whole = (i: number): string => `${header(id(i), `<s${i}>`)}${bodies[i]}\n\n`
      if (kind === 'all') {
        assert.deepEqual(readdirSync(at), ['m'])
        assert.ok(text(join(at, 'm')) === kept.map(whole).join(''))
        return
      }
      assert.deepEqual(
        readdirSync(at).sort(),
        kept.map((i) => `m${id(i)}`),
      )
      for (const i of kept) assert.ok(text(join(at, `m${id(i)}`)) === whole(i), `message ${i}`)
      assert.ok(!existsSync(join(at, `m${id(0)}`)))
    })
  }
})
