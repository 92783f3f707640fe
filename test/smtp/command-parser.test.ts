import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import {
  argumentOf,
  equals,
  findLineEnd,
  findOctet,
  isBarePath,
  isForwardPath,
  isReversePath,
  parseBdat,
  pathEnd,
  skipBlanks,
  Verb,
  verbOf,
} from '#src/smtp/command-parser.js'

function verb(line: string): Verb {
  const buffer = Buffer.from(line, 'latin1')
  return verbOf(buffer, 0, buffer.length)
}

function bdat(argument: string): number {
  const buffer = Buffer.from(`BDAT ${argument}`)
  return parseBdat(buffer, argumentOf(buffer, 0, buffer.length), buffer.length)
}

describe('findLineEnd', () => {
  const cases: [string, number][] = [
    ['', -1],
    ['\r', -1],
    ['\n', -1],
    ['\r\n', 2],
    ['a\r\n', 3],
    ['ab\r\n', 4],
    ['NOOP\nNOOP\r\n', 11],
    ['NOOP\r\r\n', 7],
    ['NOOP\n\r\n', 7],
    ['\n\r', -1],
    ['a\r\nb\r\n', 3],
  ]
  for (const [text, expected] of cases) {
    it(JSON.stringify(text), () => {
      const buffer = Buffer.from(text)
      assert.equal(findLineEnd(buffer, 0, buffer.length), expected)
    })
  }

  it('agrees with a plain search on any octets, from any place, and looks no further than told', () => {
    const octets = fc.array(fc.constantFrom(13, 10, 65), { maxLength: 40 })
    fc.assert(
      fc.property(octets, fc.nat(40), fc.nat(40), (list, a, b) => {
        const buffer = Buffer.from(list)
        const at = Math.min(a, b, buffer.length)
        const end = Math.min(Math.max(a, b), buffer.length)
        const place = buffer.subarray(0, end).indexOf('\r\n', at)
        assert.equal(findLineEnd(buffer, at, end), place < 0 ? -1 : place + 2)
      }),
      { numRuns: 2000 },
    )
  })
})

describe('verbOf', () => {
  const words = {
    helo: 'HELO',
    ehlo: 'EHLO',
    lhlo: 'LHLO',
    mail: 'MAIL',
    rcpt: 'RCPT',
    data: 'DATA',
    bdat: 'BDAT',
    rset: 'RSET',
    noop: 'NOOP',
    vrfy: 'VRFY',
    quit: 'QUIT',
    help: 'HELP',
    auth: 'AUTH',
    starttls: 'STARTTLS',
    expn: 'EXPN',
    etrn: 'ETRN',
    xclient: 'XCLIENT',
    xforward: 'XFORWARD',
  } as const
  for (const [name, word] of Object.entries(words)) {
    it(`${word} in any case, alone or with something behind a blank or tab`, () => {
      const expected = Verb[name as keyof typeof words]
      const mixed = [...word].map((letter, i) => (i % 2 ? letter.toLowerCase() : letter)).join('')
      for (const line of [word, word.toLowerCase(), mixed, `${word} x`, `${word}\tx`, `${word} `]) {
        assert.equal(verb(line), expected, line)
      }
      for (const line of [`${word}x`, `${word}:x`, `${word}\r`, `x${word}`, word.slice(0, -1), `${word}\0`]) {
        assert.equal(verb(line), Verb.unknown, JSON.stringify(line))
      }
    })
  }

  it('nothing is an empty command, everything else unknown', () => {
    assert.equal(verb(''), Verb.empty)
    for (const line of ['M', 'MA', 'MAI', '    ', 'MAILFROM:<a>', '\xcd\xc1\xc9\xcc', '.', 'NOOP\nNOOP']) {
      assert.equal(verb(line), Verb.unknown)
    }
  })

  it('folds letters only: an octet that differs in bit 5 and is no letter does not pass', () => {
    // Every octet in every place of a word, against the definition.
    for (let place = 0; place < 4; place++) {
      for (let octet = 0; octet < 256; octet++) {
        const line = Buffer.from('MAIL')
        const right = line[place]!
        line[place] = octet
        const same = octet === right || octet === right + 32
        assert.equal(verbOf(line, 0, 4) === Verb.mail, same, `${octet} at ${place}`)
      }
    }
  })
})

