import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { corpusOf } from '#src/message/corpus.js'
import { looksLikeMbox, splitMbox } from '#src/message/mbox.js'
import { stuffed, wireLines } from '#src/message/wire-lines.js'

const octets = (text: string) => Buffer.from(text, 'latin1')

/** What stands in a text of lines, however they end. */
function linesOf(text: string): string[] {
  const lines = text.split(/\r\n|\r|\n/)
  if (lines.at(-1) === '') lines.pop()
  return lines
}

/** What a receiver by RFC 5321 section 4.5.2 takes from DATA: up to the final dot, leading dots undone. */
function received(data: Buffer): string {
  const text = data.toString('latin1')
  assert.ok(text.startsWith('.\r\n') || text.includes('\r\n.\r\n'), 'a final dot')
  const end = text.startsWith('.\r\n') ? 0 : text.indexOf('\r\n.\r\n') + 2
  assert.equal(end + 3, text.length, 'one final dot, at the end')
  return text
    .slice(0, end)
    .split('\r\n')
    .map((line) => (line.startsWith('.') ? line.slice(1) : line))
    .join('\r\n')
}

/** Lines with everything in them that could go wrong. */
const line = fc
  .array(fc.constantFrom('.', '..', 'a', 'From ', '>From ', ' ', '\t', 'x: y', '\xe9', '\0', '=', '>'), {
    maxLength: 6,
  })
  .map((pieces) => pieces.join(''))
const lineEnd = fc.constantFrom('\r\n', '\n', '\r')
const message = fc
  .tuple(fc.array(fc.tuple(line, lineEnd), { maxLength: 12 }), line)
  .map(([lines, last]) => lines.flat().join('') + last)

describe('lines for the wire', () => {
  it('every line ends with CRLF and nothing else changes', () => {
    fc.assert(
      fc.property(message, (text) => {
        const { octets: wire, bodyAt, nul, eightBit, broken } = wireLines(octets(text))
        const lines = wire.toString('latin1')
        assert.ok(lines === '' || lines.endsWith('\r\n'))
        assert.doesNotMatch(lines.replaceAll('\r\n', ''), /[\r\n]/)
        assert.deepEqual(linesOf(lines), linesOf(text))
        assert.equal(nul, text.includes('\0'))
        assert.equal(eightBit, /[\x80-\xff]/.test(text))
        assert.equal(broken, false)
        const gap = lines.startsWith('\r\n') ? 2 : lines.indexOf('\r\n\r\n') + 4
        assert.equal(bodyAt, gap === 3 ? lines.length : gap)
      }),
      { numRuns: 1000 },
    )
  })

  it('long header fields are folded before a blank, long lines broken with a space behind, none over 998', () => {
    const long = `X: ${'word '.repeat(300)}end`
    const folded = wireLines(octets(`${long}\n\n${'b'.repeat(3000)}\n`))
    const [head, body] = folded.octets.toString('latin1').split('\r\n\r\n') as [string, string]
    assert.equal(folded.broken, true)
    assert.equal(head.replace(/\r\n(?=[ \t])/g, ''), long)
    assert.equal(body.replaceAll('\r\n ', '').trimEnd(), 'b'.repeat(3000))
    for (const text of [...head.split('\r\n'), ...body.split('\r\n')]) assert.ok(text.length <= 998, `${text.length}`)
    assert.equal(wireLines(octets('a'.repeat(998))).broken, false)
    assert.equal(wireLines(octets('a'.repeat(999))).octets.toString('latin1'), `${'a'.repeat(998)}\r\n a\r\n`)
  })

  it('no character of UTF-8 is broken', () => {
    for (let before = 0; before < 4; before++) {
      const text = `\n${'x'.repeat(before)}${'€'.repeat(1000)}`
      const wire = wireLines(Buffer.from(text, 'utf8')).octets
      assert.equal(wire.toString('utf8').replaceAll('\r\n ', '').trim(), text.trim())
      for (const one of wire.toString('latin1').split('\r\n')) assert.ok(one.length <= 998)
    }
  })

  it('dots are doubled at the beginning of lines only', () => {
    const stuff = (text: string) => stuffed(octets(text))?.toString('latin1') ?? null
    assert.equal(stuff('a.b\r\n'), null)
    assert.equal(stuff('.\r\n'), '..\r\n')
    assert.equal(stuff('a\r\n.b\r\n\r\n..\r\nc.\r\n'), 'a\r\n..b\r\n\r\n...\r\nc.\r\n')
  })
})

