import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { COPY_LIMIT, Renderer, Tail, type Wire } from '#src/message/renderer.js'
import { type MessageText, messageText, uniqueId } from '#src/message/text.js'
import type { MailPlan, WirePlan } from '#src/plan/plan.js'
import { planOf } from '../plan/source-plan.js'

const DATE = 'Sun, 22 Nov 2026 13:23:21 +0000 (UTC)'
const SEED = 'beef'

interface Parts {
  readonly mail?: Partial<MailPlan>
  readonly wire?: Partial<WirePlan>
}

function textOf({ mail = {}, wire = {} }: Parts): MessageText {
  const plan = planOf({ mail, wire })
  return messageText(plan.mail, plan.wire, DATE, uniqueId(SEED))
}

/** A transaction's numbers. */
interface Numbers {
  readonly session: number
  readonly serial: number
  readonly first: number
}

/** Octets as Latin-1 text, made the plain way from the plan and the numbers: what the renderer is held to. */
class Naive {
  readonly mail: MailPlan
  readonly wire: WirePlan
  readonly text: MessageText
  readonly step: number

  constructor(parts: Parts, step = 1) {
    const plan = planOf(parts)
    this.mail = plan.mail
    this.wire = plan.wire
    this.text = textOf(parts)
    this.step = step
  }

  address(i: number, { first }: Numbers): string {
    const { to, numbered, numbering, recipients } = this.mail
    const number = first + i * this.step
    if (numbering === 'classic') {
      if (numbered) return `${number}${to}`
      return i < recipients - 1 ? `${recipients - i}${to}` : to
    }
    if (!numbered) return to
    const at = to.lastIndexOf('@')
    return at < 0 ? `${to}${number}` : `${to.slice(0, at)}${number}${to.slice(at)}`
  }

  envelope(numbers: Numbers, end: string): string {
    let text = `MAIL FROM:<${this.mail.from}>\r\n`
    for (let i = 0; i < this.mail.recipients; i++) text += `RCPT TO:<${this.address(i, numbers)}>\r\n`
    return `${text}${end}\r\n`
  }

  head(numbers: Numbers): string {
    const { mail, wire } = this
    if (!mail.headers) return ''
    const newest = mail.numbered && mail.numbering === 'newest'
    const to = newest ? this.address(mail.recipients - 1, numbers) : mail.to
    const hex = (n: number, digits: number) => n.toString(16).padStart(digits, '0')
    const id = `${SEED}.${hex(numbers.session, 6)}.${hex(numbers.serial, 8)}@${wire.helloName}`
    const subject = mail.subject === null ? '' : `Subject: ${mail.subject}\r\n`
    return `From: <${mail.from}>\r\nTo: <${to}>\r\nDate: ${DATE}\r\nMessage-Id: <${id}>\r\n${subject}\r\n`
  }

  content(numbers: Numbers): string {
    return this.head(numbers) + this.text.bodyWithDot.toString('latin1')
  }

  bdat(numbers: Numbers): string {
    const content = this.head(numbers) + this.text.body.toString('latin1')
    return this.envelope(numbers, `BDAT ${content.length} LAST`) + content
  }
}

function set(renderer: Renderer, naive: Naive, content: Numbers, envelope: Numbers = content): void {
  renderer.setContent(content.session, content.serial, content.first + (naive.mail.recipients - 1) * naive.step)
  renderer.setRecipients(envelope.first, naive.step)
}

function shown(wire: Wire): string {
  return Buffer.concat(Array.isArray(wire) ? wire : [wire]).toString('latin1')
}

/** Bodies on both sides of the limit up to which they are copied. */
const SIZES = [null, 1, 81, COPY_LIMIT - 6, COPY_LIMIT - 4, COPY_LIMIT, COPY_LIMIT + 1, 100_000]

const PLANS: readonly Parts[] = [
  ...SIZES.map((size) => ({ mail: { size } })),
  { mail: { numbered: true } },
  { mail: { numbered: true, recipients: 3, subject: 'Load test' } },
  { mail: { numbered: true, recipients: 3, numbering: 'classic' } },
  { mail: { recipients: 3, numbering: 'classic' } },
  { mail: { numbered: true, size: 20_000, recipients: 2 } },
  { mail: { headers: false } },
  { mail: { headers: false, numbered: true } },
  { mail: { headers: false, file: Buffer.from('Subject: hi\n\n.dot\nlast'), fileName: 'f' } },
  { mail: { headers: false, file: Buffer.alloc(30_000, '.\n'), fileName: 'f' } },
  { mail: { from: '', to: '', subject: '' } },
  { wire: { helloName: '[127.0.0.1]' }, mail: { from: 'foo@[127.0.0.1]' } },
]

/** Numbers in which every width changes, up and down. */
const NUMBERS: readonly Numbers[] = [
  0, 8, 9, 10, 7, 97, 99, 100, 9, 999, 1000, 65_535, 65_536, 16_777_215, 16_777_216, 5,
].map((n) => ({ session: n, serial: n + 1, first: n }))

