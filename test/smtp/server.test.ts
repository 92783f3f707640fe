import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { SinkCounter } from '#src/measure/series.js'
import { type Quota, UNLIMITED } from '#src/smtp/server-output.js'
import type { Presence } from '#src/smtp/server-presence.js'
import { Mode } from '#src/smtp/server-session.js'
import { TALLY_LENGTH, tallyColumn, tallyFigures } from '#src/smtp/server-tally.js'
import { LMTP, MAIL, PLAIN, RCPT, ServerPeer } from './server-peer.js'

/** A peer of a receiver without hooks. */
class Peer extends ServerPeer {
  constructor(presence: Presence = PLAIN, messages: Quota = UNLIMITED, quits: Quota = UNLIMITED) {
    super({ presence, messages, quits })
  }
}

/** Ways into each state, and what each command is answered there. */
const STATES = {
  'no transaction': '',
  'after MAIL': MAIL,
  'after RCPT': MAIL + RCPT,
  'after BDAT': `${MAIL}${RCPT}BDAT 1\r\nx`,
} as const
const TABLE: Record<string, readonly [string, string, string, string]> = {
  'EHLO c\r\n': ['250', '250', '250', '250'],
  'HELO c\r\n': ['250', '250', '250', '250'],
  'EHLO\r\n': ['501', '501', '501', '501'],
  'HELO \r\n': ['501', '501', '501', '501'],
  'LHLO c\r\n': ['500', '500', '500', '500'],
  [MAIL]: ['250', '503', '503', '503'],
  'MAIL\r\n': ['501', '503', '503', '503'],
  'MAIL TO:<a>\r\n': ['501', '503', '503', '503'],
  [RCPT]: ['503', '250', '250', '503'],
  'RCPT FROM:<a>\r\n': ['503', '501', '501', '503'],
  'DATA\r\nx\r\n.\r\n': ['503 500 500', '503 500 500', '354 250', '503 500 500'],
  'DATA x\r\n': ['503', '503', '501', '503'],
  'BDAT 3\r\nabc': ['503', '503', '250', '250'],
  'BDAT 3 LAST\r\nabc': ['503', '503', '250', '250'],
  'BDAT 0\r\n': ['503', '503', '250', '250'],
  'BDAT 0 LAST\r\n': ['503', '503', '250', '250'],
  'BDAT\r\n': ['501', '501', '501', '501'],
  'BDAT x\r\n': ['501', '501', '501', '501'],
  'RSET\r\n': ['250', '250', '250', '250'],
  'RSET x\r\n': ['501', '501', '501', '501'],
  'NOOP\r\n': ['250', '250', '250', '250'],
  'NOOP what ever\r\n': ['250', '250', '250', '250'],
  'VRFY c\r\n': ['252', '252', '252', '252'],
  'HELP\r\n': ['214', '214', '214', '214'],
  'QUIT\r\n': ['221', '221', '221', '221'],
  'QUIT now\r\n': ['501', '501', '501', '501'],
  '\r\n': ['500', '500', '500', '500'],
  ' \t\r\n': ['500', '500', '500', '500'],
  'WHAT\r\n': ['500', '500', '500', '500'],
  'AUTH PLAIN AA==\r\n': ['502', '502', '502', '502'],
  'STARTTLS\r\n': ['502', '502', '502', '502'],
  'EXPN c\r\n': ['502', '502', '502', '502'],
  'ETRN c\r\n': ['502', '502', '502', '502'],
  'XCLIENT NAME=x\r\n': ['502', '502', '502', '502'],
  'XFORWARD NAME=x\r\n': ['502', '502', '502', '502'],
  '  noop\r\n': ['250', '250', '250', '250'],
  'NOOP\nNOOP\r\n': ['500', '500', '500', '500'],
}

describe('every command in every state', () => {
  Object.entries(STATES).forEach(([state, way], column) => {
    it(state, () => {
      for (const [command, row] of Object.entries(TABLE)) {
        const peer = new Peer()
        peer.say(way)
        assert.equal(peer.codes(command), row[column], JSON.stringify(command))
      }
    })
  })

  it('after a hello, RSET, or the end of a message there is no transaction', () => {
    for (const end of ['EHLO c\r\n', 'HELO c\r\n', 'RSET\r\n', 'DATA\r\n.\r\n', 'BDAT 1 LAST\r\nx']) {
      const peer = new Peer()
      peer.say(MAIL + RCPT + end)
      assert.equal(peer.codes(RCPT), '503', end)
      assert.equal(peer.codes(MAIL), '250', end)
      assert.equal(peer.codes('DATA\r\n'), '503', 'and no recipient is left over')
    }
  })

  it('nothing is answered after QUIT', () => {
    const peer = new Peer()
    assert.equal(peer.codes('QUIT\r\nNOOP\r\nQUIT\r\n'), '221')
    assert.equal(peer.session.mode, Mode.closed)
    assert.equal(peer.say('NOOP\r\n'), '')
    assert.equal(peer.counters[SinkCounter.quits], 1)
  })
})

