import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { SinkCounter } from '#src/measure/series.js'
import type { ServerOptions } from '#src/smtp/server.js'
import type { Manner } from '#src/smtp/server-machine.js'
import { Act, type Model, type ModelState, STAGES, Stage, type Verdict } from '#src/smtp/server-model.js'
import { replyText } from '#src/smtp/server-replies.js'
import { Mode } from '#src/smtp/server-session.js'
import { TALLY_LENGTH, tallyFigures } from '#src/smtp/server-tally.js'
import { LMTP, MAIL, PLAIN, RCPT, ServerPeer } from './server-peer.js'

const NO = replyText('450 4.7.1 Not now\r\n')
const CLOSING = replyText('421 4.7.0 Go away\r\n')
const WRONG = replyText('299 wrong\r\n')

type Answer = Partial<Verdict>

/** Answers each stage as it is told, the last answer again and again, and remembers what it was asked. */
class Script implements Model {
  readonly asked: string[] = []
  readonly answers: Map<Stage, readonly Answer[]>
  readonly verdict: Verdict = { act: Act.pass, delayMs: 0, reply: null, cutAfter: 0 }
  readonly manner: Manner | null = null
  readonly #turns = new Map<Stage, number>()

  constructor(answers: readonly (readonly [Stage, ...Answer[]])[] = []) {
    this.answers = new Map(answers.map(([stage, ...list]) => [stage, list]))
  }

  open(): { readonly state: ModelState; readonly manner: Manner | null } {
    return { state: this, manner: this.manner }
  }

  judge(state: ModelState, stage: Stage, buffer: Buffer, at: number, stop: number, recipients: number): Verdict {
    assert.equal(state, this)
    this.asked.push(`${STAGES[stage]} ${buffer.toString('latin1', at, stop)} ${recipients}`.trimEnd())
    const list = this.answers.get(stage) ?? []
    const turn = this.#turns.get(stage) ?? 0
    this.#turns.set(stage, turn + 1)
    const answer = list[Math.min(turn, list.length - 1)]
    return Object.assign(this.verdict, { act: Act.pass, delayMs: 0, reply: null, cutAfter: 0 }, answer)
  }

  delivered(): void {
    this.asked.push('delivered')
  }

  closed(): void {
    this.asked.push('closed')
  }
}

function peerOf(answers: readonly (readonly [Stage, ...Answer[]])[], options: Partial<ServerOptions> = {}): ServerPeer {
  return new ServerPeer({ model: new Script(answers), ...options })
}

/** A command at each stage, what leads to it, and what it is answered with when all is well. */
const COMMANDS: readonly (readonly [Stage, string, string, string])[] = [
  [Stage.hello, '', 'HELO c\r\n', '250 sink.example\r\n'],
  [Stage.mail, '', MAIL, '250 2.1.0 Ok\r\n'],
  [Stage.rcpt, MAIL, RCPT, '250 2.1.5 Ok\r\n'],
  [Stage.data, MAIL + RCPT, 'DATA\r\n', '354 End data with <CR><LF>.<CR><LF>\r\n'],
  [Stage.data, MAIL + RCPT, 'BDAT 3\r\nabc', '250 2.0.0 Ok\r\n'],
  [Stage.dot, `${MAIL}${RCPT}DATA\r\n`, '.\r\n', '250 2.0.0 Ok\r\n'],
  [Stage.dot, MAIL + RCPT, 'BDAT 3 LAST\r\nabc', '250 2.0.0 Ok\r\n'],
  [Stage.dot, `${MAIL}${RCPT}BDAT 1\r\nx`, 'BDAT 0 LAST\r\n', '250 2.0.0 Ok\r\n'],
  [Stage.rset, '', 'RSET\r\n', '250 2.0.0 Ok\r\n'],
  [Stage.noop, '', 'NOOP\r\n', '250 2.0.0 Ok\r\n'],
  [Stage.vrfy, '', 'VRFY x\r\n', '252 2.0.0 Cannot verify\r\n'],
  [Stage.quit, '', 'QUIT\r\n', '221 2.0.0 Bye\r\n'],
  [Stage.other, '', 'WHAT\r\n', '500 5.5.1 Unknown command\r\n'],
  [Stage.other, '', 'EXPN x\r\n', '502 5.5.1 Not implemented\r\n'],
]

