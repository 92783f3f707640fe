/** The one property that holds for everything a receiver can do: however its octets are cut, it says and shows the same. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import type { AuthStep } from '#src/smtp/server-auth-hook.js'
import { Act, type Model, Stage, type Verdict } from '#src/smtp/server-model.js'
import { replyText } from '#src/smtp/server-replies.js'
import { TALLY_LENGTH } from '#src/smtp/server-tally.js'
import { LMTP, MAIL, PLAIN, RCPT, ServerPeer } from './server-peer.js'

const REPLY = replyText('450-4.7.1 Not\r\n450 4.7.1 now\r\n')
const ACTS = Object.values(Act)

/** Decides by a list of numbers, the same for the same commands in the same order. */
class Dice implements Model {
  readonly numbers: readonly number[]
  turn = 0
  readonly verdict: Verdict = { act: Act.pass, delayMs: 0, reply: null, cutAfter: 0 }

  constructor(numbers: readonly number[]) {
    this.numbers = numbers
  }

  open() {
    return { state: null, manner: null }
  }

  judge(_: object | null, stage: Stage): Verdict {
    const number = this.numbers[this.turn++ % this.numbers.length]!
    // Mostly it passes, for otherwise no conversation would get far.
    let act: Act = number < 500 ? Act.pass : ACTS[number % ACTS.length]!
    if (act === Act.cut && stage !== Stage.data) act = Act.pass
    return Object.assign(this.verdict, {
      act,
      delayMs: number % 3 === 0 ? number / 4 : 0,
      reply: act === Act.pass ? null : REPLY,
      cutAfter: number % 12,
    })
  }

  delivered(): void {}
  closed(): void {}
}

interface Way {
  readonly lmtp: boolean
  readonly maxSize: number | null
  readonly lenientEod: boolean
  readonly auth: boolean
  readonly tap: boolean
  readonly dice: readonly number[] | null
}

const STEPS: Record<string, AuthStep> = {
  yes: { reply: '235 2.7.0 Yes', state: 'accepted' },
  more: { reply: '334 bW9yZQ==', state: 'more' },
}
const NO: AuthStep = { reply: '535 5.7.8 No', state: 'failed' }
const AUTH = {
  begin: (argument: string) => STEPS[argument] ?? NO,
  answer: (line: string) => STEPS[line] ?? NO,
  tooLong: () => NO,
}

/** Everything that a conversation comes to. */
function conversation(way: Way, text: string, cuts: readonly number[]): unknown {
  const shown: string[] = []
  const tap = {
    begin() {
      let seen = ''
      shown.push('begin')
      return {
        content: (buffer: Buffer, from: number, to: number) => {
          seen += buffer.toString('latin1', from, to)
        },
        end: (dotted: boolean, accepted: boolean) => shown.push(`${dotted} ${accepted} ${seen}`),
        abort: () => shown.push(`abort ${seen}`),
      }
    },
  }
  const tally = new Float64Array(TALLY_LENGTH)
  const peer = new ServerPeer({
    presence: { ...(way.lmtp ? LMTP : PLAIN), maxSize: way.maxSize },
    lenientEod: way.lenientEod,
    auth: way.auth ? { mechanisms: ['yes', 'more'], required: false, open: () => AUTH } : null,
    tap: way.tap ? tap : null,
    model: way.dice === null ? null : new Dice(way.dice),
    tally,
    badCommandLimit: 12,
  })
  let said = peer.greet()
  let from = 0
  for (const end of [...cuts.filter((place) => place < text.length), text.length].sort((a, b) => a - b)) {
    said += peer.say(text.slice(from, end))
    from = end
  }
  const idle = peer.session.idle()
  peer.server.closed(peer.session)
  return { said, shown, idle, tally: [...tally], counters: [...peer.counters] }
}

const way: fc.Arbitrary<Way> = fc.record({
  lmtp: fc.boolean(),
  maxSize: fc.constantFrom(null, 4, 30),
  lenientEod: fc.boolean(),
  auth: fc.boolean(),
  tap: fc.boolean(),
  dice: fc.option(fc.array(fc.nat(999), { minLength: 1, maxLength: 20 })),
})