describe('announcement', () => {
  const KEYWORDS = ['PIPELINING', 'CHUNKING', '8BITMIME', 'SIZE', 'SMTPUTF8', 'DSN', 'ENHANCEDSTATUSCODES']

  it('greets, and lists what it has', () => {
    const peer = new Peer({ ...PLAIN, maxSize: 1000 })
    peer.server.greet(peer.session, peer.out)
    assert.equal(
      peer.say('EHLO c\r\n'),
      [
        '220 sink.example ESMTP',
        '250-sink.example',
        '250-PIPELINING',
        '250-CHUNKING',
        '250-BINARYMIME',
        '250-8BITMIME',
        '250-SIZE 1000',
        '250-SMTPUTF8',
        '250-DSN',
        '250 ENHANCEDSTATUSCODES',
        '',
      ].join('\r\n'),
    )
  })

  it('leaves out what it is told to, down to a single line', () => {
    const say = (without: string[]) => new Peer({ ...PLAIN, without }).say('EHLO c\r\n')
    for (const keyword of KEYWORDS) {
      assert.ok(say([]).includes(keyword))
      const text = say([keyword.toLowerCase()])
      assert.ok(!text.includes(keyword))
      assert.equal(text.split('\r\n').filter((line) => line[3] === ' ').length, 1)
    }
    assert.equal(say(KEYWORDS), '250 sink.example\r\n')
  })

  it('does not know BDAT without CHUNKING', () => {
    const peer = new Peer({ ...PLAIN, without: ['CHUNKING'] })
    assert.equal(peer.codes(`${MAIL}${RCPT}BDAT 6 LAST\r\nNOOP\r\n`), '250 250 502 250')
  })

  it('HELO is answered with one line', () => {
    assert.equal(new Peer().say('HELO c\r\n'), '250 sink.example\r\n')
  })
})

describe('messages', () => {
  it('are counted with their recipients, commands and rejections', () => {
    const peer = new Peer()
    const text = peer.codes(
      `EHLO c\r\n${MAIL}${RCPT}${RCPT}DATA\r\nhi\r\n.\r\n${MAIL}${RCPT}BDAT 2\r\nhiBDAT 1 LAST\r\nxWHAT\r\nQUIT\r\n`,
    )
    assert.equal(text, '250 250 250 250 354 250 250 250 250 250 500 221')
    const { counters } = peer
    assert.equal(counters[SinkCounter.messages], 2)
    assert.equal(counters[SinkCounter.recipients], 3)
    assert.equal(counters[SinkCounter.commands], 11)
    assert.equal(counters[SinkCounter.rejected], 1)
    assert.equal(counters[SinkCounter.quits], 1)
  })

  it('end at CR LF . CR LF only', () => {
    const peer = new Peer()
    peer.say(`${MAIL}${RCPT}DATA\r\n`)
    assert.equal(peer.say('line1\n.\nline2\n.\r\nx\r\n.\n'), '')
    assert.equal(peer.say('\r\n.\r\r\n'), '')
    assert.equal(peer.say('a\r\n\r\n.\r\n'), '250 2.0.0 Ok\r\n')
    assert.equal(peer.counters[SinkCounter.messages], 1)
  })

  it('in LMTP are answered once for each recipient, by DATA and by BDAT LAST', () => {
    const peer = new Peer(LMTP)
    assert.equal(peer.codes('EHLO c\r\nHELO c\r\nLHLO c\r\n'), '500 500 250')
    assert.equal(peer.codes(`${MAIL}${RCPT}${RCPT}${RCPT}DATA\r\n`), '250 250 250 250 354')
    assert.equal(peer.say('hi\r\n.\r\n'), '250 2.2.0 Ok\r\n'.repeat(3))
    assert.equal(peer.codes(`${MAIL}${RCPT}${RCPT}BDAT 1\r\nx`), '250 250 250 250')
    assert.equal(peer.say('BDAT 1 LAST\r\nx'), '250 2.2.0 Ok\r\n'.repeat(2))
    assert.equal(peer.codes(`${MAIL}DATA\r\nRSET\r\n`), '250 503 250')
    assert.equal(peer.counters[SinkCounter.messages], 2)
    assert.equal(peer.counters[SinkCounter.recipients], 5)
  })
})