describe('at every stage, a model', () => {
  for (const [stage, way, command, right] of COMMANDS) {
    it(`${STAGES[stage]}: ${JSON.stringify(command)}`, () => {
      const said = (answer: Answer, after = '') => {
        const peer = peerOf([[stage, answer]])
        peer.say(way)
        return peer.say(command + after)
      }
      const next = stage === Stage.quit ? '' : '250 2.0.0 Ok\r\n'
      const noop = stage === Stage.noop || command === 'DATA\r\n' ? '' : 'NOOP\r\n'
      const tail = noop === '' ? '' : next
      assert.equal(said({}, noop), right + tail, 'pass')
      assert.equal(said({ delayMs: 50 }, noop), `{50 ms}${right}${tail}`, 'pass later')
      assert.equal(said({ act: Act.instead, reply: WRONG }, noop), `299 wrong\r\n${tail}`, 'instead')
      assert.equal(said({ act: Act.instead, reply: WRONG, delayMs: 1 }), '{1 ms}299 wrong\r\n', 'instead, later')
      assert.equal(said({ act: Act.reply, reply: NO }, 'QUIT\r\n').split('\r\n')[0], '450 4.7.1 Not now', 'reply')
      assert.equal(said({ act: Act.reply, reply: NO, delayMs: 7 }), '{7 ms}450 4.7.1 Not now\r\n', 'reply, later')
      assert.equal(said({ act: Act.replyAndClose, reply: CLOSING }, 'NOOP\r\n'), '421 4.7.0 Go away\r\n', 'and close')
      assert.equal(
        said({ act: Act.replyAndClose, reply: CLOSING, delayMs: 7 }, 'NOOP\r\n'),
        '{7 ms}421 4.7.0 Go away\r\n',
      )
      assert.equal(said({ act: Act.close }, 'NOOP\r\n'), '{silent}', 'close')
      assert.equal(said({ act: Act.close, delayMs: 9 }, 'NOOP\r\n'), '{9 ms}{silent}', 'close, later')
      assert.equal(said({ act: Act.reset }, 'NOOP\r\n'), '{reset}', 'reset')
      assert.equal(said({ act: Act.reset, delayMs: 0.5 }), '{0.5 ms}{reset}', 'reset, later')
      assert.equal(said({ act: Act.reply }).slice(0, 3), '451', 'a model that forgot its reply')
    })
  }

  it('is asked before the greeting', () => {
    const greeted = (answer: Answer) => {
      const peer = peerOf([[Stage.connect, answer]])
      return peer.greet() + peer.say('NOOP\r\n')
    }
    assert.equal(greeted({}), '220 sink.example ESMTP\r\n250 2.0.0 Ok\r\n')
    assert.equal(greeted({ delayMs: 3 }), '{3 ms}220 sink.example ESMTP\r\n250 2.0.0 Ok\r\n')
    assert.equal(greeted({ act: Act.reply, reply: NO }), '450 4.7.1 Not now\r\n250 2.0.0 Ok\r\n')
    assert.equal(greeted({ act: Act.replyAndClose, reply: CLOSING }), '421 4.7.0 Go away\r\n')
    assert.equal(greeted({ act: Act.close }), '{silent}')
    assert.equal(greeted({ act: Act.reset, delayMs: 2 }), '{2 ms}{reset}')
  })

  it('is told what the command says, and asked only when it could be done', () => {
    const model = new Script()
    const peer = new ServerPeer({ model })
    peer.greet()
    peer.say(
      `EHLO  me\r\nMAIL\r\nMAIL FROM:<a> X=y\r\nDATA\r\n${RCPT}QUIT now\r\nMAIL FROM:<a> SIZE=1\r\n${RCPT}${RCPT}`,
    )
    peer.say('what ever\r\nHELP me\r\nDATA\r\nx\r\n.\r\nRSET\r\nNOOP a\r\nVRFY b\r\nSTARTTLS\r\nAUTH x\r\n')
    peer.say(`${MAIL}${RCPT}BDAT 1\r\nxBDAT 1 LAST\r\nxQUIT\r\n`)
    peer.server.closed(peer.session)
    assert.deepEqual(model.asked, [
      'connect  0',
      'hello me 0',
      'mail FROM:<a> SIZE=1 0',
      'rcpt TO:<c@d> 0',
      'rcpt TO:<c@d> 1',
      'other what ever 2',
      'other me 2',
      'data  2',
      'dot  2',
      'delivered',
      'rset  0',
      'noop a 0',
      'vrfy b 0',
      'other STARTTLS 0',
      'other x 0',
      'mail FROM:<a@b> 0',
      'rcpt TO:<c@d> 0',
      'data 1 1',
      'dot  1',
      'delivered',
      'quit  0',
      'closed',
    ])
  })
})

