import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { START_OF_CONTENT } from '#src/smtp/data-end.js'
import { findLenientEnd, findStrictEnd } from '#src/smtp/watched-end.js'

describe('findLenientEnd', () => {
  const cases: [string, number, number][] = [
    ['.\n', 2, 2],
    ['.\r\n', 3, 3],
    ['.\r', -1, 0],
    ['.', -1, 0],
    ['', -1, 0],
    ['x\r.\r', 4, 2],
    ['x\n.\n', 4, 2],
    ['x\n.\r\n', 5, 3],
    ['x\r\n.\n', 5, 2],
    ['x\r\n.\r\n', 6, 3],
    ['x\r.\n', -1, 0],
    ['x\r.\nx', -1, 0],
    ['x\n.\rx', -1, 0],
    ['\n..\n', -1, 0],
    ['x.\n', -1, 0],
    ['\n.\r.\r', 5, 2],
    ['\n.\r\r\n.\n', 7, 2],
    ['\r\r.\r', 4, 2],
    ['x\r.\r\n', 4, 2],
  ]
  for (const [text, end, length] of cases) {
    it(JSON.stringify(text), () => {
      const octets = Buffer.from(text)
      for (let cut = 0; cut <= octets.length; cut++) {
        const seeker = { seen: START_OF_CONTENT as number }
        let found = findLenientEnd(seeker, octets, 0, cut)
        if (found < 0) found = findLenientEnd(seeker, octets, cut, octets.length)
        assert.equal(found, end, `cut at ${cut}`)
        if (end >= 0) assert.equal(seeker.seen, length)
      }
    })
  }
})

describe('findStrictEnd', () => {
  it('overwrites nothing behind its end when there is more', () => {
    const text = 'abc\r\ndefghi'
    for (let end = 0; end <= text.length; end++) {
      const octets = Buffer.from(text)
      assert.equal(findStrictEnd({ seen: START_OF_CONTENT }, octets, 0, end, false), -1)
      assert.equal(octets.toString(), text)
    }
  })

  it('finds what ends there, and not what ends behind', () => {
    const octets = Buffer.from('abc\r\n.\r\n')
    const seeker = { seen: START_OF_CONTENT as number }
    assert.equal(findStrictEnd(seeker, octets, 0, 7, false), -1)
    assert.equal(findStrictEnd(seeker, octets, 7, 8, false), 8)
    assert.equal(seeker.seen, 3)
  })
})