describe('a limit of size', () => {
  const limited: Presence = { ...PLAIN, maxSize: 10 }

  it('refuses what is declared larger', () => {
    const peer = new Peer(limited)
    assert.equal(
      peer.codes('MAIL FROM:<a@b> SIZE=10\r\nRSET\r\nMAIL FROM:<a@b> SIZE=11\r\nRCPT TO:<x>\r\n'),
      '250 250 552 503',
    )
    assert.equal(peer.codes('MAIL FROM:<a@b> SIZE=x\r\n'), '501')
  })

  it('refuses what is larger, at its end', () => {
    for (const [content, code] of [
      ['', '250'],
      ['12345678\r\n', '250'],
      ['123456789\r\n', '552'],
      [`${'x'.repeat(100)}\r\n`, '552'],
    ] as const) {
      for (const wire of [`DATA\r\n${content}.\r\n`, `BDAT ${content.length} LAST\r\n${content}`]) {
        const peer = new Peer(limited)
        const before = wire.startsWith('DATA') ? '250 250 354 ' : '250 250 '
        assert.equal(peer.codes(MAIL + RCPT + wire), before + code)
        assert.equal(peer.counters[SinkCounter.messages], code === '250' ? 1 : 0)
        assert.equal(peer.codes(MAIL + RCPT), '250 250', 'the transaction is over')
      }
    }
  })

  it('fails the chunk that goes beyond it and those that follow, and swallows them all', () => {
    const peer = new Peer(limited)
    const chunks = 'BDAT 6\r\nNOOP\r\nBDAT 6\r\nQUIT\r\nBDAT 6\r\nQUIT\r\nBDAT 6 LAST\r\nQUIT\r\n'
    assert.equal(peer.codes(`${MAIL}${RCPT}${chunks}`), '250 250 250 552 503 503')
    assert.equal(peer.codes(MAIL), '250')
    assert.equal(peer.counters[SinkCounter.messages], 0)
  })

  it('in LMTP is told for each recipient', () => {
    const lmtp: Presence = { ...limited, protocol: 'lmtp' }
    for (const wire of ['DATA\r\n0123456789x\r\n.\r\n', 'BDAT 11 LAST\r\n0123456789x']) {
      assert.equal(new Peer(lmtp).say(MAIL + RCPT + RCPT + wire).split('552 5.3.4').length - 1, 2)
    }
    // The chunk that fails is answered once, the last one for each recipient.
    const chunks = 'BDAT 11\r\n0123456789xBDAT 1 LAST\r\nx'
    assert.equal(new Peer(lmtp).codes(MAIL + RCPT + RCPT + chunks), '250 250 250 552 503 503')
  })
})

describe('chunks that fail', () => {
  it('are swallowed before they are answered', () => {
    const peer = new Peer()
    assert.equal(peer.say('BDAT 6 LAST\r\nNOO'), '')
    assert.equal(peer.say('P\r\n'), '503 5.5.1 Need MAIL\r\n')
    assert.equal(peer.codes('NOOP\r\n'), '250')
    assert.equal(peer.codes(`${MAIL}BDAT 12\r\nQUIT\r\nQUIT\r\n${RCPT}`), '250 503 250')
  })
})

describe('lines', () => {
  const NOOP = (length: number) => `NOOP ${'x'.repeat(length - 7)}\r\n`

  it('may have 2048 octets and no more', () => {
    const peer = new Peer()
    assert.equal(peer.codes(NOOP(2048)), '250')
    assert.equal(peer.say(NOOP(2049)), '500 5.5.2 Line too long\r\n')
    assert.equal(peer.codes(`${NOOP(100_000)}NOOP\r\n`), '500 250')
  })

  it('are measured alike however they are cut', () => {
    for (const length of [2046, 2047, 2048, 2049, 2050, 2051, 5000]) {
      const line = `${NOOP(length)}NOOP\r\n`
      for (const cut of [1, 100, 255, 256, 257, 2045, 2046, 2047, 2048, 2049, length - 2, length - 1, length]) {
        const peer = new Peer()
        const replies = peer.codes(line.slice(0, cut)) + peer.codes(line.slice(cut))
        assert.equal(replies.replaceAll(' ', ''), length > 2048 ? '500250' : '250250', `${length} cut at ${cut}`)
      }
      const peer = new Peer()
      const codes = [...line].map((octet) => peer.codes(octet)).filter((code) => code !== '')
      assert.deepEqual(codes, [length > 2048 ? '500' : '250', '250'], `${length}, octet by octet`)
    }
  })

  it('that never end are not kept', () => {
    const peer = new Peer()
    for (let i = 0; i < 100; i++) assert.equal(peer.say('x'.repeat(65_536)), '')
    assert.equal(peer.session.carried, 0)
    assert.ok((peer.session.carry?.length ?? 0) <= 2048)
    assert.equal(peer.codes('\r\nNOOP\r\n'), '500 250')
  })
})

