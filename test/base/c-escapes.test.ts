import assert from 'node:assert/strict'
import { it } from 'node:test'
import { unescapeC } from '#src/base/c-escapes.js'

const CASES: readonly (readonly [text: string, octets: string])[] = [
  ['', ''],
  ['plain', 'plain'],
  ['From x\\n\\tTAB\\\\ \\101\\q', 'From x\n\tTAB\\ Aq'],
  ['\\a\\b\\f\\n\\r\\t\\v', '\x07\b\f\n\r\t\v'],
  ['\\1011', 'A1'],
  ['\\78', '\x078'],
  ['\\377\\777', '\xff\xff'],
  ['\\8\\9', '89'],
  ['\\"\\?', '"?'],
  ['\\\n', '\n'],
  ['end\\', 'end'],
  ['end\\\\', 'end\\'],
  ['a\\0b', 'a'],
  ['a\\400b', 'a'],
  ['\u00e9\\n', '\xc3\xa9\n'],
]

for (const [text, octets] of CASES) {
  it(`${JSON.stringify(text)} is ${JSON.stringify(octets)}`, () =>
    assert.equal(Buffer.from(unescapeC(text)).toString('latin1'), octets))
}

it('takes characters for octets where it is told to', () => {
  assert.deepEqual([...unescapeC('\u00e9\\n', 'latin1')], [0xe9, 10])
})