describe('a corpus', () => {
  it('gives a receiver the lines of its source, by DATA and by BDAT', () => {
    fc.assert(
      fc.property(fc.array(message, { minLength: 1, maxLength: 4 }), (texts) => {
        const corpus = corpusOf([{ path: 'p', weight: 1, messages: texts.map(octets) }])
        assert.ok(corpus.octets.buffer instanceof SharedArrayBuffer)
        const view = (from: number, to: number) => Buffer.from(corpus.octets.subarray(from, to))
        for (const [i, { start, end, dataStart, dataEnd }] of corpus.messages.entries()) {
          const plain = view(start, end).toString('latin1')
          assert.deepEqual(linesOf(plain), linesOf(texts[i]!))
          assert.equal(received(view(dataStart, dataEnd)), plain)
        }
      }),
      { numRuns: 500 },
    )
  })

  it('notes what a server must be asked for, and shares weights within a place', () => {
    const corpus = corpusOf([
      { path: 'a', weight: 3, messages: [octets('Subject: a\n\nplain\n'), octets('Subject: b\n\n\xe9\n')] },
      {
        path: 'b',
        weight: 1,
        messages: [Buffer.from('Subject: Grüße\n\nx\n', 'utf8'), octets('Subject: \xe9\n\n\0\n')],
      },
    ])
    assert.deepEqual(
      corpus.messages.map(({ eightBit, utf8Headers, weight }) => [eightBit, utf8Headers, weight]),
      [
        [false, false, 1.5],
        [true, false, 1.5],
        [true, true, 0.5],
        // Some other set: nothing that SMTPUTF8 is for.
        [true, false, 0.5],
      ],
    )
    assert.equal(corpus.withNul, 1)
  })
})

describe('an mbox', () => {
  /** As the "mboxrd" writers do it. */
  const written = (messages: readonly string[]) =>
    messages.map((text) => `From a@b Sun Nov 22 13:23:21 2026\n${text.replace(/^(>*From )/gm, '>$1')}\n`).join('')

  it('gives back what was put into it', () => {
    const body = fc.array(
      line.filter((text) => !text.includes('\0')),
      { minLength: 1, maxLength: 8 },
    )
    const one = body.map((lines) => lines.map((text) => `${text}\n`).join(''))
    fc.assert(
      fc.property(fc.array(one, { minLength: 1, maxLength: 5 }), (messages) => {
        const box = octets(written(messages))
        assert.ok(looksLikeMbox(box))
        assert.deepEqual(
          splitMbox(box).map((text) => text.toString('latin1')),
          messages,
        )
      }),
      { numRuns: 500 },
    )
  })

  it('separates after an empty line only, whatever the line ends', () => {
    const split = (text: string) => splitMbox(octets(text)).map((one) => one.toString('latin1'))
    assert.deepEqual(split('From a\r\nX: 1\r\n\r\nb\r\n\r\nFrom b\r\nY: 2\r\n'), ['X: 1\r\n\r\nb\r\n', 'Y: 2\r\n'])
    assert.deepEqual(split('From a\nX: 1\n\nthus\nFrom here on\n'), ['X: 1\n\nthus\nFrom here on\n'])
    assert.deepEqual(split('From a\nX: 1\n\n>From b\n>>From c\n> From d\n'), ['X: 1\n\nFrom b\n>From c\n> From d\n'])
    assert.equal(looksLikeMbox(octets('From: a@b\n')), false)
  })
})
