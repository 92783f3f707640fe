import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { SinkCounter } from '#src/measure/series.js'
import type { ContentTap, Envelope, MessageTap } from '#src/smtp/content-tap.js'
import { LMTP, MAIL, PLAIN, RCPT, ServerPeer } from './server-peer.js'

/** Writes down what it is shown. */
class Notebook implements ContentTap {
  readonly lines: string[] = []
  readonly envelopes: Envelope[] = []

  begin(envelope: Envelope): MessageTap {
    const number = this.envelopes.push(envelope)
    const { lines } = this
    let text = ''
    let dots: boolean | null = null
    lines.push(`${number} begin`)
    return {
      content(buffer: Buffer, from: number, to: number, dotted: boolean) {
        text += buffer.toString('latin1', from, to)
        dots = dotted
      },
      end(dotted: boolean, accepted: boolean) {
        assert.ok(dots === null || dots === dotted)
        lines.push(
          `${number} ${dotted ? 'dotted' : 'counted'} ${accepted ? 'accepted' : 'refused'} ${JSON.stringify(text)}`,
        )
      },
      abort() {
        lines.push(`${number} aborted`)
      },
    }
  }
}

const SMUGGLERS = ['\n.\n', '\n.\r\n', '\r\n.\n', '\r.\r']
const START = `${MAIL}${RCPT}DATA\r\n`
const SMUGGLED = `${MAIL}${RCPT}DATA\r\n`

/** All ways to say `text` in two pieces, and octet by octet. */
function cuts(text: string): string[][] {
  const ways = [[text], [...text]]
  for (let cut = 1; cut < text.length; cut++) ways.push([text.slice(0, cut), text.slice(cut)])
  return ways
}

describe('a smuggled end of content', () => {
  for (const smuggler of SMUGGLERS) {
    const text = `${START}one${smuggler}${SMUGGLED}two\r\n.\r\nNOOP\r\n`
    it(`${JSON.stringify(smuggler)} ends nothing`, () => {
      for (const pieces of cuts(text)) {
        const peer = new ServerPeer()
        assert.equal(
          pieces
            .map((piece) => peer.codes(piece))
            .filter((codes) => codes)
            .join(' '),
          '250 250 354 250 250',
        )
        assert.equal(peer.counters[SinkCounter.messages], 1)
      }
    })

    it(`${JSON.stringify(smuggler)} ends a message where that is asked for`, () => {
      for (const pieces of cuts(text)) {
        const notebook = new Notebook()
        const peer = new ServerPeer({ lenientEod: true, tap: notebook })
        assert.equal(
          pieces
            .map((piece) => peer.codes(piece))
            .filter((codes) => codes)
            .join(' '),
          '250 250 354 250 250 250 354 250 250',
          pieces.join('|'),
        )
        assert.equal(peer.counters[SinkCounter.messages], 2)
        assert.deepEqual(notebook.lines, [
          '1 begin',
          `1 dotted accepted ${JSON.stringify(`one${smuggler}`)}`,
          '2 begin',
          '2 dotted accepted "two\\r\\n.\\r\\n"',
        ])
      }
    })
  }

  it('ends an empty message too, and a line feed behind a lone CR belongs to it', () => {
    for (const end of ['.\n', '.\r\n', 'x\r.\r', 'x\r.\r\n']) {
      const peer = new ServerPeer({ lenientEod: true })
      assert.equal(peer.codes(`${START}${end}NOOP\r\n`), '250 250 354 250 250', JSON.stringify(end))
    }
    assert.equal(new ServerPeer({ lenientEod: true }).codes(`${START}.\rx\r\n\r\n.\r\n`), '250 250 354 250')
  })

  it('is found as the list of ends says, in any octets and cut anywhere', () => {
    const ENDS = ['\n.\n', '\n.\r\n', '\r.\r']
    const octets = fc.array(fc.constantFrom('\r', '\n', '.', 'x', '\r\n', '.\r'), { maxLength: 40 })
    fc.assert(
      fc.property(octets, fc.array(fc.nat(60), { maxLength: 6 }), (list, places) => {
        const content = list.join('')
        const found = ENDS.map((end) => {
          const place = `\n${content}`.indexOf(end)
          return place < 0 ? Number.POSITIVE_INFINITY : place + end.length - 1
        })
        const end = Math.min(...found)
        const notebook = new Notebook()
        const peer = new ServerPeer({ lenientEod: true, tap: notebook })
        peer.say(START)
        let from = 0
        for (const place of [...places, content.length].sort((a, b) => a - b)) {
          const to = Math.min(place, content.length)
          if (to > from) peer.say(content.slice(from, to))
          from = Math.max(from, to)
        }
        const expected = end <= content.length ? [`1 dotted accepted ${JSON.stringify(content.slice(0, end))}`] : []
        assert.deepEqual(notebook.lines.slice(1, 2), expected)
      }),
      { numRuns: 2000 },
    )
  })

  it('does not count as content', () => {
    for (const [end, room] of [
      ['\n.\n', 2],
      ['\n.\r\n', 2],
      ['\r.\r', 2],
      ['\r\n.\r\n', 3],
    ] as const) {
      for (const [size, code] of [
        [room, '250'],
        [room - 1, '552'],
      ] as const) {
        const peer = new ServerPeer({ lenientEod: true, presence: { ...PLAIN, maxSize: size } })
        assert.equal(peer.codes(`${START}x${end}`), `250 250 354 ${code}`, JSON.stringify(end))
      }
    }
  })
})

