import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { SinkCounter } from '#src/measure/series.js'
import { Wait } from '#src/smtp/server-machine.js'
import { Mode } from '#src/smtp/server-session.js'
import { ClassicPeer } from './classic-peer.js'
import { CLASSIC_VECTORS, type ClassicVector, START_MAIL } from './classic-vectors.js'

/** A peer of the vector's server, with everything shown. */
function peerOf({ door, lmtp, hostname, limits }: ClassicVector): ClassicPeer {
  return new ClassicPeer({ door: { ...door, verbose: 1 }, lmtp, hostname, ...limits })
}

/** What is left of a conversation to compare. */
function outcome(peer: ClassicPeer, replies: string) {
  return { replies, shown: peer.shown, counters: [...peer.counters], waitedMs: peer.waitedMs, mode: peer.session.mode }
}

describe("the original's conversations", () => {
  it('have names of their own', () => {
    assert.equal(new Set(CLASSIC_VECTORS.map(({ id }) => id)).size, CLASSIC_VECTORS.length)
  })

  for (const vector of CLASSIC_VECTORS) {
    it(`${vector.id}: ${vector.argv.join(' ')}`, () => {
      const peer = peerOf(vector)
      assert.equal(peer.greet(), vector.greeting.expect)
      assert.equal(peer.waitedMs, (vector.greeting.seconds ?? 0) * 1000)
      for (const { send, expect } of vector.steps)
        assert.equal(peer.say(send), expect, JSON.stringify(send.slice(0, 80)))
      // In all, because -H waits behind one answer and is felt at the next.
      const seconds = [vector.greeting, ...vector.steps].map((step) => step.seconds ?? 0)
      assert.equal(peer.waitedMs, seconds.reduce((sum, each) => sum + each) * 1000)
      const quit = vector.quits > 0
      assert.equal(peer.session.mode === Mode.closed, vector.end === 'close' || (vector.end === 'exit' && quit))
      assert.equal(peer.count(SinkCounter.messages), vector.messages)
      assert.equal(peer.count(SinkCounter.quits), vector.quits)
      const warnings = peer.shown.filter((line) => line.startsWith('warning: '))
      assert.deepEqual(warnings, vector.warning === null ? [] : [`warning: ${vector.warning}`])
      if (peer.session.mode === Mode.closed) assert.equal(peer.say('NOOP\r\n'), '', 'nothing is answered any more')
    })

    it(`${vector.id}: cut at every octet`, () => {
      const text = vector.steps.map(({ send }) => send).join('')
      const run = (say: (peer: ClassicPeer) => string) => {
        const peer = peerOf(vector)
        return outcome(peer, peer.greet() + say(peer))
      }
      const whole = run((peer) => peer.say(text))
      assert.equal(whole.replies, vector.greeting.expect + vector.steps.map(({ expect }) => expect).join(''))
      for (let cut = 1; cut < text.length; cut++) {
        assert.deepEqual(
          run((peer) => peer.say(text.slice(0, cut)) + peer.say(text.slice(cut))),
          whole,
          `cut at ${cut}`,
        )
      }
      assert.deepEqual(
        run((peer) => peer.spell(text)),
        whole,
        'octet by octet',
      )
    })
  }
})