describe('what a model refuses has no effect', () => {
  const no = { act: Act.reply, reply: NO }
  it('MAIL, RCPT, DATA', () => {
    assert.equal(peerOf([[Stage.mail, no, {}]]).codes(MAIL + RCPT + MAIL + RCPT), '450 503 250 250')
    assert.equal(
      peerOf([[Stage.rcpt, no, {}]]).codes(`${MAIL}${RCPT}DATA\r\n${RCPT}DATA\r\n.\r\n`),
      '250 450 503 250 354 250',
    )
    assert.equal(peerOf([[Stage.data, no, {}]]).codes(`${MAIL}${RCPT}DATA\r\nDATA\r\n.\r\n`), '250 250 450 354 250')
  })

  it('RSET, hello, QUIT', () => {
    assert.equal(peerOf([[Stage.rset, no]]).codes(`${MAIL}RSET\r\n${RCPT}`), '250 450 250')
    assert.equal(peerOf([[Stage.hello, no]]).codes(`${MAIL}EHLO c\r\n${RCPT}`), '250 450 250')
    const peer = peerOf([[Stage.quit, no]])
    assert.equal(peer.codes('QUIT\r\nNOOP\r\n'), '450 250')
    assert.equal(peer.counters[SinkCounter.quits], 0)
  })

  it('a message: it is not counted, and the transaction is over', () => {
    for (const content of ['DATA\r\nx\r\n.\r\n', 'BDAT 1 LAST\r\nx']) {
      const peer = peerOf([[Stage.dot, no, {}]])
      assert.ok(peer.codes(MAIL + RCPT + content).endsWith(' 450'))
      assert.equal(peer.counters[SinkCounter.messages], 0)
      assert.equal(peer.counters[SinkCounter.rejected], 1)
      assert.ok(peer.codes(MAIL + RCPT + content).endsWith(' 250'))
      assert.equal(peer.counters[SinkCounter.messages], 1)
    }
  })

  it('a chunk: its octets are swallowed, and those of the chunks behind it', () => {
    const peer = peerOf([[Stage.data, no, {}]])
    assert.equal(peer.codes(`${MAIL}${RCPT}BDAT 6\r\nQUIT\r\nBDAT 6\r\nQUIT\r\nBDAT 0 LAST\r\n`), '250 250 450 503 503')
    assert.equal(peer.codes(`${MAIL}${RCPT}BDAT 1 LAST\r\nx`), '250 250 250')
    assert.equal(peerOf([[Stage.data, no]]).codes(`${MAIL}${RCPT}BDAT 6 LAST\r\nQUIT\r\n${MAIL}`), '250 250 450 250')
  })

  it('in LMTP it is said for each recipient, unless the conversation ends', () => {
    const two = `${MAIL}${RCPT}${RCPT}`
    for (const content of ['DATA\r\n.\r\n', 'BDAT 0 LAST\r\n']) {
      const codes = (answer: Answer) => peerOf([[Stage.dot, answer]], { presence: LMTP }).codes(two + content)
      assert.ok(codes(no).endsWith('450 450'))
      assert.ok(codes({ act: Act.instead, reply: WRONG }).endsWith('299 299'))
      assert.match(codes({ act: Act.replyAndClose, reply: CLOSING }), /(250|354) 421$/)
    }
    assert.ok(
      peerOf([[Stage.data, no]], { presence: LMTP })
        .codes(`${two}BDAT 0 LAST\r\n`)
        .endsWith('250 450 450'),
    )
  })
})