describe('parseBdat', () => {
  const cases: [string, number][] = [
    ['0', 0],
    ['1', 2],
    ['0 LAST', 1],
    ['86', 172],
    ['1024 LAST', 2049],
    ['1024 last', 2049],
    ['1024   LaSt  ', 2049],
    ['1024 ', 2048],
    ['999999999999999 LAST', 1_999_999_999_999_999],
    ['', -1],
    ['LAST', -1],
    ['x', -1],
    ['-1', -1],
    ['+1', -1],
    ['1.5', -1],
    ['1e3', -1],
    ['12LAST', -1],
    ['12 LAS', -1],
    ['12 LASTS', -1],
    ['12 LAST x', -1],
    ['12 x', -1],
    ['1000000000000000', -1],
    ['99999999999999999999', -1],
  ]
  for (const [argument, expected] of cases) {
    it(JSON.stringify(argument), () => assert.equal(bdat(argument), expected))
  }
})

describe('arguments', () => {
  it('are found behind any blanks', () => {
    for (const [line, expected] of [
      ['MAIL', 4],
      ['MAIL ', 5],
      ['MAIL x', 5],
      ['MAIL  x', 6],
      ['MAIL \t x', 7],
      ['MAIL   ', 7],
    ] as const) {
      assert.equal(argumentOf(Buffer.from(line), 0, line.length), expected, line)
    }
    assert.equal(skipBlanks(Buffer.from(' \t x'), 0, 4), 3)
  })

  it('FROM: and TO: in any case and nothing like them', () => {
    for (const text of ['FROM:<a>', 'from:', 'From:<>']) assert.ok(isReversePath(Buffer.from(text), 0, text.length))
    for (const text of ['TO:<a>', 'to:', 'tO:']) assert.ok(isForwardPath(Buffer.from(text), 0, text.length))
    for (const text of ['', 'FROM', 'FROM <a>', 'TO:<a>', '&ROM:', 'FROM\x1a']) {
      assert.ok(!isReversePath(Buffer.from(text), 0, text.length), text)
    }
    assert.ok(!isForwardPath(Buffer.from('TO:'), 0, 2))
  })
})

describe('paths', () => {
  /** What is behind the path; null: there is no path. */
  const behind = (text: string) => {
    const buffer = Buffer.from(text, 'latin1')
    const end = pathEnd(buffer, 0, buffer.length)
    return end < 0 ? null : text.slice(end)
  }

  it('end at their bracket, which quotes hide, or at a blank', () => {
    for (const [text, rest] of [
      ['<a@b>', ''],
      ['<>', ''],
      ['  <a@b> X', ' X'],
      ['<a@b>\tX', '\tX'],
      ['<@x,@y:a@b> X', ' X'],
      ['<"a>b"@c> X', ' X'],
      ['<"a\\">b"@c> X', ' X'],
      ['<a\\>', ''],
      ['a@b X', ' X'],
      ['a@b', ''],
      ['', null],
      ['  ', null],
      ['<', null],
      ['<a@b', null],
      ['<"a>', null],
      ['<"a\\">', null],
      ['<a@b>X', null],
    ] as const) {
      assert.equal(behind(text), rest, text)
    }
  })

  it('that are bare are seen at a glance, and whatever has parameters is not, but for a short one that ends with a bracket', () => {
    const bare = (text: string) => isBarePath(Buffer.from(text), 0, text.length)
    for (const text of ['<a@b>', `<${'x'.repeat(100)}@b>`]) assert.ok(bare(text), text)
    for (const text of [
      '<>',
      'a@b',
      '<a@b> ',
      '<a> X',
      '<a> AUTH=<>',
      '<a> SIZE=1 AUTH=<>',
      `<${'x'.repeat(40)}> X=y>`,
    ]) {
      assert.ok(!bare(text), text)
    }
    assert.ok(bare('<a> X=y>'))
  })

  it('and other words are found and compared in place', () => {
    const buffer = Buffer.from('xNeVeR=x')
    assert.ok(equals(buffer, 1, 6, Buffer.from('never')))
    assert.ok(!equals(buffer, 1, 7, Buffer.from('never')))
    assert.ok(!equals(buffer, 1, 5, Buffer.from('never')))
    assert.ok(!equals(Buffer.from('ne\x76er', 'latin1'), 0, 5, Buffer.from('nex')))
    assert.equal(findOctet(buffer, 1, 8, 120), 7)
    assert.equal(findOctet(buffer, 1, 7, 120), -1)
  })
})