describe('floods', () => {
  const faults = [
    'WHAT\r\n',
    '\r\n',
    'DATA\r\n',
    'RCPT TO:<a>\r\n',
    'BDAT 0\r\n',
    'BDAT x\r\n',
    'MAIL\r\n',
    'AUTH x\r\n',
  ]

  it('of faults end with the hundredth in a row, whatever they are', () => {
    for (const fault of [...faults, `${'x'.repeat(3000)}\r\n`]) {
      const peer = new Peer()
      const codes = peer.codes(fault.repeat(200)).split(' ')
      assert.equal(codes.length, 100, fault)
      assert.equal(codes.pop(), '421')
      assert.ok(!codes.includes('421'))
      assert.equal(peer.session.mode, Mode.closed)
    }
  })

  it('are interrupted by anything that is in order', () => {
    const peer = new Peer()
    for (let i = 0; i < 20; i++) {
      assert.equal(peer.codes(`${faults.join('').repeat(12)}NOOP\r\n`).split(' ').length, faults.length * 12 + 1)
    }
  })

  it('end where the limit is set', () => {
    const peer = new ServerPeer({ badCommandLimit: 3 })
    assert.equal(peer.say('X\r\nX\r\nNOOP\r\nX\r\nX\r\nX\r\nX\r\n').split('421 4.7.0 Too many errors').length, 2)
    assert.equal(peer.codes('NOOP\r\n'), '')
  })

  it('of chunks, lines and recipients keep nothing', () => {
    const peer = new Peer()
    peer.say(MAIL)
    for (let i = 0; i < 50; i++) peer.say(RCPT.repeat(1000))
    peer.say(`BDAT 999999999999999\r\n${'x'.repeat(100_000)}`)
    const { session } = peer
    assert.deepEqual(
      [session.carry, session.envelope, session.held, session.owedText, session.recipients],
      [null, null, null, null, 50_000],
    )
  })
})

describe('the tally', () => {
  it('counts every reply by verb and code', () => {
    const tally = new Float64Array(TALLY_LENGTH)
    const peer = new ServerPeer({ tally })
    peer.greet()
    peer.say(
      `EHLO c\r\n${MAIL}${RCPT}${RCPT}DATA\r\nx\r\n.\r\n${MAIL}${RCPT}BDAT 1\r\nxBDAT 0 LAST\r\nWHAT\r\nRCPT\r\nQUIT\r\n`,
    )
    assert.deepEqual(
      tallyFigures(tally).map(({ verb, code, count }) => `${verb} ${code} ${count}`),
      [
        'unknown 500 1',
        'ehlo 250 1',
        'mail 250 2',
        'rcpt 250 3',
        'rcpt 503 1',
        'data 354 1',
        'bdat 250 2',
        'quit 221 1',
        'dot 250 1',
        'connect 220 1',
      ],
    )
  })

  it('takes what is no code, or one that nobody knows, for another one', () => {
    const column = (text: string) => tallyColumn(Buffer.from(text).readInt32LE())
    for (const text of ['24: ', '1:0 ', 'abcd', '299 ', '000 ', '999 ', '\xff\xff\xff ', '?50 '])
      assert.equal(column(text), 0, text)
    assert.notEqual(column('250 '), 0)
    assert.notEqual(column('250-'), column('251-'))
  })
})

describe('HELP', () => {
  it('lists what there is', () => {
    assert.equal(
      new Peer().say('HELP\r\n'),
      '214 2.0.0 Commands: HELO EHLO MAIL RCPT DATA BDAT RSET NOOP VRFY HELP QUIT\r\n',
    )
    assert.equal(
      new Peer({ ...LMTP, without: ['CHUNKING'] }).say('HELP\r\n'),
      '214 2.0.0 Commands: LHLO MAIL RCPT DATA RSET NOOP VRFY HELP QUIT\r\n',
    )
  })
})

