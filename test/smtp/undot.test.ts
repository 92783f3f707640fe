import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { ClassicUndot, Undot } from '#src/smtp/undot.js'

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

/** What a message on the wire means, by its lines. */
function undotted(text: string, lenient: boolean): string {
  const end = lenient ? /(^|\n)\.\r?\n$/ : /(^|\r\n)\.\r\n$/
  const start = lenient ? /(^|\n)\./g : /(^|\r\n)\./g
  return text.replace(end, '$1').replace(start, '$1')
}

function classic(text: string, dotted: boolean, lenient: boolean): string {
  const start = lenient ? /(^|\n)\./g : /(^|\r\n)\./g
  return (dotted ? text.replace(start, '$1') : text).replace(/\r/g, '')
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

/** Content of which every octet means something, and its terminator. */
const wire = fc
  .array(fc.constantFrom('\r', '\n', '.', '\r\n', '\r\n.', '\n.', 'x', 'line of text'), { maxLength: 30 })
  .map((parts) => parts.join(''))

const cutsOf = (text: string): fc.Arbitrary<number[]> =>
  fc.array(fc.nat(text.length), { maxLength: 5 }).map((cuts) => cuts.sort((a, b) => a - b))

const wireAndCuts = wire.chain((text) => fc.tuple(fc.constant(text), cutsOf(`${text}\r\n.\r\n`)))

/** As the finder of the end sees to it: the terminator is nowhere but at the end. */
function endsOnce(text: string, lenient: boolean): boolean {
  return (
    text.search(lenient ? /(^|\n)\.\r?\n/ : /(^|\r\n)\.\r\n/) ===
    text.length - 3 - (text === '.\r\n' ? 0 : lenient ? 1 : 2)
  )
}

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
        fc.pre(endsOnce(text, false))
        seen++
        assert.equal(converted(new Undot(), text, cuts), undotted(text, false))
      }),
      { numRuns: 2000 },
    )
    assert.ok(seen > 1000)
  })

  it('takes lone LFs for line ends where it is lenient', () => {
    assert.equal(converted(new Undot(true), 'a\n..b\n.\n', []), 'a\n.b\n')
    assert.equal(converted(new Undot(true), 'a\n.\r\n', []), 'a\n')
    assert.equal(converted(new ClassicUndot(true, true), 'a\n..b\n.\n', []), 'a\n.b\n\n')
    fc.assert(
      fc.property(wireAndCuts, ([body, cuts]) => {
        const text = `${body}\n.\r\n`
        fc.pre(endsOnce(text, true))
        const within = cuts.filter((cut) => cut < text.length)
        assert.equal(converted(new Undot(true), text, within), undotted(text, true))
      }),
      { numRuns: 500 },
    )
  })

  it('is dumped as smtp-sink does it, with dots and without', () => {
    fc.assert(
      fc.property(wireAndCuts, fc.boolean(), fc.boolean(), ([body, cuts], dotted, lenient) => {
        const text = `${body}\r\n.\r\n`
        assert.equal(converted(new ClassicUndot(dotted, lenient), text, cuts), classic(text, dotted, lenient))
      }),
      { numRuns: 2000 },
    )
  })
})
