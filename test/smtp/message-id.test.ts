import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { HeaderScan, ID_LIMIT } from '#src/smtp/message-id.js'

/** What is found in text that comes in pieces: the identifier and the body. */
function found(text: string, cuts: readonly number[] = [], lenient = false): [id: string | null, body: string] {
  const scan = new HeaderScan(lenient)
  let body = ''
  let at = 0
  for (const cut of [...cuts, text.length]) {
    const piece = Buffer.from(text.slice(at, cut), 'latin1')
    at = cut
    const from = scan.done ? 0 : scan.push(piece, 0, piece.length)
    body += piece.toString('latin1', from)
  }
  return [scan.id, body]
}

const CASES: readonly (readonly [text: string, id: string | null, body: string])[] = [
  ['', null, ''],
  ['\r\nbody', null, 'body'],
  ['Message-Id: <a@b>\r\n\r\nbody\r\n', '<a@b>', 'body\r\n'],
  ['message-ID:<a@b>\r\n\r\n', '<a@b>', ''],
  ['MESSAGE-ID \t: \t<a@b> \t\r\n\r\n', '<a@b>', ''],
  ['Message-Id:\r\n <a@b>\r\n\r\n', '<a@b>', ''],
  ['Message-Id:\r\n\t<a\r\n  @b>\r\nX: y\r\n\r\n', '<a  @b>', ''],
  ['Message-Id:\r\n\r\n', '', ''],
  ['Message-Id: <a@b>', '<a@b>', ''],
  ['Message-Id: <a@b>\r\nMessage-Id: <c@d>\r\n\r\n', '<a@b>', ''],
  ['X: y\r\n Message-Id: <a@b>\r\n\r\n', null, ''],
  ['X: y\r\n\r\nMessage-Id: <a@b>\r\n\r\n', null, 'Message-Id: <a@b>\r\n\r\n'],
  ['X-Message-Id: <a@b>\r\nMessage-Idx: <c@d>\r\nMessage_Id: <e@f>\r\nMessage-Id x: <g@h>\r\n\r\n', null, ''],
  ['Message\rId: <a@b>\r\nMessage-Id: <c\rd>\r\n\r\n', '<c\rd>', ''],
  ['Message-Id: <a@b>\n\nbody\r\n\r\nrest', '<a@b>\n\nbody', 'rest'],
  ['X: y\r\n \r\nMessage-Id: <a@b>\r\n\r\nbody', '<a@b>', 'body'],
  ['X: y\r\r\n\r\nbody', null, 'body'],
  ['\r\r\nX\r\n\r\nbody', null, 'body'],
]

describe('the header of a message', () => {
  for (const [text, id, body] of CASES) {
    it(`${JSON.stringify(text)}, cut at every octet`, () => {
      for (let cut = 0; cut <= text.length; cut++) assert.deepEqual(found(text, [cut]), [id, body], `cut at ${cut}`)
      assert.deepEqual(
        found(
          text,
          Array.from(text, (_, i) => i),
        ),
        [id, body],
      )
    })
  }

  it('keeps so much of an identifier and no more', () => {
    const [id] = found(`Message-Id: ${'x'.repeat(5000)}\r\n\r\n`)
    assert.ok(id !== null && id.length <= ID_LIMIT && id.length >= ID_LIMIT - 1)
  })

  it('ends at lone LFs where it is lenient', () => {
    assert.deepEqual(found('X: y\nMessage-Id: <a@b>\n\nbody', [], true), ['<a@b>', 'body'])
    assert.deepEqual(found('X: y\r\nMessage-Id: <a@b>\r\n\r\nbody', [], true), ['<a@b>', 'body'])
  })

  it('is what a look at the whole says', () => {
    const parts = fc.constantFrom(
      'Message-Id',
      ':',
      ' ',
      '\t',
      '\r\n',
      '\r',
      '\n',
      '<a@b>',
      'X',
      '\r\n\r\n',
      'message-id: ',
    )
    const text = fc.array(parts, { maxLength: 20 }).map((some) => some.join(''))
    fc.assert(
      fc.property(text, fc.array(fc.nat(100), { maxLength: 4 }), (whole, some) => {
        const cuts = some.filter((cut) => cut < whole.length).sort((a, b) => a - b)
        // As if an empty line before it were the end of no line yet.
        const empty = whole.startsWith('\r\n') ? 0 : whole.indexOf('\r\n\r\n')
        // A CR at the very end may be the beginning of a line end, so it is not text yet.
        const header = empty < 0 ? whole.replace(/\r$/, '') : whole.slice(0, empty)
        const body = empty < 0 ? '' : whole.slice(empty + (empty === 0 && whole.startsWith('\r\n') ? 2 : 4))
        const match = /(?:^|\r\n)message-id[ \t]*:((?:(?!\r\n(?![ \t])).)*)/is.exec(header)
        const id = match ? match[1]!.replaceAll('\r\n', '').replace(/^[ \t]+|[ \t]+$/g, '') : null
        const [foundId, foundBody] = found(whole, cuts)
        assert.equal(foundId, id)
        assert.equal(foundBody, body)
      }),
      { numRuns: 3000 },
    )
  })
})
