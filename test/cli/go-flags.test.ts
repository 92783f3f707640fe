import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { type GoFlag, GoFlagError, parseGoFlags } from '#src/cli/go-flags.js'

const FLAGS: readonly GoFlag[] = [
  { name: 's', kind: 'int' },
  { name: 'q', kind: 'float' },
  { name: 'f', kind: 'string' },
  { name: 'd', kind: 'bool' },
  { name: 'tls', kind: 'bool' },
  { name: 'resolve-once', kind: 'bool' },
]

const given = (...args: string[]) => {
  const { values, operands } = parseGoFlags(args, FLAGS)
  return [Object.fromEntries(values), operands]
}

const refused = (...args: string[]): string => {
  try {
    parseGoFlags(args, FLAGS)
  } catch (error) {
    assert.ok(error instanceof GoFlagError, String(error))
    return error.help ? 'help' : error.message
  }
  return 'taken'
}

describe('flags as Go has them', () => {
  it('take one dash or two, and their value after = or as the next word', () => {
    for (const args of [['-s', '5'], ['--s', '5'], ['-s=5'], ['--s=5']]) {
      assert.deepEqual(given(...args, 'h'), [{ s: 5 }, ['h']], args.join(' '))
    }
    assert.deepEqual(given('-f', '-d', '-f='), [{ f: '' }, []])
    assert.deepEqual(given('-f', '-d', 'h'), [{ f: '-d' }, ['h']])
    assert.deepEqual(given('-f=a=b'), [{ f: 'a=b' }, []])
  })

  it('without value take one with = only', () => {
    assert.deepEqual(given('-tls', 'false'), [{ tls: true }, ['false']])
    for (const word of ['0', 'f', 'F', 'false', 'FALSE', 'False'])
      assert.deepEqual(given(`-tls=${word}`), [{ tls: false }, []])
    for (const word of ['1', 't', 'T', 'true', 'TRUE', 'True'])
      assert.deepEqual(given(`-tls=${word}`), [{ tls: true }, []])
    assert.deepEqual(given('-resolve-once', '--d'), [{ 'resolve-once': true, d: true }, []])
    assert.equal(refused('-tls=yes'), 'invalid boolean value "yes" for -tls: parse error')
    assert.equal(refused('-tls='), 'invalid boolean value "" for -tls: parse error')
  })

  it('end at the first operand, at a lone dash, and at --', () => {
    assert.deepEqual(given('-d', 'h', '-tls'), [{ d: true }, ['h', '-tls']])
    assert.deepEqual(given('-d', '-', '-tls'), [{ d: true }, ['-', '-tls']])
    assert.deepEqual(given('-d', '--', '-tls'), [{ d: true }, ['-tls']])
    assert.deepEqual(given('', '-d'), [{}, ['', '-d']])
    assert.deepEqual(given(), [{}, []])
  })

  it('do not come in bundles, and are refused in the words of the package', () => {
    assert.equal(refused('-ds'), 'flag provided but not defined: -ds')
    assert.equal(refused('-s5'), 'flag provided but not defined: -s5')
    assert.equal(refused('-x=1'), 'flag provided but not defined: -x')
    assert.equal(refused('---s'), 'bad flag syntax: ---s')
    assert.equal(refused('-=1'), 'bad flag syntax: -=1')
    assert.equal(refused('--=1'), 'bad flag syntax: --=1')
    assert.equal(refused('-d', '-s'), 'flag needs an argument: -s')
    assert.equal(refused('-s', 'x'), 'invalid value "x" for flag -s: parse error')
    assert.equal(refused('-s='), 'invalid value "" for flag -s: parse error')
    assert.equal(
      refused('-s', '9223372036854775808'),
      'invalid value "9223372036854775808" for flag -s: value out of range',
    )
    assert.equal(refused('-q', '1e999'), 'invalid value "1e999" for flag -q: value out of range')
    for (const word of ['-h', '--h', '-help', '--help']) assert.equal(refused(word), 'help')
  })

  it('read numbers as Go writes them', () => {
    for (const [text, value] of [
      ['0', 0],
      ['+7', 7],
      ['-7', -7],
      ['0x1F', 31],
      ['0X_1f', 31],
      ['0b101', 5],
      ['0o17', 15],
      ['017', 15],
      ['0_7', 7],
      ['1_000', 1000],
      ['-9223372036854775808', -(2 ** 63)],
    ] as const)
      assert.deepEqual(given('-s', text), [{ s: value }, []], text)
    for (const text of ['08', '1__0', '1_', '_1', '0x', '0_x1', '1.0', '1e3', ' 1', '1 ', '--1', '', '0b2'])
      assert.match(refused('-s', text), /parse error$/, text)
    for (const [text, value] of [
      ['0', 0],
      ['.5', 0.5],
      ['5.', 5],
      ['1e3', 1000],
      ['-2.5E-1', -0.25],
      ['+Inf', Number.POSITIVE_INFINITY],
    ] as const)
      assert.deepEqual(given('-q', text), [{ q: value }, []], text)
    for (const text of ['', '.', 'e3', '1e', '1,5', '0x1']) assert.match(refused('-q', text), /parse error$/, text)
  })

  it('give back what they were written with', () => {
    const flag = fc.oneof(
      fc.tuple(fc.constant('s'), fc.integer()),
      fc.tuple(fc.constant('q'), fc.double({ noNaN: true, noDefaultInfinity: true })),
      fc.tuple(fc.constant('f'), fc.string()),
      fc.tuple(fc.constantFrom('d', 'tls', 'resolve-once'), fc.boolean()),
    )
    const typed = fc.record({ flag, dashes: fc.constantFrom('-', '--'), attached: fc.boolean() })
    const operand = fc.string().filter((text) => !text.startsWith('-') || text.length < 2)
    fc.assert(
      fc.property(fc.array(typed), fc.array(operand), (all, operands) => {
        const args = all.flatMap(({ flag: [name, value], dashes, attached }) => {
          if (typeof value === 'boolean' && value && !attached) return [`${dashes}${name}`]
          if (attached || typeof value === 'boolean') return [`${dashes}${name}=${value}`]
          return [`${dashes}${name}`, String(value)]
        })
        const expected = Object.fromEntries(all.map(({ flag: [name, value] }) => [name, value === 0 ? 0 : value]))
        const [values, rest] = given(...args, ...operands) as [Record<string, unknown>, string[]]
        for (const [name, value] of Object.entries(values)) if (value === 0) values[name] = 0
        assert.deepEqual(values, expected)
        assert.deepEqual(rest, operands)
      }),
      { numRuns: 500 },
    )
  })

  it('are either read or refused, whatever comes', () => {
    const word = fc.oneof(
      fc.string(),
      fc.string({ unit: fc.constantFrom(...'-=sqfdtl0x_e.') }),
      fc.constantFrom('-tls', '--', '-f'),
    )
    fc.assert(
      fc.property(fc.array(word), (args) => assert.notEqual(refused(...args), '')),
      { numRuns: 1000 },
    )
  })
})
