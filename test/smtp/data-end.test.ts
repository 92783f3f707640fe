import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { findDataEnd, START_OF_CONTENT, stateAfter } from '#src/smtp/data-end.js'

/** What it is meant to find, said another way: the content with a CR LF put in front holds CR LF . CR LF. */
function expected(content: string): number {
  const place = `\r\n${content}`.indexOf('\r\n.\r\n')
  return place < 0 ? -1 : place + 3
}

/** Feeds `content` in pieces that end at `cuts`; each piece is a buffer of its own with scratch of `room` behind it. */
function find(content: string, cuts: readonly number[], room = 0): number {
  const octets = Buffer.from(content, 'latin1')
  const ends = [...new Set([...cuts.filter((cut) => cut < octets.length), octets.length])].sort((a, b) => a - b)
  let state = START_OF_CONTENT
  let from = 0
  for (const end of ends) {
    const piece = Buffer.alloc(end - from + room, '\r\n.\r\n')
    octets.copy(piece, 0, from, end)
    const found = findDataEnd(piece, 0, end - from, state)
    if (found >= 0) return from + found
    state = stateAfter(piece, 0, end - from, state)
    from = end
  }
  return -1
}

const CASES: [string, number][] = [
  ['.\r\n', 3],
  ['.\r\nQUIT\r\n', 3],
  ['x\r\n.\r\n', 6],
  ['x\r\n.\r\nx\r\n.\r\n', 6],
  ['..\r\n.\r\n', 7],
  ['x\r\n..\r\n', -1],
  ['line1\n.\nline2\n.\r\nx\r\n.\n', -1],
  ['\r\n.\r\r\n', -1],
  ['line1\n.\nline2\n.\r\nx\r\n.\n\r\n.\r\r\na\r\n\r\n.\r\n', 36],
  ['\r\r\n.\r\n', 6],
  ['a\r.\r\n', -1],
  ['a\n.\r\n', -1],
  ['a\r\n.\n', -1],
  ['a\r\n.\r', -1],
  ['a\r\n.', -1],
  ['a\r\n.\r\r\n.\r\n', 10],
  ['a\r\n.\r.\r\n', -1],
  ['', -1],
  [`${'X'.repeat(78)}\r\n.\r\n`, 83],
]

describe('findDataEnd', () => {
  for (const [content, end] of CASES) {
    it(JSON.stringify(content.slice(0, 50)), () => {
      assert.equal(expected(content), end, 'the definition agrees')
      assert.equal(find(content, []), end, 'whole')
      assert.equal(find(content, [], 8), end, 'with scratch behind it')
      for (let cut = 1; cut < content.length; cut++) {
        assert.equal(find(content, [cut]), end, `cut at ${cut}`)
        for (let second = cut + 1; second < content.length; second++) {
          assert.equal(find(content, [cut, second], 5), end, `cut at ${cut} and ${second}`)
        }
      }
      assert.equal(
        find(
          content,
          [...content].map((_, i) => i),
        ),
        end,
        'octet by octet',
      )
    })
  }

  it('agrees with the definition on any octets, cut anywhere', () => {
    const octets = fc.array(fc.constantFrom('\r', '\n', '.', 'x', '\r\n', '\r\n.', '.\r\n'), { maxLength: 60 })
    fc.assert(
      fc.property(octets, fc.array(fc.nat(100), { maxLength: 8 }), fc.nat(8), (list, cuts, room) => {
        const content = list.join('')
        assert.equal(find(content, cuts, room), expected(content))
      }),
      { numRuns: 3000 },
    )
  })

  it('reads nothing before its start and nothing behind its end', () => {
    const buffer = Buffer.from('\r\n.\r\nabc\r\n.\r\n')
    assert.equal(findDataEnd(buffer, 5, 8, 0), -1)
    assert.equal(findDataEnd(Buffer.from('\r\n.\r\n'), 2, 5, 0), -1, 'the line start before it does not count')
    assert.equal(findDataEnd(Buffer.from('a\r\n.\r\n'), 0, 5, 0), -1)
  })
})