describe('a reply that is held back', () => {
  it('keeps its place among pipelined ones, and nothing behind it is consumed meanwhile', () => {
    const peer = peerOf([[Stage.noop, {}, { delayMs: 20 }, {}, { delayMs: 30 }]])
    assert.equal(
      peer.say('NOOP\r\nNOOP\r\nNOOP\r\nVRFY x\r\nNOOP\r\nRSET\r\n'),
      `${'250 2.0.0 Ok\r\n'}{20 ms}${'250 2.0.0 Ok\r\n'.repeat(2)}252 2.0.0 Cannot verify\r\n{30 ms}${'250 2.0.0 Ok\r\n'.repeat(2)}`,
    )
    const { server, session, out } = peerOf([[Stage.noop, { delayMs: 20 }]])
    const bytes = Buffer.from('NOOP\r\nRSET\r\n')
    assert.equal(server.consume(session, bytes, 0, bytes.length, out), 6)
    assert.equal(server.consume(session, bytes, 6, bytes.length, out), 6)
    assert.equal(session.idle(), false)
    assert.equal(out.length, 0)
    server.resume(session, out)
    assert.equal(server.consume(session, bytes, 6, bytes.length, out), bytes.length)
    assert.equal(session.idle(), true)
  })

  it('is waited for before a conversation ends', () => {
    const peer = peerOf([[Stage.quit, { delayMs: 5 }]])
    const bytes = Buffer.from('QUIT\r\n')
    peer.server.consume(peer.session, bytes, 0, bytes.length, peer.out)
    assert.notEqual(peer.session.mode, Mode.closed)
    peer.server.resume(peer.session, peer.out)
    assert.equal(peer.session.mode, Mode.closed)
    assert.equal(peer.read(), '221 2.0.0 Bye\r\n')
  })

  it('adds up when both the first chunk and the end of a message are slow', () => {
    const peer = peerOf([
      [Stage.data, { delayMs: 10 }],
      [Stage.dot, { delayMs: 5 }],
    ])
    assert.equal(peer.say(`${MAIL}${RCPT}BDAT 1 LAST\r\nx`).slice(28), '{15 ms}250 2.0.0 Ok\r\n')
    assert.equal(
      peer.say(`${MAIL}${RCPT}BDAT 1\r\nxBDAT 0 LAST\r\n`).slice(28),
      '{10 ms}250 2.0.0 Ok\r\n{5 ms}250 2.0.0 Ok\r\n',
    )
  })

  it('may be longer than the room for replies', () => {
    const lines = Array.from({ length: 300 }, (_, i) => `250${i < 299 ? '-' : ' '}line ${i}`)
    const text = `${lines.join('\r\n')}\r\n`
    const peer = peerOf([[Stage.noop, { act: Act.instead, reply: replyText(text) }]])
    assert.equal(peer.say('RSET\r\nNOOP\r\nRSET\r\n'), `250 2.0.0 Ok\r\n${text}250 2.0.0 Ok\r\n`)
    const nothing = peerOf([[Stage.noop, { act: Act.instead, reply: replyText('') }]])
    assert.equal(nothing.say('NOOP\r\nRSET\r\n'), '250 2.0.0 Ok\r\n')
  })
})

