import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { UsageError } from '#src/base/errors.js'
import { type CaseStep, isOffered, type MalformedCase, octetsOf } from '#src/smtp/malformed/case.js'
import { CATALOGUE, casesNamed } from '#src/smtp/malformed/catalogue.js'
import { answerText, judgeCase, matches, type Observation } from '#src/smtp/malformed/judge.js'

const WORDS = { from: 'a@b.example', to: 'c@d.example', helo: 'client.example' }

function named(name: string): MalformedCase {
  return casesNamed([name], '--case')[0]!
}

/** All octets of a case in one, as they go out. */
function octets(name: string): string {
  const said = named(name).steps.flatMap((step) => ('octets' in step ? [octetsOf(step.octets, WORDS)] : []))
  return Buffer.concat(said).toString('latin1')
}

function probes({ steps }: MalformedCase): Extract<CaseStep, { kind: 'probe' }>[] {
  return steps.flatMap((step) => (step.kind === 'probe' ? [step] : []))
}

describe('the catalogue', () => {
  it('has its cases by name, each with a probe, a section and at least one right answer', () => {
    assert.ok(CATALOGUE.length >= 40, `${CATALOGUE.length} cases`)
    assert.equal(new Set(CATALOGUE.map(({ name }) => name)).size, CATALOGUE.length)
    for (const one of CATALOGUE) {
      // Names stand in options, between commas and colons.
      assert.match(one.name, /^[a-z0-9.-]+$/)
      assert.match(one.what, /^[A-Za-z0-9]/)
      assert.match(one.section, /^RFC \d{4} [0-9A-F](\.\d+)*$/)
      assert.ok(probes(one).length > 0 && one.right.length > 0, one.name)
    }
  })

  it('asks for patterns of codes only, and does not call the same answer right and tolerant', () => {
    for (const { name, right, tolerant } of CATALOGUE) {
      for (const pattern of [...right, ...tolerant]) assert.doesNotThrow(() => matches(pattern, [250]), name)
      assert.deepEqual(
        tolerant.filter((pattern) => right.includes(pattern)),
        [],
        name,
      )
    }
  })

  it('awaits as many replies as some right answer has', () => {
    for (const one of CATALOGUE) {
      const due = probes(one).reduce((sum, step) => sum + step.replies, 0)
      const codes = [221, 250, 354, 501, 503, 334, 220, 552].flatMap((code) => [
        Array.from({ length: due }, () => code),
        [220, ...Array.from({ length: Math.max(0, due - 1) }, () => code)],
        [354, ...Array.from({ length: Math.max(0, due - 1) }, () => code)],
        [334, ...Array.from({ length: Math.max(0, due - 1) }, () => code)],
        [code, 250],
        [code, 503],
      ])
      const fits = [...one.right, ...one.tolerant].some((pattern) => codes.some((some) => matches(pattern, some)))
      assert.ok(fits, `${one.name}: ${due} replies are awaited`)
    }
  })

  it('is bounded: no case sends more than one mebibyte and a little', () => {
    for (const { name } of CATALOGUE) assert.ok(octets(name).length < (1 << 20) + 1000, name)
  })

  it('uses the names of the run, and leaves no place open', () => {
    for (const { name } of CATALOGUE) assert.doesNotMatch(octets(name), /\{(from|to|helo)\}/, name)
    assert.equal(octets('mail-twice'), 'MAIL FROM:<a@b.example>\r\nMAIL FROM:<a@b.example>\r\n')
    assert.equal(octets('lhlo-to-smtp'), 'LHLO client.example\r\n')
  })

  it('says what it says', () => {
    const line = (name: string) => probes(named(name))[0]!.octets
    for (const [name, length] of [
      ['command-600', 600],
      ['command-5000', 5000],
      ['command-64k', 65_536],
    ] as const) {
      assert.equal(line(name).length, length)
      assert.match(line(name), /^NOOP x+\r\n$/)
    }
    const longest = (name: string) =>
      Math.max(
        ...octets(name)
          .split('\r\n')
          .map((text) => text.length + 2),
      )
    assert.equal(longest('text-line-2000'), 2000)
    assert.equal(longest('text-line-256k'), 262_144)
    assert.equal(/<(.*)>/.exec(line('mail-long-path'))![0].length, 400)
    assert.equal(
      octets('endless-headers')
        .match(/X-Header: x{116}\r\n/g)!
        .join('').length,
      1 << 20,
    )
    assert.equal(octets('rcpt-flood').match(/RCPT TO/g)!.length, 1000)
    assert.equal(octets('noop-flood').match(/NOOP/g)!.length, 1000)
    assert.ok(octets('auth-long').length > 12_288)
    for (const name of ['mail-nul', 'rcpt-nul', 'command-nul', 'content-nul', 'auth-nul'])
      assert.ok(octets(name).includes('\0'), name)
    for (const name of ['mail-eight-bit', 'command-eight-bit', 'content-eight-bit'])
      assert.match(octets(name), /[\x80-\xff]/, name)
    assert.match(octets('command-bare-cr'), /P\rN/)
    assert.match(octets('command-bare-lf'), /P\nN/)
    assert.match(octets('tls-to-plain-port'), /^\x16\x03\x01/)
    assert.match(octets('http-to-plain-port'), /^POST \/ HTTP\/1\.1\r\n/)
    assert.match(octets('behind-starttls'), /^STARTTLS\r\nNOOP\r\n/)
    assert.match(octets('behind-data'), /DATA\r\n.*\r\n\.\r\n$/s)
    assert.equal(octets('behind-quit'), 'QUIT\r\nNOOP\r\n')
    assert.doesNotMatch(octets('content-without-end'), /\r\n\.\r\n/)
  })

  it('puts a whole transaction behind each false end of a content, and one true end at the very end', () => {
    const spelled: Readonly<Record<string, string>> = { r: '\r', n: '\n', '.': '.', '0': '\0' }
    const cases = CATALOGUE.filter(({ name }) => name.startsWith('smuggle-'))
    assert.ok(cases.length >= 10)
    for (const { name, steps } of cases) {
      const sequence = name
        .slice('smuggle-'.length)
        .replace('blank-', ' ')
        .replace(/[rn.0]/g, (letter) => spelled[letter]!)
      assert.deepEqual(
        steps.map(({ kind }) => kind),
        ['set-up', 'set-up', 'set-up', 'probe'],
      )
      const content = octetsOf(probes(named(name))[0]!.octets, WORDS).toString('latin1')
      assert.notEqual(sequence, '\r\n.\r\n')
      const at = content.indexOf(`${sequence}MAIL FROM:<a@b.example>\r\nRCPT TO:<c@d.example>\r\nDATA\r\n`)
      assert.ok(at > 0, name)
      assert.equal(content.indexOf('\r\n.\r\n'), content.length - 5, `${name}: the only true end`)
    }
  })

  it('is called by name; a name that is none is refused with the nearest', () => {
    assert.equal(casesNamed(null, '-x'), CATALOGUE)
    assert.deepEqual(
      casesNamed(['vrfy', 'mail-nul'], '-x').map(({ name }) => name),
      ['vrfy', 'mail-nul'],
    )
    assert.throws(
      () => casesNamed(['vrfi'], '--malformed'),
      (error) =>
        error instanceof UsageError &&
        error.message === "--malformed: there is no malformed case 'vrfi'; did you mean vrfy?",
    )
    assert.throws(() => casesNamed(['nothing-like-it-at-all'], '-x'), /'stampede malformed --list' names them\./)
  })
})

