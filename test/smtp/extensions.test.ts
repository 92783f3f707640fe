import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Extension, readExtensions } from '#src/smtp/extensions.js'

const KEYWORDS: { readonly [keyword: string]: number } = {
  PIPELINING: Extension.pipelining,
  CHUNKING: Extension.chunking,
  '8BITMIME': Extension.eightBitMime,
  SIZE: Extension.size,
  SMTPUTF8: Extension.smtpUtf8,
  ENHANCEDSTATUSCODES: Extension.enhancedStatusCodes,
  STARTTLS: Extension.startTls,
  AUTH: Extension.auth,
  DSN: Extension.dsn,
}
const MECHANISMS =
  Extension.authScramSha256 | Extension.authCramMd5 | Extension.authXoauth2 | Extension.authPlain | Extension.authLogin
const ALL = Object.values(KEYWORDS).reduce((bits, bit) => bits | bit, 0)

function reply(lines: readonly string[], end = '\r\n'): string {
  return lines.map((line, i) => `250${i + 1 < lines.length ? '-' : ' '}${line}${end}`).join('')
}

test('every extension has a bit of its own', () => {
  assert.equal(new Set(Object.values(Extension)).size, Object.keys(Extension).length)
  let sum = 0
  for (const bit of Object.values(Extension)) sum += bit
  assert.equal(sum, ALL | MECHANISMS)
})

test('what Postfix announces', () => {
  const lines =
    'mx.example|PIPELINING|SIZE 10240000|VRFY|ETRN|STARTTLS|AUTH PLAIN LOGIN|AUTH=PLAIN LOGIN|ENHANCEDSTATUSCODES'
  assert.equal(
    readExtensions(reply([...lines.split('|'), '8BITMIME', 'DSN', 'SMTPUTF8', 'CHUNKING'])),
    ALL | Extension.authPlain | Extension.authLogin,
  )
})

test('each keyword, in any case, with parameters, with either line end, on the last line or before', () => {
  for (const [keyword, bit] of Object.entries(KEYWORDS)) {
    for (const word of [keyword, keyword.toLowerCase(), `${keyword} 1000 x`, `${keyword}\t`]) {
      for (const end of ['\r\n', '\n']) {
        assert.equal(readExtensions(reply(['mx', word], end)), bit, word)
        assert.equal(readExtensions(reply(['mx', word, 'XOTHER'], end)), bit, word)
      }
    }
  }
})

test('the first line announces nothing', () => {
  assert.equal(readExtensions(reply(['PIPELINING'])), 0)
  assert.equal(readExtensions(reply(['CHUNKING', 'DSN'])), Extension.dsn)
})

test('words that only begin or end like a keyword are none', () => {
  const words = ['XPIPELINING', 'PIPELININGX', 'PIPELINING-2', 'PIPELIN', 'BDAT', 'CHUNK ING', ' PIPELINING', '', '-']
  for (const word of words) assert.equal(readExtensions(reply(['mx', word])), 0, word)
})

test('no reply is too odd', () => {
  assert.equal(readExtensions(''), 0)
  assert.equal(readExtensions('250\r\n'), 0)
  assert.equal(readExtensions('250-mx\r\n250'), 0)
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 80 }), (text) => {
      assert.equal(
        readExtensions(`250-mx\r\n250-${text.replaceAll('\n', ' ')}\r\n250 DSN\r\n`) & ~(ALL | MECHANISMS),
        0,
      )
    }),
    { numRuns: 300, seed: 4 },
  )
})

test('any set of keywords in any order', () => {
  fc.assert(
    fc.property(fc.shuffledSubarray(Object.keys(KEYWORDS)), (words) => {
      const bits = words.reduce((sum, word) => sum | KEYWORDS[word]!, 0)
      assert.equal(readExtensions(reply(['mx', ...words])), bits)
    }),
    { numRuns: 200, seed: 5 },
  )
})