describe('content that is cut', () => {
  const content = 'line 1\r\n..\r\nline 3\r\n.\r\n'
  /** What a tap saw, and what was said, when the content comes in pieces of `size`. */
  function cut(cutAfter: number, wire: readonly string[], size: number): { seen: number; said: string } {
    let seen = 0
    const tap = {
      begin: () => ({
        content: (_: Buffer, from: number, to: number) => {
          seen += to - from
        },
        end: () => {},
        abort: () => {},
      }),
    }
    const peer = peerOf([[Stage.data, { act: Act.cut, cutAfter }]], { tap })
    peer.say(MAIL + RCPT)
    let said = ''
    for (const text of wire) {
      for (let at = 0; at < text.length; at += size) said += peer.say(text.slice(at, at + size))
    }
    return { seen, said }
  }

  it('comes to the octet, by DATA', () => {
    for (const size of [1, 2, 5, 100]) {
      for (let after = 0; after < content.length; after++) {
        const { seen, said } = cut(after, ['DATA\r\n', content], size)
        assert.equal(seen, after)
        assert.equal(said, '354 End data with <CR><LF>.<CR><LF>\r\n{reset}')
      }
      for (const after of [content.length, content.length + 1, 1e9]) {
        const { seen, said } = cut(after, ['DATA\r\n', `${content}NOOP\r\n`], size)
        assert.equal(seen, content.length)
        assert.equal(said.split('\r\n').slice(1).join(), '250 2.0.0 Ok,250 2.0.0 Ok,')
      }
    }
  })

  it('comes to the octet, by BDAT, over chunks', () => {
    const chunks = ['BDAT 4\r\nabcd', 'BDAT 0\r\n', 'BDAT 3\r\nefg', 'BDAT 3 LAST\r\nhij']
    const ok = '250 2.0.0 Ok\r\n'
    for (const size of [1, 3, 100]) {
      for (let after = 0; after < 10; after++) {
        const { seen, said } = cut(after, chunks, size)
        assert.equal(seen, after)
        assert.equal(said, `${ok.repeat(after > 7 ? 3 : after > 4 ? 2 : 0)}{reset}`, `${after}`)
      }
      assert.deepEqual(cut(10, chunks, size), { seen: 10, said: ok.repeat(4) })
    }
  })

  it('is of one message only', () => {
    const peer = peerOf([[Stage.data, { act: Act.cut, cutAfter: 100 }, {}]])
    assert.equal(
      peer.codes(`${MAIL}${RCPT}BDAT 1\r\nxRSET\r\n${MAIL}${RCPT}BDAT 200 LAST\r\n${'x'.repeat(200)}`),
      '250 250 250 250 250 250 250',
    )
  })
})

describe('with a model', () => {
  it('its refusals are no faults of the client, but unknown commands are', () => {
    const no = { act: Act.reply, reply: NO }
    const peer = peerOf([[Stage.mail, no]])
    assert.equal(peer.codes(`${MAIL}${RCPT}${RCPT}`.repeat(100)).split(' ').length, 300)
    const codes = peerOf([[Stage.other, no]])
      .codes('WHAT\r\n'.repeat(200))
      .split(' ')
    assert.deepEqual([codes.length, codes.pop()], [100, '421'])
    const late = peerOf([[Stage.other, { delayMs: 1 }]]).say('WHAT\r\n'.repeat(200))
    assert.equal(late.split('\r\n').length, 101)
  })

  it('what it says is tallied as it is said', () => {
    const tally = new Float64Array(TALLY_LENGTH)
    const peer = peerOf(
      [
        [Stage.mail, { act: Act.reply, reply: NO }],
        [Stage.noop, { act: Act.instead, reply: WRONG }],
      ],
      { tally },
    )
    peer.say(`${MAIL}${MAIL}NOOP\r\n`)
    assert.deepEqual(tallyFigures(tally), [
      { verb: 'mail', code: 450, count: 2 },
      { verb: 'noop', code: 0, count: 1 },
    ])
  })

  it('the manner of a connection is what it says at the beginning', () => {
    const model = new Script()
    const manner = { dripOctets: 1, dripMs: 2, readPauseMs: 3 }
    assert.equal(new ServerPeer({ model }).session.manner, null)
    assert.equal(new ServerPeer({ model: Object.assign(model, { manner }) }).session.manner, manner)
  })

  it('another one may come at any time, and go', () => {
    const peer = new ServerPeer()
    assert.equal(peer.server.wantsPeer, false)
    const model = new Script([[Stage.noop, { act: Act.reply, reply: NO }]])
    peer.session.model = model
    assert.equal(peer.codes(MAIL), '250')
    peer.server.setModel(model)
    assert.equal(peer.server.wantsPeer, true)
    assert.equal(peer.codes(`NOOP\r\n${RCPT}BDAT 1 LAST\r\nx`), '450 250 250')
    peer.server.setModel(null)
    assert.equal(peer.codes(`NOOP\r\n${MAIL}${RCPT}BDAT 1 LAST\r\nx`), '250 250 250 250')
  })

  it('a limit of size is still kept', () => {
    const peer = peerOf([], { presence: { ...PLAIN, maxSize: 3 } })
    assert.equal(peer.codes(`${MAIL}${RCPT}DATA\r\nabcd\r\n.\r\n`), '250 250 354 552')
    assert.equal(peer.codes(`${MAIL}${RCPT}BDAT 4\r\nabcdBDAT 1 LAST\r\nx`), '250 250 552 503')
  })
})