describe('what a server offers', () => {
  it('is its keywords and their parameters, in any case', () => {
    const offered = ['PIPELINING', 'SIZE 1000', 'auth PLAIN LOGIN', 'AUTH=CRAM-MD5']
    assert.ok(isOffered([], []))
    assert.ok(isOffered(['PIPELINING', 'SIZE'], offered))
    assert.ok(isOffered(['AUTH PLAIN'], offered))
    assert.ok(isOffered(['AUTH CRAM-MD5'], offered))
    assert.ok(!isOffered(['AUTH XOAUTH2'], offered))
    assert.ok(!isOffered(['CHUNKING'], offered))
  })
})

describe('patterns of codes', () => {
  it('have digits, wild ones, alternatives and repeats', () => {
    for (const [pattern, codes, fits] of [
      ['', [], true],
      ['', [250], false],
      ['250', [250], true],
      ['250', [251], false],
      ['250', [250, 250], false],
      ['5xx', [555], true],
      ['500|502', [502], true],
      ['354 2xx|5xx', [354, 554], true],
      ['354 2xx|5xx', [354, 421], false],
      ['5xx* 421', [421], true],
      ['5xx* 421', [500, 500, 421], true],
      ['5xx+ 421', [421], false],
      ['220? 421', [421], true],
      ['250{3}', [250, 250, 250], true],
      ['250{3}', [250, 250], false],
    ] as const) {
      assert.equal(matches(pattern, codes), fits, `${pattern}: ${codes.join(' ')}`)
    }
  })

  it('that are none are a mistake of this program', () => {
    for (const pattern of ['25', '250,251', 'xxx', '250{}', '(250)'])
      assert.throws(() => matches(pattern, [250]), TypeError)
  })

  it('match codes as a plain comparison does', () => {
    const code = fc.integer({ min: 200, max: 599 })
    fc.assert(
      fc.property(fc.array(code, { minLength: 1, maxLength: 5 }), code, (codes, other) => {
        const pattern = codes.join(' ')
        assert.ok(matches(pattern, codes))
        assert.ok(!matches(pattern, [...codes, other]))
        assert.equal(matches(pattern.replace(/\d\d$/, 'xx'), [...codes.slice(0, -1), other]), sameClass(codes, other))
      }),
      { numRuns: 200 },
    )
  })

  function sameClass(codes: readonly number[], other: number): boolean {
    return Math.floor(codes.at(-1)! / 100) === Math.floor(other / 100)
  }
})

