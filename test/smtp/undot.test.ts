import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { START_OF_CONTENT } from '#src/smtp/data-end.js'
import { ClassicUndot, Undot } from '#src/smtp/undot.js'
import { findLenientEnd } from '#src/smtp/watched-end.js'

interface Conversion {
  push(buffer: Buffer, from: number, to: number, out: Buffer): number
}

/** Converts text in pieces that end at `cuts`, each lying in a buffer between octets that must not matter. */
function converted(conversion: Conversion, text: string, cuts: readonly number[]): string {
  let result = ''
  let at = 0
  for (const cut of [...cuts, text.length]) {
    const piece = text.slice(at, cut)
    at = cut
    const buffer = Buffer.from(`\r\n.${piece}\n.\r\n`, 'latin1')
    const out = Buffer.alloc(piece.length + 1)
    result += out.toString('latin1', 0, conversion.push(buffer, 3, 3 + piece.length, out))
  }
  return result
}

/** Where content ends for a lenient receiver, and how many octets its terminator has. */
function endOf(text: string): { readonly to: number; readonly terminator: number } {
  const seeker = { seen: START_OF_CONTENT as number }
  const to = findLenientEnd(seeker, Buffer.from(text, 'latin1'), 0, text.length)
  return { to, terminator: seeker.seen }
}

/** What content on the wire means to a lenient receiver. */
function lenient(text: string, terminator: number): string {
  return text.slice(0, -terminator).replace(/(^|\n)\./g, '$1')
}

const TEXTS: readonly (readonly [wire: string, content: string, dump: string])[] = [
  ['.\r\n', '', '\n'],
  ['hello\r\n.\r\n', 'hello\r\n', 'hello\n\n'],
  ['..\r\n.\r\n', '.\r\n', '.\n\n'],
  ['..x\r\n.x\r\n...\r\n.\r\n', '.x\r\nx\r\n..\r\n', '.x\nx\n..\n\n'],
  ['a\n.\nb\r\n.\r\n', 'a\n.\nb\r\n', 'a\n.\nb\n\n'],
  ['a\r.\rb\r\n.\r\n', 'a\r.\rb\r\n', 'a.b\n\n'],
  ['a\r\r\n.b\r\n.\r\n', 'a\r\r\nb\r\n', 'a\nb\n\n'],
  ['a\r\n.\r\r\n.\r\n', 'a\r\n\r\r\n', 'a\n\n\n'],
  ['a\r\n.\n\r\n.\r\n', 'a\r\n\n\r\n', 'a\n\n\n\n'],
  [
    'Subject: x\r\n\r\nline1\r\n..dots\r\n.x\r\nbare\ncr\rin\r\n.\r\n',
    'Subject: x\r\n\r\nline1\r\n.dots\r\nx\r\nbare\ncr\rin\r\n',
    'Subject: x\n\nline1\n.dots\nx\nbare\ncrin\n\n',
  ],
]

/** Content of which every octet means something. */
const wire = fc
  .array(fc.constantFrom('\r', '\n', '.', '\r\n', '\r\n.', '\n.', 'x', 'line of text'), { maxLength: 30 })
  .map((parts) => parts.join(''))

const cutsOf = (text: string): fc.Arbitrary<number[]> =>
  fc.array(fc.nat(text.length), { maxLength: 5 }).map((cuts) => cuts.sort((a, b) => a - b))

const wireAndCuts = wire.chain((text) => fc.tuple(fc.constant(text), cutsOf(`${text}\r\n.\r\n`)))

describe('content without its dots', () => {
  for (const [text, content, dump] of TEXTS) {
    it(`${JSON.stringify(text)}, cut at every octet`, () => {
      for (let cut = 0; cut <= text.length; cut++) {
        assert.equal(converted(new Undot(), text, [cut]), content, `cut at ${cut}`)
        assert.equal(converted(new ClassicUndot(true), text, [cut]), dump, `dump cut at ${cut}`)
      }
      const every = Array.from(text, (_, i) => i)
      assert.equal(converted(new Undot(), text, every), content)
      assert.equal(converted(new ClassicUndot(true), text, every), dump)
    })
  }

  it('is what a look at the whole says, for anything that can come', () => {
    let seen = 0
    fc.assert(
      fc.property(wireAndCuts, ([body, cuts]) => {
        const text = `${body}\r\n.\r\n`
        fc.pre(text.search(/(^|\r\n)\.\r\n/) >= body.length)
        seen++
        assert.equal(converted(new Undot(), text, cuts), text.slice(0, -3).replace(/(^|\r\n)\./g, '$1'))
      }),
      { numRuns: 2000 },
    )
    assert.ok(seen > 1000)
  })

  it('ends where a lenient receiver sees an end', () => {
    for (const text of [
      'a\n..b\n.\n',
      'a\n..b\n.\r\n',
      'a\n.b\r\n.\n',
      '.a\r\n.\r\n',
      '.\n',
      'a\r.b\rx\r.\r',
      'a\n.\r.\r',
    ]) {
      const end = endOf(text)
      assert.equal(end.to, text.length, JSON.stringify(text))
      for (let cut = 0; cut <= text.length; cut++) {
        assert.equal(converted(new Undot(true), text, [cut]), lenient(text, end.terminator), `cut at ${cut}`)
      }
    }
    assert.equal(converted(new Undot(true), 'a\r.b\r.\r', []), 'a\r.b\r')
    fc.assert(
      fc.property(wireAndCuts, ([body, cuts]) => {
        const { to, terminator } = endOf(`${body}\r\n.\r\n`)
        const text = `${body}\r\n.\r\n`.slice(0, to)
        const within = cuts.filter((cut) => cut < to)
        const content = lenient(text, terminator)
        assert.equal(converted(new Undot(true), text, within), content)
        assert.equal(converted(new ClassicUndot(true, true), text, within), content.replace(/\r/g, ''))
      }),
      { numRuns: 2000 },
    )
  })

  it('is dumped as smtp-sink does it, with dots and without', () => {
    fc.assert(
      fc.property(wireAndCuts, fc.boolean(), ([body, cuts], dotted) => {
        const text = `${body}\r\n.\r\n`
        const undoubled = dotted ? text.replace(/(^|\r\n)\./g, '$1') : text
        assert.equal(converted(new ClassicUndot(dotted), text, cuts), undoubled.replace(/\r/g, ''))
        assert.equal(converted(new ClassicUndot(false, true), text, cuts), text.replace(/\r/g, ''))
      }),
      { numRuns: 2000 },
    )
  })
})