describe('any split', () => {
  const piece = fc.oneof(
    fc.constantFrom(
      'MAIL a\r\n',
      'RCPT b\r\n',
      'DATA\r\n',
      '.\r\n',
      'x\r\n.\r\n',
      'RSET\r\n',
      'EHLO c\r\n',
      'LHLO c\r\n',
    ),
    fc.constantFrom('NOOP\r\n', 'VRFY\r\n', 'QUI', 'T\r\n', 'AUTH\r\n', 'XCLIENT\r\n', '\r\n', ' \r\n', 'NOOP\0\r\n'),
    fc.constantFrom('\r', '\n', '.', ' ', 'abc', 'x'.repeat(700)),
    fc.string({ unit: fc.nat(255).map((octet) => String.fromCharCode(octet)), maxLength: 5 }),
  )
  const doors = [
    {},
    { softReject: ['.', 'vrfy'], hardReject: ['rset'], disconnect: ['xclient'], hangUp: ['auth'], dataReadDelay: 2 },
    { delays: (['mail', 'data', '.', 'noop', 'quit'] as const).map((command) => ({ command, seconds: 1, odds: 0 })) },
    { abortAfter: 1, log: ['mail', 'noop', '.'] },
  ] as const
  it('gives the same replies, counts and lines, in the same time', () => {
    fc.assert(
      fc.property(
        fc.array(piece, { maxLength: 40 }),
        fc.array(fc.nat(2000), { maxLength: 12 }),
        fc.constantFrom(...doors),
        fc.boolean(),
        (pieces, cuts, door, lmtp) => {
          const text = pieces.join('')
          const whole = new ClassicPeer({ door: { ...door, verbose: 1 }, lmtp })
          const cut = new ClassicPeer({ door: { ...door, verbose: 1 }, lmtp })
          const expected = whole.greet() + whole.say(text)
          let replies = cut.greet()
          let from = 0
          for (const end of [...cuts.filter((place) => place < text.length), text.length].sort((a, b) => a - b)) {
            replies += cut.say(text.slice(from, end))
            from = end
          }
          assert.deepEqual(outcome(cut, replies), outcome(whole, expected))
        },
      ),
      { numRuns: 2000 },
    )
  })
})

describe('while a reply waits', () => {
  const delays = [
    { command: 'noop', seconds: 2, odds: 0 },
    { command: 'mail', seconds: 1, odds: 0 },
  ] as const

  it('what comes behind the command is left for later, and what came before is said', () => {
    const peer = new ClassicPeer({ door: { delays } })
    const buffer = Buffer.from('VRFY\r\nNOOP\r\nRSET\r\n')
    assert.equal(peer.server.consume(peer.session, buffer, 0, buffer.length, peer.out), 12)
    assert.equal(peer.out.take(), '250 2.0.0 Ok\r\n')
    assert.equal(peer.session.wait, Wait.time)
    assert.equal(peer.session.waitMs, 2000)
    assert.ok(!peer.session.idle())
    assert.equal(peer.server.consume(peer.session, buffer, 12, buffer.length, peer.out), 12)
    assert.equal(peer.out.take(), '', 'nothing is taken before its time')
    peer.server.resume(peer.session, peer.out)
    assert.equal(peer.session.wait, Wait.none)
    assert.equal(peer.out.take(), '250 2.0.0 Ok\r\n')
    assert.equal(peer.server.consume(peer.session, buffer, 12, buffer.length, peer.out), buffer.length)
    assert.equal(peer.out.take(), '250 2.1.0 Ok\r\n')
    assert.ok(peer.session.idle())
  })

  it('a command has not happened yet', () => {
    const peer = new ClassicPeer({ door: { delays } })
    const buffer = Buffer.from('MAIL a\r\n')
    peer.server.consume(peer.session, buffer, 0, buffer.length, peer.out)
    assert.ok(!peer.session.transaction)
    peer.server.resume(peer.session, peer.out)
    assert.ok(peer.session.transaction)
  })

  it('-A: the 354 is out, and the 550 comes after it', () => {
    const peer = new ClassicPeer({ door: { abortAfter: 3 } })
    peer.greet()
    const buffer = Buffer.from('MAIL a\r\nRCPT b\r\nDATA\r\nx\r\n.\r\n')
    assert.equal(peer.server.consume(peer.session, buffer, 0, buffer.length, peer.out), 22)
    assert.ok(peer.out.take().endsWith(START_MAIL))
    assert.equal(peer.session.waitMs, 3000)
    peer.server.resume(peer.session, peer.out)
    assert.equal(peer.out.take(), '550 This violates SMTP\r\n')
    assert.equal(peer.session.mode, Mode.closed)
    assert.equal(peer.count(SinkCounter.messages), 0)
    assert.equal(peer.count(SinkCounter.rejected), 1)
  })

  it('-A comes before -H', () => {
    const peer = new ClassicPeer({ door: { abortAfter: 1, dataReadDelay: 5 } })
    peer.say('MAIL a\r\nRCPT b\r\nDATA\r\n')
    assert.equal(peer.waitedMs, 1000)
  })

  it('odds: as many times as draws in a row come out below them', () => {
    for (const [draws, seconds] of [
      [[50], 0],
      [[49, 50], 3],
      [[0, 10, 49, 99, 0], 9],
    ] as const) {
      const peer = new ClassicPeer({ door: { delays: [{ command: 'noop', seconds: 3, odds: 50 }] }, draws })
      assert.equal(peer.say('NOOP\r\n'), '250 2.0.0 Ok\r\n')
      assert.equal(peer.waitedMs, seconds * 1000)
    }
  })

  it('the last of several delays of a command counts', () => {
    const twice = [
      { command: 'noop', seconds: 5, odds: 0 },
      { command: 'noop', seconds: 2, odds: 0 },
    ] as const
    const peer = new ClassicPeer({ door: { delays: twice } })
    peer.say('NOOP\r\n')
    assert.equal(peer.waitedMs, 2000)
  })
})

