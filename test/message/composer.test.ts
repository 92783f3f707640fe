import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { Composer, type DrawnMail } from '#src/message/composer.js'
import { corpusOf } from '#src/message/corpus.js'
import { Deck } from '#src/message/deck.js'
import { COPY_LIMIT, Renderer, Tail, type Wire } from '#src/message/renderer.js'
import { messageText, uniqueId } from '#src/message/text.js'
import type { MailPlan, MixPart } from '#src/plan/plan.js'
import { planOf } from '../plan/source-plan.js'

const WORDS = { helloName: 'client.example', date: 'Sun, 22 Nov 2026 13:23:21 +0000 (UTC)', seed: 'beef' }
const DEPTH = 4
const mailOf = (mail: Partial<MailPlan> = {}): MailPlan => planOf({ mail }).mail

/** Everything that can stand in a mix, bodies on both sides of the limit up to which they are copied. */
const MIX: readonly MixPart[] = [
  { weight: 3, mail: mailOf({ size: 100, subject: 'Load test' }) },
  { weight: 1, mail: mailOf({ size: COPY_LIMIT + 1, declareSize: true }) },
  {
    weight: 2,
    mail: mailOf({
      sizes: { kind: 'uniform', from: 1, to: 40_000 },
      recipients: 1,
      recipientsMost: 4,
      toPool: { kind: 'numbers', count: 1000, before: 'r', after: '@ex.example', digits: 1, order: 'random' },
      fromPool: { kind: 'numbers', count: 9, before: 's', after: '@ex.example', digits: 3, order: 'turn' },
      declareSize: true,
    }),
  },
  { weight: 1, mail: mailOf({ recipients: 3, recipientsMost: 3, numbering: 'classic' }) },
  { weight: 1, mail: mailOf({ numbered: true, recipients: 2, recipientsMost: 2 }) },
  {
    weight: 2,
    mail: mailOf({
      headers: false,
      corpus: corpusOf([
        {
          path: 'p',
          weight: 1,
          messages: ['Subject: dots\n\n.\n..a\nb.', '.x: y\n\n', 'a'].map((text) => Buffer.from(text)),
        },
      ]),
    }),
  },
]

/** A session's transactions, in slots. */
class Drawn implements DrawnMail {
  readonly variants = new Uint32Array(DEPTH)
  readonly counts = new Uint32Array(DEPTH)
  readonly needs = new Uint8Array(DEPTH)
  readonly serials = new Uint32Array(DEPTH)
  readonly numbers = new Float64Array(DEPTH)
  readonly deck: Deck
  #number = 0

  constructor(mix: readonly MixPart[]) {
    const plan = { ...planOf({}), mix }
    this.deck = new Deck(
      { plan, worker: 0, messages: null, sessions: 1, firstSession: 0, rateShare: 1, mischief: [] },
      WORDS,
    )
  }

