import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { UsageError } from '#src/base/errors.js'
import type { Target } from '#src/plan/plan.js'
import {
  checkFamily,
  operandOf,
  parseListen,
  parsePostfixTarget,
  parseTarget,
  TargetError,
  targetProtocol,
} from '#src/plan/target.js'

const long = `/${'p'.repeat(107)}`

function shown(target: Target): string {
  return target.kind === 'unix' ? `unix ${target.path}` : `${target.host} ${target.port}`
}

function failure(parse: () => unknown): string {
  try {
    parse()
  } catch (error) {
    assert.ok(error instanceof TargetError, String(error))
    assert.ok(error.message === error.text || error.message === `${error.operand}: ${error.text}`)
    return error.message
  }
  assert.fail('was taken')
}

describe('target', () => {
  it("takes Postfix's forms", () => {
    const forms: Readonly<Record<string, string>> = {
      host: 'host 25',
      'host:': 'host 25',
      'host:25': 'host 25',
      'host:smtp': 'host 25',
      'host:submission': 'host 587',
      'inet:host:25': 'host 25',
      '[127.0.0.1]:25': '127.0.0.1 25',
      '[127.0.0.1]:': '127.0.0.1 25',
      '[::1]:25': '::1 25',
      '[::1]': '::1 25',
      '[IPv6:::1]:25': '::1 25',
      '[ipv6:::1]:25': '::1 25',
      '[host]': 'host 25',
      '::1:2525': '::1 2525',
      'host:99999': 'host 34463',
      'host:65536': 'host 0',
      'host:4294967297': 'host 1',
      'host:9223372036854775808': 'host 0',
      'host:-4294967295': 'host 1',
      'host:+1': 'host 1',
      'host: 1': 'host 1',
      'host:\t1': 'host 1',
      'host:000001': 'host 1',
      '0x7f.1:1': '0x7f.1 1',
      'a_b:1': 'a_b 1',
      'inet:inet:1': 'inet 1',
      'unix:/p': 'unix /p',
      'unix:relative': 'unix relative',
      [`unix:${'p'.repeat(107)}`]: `unix ${'p'.repeat(107)}`,
    }
    for (const [text, expected] of Object.entries(forms)) {
      const target = parsePostfixTarget(text)
      assert.equal(shown(target), expected, text)
      assert.equal(target.text, text)
      assert.deepEqual(parseTarget(text), target)
    }
    assert.equal(shown(parseTarget('host', 2525)), 'host 2525')
  })

  it("refuses in Postfix's words", () => {
    const forms: Readonly<Record<string, string>> = {
      '': ': missing host information',
      ':25': ':25: missing host information',
      ':25x': ':25x: missing host information',
      ':': ':: missing host information',
      'inet:': ': missing host information',
      'inet::25': ':25: missing host information',
      25: '25: valid hostname or network address required',
      'bad host:25': 'bad host:25: valid hostname or network address required',
      'bad host:25x': 'bad host:25x: valid hostname or network address required',
      'inet:bad host': 'bad host: valid hostname or network address required',
      '::1': '::1: valid hostname or network address required',
      '::': '::: valid hostname or network address required',
      '1.2.3:1': '1.2.3:1: valid hostname or network address required',
      '256.1.1.1:1': '256.1.1.1:1: valid hostname or network address required',
      'localhost.:1': 'localhost.:1: valid hostname or network address required',
      'INET:127.0.0.1:1': 'INET:127.0.0.1:1: valid hostname or network address required',
      '[]': '[]: valid hostname or network address required',
      '[]:1x': '[]:1x: valid hostname or network address required',
      '[fe80::1%lo]:1': '[fe80::1%lo]:1: valid hostname or network address required',
      'é:1': 'é:1: valid hostname or network address required',
      'host:25x': 'host:25x: garbage after numerical service',
      'host:0x1': 'host:0x1: garbage after numerical service',
      'host:1 ': 'host:1 : garbage after numerical service',
      'host:nosuch': 'host:nosuch: Servname not supported for ai_socktype',
      'host:SMTP': 'host:SMTP: Servname not supported for ai_socktype',
      'host:-1': 'host:-1: Servname not supported for ai_socktype',
      'host:+1x': 'host:+1x: Servname not supported for ai_socktype',
      'host:2147483648': 'host:2147483648: Servname not supported for ai_socktype',
      'host:99999999999999999999': 'host:99999999999999999999: Servname not supported for ai_socktype',
      'host:__proto__': 'host:__proto__: Servname not supported for ai_socktype',
      '[127.0.0.1]::1': '[127.0.0.1]::1: Servname not supported for ai_socktype',
      'UNIX:/p': 'UNIX:/p: Servname not supported for ai_socktype',
      'inet:unix:/p': 'unix:/p: Servname not supported for ai_socktype',
      '[1.2.3.4': '[1.2.3.4: missing "]"',
      '[': '[: missing "]"',
      '[1.2.3.4]x': '[1.2.3.4]x: garbage after "]"',
      '[[::1]]:1': '[[::1]]:1: garbage after "]"',
      '[ipv6:zz]:25': '[ipv6:zz]:25: malformed IPv6 address',
      '[IPv6:127.0.0.1]:1': '[IPv6:127.0.0.1]:1: malformed IPv6 address',
      '[IPv6:localhost]:1': '[IPv6:localhost]:1: malformed IPv6 address',
      '[IPv6:zz]x': '[IPv6:zz]x: garbage after "]"',
      [`unix:${long}`]: `unix-domain name too long: ${long}`,
      [`unix:${'é'.repeat(54)}`]: `unix-domain name too long: ${'é'.repeat(54)}`,
    }
    for (const [text, message] of Object.entries(forms))
      assert.equal(
        failure(() => parsePostfixTarget(text)),
        message,
      )
  })

  it('asks the caller for services', () => {
    assert.equal(shown(parsePostfixTarget('h:x', 25, (name) => (name === 'x' ? 7 : null))), 'h 7')
  })

  it('takes URLs', () => {
    assert.equal(shown(parseTarget('smtp://h')), 'h 25')
    assert.equal(shown(parseTarget('smtp://h/')), 'h 25')
    assert.equal(shown(parseTarget('SMTP://h:2525')), 'h 2525')
    assert.equal(shown(parseTarget('smtp://[::1]:2525')), '::1 2525')
    assert.equal(shown(parseTarget('lmtp://h')), 'h 24')
    assert.equal(shown(parseTarget('smtps://h')), 'h 465')
    assert.equal(shown(parseTarget('smtps://h:2525')), 'h 2525')
    assert.equal(shown(parseTarget('lmtp:///run/lmtp')), 'unix /run/lmtp')
    assert.equal(targetProtocol('lmtp://h'), 'lmtp')
    assert.equal(targetProtocol('smtp://h'), 'smtp')
    assert.equal(targetProtocol('h:25'), null)
    for (const [text, sentence] of [
      ['http://h', /unknown scheme 'http'; give smtp:\/\/, smtps:\/\/, lmtp:\/\/ or host:port\.$/],
      ['smtp://user@h', /a host and a port only/],
      ['smtp://h/path', /a host and a port only/],
      ['smtp://h?x=1', /a host and a port only/],
    ] as const) {
      assert.throws(
        () => parseTarget(text),
        (error) => error instanceof UsageError && sentence.test(error.message),
        text,
      )
    }
    assert.equal(
      failure(() => parseTarget('smtp://')),
      ': missing host information',
    )
    assert.equal(
      failure(() => parsePostfixTarget('smtp://x')),
      'smtp://x: Servname not supported for ai_socktype',
    )
  })

  it('takes what a sink listens on', () => {
    const forms: Readonly<Record<string, string>> = {
      ':2525': ' 2525',
      2525: ' 2525',
      smtp: ' 25',
      ':0': ' 0',
      0: ' 0',
      '[::1]:0': '::1 0',
      'host:1': 'host 1',
      'inet:host:1': 'host 1',
      'unix:/p': 'unix /p',
      'lmtp://127.0.0.1:1': '127.0.0.1 1',
    }
    for (const [text, expected] of Object.entries(forms)) assert.equal(shown(parseListen(text)), expected, text)
    const wrong: Readonly<Record<string, string>> = {
      '': ': missing service information',
      ':': ':: missing service information',
      'host:': 'host:: missing service information',
      '[::1]': '[::1]: missing service information',
      '::': '::: missing service information',
      '127.0.0.1': '127.0.0.1: garbage after numerical service',
      nosuch: 'nosuch: Servname not supported for ai_socktype',
      ':nosuch': ':nosuch: Servname not supported for ai_socktype',
      'bad host:0': 'bad host:0: valid hostname or network address required',
      '[]:0': '[]:0: valid hostname or network address required',
      '*:0': '*:0: valid hostname or network address required',
      '[': '[: missing "]"',
    }
    for (const [text, message] of Object.entries(wrong))
      assert.equal(
        failure(() => parseListen(text)),
        message,
      )
  })

  it('refuses a literal of the other family', () => {
    const refused = (text: string, family: 4 | 6) => failure(() => checkFamily(parsePostfixTarget(text), family))
    assert.equal(refused('[::1]:1', 4), '[::1]:1: Address family for hostname not supported')
    assert.equal(refused('inet:127.0.0.1:1', 6), '127.0.0.1:1: Address family for hostname not supported')
    for (const [text, family] of [
      ['[::1]:1', 6],
      ['127.0.0.1', 4],
      ['name', 6],
      ['unix:/p', 4],
      ['[::1]', 0],
    ] as const)
      checkFamily(parsePostfixTarget(text), family)
    assert.equal(operandOf(parsePostfixTarget('inet:h:1')), 'h:1')
    assert.equal(operandOf(parsePostfixTarget('unix:/p')), 'unix:/p')
  })

  it('ends any text in a target or a refusal', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.string({ unit: fc.constantFrom(...'[]:.1a-/ixnu') })), (text) => {
        for (const parse of [parseTarget, parseListen]) {
          try {
            const target = (parse as (text: string) => Target)(text)
            if (target.kind === 'inet')
              assert.ok(Number.isInteger(target.port) && target.port >= 0 && target.port < 65536)
          } catch (error) {
            assert.ok(error instanceof TargetError || error instanceof UsageError, String(error))
          }
        }
      }),
      { numRuns: 1000 },
    )
  })
})
