import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { corpusOf } from '#src/message/corpus.js'
import { Deck, isPlain, Need } from '#src/message/deck.js'
import type { MailType } from '#src/message/mail-type.js'
import type { MailPlan, MixPart, Pool } from '#src/plan/plan.js'
import { planOf } from '../plan/source-plan.js'
import { assertShares } from '../smtp/chi-square.js'

const WORDS = { helloName: 'client.example', date: 'Sun, 22 Nov 2026 13:23:21 +0000 (UTC)', seed: 'beef' }
const mailOf = (mail: Partial<MailPlan> = {}): MailPlan => planOf({ mail }).mail

/** A deck of one worker of `workers`, for so many sessions. */
function deckOf(mix: readonly MixPart[], sessions = 10, workers = 1, worker = 0): Deck {
  const plan = { ...planOf({ load: { sessions }, workers }), mix }
  return new Deck({ plan, worker, messages: null, sessions, firstSession: 0, rateShare: 1, mischief: [] }, WORDS)
}

const numbers = (count: number, order: Pool['order'] = 'random'): Pool => ({
  kind: 'numbers',
  count,
  before: 'u',
  after: '@ex.example',
  digits: 1,
  order,
})

function listed(addresses: readonly string[], order: Pool['order'] = 'random'): Pool {
  const octets = Buffer.from(addresses.map((address) => `${address}\n`).join(''))
  const starts = new Uint32Array(addresses.length + 1)
  addresses.forEach((address, i) => {
    starts[i + 1] = starts[i]! + Buffer.byteLength(address) + 1
  })
  return { kind: 'file', fileName: 'f', octets, starts, order }
}

/** The addresses of a message's recipients. */
function recipients(deck: Deck, type: MailType, session: number, serial: number, first: number): string[] {
  deck.draw(session, serial, first)
  const buffer = Buffer.alloc(type.to.maxLength)
  const start = type.start(session, serial, first)
  const stride = type.stride(session, serial)
  return Array.from({ length: deck.recipients }, (_, i) => {
    const number = type.recipient(i, deck.recipients, first, start, stride)
    const end = type.to.write(buffer, 0, number)
    assert.equal(end, type.to.lengthOf(number))
    return buffer.toString('utf8', 0, end)
  })
}