describe('limits and ends', () => {
  const quota = (left: number): Quota => ({ take: () => left-- > 0 })

  it('the message beyond the quota is not taken', () => {
    const peer = new Peer(PLAIN, quota(2))
    const one = `${MAIL}${RCPT}BDAT 1 LAST\r\nx`
    assert.equal(peer.codes(one.repeat(4)), '250 250 250 250 250 250 250 250 421')
    assert.equal(peer.counters[SinkCounter.messages], 2)
    assert.equal(peer.session.mode, Mode.closed)
  })

  it('the QUIT beyond the quota is answered and not counted', () => {
    const counters: number[] = []
    for (const left of [1, 0]) {
      const peer = new Peer(PLAIN, undefined, quota(left))
      assert.equal(peer.codes('QUIT\r\n'), '221')
      counters.push(peer.counters[SinkCounter.quits]!)
    }
    assert.deepEqual(counters, [1, 0])
  })

  it('while draining a transaction may end and none begin', () => {
    const peer = new Peer()
    peer.say(MAIL + RCPT)
    peer.server.draining = true
    assert.equal(peer.codes('DATA\r\nx\r\n.\r\nNOOP\r\n'), '354 250 250')
    assert.equal(peer.codes(`${MAIL}${RCPT}`), '421')
    assert.equal(peer.session.mode, Mode.closed)
  })
})

describe('any split', () => {
  const CONVERSATIONS = [
    `EHLO c\r\n${MAIL}${RCPT}DATA\r\nhi\r\n..\r\n.\r\n${MAIL}${RCPT}DATA\r\n.\r\nQUIT\r\nNOOP\r\n`,
    `EHLO c\r\n${MAIL}${RCPT}BDAT 5\r\na\r\n.\rBDAT 3 LAST\r\n\n\r\nBDAT 2\r\nxxBDAT 0\r\nRSET\r\nQUIT\r\n`,
    `\r\n\n\r\r\nNOOP\nNOOP\r\nWHAT\r\n${RCPT}BDAT x\r\n${MAIL}${MAIL}BDAT 4 LAST\r\nQUITDATA\r\nQUIT\r\n`,
  ]
  for (const presence of [PLAIN, LMTP, { ...PLAIN, maxSize: 4 }]) {
    it(`gives the same replies: ${presence.protocol}${presence.maxSize === null ? '' : ' with a limit'}`, () => {
      for (const text of CONVERSATIONS.map((one) => (presence === LMTP ? one.replace('EHLO', 'LHLO') : one))) {
        const whole = new Peer(presence).say(text)
        for (let cut = 1; cut < text.length; cut++) {
          const peer = new Peer(presence)
          assert.equal(peer.say(text.slice(0, cut)) + peer.say(text.slice(cut)), whole, `cut at ${cut}`)
        }
        const peer = new Peer(presence)
        assert.equal([...text].map((octet) => peer.say(octet)).join(''), whole, 'octet by octet')
      }
    })
  }

  it('holds for any octets', () => {
    const piece = fc.oneof(
      fc.constantFrom(MAIL, RCPT, 'DATA\r\n', '.\r\n', 'x\r\n.\r\n', 'BDAT 3 LAST\r\n', 'BDAT 7\r\n', 'RSET\r\n'),
      fc.constantFrom('EHLO c\r\n', 'NOOP\r\n', 'QUI', 'T\r\n', '\r', '\n', '.', ' ', 'abc', 'x'.repeat(300)),
      fc.string({ unit: fc.nat(255).map((octet) => String.fromCharCode(octet)), maxLength: 5 }),
    )
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 40 }), fc.array(fc.nat(2000), { maxLength: 12 }), (pieces, cuts) => {
        const text = pieces.join('')
        const whole = new Peer({ ...PLAIN, maxSize: 20 })
        const cut = new Peer({ ...PLAIN, maxSize: 20 })
        const expected = whole.say(text)
        let replies = ''
        let from = 0
        for (const end of [...cuts.filter((place) => place < text.length), text.length].sort((a, b) => a - b)) {
          replies += cut.say(text.slice(from, end))
          from = end
        }
        assert.equal(replies, expected)
        assert.deepEqual(cut.counters, whole.counters)
      }),
      { numRuns: 1000 },
    )
  })

  it('needs no more room than one reply at a time', () => {
    const peer = new Peer(LMTP)
    const recipients = 500
    assert.equal(peer.codes(MAIL + RCPT.repeat(recipients)).split(' ').length, recipients + 1)
    assert.equal(peer.codes('DATA\r\n.\r\n').split(' ').length, recipients + 1)
  })
})