describe('chunks', () => {
  const sizes = [1, 2, 3, 255, 256, 65_535, 65_536, 65_537, 1024 * 1024]

  it('of 1 octet to 1 MiB are counted to the octet', () => {
    for (const size of sizes) {
      // Commands in it would be answered if the count were wrong.
      const chunk = Buffer.alloc(size, 'QUIT\r\n.\r\n').toString('latin1')
      for (const tap of [null, new Notebook()]) {
        const peer = new ServerPeer({ tap })
        assert.equal(
          peer.codes(`${MAIL}${RCPT}BDAT ${size}\r\n${chunk}BDAT ${size} LAST\r\n${chunk}NOOP\r\n`),
          '250 250 250 250 250',
          `${size}`,
        )
        assert.equal(peer.counters[SinkCounter.messages], 1)
      }
    }
  })

  it('of one octet, a thousand of them, may be pipelined with commands', () => {
    const peer = new ServerPeer()
    const codes = peer.codes(
      `${MAIL}${RCPT}${'BDAT 1\r\n\n'.repeat(1000)}BDAT 0 LAST\r\n${MAIL}${RCPT}BDAT 0 LAST\r\nNOOP\r\n`,
    )
    assert.equal(codes, Array(1007).fill('250').join(' '))
    assert.equal(peer.counters[SinkCounter.messages], 2)
  })

  it('that were announced shorter or longer than they are show it', () => {
    assert.equal(new ServerPeer().codes(`${MAIL}${RCPT}BDAT 3 LAST\r\nabcdef\r\nNOOP\r\n`), '250 250 250 500 250')
    assert.equal(new ServerPeer().codes(`${MAIL}${RCPT}BDAT 9 LAST\r\nabc\r\nNOOP\r\n`), '250 250 250 500')
    assert.equal(
      new ServerPeer().codes(`${MAIL}${RCPT}BDAT -1\r\nBDAT 1 LAST x\r\nBDAT 1 LAST\r\nx`),
      '250 250 501 501 250',
    )
  })

  it('and DATA do not go together', () => {
    const begun = `${MAIL}${RCPT}BDAT 1\r\nx`
    assert.equal(
      new ServerPeer().codes(`${begun}DATA\r\n${RCPT}${MAIL}RSET\r\n${MAIL}`),
      '250 250 250 503 503 503 250 250',
    )
    assert.equal(new ServerPeer().codes(`${START}.\r\nBDAT 1 LAST\r\nx`), '250 250 354 250 503')
    assert.equal(new ServerPeer().codes(`${START}BDAT 1 LAST\r\nx\r\n.\r\n`), '250 250 354 250')
  })

  it('that come without MAIL or RCPT are swallowed and answered one by one', () => {
    const chunks = 'BDAT 6\r\nQUIT\r\nBDAT 6 LAST\r\nQUIT\r\n'
    assert.equal(new ServerPeer().codes(`${chunks}NOOP\r\n`), '503 503 250')
    assert.equal(new ServerPeer().codes(`${MAIL}${chunks}${RCPT}`), '250 503 503 250')
  })
})

