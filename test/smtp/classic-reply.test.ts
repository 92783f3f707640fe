import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { ClassicReplies, type ClassicReply } from '#src/smtp/classic-reply.js'
import { GARBAGE, STREAMS } from './replies.js'

function readAll(octets: string, cuts: readonly number[]): { replies: ClassicReply[]; begun: boolean } {
  const reader = new ClassicReplies()
  const bytes = Buffer.from(octets, 'latin1')
  const replies: ClassicReply[] = []
  let from = 0
  for (const to of [...cuts, bytes.length]) {
    reader.add(bytes.subarray(from, to))
    for (let reply = reader.take(); reply !== null; reply = reader.take()) replies.push(reply)
    from = to
  }
  return { replies, begun: reader.begun }
}

function everyOctet(length: number): number[] {
  return Array.from({ length: Math.max(0, length - 1) }, (_, i) => i + 1)
}

/** As `warning: … rejected: CODE TEXT` shows a reply. */
function shown(octets: string): string[] {
  return readAll(octets, []).replies.map(({ code, text }) => `${code} ${text}`)
}

test('any text is a line; a code is exactly three digits', () => {
  for (const [octets, reply] of [
    ['220 mx.example ESMTP\r\n', '220 mx.example ESMTP'],
    ['hello\r\n', '0 hello'],
    ['2200 hello\r\n', '0 hello'],
    ['22 hello\r\n', '0 hello'],
    ['220hello\r\n', '220 hello'],
    ['220 x\n', '220 x'],
    ['354\r\n', '354 '],
    ['250   three spaces \r\n', '250 three spaces '],
    ['\r\n', '0 '],
    ['999 any code\r\n', '999 any code'],
  ] as const) {
    assert.deepEqual(shown(octets), [reply], octets)
  }
})

test('a dash right behind the digits goes on; the last line has the code', () => {
  assert.deepEqual(shown('220-a\r\n554 b\r\n'), ['554 a\nb'])
  assert.deepEqual(shown('450-4.1.1 first\r\n450 second\r\n'), ['450 4.1.1 first\nsecond'])
  assert.deepEqual(shown('250-a\n250-b\n250\n'), ['250 a\nb\n'])
  assert.deepEqual(shown('250 -a\r\n'), ['250 -a'])
  assert.deepEqual(shown('-a\r\nb\r\n'), ['0 a\nb'])
})

test('CRs at the end go, a NUL ends the text, what cannot be printed is a ?', () => {
  assert.deepEqual(shown('250 a\r\r\r\n'), ['250 a'])
  assert.deepEqual(shown('250 a\rb\r\n'), ['250 a\rb'])
  assert.deepEqual(shown('250 a\0b\r\n'), ['250 a'])
  assert.deepEqual(shown('550 5.1.0 bad\x01sender\xe9\r\n'), ['550 5.1.0 bad?sender?'])
  assert.deepEqual(shown('250 a\tb\x7f\x80\r\n'), ['250 a\tb??'])
})

test('the lines are kept as -v shows them', () => {
  assert.deepEqual(readAll('250-mx\r\n250-\xe4\r\n250 ok\r\n', []).replies[0]!.lines, ['250-mx', '250-?', '250 ok'])
})

test('of a line the first 10240 octets count, and no further text is kept than that', () => {
  const long = 'x'.repeat(20_000)
  const { replies } = readAll(`250 ${long}\r\n221 bye\r\n`, [])
  assert.equal(replies[0]!.text, 'x'.repeat(10_236))
  assert.equal(replies[1]!.code, 221)
  const lines = readAll(`${`250-${'y'.repeat(6000)}\r\n`.repeat(5)}250 end\r\n`, []).replies[0]!
  assert.equal(lines.text, `${'y'.repeat(6000)}\n${'y'.repeat(6000)}`)
  assert.equal(lines.code, 250)
  assert.equal(lines.lines.length, 6)
})

test('an endless line takes no more memory than a line may have, and ends where it ends', () => {
  const reader = new ClassicReplies()
  reader.add(Buffer.from('250 '))
  for (let i = 0; i < 100; i++) {
    reader.add(Buffer.alloc(10_000, 'z'))
    assert.equal(reader.take(), null)
    assert.equal(reader.begun, true)
  }
  reader.add(Buffer.from('\r\n354 go\r\n'))
  assert.equal(reader.take()!.text, 'z'.repeat(10_236))
  assert.equal(reader.take()!.code, 354)
  assert.equal(reader.begun, false)
})

test('begun: a line without its end, and lines without the last one', () => {
  for (const [octets, begun] of [
    ['', false],
    ['2', true],
    ['220 x', true],
    ['220-x\r\n', true],
    ['220 x\r\n', false],
    ['220 x\r\n2', true],
  ] as const) {
    assert.equal(readAll(octets, []).begun, begun, octets)
  }
})

test('one reply is taken at a time, however many have come', () => {
  const reader = new ClassicReplies()
  reader.add(Buffer.from('250 one\r\n250 extra\r\n'))
  assert.equal(reader.take()!.text, 'one')
  assert.equal(reader.begun, true)
  assert.equal(reader.take()!.text, 'extra')
  assert.equal(reader.take(), null)
})

const streams = [
  ...STREAMS.map(({ replies }) => replies.map(({ text }) => text).join('')),
  ...GARBAGE.map((g) => g.octets),
]

test('every reply of the suite: the same whole, octet by octet, and cut at every position', () => {
  for (const octets of streams) {
    const whole = readAll(octets, [])
    const cuts = octets.length > 500 ? [100, 250, 251, octets.length - 1] : everyOctet(octets.length)
    assert.deepEqual(readAll(octets, everyOctet(octets.length)), whole)
    for (const cut of cuts) assert.deepEqual(readAll(octets, [cut]), whole, `${JSON.stringify(octets)} cut at ${cut}`)
  }
})

test('where the engine finds a reply, the door finds the same codes', () => {
  for (const { name, replies } of STREAMS) {
    const found = readAll(replies.map(({ text }) => text).join(''), []).replies
    assert.deepEqual(
      found.map(({ code }) => code),
      replies.map(({ code }) => code),
      name,
    )
  }
})

test('random octets at random cuts: the same as uncut', () => {
  const octetArb = fc.oneof(
    { weight: 5, arbitrary: fc.constantFrom(...'250354-- \r\n\n\0\xe9a') },
    { weight: 1, arbitrary: fc.integer({ min: 0, max: 255 }).map((n) => String.fromCharCode(n)) },
  )
  fc.assert(
    fc.property(fc.array(octetArb, { maxLength: 60 }), fc.array(fc.nat(60), { maxLength: 8 }), (list, cuts) => {
      const octets = list.join('')
      const sorted = cuts.filter((cut) => cut <= octets.length).sort((a, b) => a - b)
      assert.deepEqual(readAll(octets, sorted), readAll(octets, []))
    }),
    { numRuns: 500, seed: 3 },
  )
})