test('each wire of each plan is what plain rendering gives', () => {
  for (const parts of PLANS) {
    const naive = new Naive(parts)
    const renderer = new Renderer(textOf(parts), 1)
    for (const [i, numbers] of NUMBERS.entries()) {
      const next = NUMBERS[(i + 1) % NUMBERS.length]!
      set(renderer, naive, numbers)
      assert.equal(shown(renderer.envelope()), naive.envelope(numbers, 'DATA'))
      assert.equal(shown(renderer.content(Tail.none)), naive.content(numbers))
      set(renderer, naive, numbers, next)
      assert.equal(shown(renderer.content(Tail.envelope)), naive.content(numbers) + naive.envelope(next, 'DATA'))
      assert.equal(shown(renderer.content(Tail.quit)), `${naive.content(numbers)}QUIT\r\n`)
      assert.equal(shown(renderer.content(Tail.envelope)), naive.content(numbers) + naive.envelope(next, 'DATA'))
      for (let r = 0; r < naive.mail.recipients; r++) {
        assert.equal(shown(renderer.rcpt(r)), `RCPT TO:<${naive.address(r, next)}>\r\n`)
      }
    }
  }
})

test('small bodies leave in one piece, large ones are not copied', () => {
  for (const size of SIZES) {
    const text = textOf({ mail: { size } })
    const wire = new Renderer(text, 1).content(Tail.envelope)
    const small = text.bodyWithDot.length <= COPY_LIMIT
    assert.equal(Array.isArray(wire), !small, `${size}`)
    if (Array.isArray(wire)) assert.equal(wire[1], text.bodyWithDot)
  }
})

test('the fixed words', () => {
  for (const [wire, hello] of [
    [{}, 'EHLO client.example\r\n'],
    [{ hello: 'helo' }, 'HELO client.example\r\n'],
    [{ protocol: 'lmtp' }, 'LHLO client.example\r\n'],
  ] as const) {
    const renderer = new Renderer(textOf({ wire }), 1)
    const words = [
      renderer.hello,
      renderer.helo,
      renderer.mail,
      renderer.data,
      renderer.dot,
      renderer.rset,
      renderer.quit,
    ]
    assert.deepEqual(words.map(shown), [
      hello,
      'HELO client.example\r\n',
      'MAIL FROM:<a@example.org>\r\n',
      'DATA\r\n',
      '.\r\n',
      'RSET\r\n',
      'QUIT\r\n',
    ])
  }
})

test('arguments go out as they are, in UTF-8', () => {
  const from = '<a@b> SIZE=10'
  const to = 'x> NOTIFY=NEVER'
  const naive = new Naive({ mail: { from, to } })
  const renderer = new Renderer(naive.text, 1)
  const numbers = { session: 0, serial: 0, first: 0 }
  set(renderer, naive, numbers)
  assert.equal(shown(renderer.envelope()), 'MAIL FROM:<<a@b> SIZE=10>\r\nRCPT TO:<x> NOTIFY=NEVER>\r\nDATA\r\n')
  const utf8 = new Renderer(
    textOf({ mail: { from: 'jörg@ex.example', to: '用户@ex.example', numbered: true, subject: 'Grüße' } }),
    1,
  )
  utf8.setRecipients(12, 1)
  assert.equal(
    (utf8.envelope() as Buffer).toString('utf8'),
    'MAIL FROM:<jörg@ex.example>\r\nRCPT TO:<用户12@ex.example>\r\nDATA\r\n',
  )
  assert.match(Buffer.from(shown(utf8.content(Tail.none)), 'latin1').toString('utf8'), /\r\nSubject: Grüße\r\n\r\n/)
})

/** A group as its owner writes it: in more than one write where a number needs more room. */
function group(renderer: Renderer, naive: Naive, all: readonly Numbers[]): string[] {
  const wires: string[] = []
  renderer.bdatBegin()
  for (const numbers of all) {
    set(renderer, naive, numbers)
    if (renderer.bdatAdd()) continue
    wires.push(shown(renderer.bdatWire()))
    renderer.bdatBegin()
    assert.equal(renderer.bdatAdd(), true)
  }
  wires.push(shown(renderer.bdatWire()))
  return wires
}

test('BDAT: sizes to the octet, groups of any size up to the depth', () => {
  for (const parts of PLANS) {
    const naive = new Naive(parts)
    const renderer = new Renderer(textOf(parts), 16)
    for (const size of [1, 2, 15, 16, 3]) {
      for (const start of [0, 5, 93, 990, 65_530]) {
        const all = Array.from({ length: size }, (_, i) => ({
          session: 3,
          serial: start + i,
          first: start + i * naive.mail.recipients,
        }))
        const wires = group(renderer, naive, all)
        assert.equal(wires.join(''), all.map((numbers) => naive.bdat(numbers)).join(''))
      }
    }
  }
})

