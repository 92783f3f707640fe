import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { defaultPayload, filePayload, sizedPayload } from '#src/message/payload.js'

function latin1(bytes: Buffer): string {
  return bytes.toString('latin1')
}

/** `-l` as its description puts it, octet by octet. */
function described(size: number): string {
  const octets = Array<string>(size).fill('X')
  for (let k = 1; 80 * k < size; k++) {
    octets[80 * (k - 1)] = String(k % 10)
    octets[80 * k - 2] = '\r'
    octets[80 * k - 1] = '\n'
  }
  return `${octets.join('')}\r\n`
}

const X77 = 'X'.repeat(77)

test('the default text: four lines, 76 octets', () => {
  const lines = [1, 2, 3, 4].map((line) => `La de da de da ${line}.\r\n`)
  assert.equal(latin1(defaultPayload()), lines.join(''))
  assert.equal(defaultPayload().length, 76)
})

test('sized payloads, line by line', () => {
  const digits = (text: string) => [...text].map((digit) => `${digit}${X77}\r\n`).join('')
  for (const [size, payload] of [
    [1, 'X\r\n'],
    [79, `${'X'.repeat(79)}\r\n`],
    [80, `${'X'.repeat(80)}\r\n`],
    [81, `1${X77}\r\nX\r\n`],
    [82, `1${X77}\r\nXX\r\n`],
    [160, `1${X77}\r\n${'X'.repeat(80)}\r\n`],
    [161, `1${X77}\r\n2${X77}\r\nX\r\n`],
    [162, `1${X77}\r\n2${X77}\r\nXX\r\n`],
    [801, `${digits('1234567890')}X\r\n`],
    [900, `${digits('12345678901')}${'X'.repeat(20)}\r\n`],
  ] as const) {
    assert.equal(latin1(sizedPayload(size)), payload, `-l ${size}`)
  }
})

test('every size: two octets more, lines of 80, as described', () => {
  for (let size = 1; size <= 2500; size++) {
    const payload = latin1(sizedPayload(size))
    assert.equal(payload.length, size + 2)
    assert.equal(payload, described(size), `-l ${size}`)
  }
})

test('a large one', () => {
  const payload = sizedPayload(1 << 20)
  assert.equal(payload.length, (1 << 20) + 2)
  assert.equal(latin1(payload), described(1 << 20))
})

test('files as the wire wants them', () => {
  for (const [file, wire] of [
    ['a\r\nb\r\n.\r\nc\r\n', 'a\r\r\nb\r\r\n..\r\r\nc\r\r\n\r\n'],
    ['\n', '\r\n\r\n'],
    ['\0.x\n.\0y\n', '\0.x\r\n..\0y\r\n\r\n'],
    ['Subject: hi\n\n.dot\nlast', 'Subject: hi\r\n\r\n..dot\r\nlast\r\n\r\n'],
    ['.', '..\r\n\r\n'],
    ['..\n', '...\r\n\r\n'],
    ['a', 'a\r\n\r\n'],
    ['a\n\n', 'a\r\n\r\n\r\n'],
    ['\r', '\r\r\n\r\n'],
    ['\xff\x80\n', '\xff\x80\r\n\r\n'],
  ] as const) {
    assert.equal(latin1(filePayload(Buffer.from(file, 'latin1'), true)), wire, JSON.stringify(file))
  }
})

test('an empty file is the default text', () => {
  for (const stuff of [true, false]) assert.deepEqual(filePayload(new Uint8Array(0), stuff), defaultPayload())
})

test('BDAT wants dots single', () => {
  assert.equal(latin1(filePayload(Buffer.from('.a\n..\n.'), false)), '.a\r\n..\r\n.\r\n\r\n')
})

test('any file: lines unchanged but for their end and a doubled first dot', () => {
  const octetArb = fc.oneof(fc.constantFrom(10, 13, 46, 46, 0, 255), fc.nat(255))
  fc.assert(
    fc.property(fc.array(octetArb, { minLength: 1, maxLength: 60 }), fc.boolean(), (list, stuff) => {
      const file = latin1(Buffer.from(list))
      const lines = file.split('\n')
      if (lines.at(-1) === '') lines.pop()
      const wire = lines.map((line) => `${stuff && line.startsWith('.') ? '.' : ''}${line}\r\n`).join('')
      assert.equal(latin1(filePayload(Uint8Array.from(list), stuff)), `${wire}\r\n`)
    }),
    { numRuns: 500, seed: 11 },
  )
})

test('a view into a larger buffer is read from its own beginning to its own end', () => {
  const whole = Buffer.from('xx.a\nbyy')
  assert.equal(latin1(filePayload(whole.subarray(2, 6), true)), '..a\r\nb\r\n\r\n')
})
