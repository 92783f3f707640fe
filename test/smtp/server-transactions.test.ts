/** Transactions taken whole come to the same as the same octets taken command by command. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { SinkCounter } from '#src/measure/series.js'
import { SinkRecorder } from '#src/measure/sink-recorder.js'
import { Server, type ServerOptions } from '#src/smtp/server.js'
import type { ServerSession } from '#src/smtp/server-session.js'
import { TALLY_LENGTH, TALLY_VERBS } from '#src/smtp/server-tally.js'
import { LMTP, PLAIN, ServerPeer } from './server-peer.js'

/** Nothing in here is larger, in octets or in microseconds. */
const BUCKETS = 64

/** Never looks for whole transactions. */
class Ordinary extends Server {
  override mayRun(): boolean {
    return false
  }
}

/** Says how many it took whole. */
class Counting extends Server {
  whole = 0

  override countRun(session: ServerSession, times: number): void {
    this.whole += times
    super.countRun(session, times)
  }
}

class Side<S extends Server> extends ServerPeer {
  override readonly server: S
  override readonly session: ServerSession
  readonly options: ServerOptions
  readonly histograms: Uint32Array[]
  readonly recorder: SinkRecorder

  constructor(make: new (options: ServerOptions) => S, options: Partial<ServerOptions>) {
    super()
    this.histograms = Array.from({ length: 1 + TALLY_VERBS.length }, () => new Uint32Array(BUCKETS))
    const row = { counters: this.counters, slots: new Float64Array(0), histograms: this.histograms }
    this.recorder = new SinkRecorder(row)
    this.options = {
      presence: PLAIN,
      counters: this.counters,
      tally: new Float64Array(TALLY_LENGTH),
      recorder: this.recorder,
      ...options,
    }
    this.server = new make(this.options)
    this.session = this.server.open(null)
  }

  /** All that anybody could see of it, after these octets. */
  after(octets: string): object {
    const replies = this.say(octets)
    this.recorder.settle(7)
    const { mode, transaction, recipients, octets: content, faults, carried, ending } = this.session
    return {
      replies,
      session: { mode, transaction, recipients, content, faults, carried, ending, idle: this.session.idle() },
      counters: Array.from(this.counters),
      tally: Array.from(this.options.tally!),
      histograms: this.histograms.map((counts) => counts.join(' ')),
    }
  }
}

function transaction(mail: string, rcpt: string, bdat: string, content: string): string {
  return `${mail}\r\n${rcpt}\r\n${bdat}\r\n${content}`
}

const LONG = 'x'.repeat(300)
const USUAL = transaction('MAIL FROM:<a@b>', 'RCPT TO:<c@d>', 'BDAT 4 LAST', 'ab\r\n')
const mail = fc.constantFrom(
  'MAIL FROM:<a@b>',
  'MAIL FROM:<a@b>',
  'mail from:<abc@d>',
  'MAIL  FROM: <a@b>',
  ' MAIL FROM:<a@b>',
  'MAIL FROM:<>',
  'MAIL FROM:a@b',
  'MAIL FROM:<a b>',
  'MAIL FROM:<a\n>',
  'MAIL FROM:<a> SIZE=3',
  'MAIL FROM:<a> SIZE=99',
  'MAIL FROM:<a> BODY=BINARYMIME',
  `MAIL FROM:<${LONG}>`,
  `MAIL FROM:<${LONG} ${LONG}>`,
  `MAIL FROM:<${LONG.repeat(8)}>`,
  'MAIL FROM:<a>\r\nNOOP <>',
  'RSET\r\nMAIL FROM:<a@b>',
  'QUIT\r\nMAIL FROM:<a@b>',
)
const rcpt = fc.constantFrom(
  'RCPT TO:<c@d>',
  'RCPT TO:<c@d>',
  'Rcpt To:<c1@d>',
  'RCPT TO:<c@d>\r\nRCPT TO:<e@f>',
  'RCPT TO:<>',
  'RCPT TO:<c@d> NOTIFY=NEVER',
  'RCPT TO:<c@d> WHAT=1>',
  'RCPT FROM:<a@b>',
  'NOOP',
  'DATA\r\nBDAT 4 LAST\r\n.',
)
const bdat = fc.constantFrom(
  'BDAT 4 LAST',
  'BDAT 4 LAST',
  'bdat 4 last',
  'BDAT 04 LAST ',
  'BDAT 4',
  'BDAT 2 LAST',
  'BDAT 0 LAST',
  'BDAT 0',
  'BDAT 9 LAST',
  'BDAT LAST',
  'BDAT 4 LASTS',
  'BDAT 1000000000000000 LAST',
  'BDAT 4\r\nabcdBDAT 0 LAST',
)
const content = fc.constantFrom('ab\r\n', 'ab\r\n', 'MAIL', '', 'a', '\r\n.\r\n', 'abcdefghi')
/** One octet of a transaction is another one, or one too many. */
const wrong = fc
  .tuple(
    fc.nat({ max: USUAL.length - 1 }),
    fc.constantFrom(...' \t\r\n<>"\\:0159aLMT\x00\x8d\xff'),
    fc.constantFrom(0, 1),
  )
  .map(([at, octet, removed]) => USUAL.slice(0, at) + octet + USUAL.slice(at + removed))