test('BDAT: a dot is not doubled', () => {
  const naive = new Naive({ mail: { headers: false, file: Buffer.from('.a\n..b'), fileName: 'f' } })
  const renderer = new Renderer(naive.text, 2)
  const [wire] = group(renderer, naive, [{ session: 0, serial: 0, first: 0 }])
  assert.ok(wire!.endsWith('BDAT 11 LAST\r\n.a\r\n..b\r\n\r\n'), wire)
})

test('numbers of several workers interleave', () => {
  const naive = new Naive({ mail: { numbered: true, recipients: 3 } }, 4)
  const renderer = new Renderer(naive.text, 1)
  const numbers = { session: 1, serial: 2, first: 7 }
  set(renderer, naive, numbers)
  assert.match(shown(renderer.envelope()), /<b7@.*\r\nRCPT TO:<b11@.*\r\nRCPT TO:<b15@/)
  assert.match(shown(renderer.content(Tail.none)), /^To: <b15@example.net>\r$/m)
})

test('Message-Id: unique over sessions and serials', () => {
  const text = textOf({ mail: {} })
  const renderer = new Renderer(text, 1)
  const seen = new Set<string>()
  const sessions = [0, 1, 9, 10, 255, 256, 0xffff, 0xff_ffff]
  const serials = [0, 1, 9, 10, 15, 16, 0xffff, 0x1_0000, 0xffff_ffff]
  for (const session of sessions) {
    for (const serial of serials) {
      renderer.setContent(session, serial, 0)
      const id = /^Message-Id: <([^<>@\s]+@client\.example)>\r$/m.exec(shown(renderer.content(Tail.none)))?.[1]
      assert.notEqual(id, undefined)
      seen.add(id!)
    }
  }
  assert.equal(seen.size, sessions.length * serials.length)
})

test('memory in flight is never written to, whatever is rendered meanwhile', () => {
  const partsArb = fc.constantFrom(...PLANS)
  const numberArb = fc.oneof(fc.nat(20), fc.integer({ min: 95, max: 105 }), fc.nat(2_000_000))
  const actArb = fc.record({
    what: fc.constantFrom('envelope', 'none', 'glued', 'quit', 'bdat'),
    first: numberArb,
    size: fc.integer({ min: 1, max: 4 }),
    detach: fc.boolean(),
    /** Which of those in flight comes back first. */
    attach: fc.option(fc.nat(5)),
  } as const)
  fc.assert(
    fc.property(partsArb, fc.array(actArb, { maxLength: 25 }), (parts, acts) => {
      const naive = new Naive(parts)
      const renderer = new Renderer(naive.text, 4)
      const flying: { flight: object; wire: Wire; octets: string }[] = []
      for (const { what, first, size, detach, attach } of acts) {
        const numbers = { session: first % 1000, serial: first, first }
        set(renderer, naive, numbers)
        let wire: Wire
        let octets: string
        if (what === 'bdat') {
          const all = Array.from({ length: size }, (_, i) => ({ ...numbers, serial: first + i }))
          renderer.bdatBegin()
          octets = ''
          for (const one of all) {
            set(renderer, naive, one)
            if (!renderer.bdatAdd()) break
            octets += naive.bdat(one)
          }
          wire = renderer.bdatWire()
        } else if (what === 'envelope') {
          wire = renderer.envelope()
          octets = naive.envelope(numbers, 'DATA')
        } else {
          wire = renderer.content(what === 'none' ? Tail.none : what === 'quit' ? Tail.quit : Tail.envelope)
          octets = naive.content(numbers)
          if (what === 'quit') octets += 'QUIT\r\n'
          if (what === 'glued') octets += naive.envelope(numbers, 'DATA')
        }
        assert.equal(shown(wire), octets)
        if (detach) flying.push({ flight: renderer.detach(), wire, octets })
        for (const one of flying) assert.equal(shown(one.wire), one.octets, 'written to while in flight')
        if (attach !== null && attach < flying.length) renderer.attach(flying.splice(attach, 1)[0]!.flight)
      }
    }),
    { numRuns: 400, seed: 13 },
  )
})

test('a fixed word in flight takes no memory that is needed', () => {
  const naive = new Naive({ mail: { numbered: true } })
  const renderer = new Renderer(naive.text, 1)
  const numbers = { session: 1, serial: 1, first: 1 }
  set(renderer, naive, numbers)
  assert.equal(shown(renderer.quit), 'QUIT\r\n')
  const flights = [renderer.detach(), renderer.detach()]
  assert.equal(shown(renderer.content(Tail.envelope)), naive.content(numbers) + naive.envelope(numbers, 'DATA'))
  for (const flight of flights) renderer.attach(flight)
  assert.equal(shown(renderer.content(Tail.quit)), `${naive.content(numbers)}QUIT\r\n`)
})