describe('verdicts', () => {
  const seen = (codes: readonly number[], more: Partial<Observation> = {}): Observation => ({
    codes,
    ending: 'open',
    wentOn: true,
    serves: true,
    ...more,
  })
  const verdict = (name: string, observation: Observation) => {
    const { verdict, word } = judgeCase(named(name), observation)
    return word === null ? verdict : `${verdict}: ${word}`
  }
  const closed = { ending: 'closed', wentOn: null } as const

  it('tell what is right from what is only tolerated', () => {
    assert.equal(verdict('mail-no-brackets', seen([501])), 'right')
    assert.equal(verdict('mail-no-brackets', seen([250])), 'tolerant')
    assert.equal(verdict('mail-twice', seen([503])), 'right')
    assert.equal(verdict('mail-twice', seen([354])), 'wrong')
    assert.equal(verdict('ehlo-in-transaction', seen([250, 250])), 'wrong')
    assert.equal(verdict('empty-line', seen([500, 250])), 'right')
    assert.equal(verdict('empty-line', seen([250])), 'tolerant')
  })

  it('find smuggling by the number of answers', () => {
    assert.equal(verdict('smuggle-n.n', seen([250])), 'right')
    assert.equal(verdict('smuggle-n.n', seen([554])), 'right')
    assert.equal(verdict('smuggle-n.n', seen([250, 250, 250, 354, 250])), 'wrong: smuggled')
    assert.equal(verdict('smuggle-n.n', seen([250, 421], closed)), 'wrong: smuggled')
    assert.equal(verdict('bdat-before-mail', seen([503])), 'right')
    assert.equal(verdict('bdat-before-mail', seen([503, 250])), 'wrong: chunk taken for a command')
    assert.equal(verdict('behind-starttls', seen([250, 500])), 'wrong: injected')
    assert.equal(verdict('auth-in-transaction', seen([235])), 'wrong: let in')
    assert.equal(verdict('behind-quit', seen([221], closed)), 'right')
    assert.equal(verdict('behind-quit', seen([221, 250], closed)), 'wrong')
  })

  it('find a server that leaves, is silent, or is no more', () => {
    assert.equal(verdict('vrfy', seen([], closed)), 'closed')
    assert.equal(verdict('vrfy', seen([], { ending: 'reset', wentOn: null })), 'closed')
    assert.equal(verdict('vrfy', seen([421], closed)), 'closed')
    assert.equal(verdict('vrfy', seen([502], closed)), 'closed', 'a refusal is no reason to leave')
    assert.equal(verdict('vrfy', seen([521], closed)), 'right', 'unless it says so')
    assert.equal(verdict('command-64k', seen([], closed)), 'right', 'where it may')
    assert.equal(verdict('vrfy', seen([], { ending: 'silent', wentOn: null })), 'no answer')
    assert.equal(verdict('vrfy', seen([252], { serves: false })), 'crashed')
    assert.equal(verdict('vrfy', seen([], { ...closed, serves: false })), 'crashed')
    assert.equal(verdict('vrfy', seen([252], { wentOn: false })), 'wrong: session spoiled')
    assert.equal(verdict('content-without-end', seen([], closed)), 'right')
    assert.equal(verdict('content-without-end', seen([250], closed)), 'wrong')
  })

  it('show the answer in few words', () => {
    assert.equal(answerText(seen([])), '-')
    assert.equal(answerText(seen([], closed)), 'closed')
    assert.equal(answerText(seen([250, 250, 250, 354, 250])), '250×3 354 250')
    assert.equal(answerText(seen([500, 421], closed)), '500 421 closed')
    const many = Array.from({ length: 40 }, (_, i) => (i % 2 === 0 ? 250 : 500))
    assert.equal(answerText(seen(many)), '250 500 250 500 250 500 250 500 250 500 (40 replies)')
  })
})
