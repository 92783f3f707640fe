import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { NextReply, REPLY_LIMIT, ReplyParser } from '#src/smtp/reply-parser.js'
import { type Expected, GARBAGE, STREAMS } from './replies.js'

interface Found extends Expected {
  /** Position in the stream behind the reply. */
  readonly end: number
}

/** What a stream gave: replies, and the answer that ended it: `incomplete` unless it is no SMTP or too long. */
interface Reading {
  readonly found: Found[]
  readonly last: number
  /** Whether a reply had begun and not ended. */
  readonly midReply: boolean
  /** Octets given when it ended. */
  readonly given: number
}

/**
 * Reads the stream as a socket would bring it: each piece into the same memory, at the same place, over what older reads left,
 * with what looks like a reply behind its end.
 */
function read(octets: Buffer, cuts: readonly number[]): Reading {
  const parser = new ReplyParser()
  const memory = Buffer.alloc(octets.length + 16, '250 stale\r\n')
  const found: Found[] = []
  let from = 0
  for (const to of [...cuts, octets.length]) {
    octets.copy(memory, 0, from, to)
    const length = to - from
    for (let at = 0; at < length; ) {
      const end = parser.next(memory, at, length)
      if (end === NextReply.incomplete) break
      if (end < 0) return { found, last: end, midReply: parser.midReply, given: to }
      assert.ok(end > at && end <= length, `from ${at} to ${end} of ${length}`)
      found.push({ code: parser.code, text: parser.text(memory, end), end: from + end })
      at = end
    }
    from = to
  }
  return { found, last: NextReply.incomplete, midReply: parser.midReply, given: octets.length }
}

function everyOctet(length: number): number[] {
  return Array.from({ length: Math.max(0, length - 1) }, (_, i) => i + 1)
}

/** Replies one behind the other, with the positions at which they end. */
function positions(replies: readonly Expected[]): Found[] {
  let end = 0
  return replies.map((reply) => {
    end += reply.text.length
    return { ...reply, end }
  })
}

function joined(replies: readonly Expected[]): Buffer {
  return Buffer.from(replies.map((reply) => reply.text).join(''), 'latin1')
}

for (const { name, replies } of STREAMS) {
  test(`${name}: whole, octet by octet, and cut at every position`, () => {
    const octets = joined(replies)
    const wanted = positions(replies)
    const check = (cuts: readonly number[]) => {
      const { found, last, midReply } = read(octets, cuts)
      assert.deepEqual(found, wanted, `cut at ${cuts.slice(0, 5)}`)
      assert.equal(last, NextReply.incomplete)
      assert.equal(midReply, false)
    }
    check([])
    check(everyOctet(octets.length))
    for (let cut = 0; cut <= octets.length; cut++) check([cut])
  })
}

test('all streams one behind the other, cut at every position', () => {
  const replies = STREAMS.flatMap((stream) => stream.replies).filter((reply) => reply.text.length < 400)
  const octets = joined(replies)
  const wanted = positions(replies)
  for (let cut = 0; cut <= octets.length; cut++) assert.deepEqual(read(octets, [cut]).found, wanted)
  assert.deepEqual(read(octets, everyOctet(octets.length)).found, wanted)
})

test('an unfinished reply gives nothing, wherever it stops', () => {
  const text = '250-one\r\n250 two\r\n'
  for (let length = 0; length < text.length; length++) {
    const octets = Buffer.from(text.slice(0, length), 'latin1')
    for (const cuts of [[], everyOctet(length)]) {
      const reading = read(octets, cuts)
      assert.deepEqual(reading.found, [])
      assert.equal(reading.last, NextReply.incomplete)
      assert.equal(reading.midReply, length > 0)
    }
  }
})

for (const { octets, good } of GARBAGE) {
  test(`no SMTP: ${JSON.stringify(octets)}`, () => {
    const bytes = Buffer.from(octets, 'latin1')
    const before = octets.startsWith('250 a\r\n') ? [250] : []
    for (const cuts of [[], everyOctet(bytes.length), ...everyOctet(bytes.length).map((cut) => [cut])]) {
      const { found, last } = read(bytes, cuts)
      assert.equal(last, NextReply.notSmtp)
      assert.deepEqual(
        found.map((reply) => reply.code),
        before,
      )
    }
    assert.equal(read(bytes, everyOctet(bytes.length)).given, good + 1)
    assert.equal(read(bytes.subarray(0, good), []).last, NextReply.incomplete)
  })
}

const wordArb = fc.string({
  unit: fc
    .integer({ min: 0, max: 255 })
    .filter((n) => n !== 10)
    .map((n) => String.fromCharCode(n)),
  maxLength: 30,
})
const codeArb = fc.integer({ min: 200, max: 599 })
const endArb = fc.constantFrom('\r\n', '\n', '\r\r\n')
const moreArb = fc.tuple(codeArb, wordArb, endArb).map(([code, word, end]) => `${code}-${word}${end}`)
const replyArb: fc.Arbitrary<Expected> = fc
  .tuple(fc.array(moreArb, { maxLength: 4 }), codeArb, fc.option(wordArb), endArb)
  .map(([lines, code, word, end]) => ({
    code,
    text: `${lines.join('')}${code}${word === null ? '' : ` ${word}`}${end}`,
  }))