describe('what is counted', () => {
  it('commands, rejections, messages, recipients, QUITs', () => {
    const peer = new ClassicPeer({ door: { softReject: ['vrfy'] } })
    peer.greet()
    peer.say('EHLO x\r\nMAIL a\r\nRCPT b\r\nRCPT c\r\nDATA\r\nx\r\n.\r\nVRFY\r\nWHAT\r\n\r\nDATA\r\nQUIT\r\n')
    assert.equal(peer.count(SinkCounter.commands), 10)
    assert.equal(peer.count(SinkCounter.rejected), 4)
    assert.equal(peer.count(SinkCounter.messages), 1)
    assert.equal(peer.count(SinkCounter.recipients), 2)
    assert.equal(peer.count(SinkCounter.quits), 1)
  })

  it('the QUIT beyond the quota is answered and not counted', () => {
    const peer = new ClassicPeer({ quits: 0 })
    assert.equal(peer.say('QUIT\r\n'), '221 Bye\r\n')
    assert.equal(peer.count(SinkCounter.quits), 0)
  })

  it('the message beyond the quota is not taken', () => {
    const peer = new ClassicPeer({ messages: 1 })
    const letter = 'MAIL a\r\nRCPT b\r\nDATA\r\n.\r\n'
    assert.ok(peer.say(letter).endsWith('250 2.0.0 Ok\r\n'))
    assert.ok(peer.say(letter).endsWith('421 4.0.0 Server closing connection\r\n'))
    assert.equal(peer.count(SinkCounter.messages), 1)
    assert.equal(peer.session.mode, Mode.closed)
  })

  it('while draining a transaction may end and none begin', () => {
    const peer = new ClassicPeer()
    peer.say('MAIL a\r\nRCPT b\r\n')
    peer.server.draining = true
    assert.equal(peer.say('DATA\r\nx\r\n.\r\n'), `${START_MAIL}250 2.0.0 Ok\r\n`)
    assert.equal(peer.say('MAIL a\r\nRCPT b\r\n'), '421 4.0.0 Server closing connection\r\n')
    assert.equal(peer.count(SinkCounter.messages), 1)
  })

  it('idle is a connection without a message, a line or a reply under way', () => {
    const peer = new ClassicPeer()
    assert.ok(peer.session.idle())
    for (const [octets, idle] of [
      ['NO', false],
      ['OP\r\n', true],
      ['MAIL a\r\n', false],
      ['RCPT a\r\nDATA\r\n', false],
      ['.\r\n', true],
      ['QUIT\r\n', true],
    ] as const) {
      peer.say(octets)
      assert.equal(peer.session.idle(), idle, octets)
    }
  })
})