const piece = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.constantFrom(MAIL, RCPT, `${MAIL}${RCPT}`, `${MAIL}${RCPT}DATA\r\n`, `${MAIL}${RCPT}BDAT 3\r\nx\r\n`),
  },
  {
    weight: 4,
    arbitrary: fc.constantFrom(
      'DATA\r\n',
      '.\r\n',
      'x\r\n.\r\n',
      '\n.\n',
      '\r.\r',
      'BDAT 3 LAST\r\n',
      'BDAT 7\r\n',
      'BDAT 0 LAST\r\n',
    ),
  },
  {
    weight: 2,
    arbitrary: fc.constantFrom(
      'EHLO c\r\n',
      'LHLO c\r\n',
      'HELO c\r\n',
      'NOOP\r\n',
      'RSET\r\n',
      'VRFY\r\n',
      'HELP\r\n',
      'QUIT\r\n',
      'WHAT\r\n',
    ),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      'AUTH yes\r\n',
      'AUTH more\r\n',
      'more\r\n',
      'yes\r\n',
      'AUTH no\r\n',
      'MAIL FROM:<a> SIZE=9\r\n',
      'RCPT TO:<a> NOTIFY=NEVER\r\n',
      'MAIL FROM:<a> BODY=BINARYMIME\r\n',
    ),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom('QUI', 'T\r\n', '\r', '\n', '.', ' ', 'abc', 'x'.repeat(300), 'x'.repeat(3000)),
  },
  { weight: 1, arbitrary: fc.string({ unit: fc.nat(255).map((octet) => String.fromCharCode(octet)), maxLength: 5 }) },
)
const text = fc.array(piece, { maxLength: 30 }).map((pieces) => pieces.join(''))

describe('any conversation, whoever listens', () => {
  it('is the same however it is cut', () => {
    fc.assert(
      fc.property(way, text, fc.array(fc.nat(3000), { maxLength: 12 }), (one, said, cuts) => {
        assert.deepEqual(conversation(one, said, cuts), conversation(one, said, []))
      }),
      { numRuns: 1500 },
    )
  })

  it('is the same octet by octet', () => {
    const short = fc.array(piece, { maxLength: 12 }).map((pieces) => pieces.join('').slice(0, 600))
    fc.assert(
      fc.property(way, short, (one, said) => {
        assert.deepEqual(
          conversation(
            one,
            said,
            [...said].map((_, i) => i),
          ),
          conversation(one, said, []),
        )
      }),
      { numRuns: 300 },
    )
  })

  it('is the same cut in two at every octet', () => {
    const said =
      `EHLO c\r\nLHLO c\r\n${MAIL}${RCPT}${RCPT}DATA\r\nhi\n.\r\n..\r\n.\r\n${MAIL}${RCPT}BDAT 5\r\na\r\n.\rBDAT 3 LAST\r\n\n\r\n` +
      'AUTH more\r\nmore\r\nyes\r\nMAIL FROM:<a> BODY=8BITMIME SIZE=3\r\nRCPT TO:<b> NOTIFY=DELAY\r\nBDAT 9\r\n123456789RSET\r\nWHAT\r\nQUIT\r\nNOOP\r\n'
    for (const lmtp of [false, true]) {
      for (const dice of [null, [1], [3], [501, 3, 0], [505, 7, 9, 10, 6, 6, 6, 6, 6, 6, 6, 503]]) {
        for (const lenientEod of [false, true]) {
          const one: Way = { lmtp, maxSize: 10, lenientEod, auth: true, tap: dice !== null, dice }
          const whole = conversation(one, said, [])
          for (let cut = 1; cut < said.length; cut++)
            assert.deepEqual(conversation(one, said, [cut]), whole, `cut at ${cut}`)
        }
      }
    }
  })

  it('is answered the same by a receiver with hooks that do nothing as by one without', () => {
    fc.assert(
      fc.property(text, fc.constantFrom(null, 4, 30), fc.boolean(), (said, maxSize, lmtp) => {
        const bare: Way = { lmtp, maxSize, lenientEod: false, auth: false, tap: false, dice: null }
        const { shown: _, ...expected } = conversation(bare, said, []) as { shown: unknown }
        for (const hooks of [{ tap: true }, { dice: [1] }, { tap: true, dice: [1] }]) {
          const { shown, ...rest } = conversation({ ...bare, ...hooks }, said, []) as { shown: unknown }
          assert.deepEqual(rest, expected)
        }
      }),
      { numRuns: 300 },
    )
  })
})