describe('a tap', () => {
  it('sees content as it came, whoever cuts it, and nothing else', () => {
    const text =
      `${MAIL}${RCPT}DATA\r\nhi\r\n..\r\n.\r\n${MAIL}${RCPT}BDAT 2\r\nabBDAT 0\r\nBDAT 3 LAST\r\n.\r\n` +
      `${MAIL}${RCPT}RSET\r\n${MAIL}${RCPT}BDAT 1\r\nxEHLO c\r\n${MAIL}MAIL\r\nQUIT\r\n`
    for (const pieces of cuts(text)) {
      const tap = new Notebook()
      const peer = new ServerPeer({ tap })
      for (const piece of pieces) peer.say(piece)
      peer.server.closed(peer.session)
      assert.deepEqual(tap.lines, [
        '1 begin',
        '1 dotted accepted "hi\\r\\n..\\r\\n.\\r\\n"',
        '2 begin',
        '2 counted accepted "ab.\\r\\n"',
        '3 begin',
        '3 aborted',
        '4 begin',
        '4 aborted',
        '5 begin',
        '5 aborted',
      ])
    }
  })

  it('is given the envelope as it was said', () => {
    const tap = new Notebook()
    const peer = new ServerPeer({ tap })
    peer.say(`MAIL FROM: <a@b> SIZE=1\r\nRCPT TO:\t<c@d>  NOTIFY=NEVER\r\nRCPT bad\r\nRCPT TO:<\xe9@f>\r\nRSET\r\n`)
    peer.say(`HELO first\r\n${MAIL}EHLO second x\r\n${MAIL}`)
    const [one, two, three] = tap.envelopes
    const peerName = { peer: '192.0.2.1' }
    assert.deepEqual({ ...one }, { ...one, ...peerName, mail: '<a@b> SIZE=1', helo: null, protocol: 'SMTP' })
    assert.deepEqual(one!.rcpt, ['<c@d>  NOTIFY=NEVER', '<\xe9@f>'])
    assert.deepEqual([two!.helo, two!.protocol, three!.helo, three!.protocol], ['first', 'SMTP', 'second x', 'ESMTP'])
    const lmtp = new ServerPeer({ tap, presence: LMTP })
    lmtp.say(`LHLO l\r\n${MAIL}`)
    assert.equal(tap.envelopes[3]!.protocol, 'LMTP')
  })

  it('hears that a message is complete and was refused, or will never be complete', () => {
    const presence = { ...PLAIN, maxSize: 3 }
    for (const [text, line] of [
      ['DATA\r\nabcdef\r\n.\r\n', '1 dotted refused "abcdef\\r\\n.\\r\\n"'],
      ['BDAT 4 LAST\r\nabcd', '1 aborted'],
      ['BDAT 1\r\nxBDAT 4\r\nabcd', '1 aborted'],
    ] as const) {
      const tap = new Notebook()
      new ServerPeer({ tap, presence }).say(`${MAIL}${RCPT}${text}`)
      assert.deepEqual(tap.lines, ['1 begin', line])
    }
    const tap = new Notebook()
    const peer = new ServerPeer({ tap, messages: { take: () => false } })
    assert.equal(peer.codes(`${START}x\r\n.\r\n`), '250 250 354 421')
    assert.deepEqual(tap.lines, ['1 begin', '1 dotted refused "x\\r\\n.\\r\\n"'])
  })

  it('is not made to keep recipients without end', () => {
    const peer = new ServerPeer({ tap: new Notebook() })
    peer.say(MAIL)
    const long = `RCPT TO:<${'x'.repeat(2000)}>\r\n`
    const codes = peer.codes(long.repeat(1000)).split(' ')
    assert.deepEqual([...new Set(codes)], ['250', '452'])
    assert.ok(codes.indexOf('452') > 400)
    assert.equal(peer.codes('DATA\r\n.\r\n'), '354 250', 'those that were taken are served')
  })
})
