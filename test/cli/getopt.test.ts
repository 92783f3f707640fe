import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { faultOf, type Token, walk } from '#src/cli/getopt.js'
import { optionsOf } from '#src/cli/options.js'

const SOURCE = optionsOf('source')
const permuting = { long: true, permute: true }
const posix = { long: false, permute: false }

/** `-m=5` for an option and its value, `!name` for a fault, a bare word for an operand. */
function told(token: Token): string {
  switch (token.kind) {
    case 'operand':
      return token.text
    case 'option':
      return `${token.negated ? 'no ' : ''}${token.option.name}${token.value === null ? '' : `=${token.value}`}`
    default:
      return `!${token.kind} ${token.given}`
  }
}

function split(args: readonly string[], manner = permuting): string[] {
  return [...walk(args, SOURCE, manner)].map(told)
}

describe('getopt', () => {
  it('splits bundles and attached values', () => {
    assert.deepEqual(split(['-cdv']), ['count', 'reuse', 'verbose'])
    assert.deepEqual(split(['-m5']), ['messages=5'])
    assert.deepEqual(split(['-cdm5', 'h']), ['count', 'reuse', 'messages=5', 'h'])
    assert.deepEqual(split(['-ffoo@x']), ['from=foo@x'])
    assert.deepEqual(split(['-dfcdv']), ['reuse', 'from=cdv'])
    assert.deepEqual(split(['-vvv']), ['verbose', 'verbose', 'verbose'])
  })

  it('takes empty and dashed values', () => {
    assert.deepEqual(split(['-f', '', '-t', '']), ['from=', 'to='])
    assert.deepEqual(split(['-T', '-5']), ['tcp-window=-5'])
    assert.deepEqual(split(['-f', '--', 'h']), ['from=--', 'h'])
    assert.deepEqual(split(['-S=x']), ['subject==x'])
    assert.deepEqual(split(['-m', '-m']), ['messages=-m'])
  })

  it('takes long names both ways', () => {
    assert.deepEqual(split(['--messages=5', '--messages', '6']), ['messages=5', 'messages=6'])
    assert.deepEqual(split(['--from=', '--subject=a=b', '--to', '-x']), ['from=', 'subject=a=b', 'to=-x'])
    assert.deepEqual(split(['--sender', 'a', '--myhostname=b']), ['from=a', 'helo=b'])
    assert.deepEqual(split(['--reuse', '--no-reuse', '--no-progress']), ['reuse', 'no reuse', 'no-progress'])
  })

  it('ends options at -- and, for the doors, at the first operand', () => {
    assert.deepEqual(split(['h', '-v', '--', '-c', '--x']), ['h', 'verbose', '-c', '--x'])
    assert.deepEqual(split(['-v', 'h', '-c'], posix), ['verbose', 'h', '-c'])
    assert.deepEqual(split(['-', '-v']), ['-', 'verbose'])
    assert.deepEqual(split(['-', '-v'], posix), ['-', '-v'])
    assert.deepEqual(split(['--', '-v'], posix), ['-v'])
  })

  it('tells faults in order', () => {
    assert.deepEqual(split(['-Zm']), ['!unknown -Z', '!missing -m'])
    assert.deepEqual(split(['--frob', '--frob=1', '--messages']), [
      '!unknown --frob',
      '!unknown --frob',
      '!missing --messages',
    ])
    assert.deepEqual(split(['--reuse=1']), ['!unwanted --reuse'])
    assert.deepEqual(split(['--no-messages']), ['!unknown --no-messages'])
    assert.deepEqual(split(['--help'], posix).slice(0, 2), ['!unknown --', '!unknown -h'])
    assert.deepEqual(split(['-c-d'], posix), ['count', '!unknown --', 'reuse'])
    assert.deepEqual(split(['-é']), ['!unknown -é'])
  })

  it('makes a sentence of each', () => {
    const sentence = (...args: string[]) => {
      const [token] = walk(args, SOURCE, permuting)
      return faultOf(token!, SOURCE, 'stampede source --help')?.message
    }
    assert.equal(sentence('--mesages'), '--mesages: unknown option; did you mean --messages?')
    assert.equal(sentence('--no-reusse'), '--no-reusse: unknown option; did you mean --no-reuse?')
    assert.equal(sentence('-W'), '-W: unknown option; did you mean -w?')
    assert.equal(sentence('-Z'), "-Z: unknown option; 'stampede source --help' lists them.")
    assert.equal(sentence('--frobnicate'), "--frobnicate: unknown option; 'stampede source --help' lists them.")
    assert.equal(sentence('-m'), '-m: its value is missing; give -m N.')
    assert.equal(sentence('--retry'), '--retry: its value is missing; give --retry one of off, later.')
    assert.equal(sentence('--json=yes'), '--json: takes no value; give --json alone.')
    assert.equal(sentence('h'), undefined)
  })

  it('loses nothing: operands stay in order whatever stands between', () => {
    const option = fc.constantFrom(['-c'], ['-m', '5'], ['-m5'], ['--rate=5'], ['--rate', '5'], ['-cdv'])
    const part = fc.oneof(
      option,
      fc.stringMatching(/^[a-z0-9:.]{1,6}$/).map((text) => [text]),
    )
    fc.assert(
      fc.property(fc.array(part, { maxLength: 10 }), (parts) => {
        const expected = parts.filter(([first]) => !first!.startsWith('-')).map(([first]) => first)
        const tokens = [...walk(parts.flat(), SOURCE, permuting)]
        assert.deepEqual(
          tokens.flatMap((token) => (token.kind === 'operand' ? [token.text] : [])),
          expected,
        )
        assert.ok(tokens.every((token) => token.kind === 'operand' || token.kind === 'option'))
      }),
      { numRuns: 300 },
    )
  })
})
