import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { encodedText, foldedLine, headerLine, isAscii } from '#src/message/header-text.js'

/** As RFC 2047 decodes it: blanks between encoded words go. */
function decoded(text: string): string {
  return text.replace(/\?= (?==\?)/g, '?=').replace(/(?:=\?UTF-8\?B\?[A-Za-z0-9+/=]*\?=)+/g, (words) =>
    Buffer.concat(
      words
        .split('=?UTF-8?B?')
        .slice(1)
        .map((word) => Buffer.from(word.slice(0, -2), 'base64')),
    ).toString('utf8'),
  )
}

describe('header fields of people’s own', () => {
  it('are read, trimmed, folded and encoded', () => {
    assert.deepEqual(headerLine('X-Load:5'), { line: 'X-Load: 5' })
    assert.deepEqual(headerLine('X-Load: \t 5  '), { line: 'X-Load: 5' })
    assert.deepEqual(headerLine('X-Empty:'), { line: 'X-Empty:' })
    assert.deepEqual(headerLine('X: a: b'), { line: 'X: a: b' })
    assert.deepEqual(headerLine('X-Who: Jörg <j@ex.example>'), { line: 'X-Who: =?UTF-8?B?SsO2cmc=?= <j@ex.example>' })
  })

  it('are refused when they are none', () => {
    for (const text of ['', 'no colon', ': value', 'two words: value', 'Jörg: x', 'X: a\r\nY: b', 'X: a\nb', 'X: \0']) {
      assert.ok('problem' in headerLine(text), JSON.stringify(text))
    }
    assert.ok('problem' in headerLine(`X: ${'a'.repeat(999)}`))
    assert.ok('line' in headerLine(`X: ${'a'.repeat(995)}`))
  })

  it('fold before blanks, and unfold to the same text', () => {
    const word = fc.stringMatching(/^[!-~]{1,30}$/)
    const blank = fc.constantFrom(' ', '  ', '\t')
    const text = fc
      .array(fc.tuple(word, blank), { minLength: 1, maxLength: 40 })
      .map((all) => all.flat().join('').trim())
    fc.assert(
      fc.property(text, (value) => {
        const line = `X-Long: ${value}`
        const folded = foldedLine(line)!
        assert.equal(folded.replaceAll('\r\n', ''), line)
        const lines = folded.split('\r\n')
        for (const [i, one] of lines.entries()) {
          assert.ok(one.length <= 78 + 8, `${one.length}`)
          assert.ok(one.trim() !== '')
          if (i > 0) assert.match(one, /^[ \t]/)
        }
        assert.notEqual(lines[0], 'X-Long:')
      }),
      { numRuns: 300 },
    )
  })

  it('encoded words are ASCII of at most 75 characters, and give the text back', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 80 }), (text) => {
        fc.pre(!/[\r\n\0]|=\?/.test(text))
        const encoded = encodedText(text)
        assert.ok(isAscii(encoded))
        for (const word of encoded.match(/=\?\S*\?=/g) ?? []) assert.ok(word.length <= 75, word)
        assert.equal(decoded(encoded), text)
        assert.equal(encodedText(encoded), encoded)
      }),
      { numRuns: 300 },
    )
  })
})