describe('what is shown', () => {
  it('-v: connection, lines up to a NUL, the final dot, and the end', () => {
    const peer = new ClassicPeer({ door: { verbose: 1 }, address: '::1' })
    peer.greet()
    peer.say(' noop  \xe9 x \r\nWHAT\0 x\r\n\r\nMAIL a\r\nRCPT b\r\nDATA\r\nx\r\n.\r\nQUIT\r\n')
    peer.close()
    assert.deepEqual(peer.shown, [
      'connect ::1',
      '>  noop  \xe9 x ',
      '> WHAT',
      '> ',
      '> MAIL a',
      '> RCPT b',
      '> DATA',
      'message',
      '> .',
      '> QUIT',
      'quit',
      'disconnect',
      'session',
    ])
  })

  it('-s: enabled commands, rejected or not, as typed', () => {
    const log = ['connect', 'rcpt', 'noop', 'xclient', 'quit', 'ehlo', '.'] as const
    const peer = new ClassicPeer({ door: { log, hardReject: ['rcpt'], hangUp: ['quit'], esmtp: false } })
    peer.greet()
    peer.say('rCpt   TO:<b>\t x \r\nNOOP\0 x\r\nVRFY x\r\nEHLO x\r\nXCLIENT\r\n. x\r\nMAIL a\r\nQUIT now\r\n')
    peer.close()
    assert.deepEqual(peer.shown, [
      'connect 127.0.0.1',
      'log connect ',
      'log rCpt   TO:<b>\t x ',
      'log NOOP ',
      'log XCLIENT ',
      'log . x',
      'log QUIT now',
      'disconnect',
      'session',
    ])
  })

  it('-s: the end of content', () => {
    const peer = new ClassicPeer({ door: { log: ['.'] } })
    peer.say('MAIL a\r\nRCPT b\r\nDATA\r\nx\r\n.\r\n')
    assert.deepEqual(peer.shown, ['message', 'log . '])
  })

  it('no disconnect after a premature 550, a rejected connection, or the idle limit', () => {
    const early = new ClassicPeer({ door: { abortAfter: 0 } })
    early.greet()
    early.say('MAIL a\r\nRCPT b\r\nDATA\r\n')
    early.close()
    assert.deepEqual(early.shown, ['connect 127.0.0.1', 'session'])

    const refused = new ClassicPeer({ door: { disconnect: ['connect'] } })
    refused.greet()
    refused.close()
    assert.deepEqual(refused.shown, ['connect 127.0.0.1', 'session'])

    const slow = new ClassicPeer()
    slow.greet()
    slow.server.timedOut(slow.session)
    slow.close()
    assert.deepEqual(slow.shown, ['connect 127.0.0.1', 'warning: read timeout', 'session'])
  })

  it('nothing of a connection that was never greeted', () => {
    const peer = new ClassicPeer()
    peer.close()
    assert.deepEqual(peer.shown, [])
  })
})

describe('memory and room', () => {
  it('a line that never ends is neither kept nor heard', () => {
    const peer = new ClassicPeer()
    for (let i = 0; i < 20; i++) assert.equal(peer.say('x'.repeat(1000)), '')
    assert.equal(peer.session.mode, Mode.closed)
    assert.equal(peer.session.carried, 0)
    assert.deepEqual(peer.shown, ['warning: command line too long'])
  })

  it('a reply of an option may be longer than the output', () => {
    for (const length of [1000, 1018, 1020, 1021, 1022, 1023, 1024, 1025, 2044, 2045, 2046, 2047, 2048, 10_001]) {
      const hardReply = `500 ${'abcdefg'.repeat(length).slice(4, length)}`
      const peer = new ClassicPeer({ door: { hardReply, hardReject: ['noop'] } })
      assert.equal(
        peer.say('NOOP\r\nNOOP\r\nVRFY\r\n'),
        `${hardReply}\r\n${hardReply}\r\n250 2.0.0 Ok\r\n`,
        `${length}`,
      )
    }
  })

  it('LMTP answers for as many recipients as there were', () => {
    const peer = new ClassicPeer({ lmtp: true })
    peer.say(`MAIL a\r\n${'RCPT b\r\n'.repeat(500)}DATA\r\n`)
    assert.equal(peer.say('.\r\n'), '250 2.2.0 Ok\r\n'.repeat(500))
    assert.equal(peer.count(SinkCounter.recipients), 500)
  })
})