  take(session: number, serial: number, slot: number): void {
    this.deck.draw(session, serial, this.#number)
    this.variants[slot] = this.deck.variant
    this.counts[slot] = this.deck.recipients
    this.needs[slot] = this.deck.needs
    this.serials[slot] = serial
    this.numbers[slot] = this.#number
    this.#number += this.deck.recipients
  }
}

const shown = (wire: Wire): string => Buffer.concat(Array.isArray(wire) ? wire : [wire]).toString('latin1')

/** One transaction as a receiver takes it. */
interface Received {
  readonly from: string
  readonly to: readonly string[]
  readonly content: string
}

/** Reads MAIL, RCPT, DATA and BDAT as a server does, and fails on anything else. */
function received(octets: string): Received[] {
  const all: Received[] = []
  let at = 0
  const line = (): string => {
    const end = octets.indexOf('\r\n', at)
    assert.ok(end >= 0, 'a whole line')
    const text = octets.slice(at, end)
    at = end + 2
    return text
  }
  while (at < octets.length) {
    const mail = /^MAIL FROM:<([^>]*)>(?: SIZE=(\d+))?$/.exec(line())
    assert.ok(mail !== null)
    const to: string[] = []
    let command = line()
    for (; command.startsWith('RCPT'); command = line()) to.push(/^RCPT TO:<([^>]*)>$/.exec(command)![1]!)
    let content: string
    if (command === 'DATA') {
      const lines: string[] = []
      for (let text = line(); text !== '.'; text = line()) lines.push(text.startsWith('.') ? text.slice(1) : text)
      content = lines.map((text) => `${text}\r\n`).join('')
    } else {
      const size = Number(/^BDAT (\d+) LAST$/.exec(command)![1])
      content = octets.slice(at, at + size)
      assert.equal(content.length, size)
      at += size
    }
    if (mail[2] !== undefined) assert.equal(content.length, Number(mail[2]), 'SIZE')
    all.push({ from: mail[1]!, to, content })
  }
  return all
}

const COUNT = 300

/** The mails of a session, by each way to send them. */
function sent(way: 'lock-step' | 'pipelined' | 'glued' | 'BDAT'): string {
  const drawn = new Drawn(MIX)
  const composer = new Composer(drawn.deck, drawn, DEPTH)
  let octets = ''
  const write = () => {
    octets += shown(composer.wire())
  }
  for (let n = 0; n < COUNT; ) {
    if (way === 'BDAT') {
      for (let i = 0; i < DEPTH; i++) drawn.take(5, n + i, i)
      for (let i = 0; i < DEPTH; ) {
        composer.groupBegin()
        while (i < DEPTH && composer.groupAdd(5, i, true)) i++
        write()
      }
      n += DEPTH
      continue
    }
    const slot = n & 1
    if (way !== 'glued' || n === 0) drawn.take(5, n, slot)
    if (way === 'lock-step') {
      composer.begin()
      composer.addMail(5, slot, true)
      write()
      for (let i = 0; i < drawn.counts[slot]!; i++) {
        composer.begin()
        composer.addRcpt(5, slot, i)
        write()
      }
      octets += 'DATA\r\n'
    } else if (way === 'pipelined' || n === 0) {
      composer.begin()
      composer.addEnvelope(5, slot, true)
      write()
    }
    composer.begin()
    composer.addContent(5, slot)
    if (way === 'glued' && n < COUNT - 1) {
      drawn.take(5, n + 1, 1 - slot)
      composer.addEnvelope(5, 1 - slot, true)
    }
    write()
    n++
  }
  return octets
}

describe('the composer', () => {
  it('sends the same mails whichever way, each whole', () => {
    const mails = received(sent('lock-step'))
    assert.equal(mails.length, COUNT)
    for (const way of ['pipelined', 'glued', 'BDAT'] as const) assert.deepEqual(received(sent(way)), mails, way)
    const froms = new Set(mails.map(({ from }) => from))
    assert.ok(froms.has('s001@ex.example') && froms.has('a@example.org'))
    for (const { content, to } of mails) {
      const header = /^To: <([^>]*)>\r$/m.exec(content)?.[1]
      if (header !== undefined) assert.equal(header, to.at(-1))
      assert.equal(new Set(to).size, to.length)
    }
    assert.equal(
      new Set(mails.map(({ content }) => /^Message-Id: .*/m.exec(content)?.[0] ?? content)).size,
      new Set(mails.map(({ content }) => content)).size,
    )
  })

  it('of one text makes the octets that the renderer makes', () => {
    for (const mail of [
      {},
      { size: 1000 },
      { size: 100_000 },
      { recipients: 3, numbered: true, subject: 'x', extraHeaders: ['X-A: b'] },
      { recipients: 3, numbering: 'classic' },
      { recipients: 2, numbering: 'classic', numbered: true },
      { headers: false, file: Buffer.from('Subject: hi\n\n.dot\nlast'), fileName: 'f' },
    ] as const satisfies readonly Partial<MailPlan>[]) {
      const plan = planOf({ mail })
      const renderer = new Renderer(messageText(plan.mail, plan.wire, WORDS.date, uniqueId(WORDS.seed)), 1)
      const drawn = new Drawn([{ weight: 1, mail: plan.mail }])
      const composer = new Composer(drawn.deck, drawn, 1)
      for (const serial of [0, 9, 10, 300]) {
        drawn.take(3, serial, 0)
        const first = drawn.numbers[0]!
        renderer.setRecipients(first, 1)
        renderer.setContent(3, serial, first + plan.mail.recipients - 1)
        composer.begin()
        composer.addContent(3, 0)
        composer.addEnvelope(3, 0, true)
        assert.equal(shown(composer.wire()), shown(renderer.content(Tail.envelope)))
        composer.begin()
        composer.addContent(3, 0)
        composer.addQuit()
        assert.equal(shown(composer.wire()), shown(renderer.content(Tail.quit)))
        composer.groupBegin()
        composer.groupAdd(3, 0, true)
        renderer.bdatBegin()
        renderer.bdatAdd()
        assert.equal(shown(composer.wire()), shown(renderer.bdatWire()))
      }
    }
  })

  it('copies small bodies and not large ones', () => {
    for (const [size, list] of [
      [1000, false],
      [COPY_LIMIT + 100, true],
    ] as const) {
      const drawn = new Drawn([{ weight: 1, mail: mailOf({ size }) }])
      const composer = new Composer(drawn.deck, drawn, 1)
      drawn.take(0, 0, 0)
      composer.begin()
      composer.addContent(0, 0)
      assert.equal(Array.isArray(composer.wire()), list)
    }
  })

  it('never writes to memory that is in flight', () => {
    const act = fc.record({
      what: fc.constantFrom('envelope', 'content', 'glued', 'quit', 'bdat'),
      serial: fc.nat(500),
      size: fc.integer({ min: 1, max: DEPTH }),
      detach: fc.boolean(),
      /** Which of those in flight comes back first. */
      attach: fc.option(fc.nat(5)),
    } as const)
    fc.assert(
      fc.property(fc.array(act, { maxLength: 25 }), (acts) => {
        const drawn = new Drawn(MIX)
        const composer = new Composer(drawn.deck, drawn, DEPTH)
        const flying: { flight: object; wire: Wire; octets: string }[] = []
        for (const { what, serial, size, detach, attach } of acts) {
          for (let i = 0; i < DEPTH; i++) drawn.take(1, serial + i, i)
          if (what === 'bdat') {
            composer.groupBegin()
            for (let i = 0; i < size && composer.groupAdd(1, i, true); i++);
          } else {
            composer.begin()
            if (what !== 'envelope') composer.addContent(1, 0)
            if (what === 'quit') composer.addQuit()
            if (what === 'envelope' || what === 'glued') composer.addEnvelope(1, 1, true)
          }
          const wire = composer.wire()
          // A list is the composer's until it writes again; its buffers are the socket's.
          const held = Array.isArray(wire) ? [...wire] : wire
          const octets = shown(held)
          if (what === 'bdat') assert.ok(received(octets).length <= size)
          if (detach) flying.push({ flight: composer.detach(), wire: held, octets })
          for (const one of flying) assert.equal(shown(one.wire), one.octets, 'written to while in flight')
          if (attach !== null && attach < flying.length) composer.attach(flying.splice(attach, 1)[0]!.flight)
        }
      }),
      { numRuns: 200, seed: 13 },
    )
  })
})