const unit = fc.oneof(
  { weight: 3, arbitrary: fc.integer({ min: 1, max: 40 }).map((times) => USUAL.repeat(times)) },
  { weight: 3, arbitrary: fc.tuple(mail, rcpt, bdat, content).map((parts) => transaction(...parts)) },
  {
    weight: 2,
    arbitrary: fc.integer({ min: 0, max: 1200 }).map((n) => USUAL.replace('c@d', `${n}@d`).replace('a@b', `${n}@b`)),
  },
  { weight: 3, arbitrary: wrong },
  { weight: 1, arbitrary: fc.constantFrom('EHLO c\r\n', 'RSET\r\n', 'WHAT\r\n', 'NOOP', '\r\n', USUAL.slice(0, 20)) },
)
const conversation = fc.array(unit, { maxLength: 12 }).map((units) => USUAL + units.join(''))

describe('transactions taken whole', () => {
  it('are replied to and counted as the same octets command by command, however they are cut', () => {
    let whole = 0
    fc.assert(
      fc.property(
        conversation,
        fc.array(fc.nat({ max: 3000 }), { maxLength: 6 }),
        fc.constantFrom(null, 3, 8),
        fc.boolean(),
        (said, cuts, maxSize, lmtp) => {
          const options = { presence: { ...(lmtp ? LMTP : PLAIN), maxSize } }
          const one = new Side(Counting, options)
          const other = new Side(Ordinary, options)
          let from = 0
          for (const cut of [...cuts.sort((a, b) => a - b), said.length]) {
            const part = said.slice(from, cut)
            from = Math.max(from, cut)
            assert.deepEqual(one.after(part), other.after(part))
          }
          whole += one.server.whole
        },
      ),
      { numRuns: 400 },
    )
    assert.ok(whole > 4000, `${whole} were taken whole`)
  })

  it('are cut in two at every octet and come to the same', () => {
    const said = USUAL.repeat(3) + USUAL.replace('c@d', 'ef@d') + USUAL.repeat(2)
    for (let cut = 0; cut <= said.length; cut++) {
      const one = new Side(Counting, {})
      const other = new Side(Ordinary, {})
      for (const part of [said.slice(0, cut), said.slice(cut)]) assert.deepEqual(one.after(part), other.after(part))
      assert.ok(one.server.whole >= 3, `cut at ${cut}`)
      assert.equal(one.counters[SinkCounter.messages], 6)
    }
  })

  it('are all but the first one of a conversation', () => {
    const side = new Side(Counting, {})
    side.after(USUAL.repeat(20))
    assert.equal(side.server.whole, 19)
  })

  it('are not looked for where somebody has a say: a sink about to end, or one that counts down', () => {
    const ending = new Side(Counting, {})
    ending.after(USUAL)
    ending.server.draining = true
    assert.match(ending.say(USUAL), /^421 /)
    let left = 3
    const counted = new Side(Counting, { messages: { take: () => left-- > 0 } })
    assert.equal(counted.codes(USUAL.repeat(4)), '250 250 250 250 250 250 250 250 250 250 250 421')
    assert.deepEqual([ending.server.whole, counted.server.whole], [0, 0])
  })

  it('are forgotten by a server that gets hooks', () => {
    const side = new Side(Counting, {})
    side.after(USUAL.repeat(2))
    side.server.hooked = true
    side.after(USUAL.repeat(2))
    assert.equal(side.server.whole, 1)
    assert.equal(side.counters[SinkCounter.messages], 4)
  })
})