test('random replies at random cuts', () => {
  fc.assert(
    fc.property(fc.array(replyArb, { maxLength: 8 }), fc.array(fc.nat(400), { maxLength: 12 }), (replies, cuts) => {
      const octets = joined(replies)
      const sorted = cuts.filter((cut) => cut <= octets.length).sort((a, b) => a - b)
      assert.deepEqual(read(octets, sorted).found, positions(replies))
    }),
    { numRuns: 500, seed: 1 },
  )
})

test('random octets at random cuts: the same answers as uncut', () => {
  // Mostly what replies are made of, so that many streams go on beyond the first octets.
  const octetArb = fc.oneof(
    { weight: 6, arbitrary: fc.constantFrom(...Buffer.from('250354-- \r\n\n', 'latin1')) },
    { weight: 1, arbitrary: fc.integer({ min: 0, max: 255 }) },
  )
  fc.assert(
    fc.property(fc.array(octetArb, { maxLength: 60 }), fc.array(fc.nat(60), { maxLength: 8 }), (list, cuts) => {
      const octets = Buffer.from(list)
      const whole = read(octets, [])
      const sorted = cuts.filter((cut) => cut <= octets.length).sort((a, b) => a - b)
      for (const partition of [sorted, everyOctet(octets.length)]) {
        const { found, last, midReply } = read(octets, partition)
        assert.deepEqual(found, whole.found)
        assert.equal(last, whole.last)
        if (last === NextReply.incomplete) assert.equal(midReply, whole.midReply)
      }
    }),
    { numRuns: 1000, seed: 2 },
  )
})

function chunks(length: number, size: number): number[] {
  return Array.from({ length: Math.ceil(length / size) - 1 }, (_, i) => (i + 1) * size)
}

test('a reply of exactly the limit is read, one octet more is too long, however it comes', () => {
  const fill = (length: number) => Buffer.from(`250 ${'x'.repeat(length - 6)}\r\n250 next\r\n`, 'latin1')
  for (const size of [1 << 20, REPLY_LIMIT, REPLY_LIMIT - 1, 4096, 1000, 1]) {
    const fits = fill(REPLY_LIMIT)
    const cuts = chunks(fits.length, size)
    assert.deepEqual(
      read(fits, cuts).found.map(({ code, end }) => [code, end]),
      [
        [250, REPLY_LIMIT],
        [250, REPLY_LIMIT + 10],
      ],
      `in pieces of ${size}`,
    )
    const over = fill(REPLY_LIMIT + 1)
    const { found, last } = read(over, chunks(over.length, size))
    assert.deepEqual(found, [], `in pieces of ${size}`)
    assert.equal(last, NextReply.tooLong, `in pieces of ${size}`)
  }
})

test('an endless line and endless lines are too long', () => {
  for (const text of [`250 ${'x'.repeat(REPLY_LIMIT)}`, '250-and so on\r\n'.repeat(REPLY_LIMIT / 15 + 1)]) {
    const octets = Buffer.from(text, 'latin1')
    for (const size of [1 << 20, 1000, 7])
      assert.equal(read(octets, chunks(octets.length, size)).last, NextReply.tooLong)
  }
})

test('of a long reply in pieces the first 10 KiB are kept, and what came with the last read', () => {
  const text = `250 ${'abcdefghi '.repeat(2000)}\r\n`
  const octets = Buffer.from(text, 'latin1')
  const { found } = read(octets, [15_000])
  assert.equal(found[0]!.text, text.slice(0, 10 * 1024) + text.slice(15_000))
  const bytewise = read(octets, everyOctet(octets.length)).found[0]!
  assert.equal(bytewise.text, `${text.slice(0, 10 * 1024)}\n`)
  assert.equal(bytewise.code, 250)
})

test('reset forgets an unfinished reply', () => {
  const parser = new ReplyParser()
  const octets = Buffer.from('250-half a re', 'latin1')
  for (let length = 0; length <= octets.length; length++) {
    assert.equal(parser.next(octets, 0, length), NextReply.incomplete)
    parser.reset()
    assert.equal(parser.midReply, false)
    const fresh = Buffer.from('220 mx\r\n', 'latin1')
    assert.equal(parser.next(fresh, 0, fresh.length), fresh.length)
    assert.equal(parser.code, 220)
    assert.equal(parser.text(fresh, fresh.length), '220 mx\r\n')
  }
})

test('reset after garbage', () => {
  const parser = new ReplyParser()
  for (const { octets } of GARBAGE) {
    const bytes = Buffer.from(octets, 'latin1')
    let at = 0
    while (at >= 0) at = parser.next(bytes, at, bytes.length)
    parser.reset()
    const fresh = Buffer.from('220 mx\r\n', 'latin1')
    assert.equal(parser.next(fresh, 0, fresh.length), fresh.length)
  }
})