describe('the deck', () => {
  it('gives each type and content its weight', () => {
    const deck = deckOf([
      { weight: 80, mail: mailOf({ size: 100 }) },
      { weight: 15, mail: mailOf({ sizes: { kind: 'uniform', from: 1, to: 3 } }) },
      {
        weight: 5,
        mail: mailOf({
          headers: false,
          corpus: corpusOf([
            { path: 'a', weight: 3, messages: [Buffer.from('a')] },
            { path: 'b', weight: 1, messages: [Buffer.from('b')] },
          ]),
        }),
      },
    ])
    const counts = new Array<number>(6).fill(0)
    for (let i = 0; i < 20_000; i++) {
      deck.draw(i % 10, Math.floor(i / 10), 0)
      counts[deck.variant]!++
    }
    assertShares(counts, [0.8, 0.05, 0.05, 0.05, 0.0375, 0.0125], 'variants')
  })

  it('draws a number of recipients evenly, and the same again', () => {
    const deck = deckOf([{ weight: 1, mail: mailOf({ recipients: 2, recipientsMost: 5 }) }])
    const counts = [0, 0, 0, 0]
    for (let i = 0; i < 4000; i++) {
      deck.draw(1, i, 0)
      counts[deck.recipients - 2]!++
      const { variant, recipients: count } = deck
      deck.draw(1, i, 0)
      assert.deepEqual([deck.variant, deck.recipients], [variant, count])
    }
    assertShares(counts, [0.25, 0.25, 0.25, 0.25], 'recipients')
  })

  it('a pool drawn at random: every address as often, none twice in a message', () => {
    for (const pool of [numbers(12), listed(Array.from({ length: 12 }, (_, i) => `u${i + 1}@ex.example`))]) {
      const deck = deckOf([{ weight: 1, mail: mailOf({ toPool: pool, recipients: 1, recipientsMost: 5 }) }])
      const counts = new Map<string, number>()
      for (let i = 0; i < 3000; i++) {
        const own = recipients(deck, deck.types[0]!, 2, i, 0)
        assert.equal(new Set(own).size, own.length)
        for (const address of own) counts.set(address, (counts.get(address) ?? 0) + 1)
      }
      assert.equal(counts.size, 12)
      const all = [...counts.values()]
      assert.ok(Math.min(...all) > 0.85 * Math.max(...all), `${all}`)
    }
  })

  it('a pool in turn: each worker all through it, from a place of its own', () => {
    const seen = new Map<string, number>()
    for (const worker of [0, 1]) {
      const deck = deckOf(
        [{ weight: 1, mail: mailOf({ toPool: numbers(10, 'turn'), recipients: 2, recipientsMost: 2 }) }],
        10,
        2,
        worker,
      )
      const own: string[] = []
      for (let i = 0; i < 5; i++) own.push(...recipients(deck, deck.types[0]!, 0, i, worker + i * 2 * 2))
      assert.deepEqual(
        own.slice(0, 3),
        worker === 0
          ? ['u1@ex.example', 'u2@ex.example', 'u3@ex.example']
          : ['u6@ex.example', 'u7@ex.example', 'u8@ex.example'],
      )
      for (const address of own) seen.set(address, (seen.get(address) ?? 0) + 1)
    }
    assert.deepEqual([...seen.values()], new Array(10).fill(2))
  })

  it('senders in turn over the sessions, and drawn', () => {
    const type = (order: Pool['order']) =>
      deckOf([{ weight: 1, mail: mailOf({ fromPool: numbers(7, order) }) }], 3).types[0]!
    const turn = [0, 1, 2].flatMap((serial) => [0, 1, 2].map((session) => type('turn').sender(session, serial)))
    assert.deepEqual(turn, [1, 2, 3, 4, 5, 6, 7, 1, 2])
    const counts = new Array<number>(7).fill(0)
    for (let i = 0; i < 7000; i++) counts[type('random').sender(i % 3, i) - 1]!++
    assertShares(counts, new Array(7).fill(1 / 7), 'senders')
  })

  it('knows what a mail needs: 8-bit content, UTF-8 headers, UTF-8 addresses', () => {
    const needs = (mail: Partial<MailPlan>) => {
      const deck = deckOf([{ weight: 1, mail: mailOf(mail) }])
      deck.draw(0, 0, 0)
      return deck.needs
    }
    const file = (text: string) => ({ file: Buffer.from(text), fileName: 'f', headers: false })
    assert.equal(needs({ size: 10 }), 0)
    assert.equal(needs(file('Subject: a\n\nä\n')), Need.eightBit)
    assert.equal(needs({ from: 'jörg@ex.example' }), Need.smtpUtf8 | Need.eightBit)
    assert.equal(needs({ to: '用户@ex.example', headers: false }), Need.smtpUtf8)
    const corpus = corpusOf([{ path: 'p', weight: 1, messages: [Buffer.from('Subject: ä\n\nx\n')] }])
    assert.equal(needs({ corpus, headers: false }), Need.smtpUtf8 | Need.eightBit)
  })

  it('of a list only the messages to UTF-8 addresses need SMTPUTF8', () => {
    const deck = deckOf([
      { weight: 1, mail: mailOf({ toPool: listed(['a@ex.example', 'ä@ex.example']), headers: false }) },
    ])
    for (let i = 0; i < 50; i++) {
      const [to] = recipients(deck, deck.types[0]!, 0, i, 0)
      assert.equal(deck.needs, to!.startsWith('ä') ? Need.smtpUtf8 : 0)
    }
    assert.equal(deck.sendable(0), true)
    assert.equal(deckOf([{ weight: 1, mail: mailOf({ to: 'ä@ex.example' }) }]).sendable(Need.eightBit), false)
    assert.equal(deckOf([{ weight: 1, mail: mailOf({ toPool: listed(['ä@ex.example']) }) }]).sendable(0), false)
  })

  it('is left out for one text in plain ASCII', () => {
    const plain = (mail: Partial<MailPlan>) => isPlain([], mailOf(mail))
    assert.equal(plain({}), true)
    assert.equal(plain({ recipients: 3, numbered: true, size: 5, subject: 'x', extraHeaders: ['X: y'] }), true)
    assert.equal(plain({ file: Buffer.from('a'), fileName: 'f' }), true)
    assert.equal(isPlain([{ weight: 1, mail: mailOf() }], mailOf()), false)
    for (const mail of [
      { recipients: 1, recipientsMost: 2 },
      { fromPool: numbers(2) },
      { toPool: numbers(2) },
      { sizes: { kind: 'uniform', from: 1, to: 2 } },
      { declareSize: true },
      { from: 'ä@ex.example' },
      { file: Buffer.from('ä'), fileName: 'f' },
      { mime: { text: '', parts: [], composed: null } },
    ] as const satisfies readonly Partial<MailPlan>[]) {
      assert.equal(plain(mail), false, JSON.stringify(Object.keys(mail)))
    }
  })
})
